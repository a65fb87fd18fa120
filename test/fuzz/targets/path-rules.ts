// What must hold of paths made of a torrent's names, checked without the code that makes them.
import { posix, win32 } from 'node:path'
import { type NamedFiles, safePaths } from '../../../source/engine/safe-path.ts'
import { attempt, check } from '../target.ts'

const platforms = ['linux', 'win32', 'darwin'] as const
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu

/** Checks the paths on every platform; the outcomes. */
export function checkPaths(torrent: NamedFiles): string[] {
	return platforms.map(platform => {
		const made = attempt(() => safePaths(torrent, platform))
		if (!made.ok) return `${platform} ${made.error.code}`
		check(made.value.length === torrent.files.length, 'a path for each file')
		const names = new Set<string>()
		const folders = new Set<string>()
		for (const [index, path] of made.value.entries()) {
			if (torrent.files[index]?.pad === true) check(path.length === 0, 'a pad file is not written')
			else checkPath(path, platform, { names, folders })
		}
		for (const name of names) check(!folders.has(name), `${name} is a file and a directory`)
		const elements = made.value.flat()
		const numbered = elements.filter(element => /\.\d+(?:\.|$)/u.test(element)).length
		const longest = Math.max(0, ...elements.map(element => Buffer.byteLength(element)))
		return `${platform} ${Math.min(numbered, 6)} numbered, longest ${longest >> 5}, ${folders.size} folders`
	})
}

type Seen = { readonly names: Set<string>; readonly folders: Set<string> }

function checkPath(path: readonly string[], platform: string, { names, folders }: Seen): void {
	for (const element of path) checkElement(element, platform)
	const resolved = platform === 'win32' ? win32.resolve('C:\\save', ...path) : posix.resolve('/save', ...path)
	const root = platform === 'win32' ? 'C:\\save\\' : '/save/'
	check(resolved.startsWith(root), `${JSON.stringify(path)} leaves its root`)
	const folded = path.map(fold)
	const name = folded.join('/')
	check(!names.has(name), `${JSON.stringify(path)} is there twice`)
	names.add(name)
	for (let depth = 1; depth < path.length; depth += 1) folders.add(folded.slice(0, depth).join('/'))
}

function checkElement(element: string, platform: string): void {
	const shown = JSON.stringify(element)
	check(element !== '' && element !== '.' && element !== '..', `element ${shown}`)
	check(!/[/\\\0-\x1f\x7f-\x9f]/u.test(element), `element ${shown} with a separator or a control`)
	check(Buffer.byteLength(element) <= 255, `element of ${Buffer.byteLength(element)} bytes`)
	check(!/\p{Cs}/u.test(element), `element ${shown} with a lone surrogate`)
	if (platform !== 'win32') return
	check(!/[<>:"|?*]/u.test(element), `element ${shown} that Windows refuses`)
	check(!/[. ]$/u.test(element), `element ${shown} whose end Windows drops`)
	check(!reserved.test(element), `element ${shown} that is a device on Windows`)
}

function fold(element: string): string {
	return element.normalize('NFC').toLowerCase().normalize('NFC')
}
