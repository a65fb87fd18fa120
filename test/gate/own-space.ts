// Programs that mount: each runs in a name space that takes its mounts and every process of it along when it ends,
// however it does.
import { spawn, spawnSync } from 'node:child_process'
import type { GateOptions, GateResult } from './step.ts'

const ownSpace = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
// A file system on a loop device, as it is going to be used.
const trial = `d=$(mktemp -d) && mount -t tmpfs tmpfs $d && truncate -s 8M $d/i && mkfs.ext4 -q -F $d/i &&
	mkdir $d/m && mount -o loop $d/i $d/m && fsfreeze -f $d/m && fsfreeze -u $d/m; c=$?
	umount $d/m; umount $d; rmdir $d; exit $c`

/** Runs a program below test/gate that prints its progress and, as its last line, its result as JSON. */
export async function runInOwnSpace(
	program: string,
	{ progress, ...options }: GateOptions,
): Promise<GateResult> {
	const { status, stderr, error } = spawnSync('unshare', [...ownSpace, 'sh', '-c', trial], {
		encoding: 'utf8',
	})
	if (status !== 0) {
		const [reason = 'no reason given'] = (error?.message ?? stderr).trim().split('\n')
		const need = 'this needs Linux, root and the right to mount ext4 on a loop device'
		return { ok: false, skipped: true, figures: [`${need}: ${reason}`] }
	}
	const words = ['node_modules/.bin/tsx', `test/gate/${program}`, JSON.stringify(options)]
	const child = spawn('unshare', [...ownSpace, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
	let result: GateResult | undefined
	let partial = ''
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		const lines = (partial + text).split('\n')
		partial = lines.pop() ?? ''
		for (const line of lines) {
			if (line.startsWith('{')) result = JSON.parse(line) as GateResult
			else progress(line)
		}
	})
	const code = await new Promise<number | null>(resolve => child.on('close', resolve))
	return result ?? { ok: false, figures: [`ended with code ${code} and without a result`] }
}

/** What such a program was given. */
export function optionsOfSpace(): Omit<GateOptions, 'progress'> {
	const [options = '{}'] = process.argv.slice(2)
	return JSON.parse(options) as Omit<GateOptions, 'progress'>
}
