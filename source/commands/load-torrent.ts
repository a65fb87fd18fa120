// The .torrent file of a command: from disk or from a URL, bounded before it is read.
import { type FileHandle, open } from 'node:fs/promises'
import { errorCode } from '../engine/world-failure.ts'
import { CommandFailure } from '../exit-code.ts'
import { downloadTorrent } from './download-torrent.ts'
import { isUrl, maxTorrentBytes, notHad, type World } from './torrent-source.ts'

/** The bytes of a .torrent file. Throws a CommandFailure: 3 when it cannot be had, 2 for an odd URL. */
export async function loadTorrent(source: string, world: World): Promise<Uint8Array> {
	const bytes = isUrl(source) ? await downloadTorrent(source, world) : await readTorrent(source)
	if (bytes.length === 0) throw notHad(source, 'an empty file')
	return bytes
}

async function readTorrent(source: string): Promise<Uint8Array> {
	try {
		const file = await open(source, 'r')
		try {
			if ((await file.stat()).isDirectory()) throw notHad(source, 'a directory')
			return await readBounded(file, source)
		} finally {
			await file.close()
		}
	} catch (error) {
		if (error instanceof CommandFailure) throw error
		throw notHad(source, fileWords(errorCode(error)))
	}
}

// A device or a pipe tells no size, so what counts is what comes.
async function readBounded(file: FileHandle, source: string): Promise<Uint8Array> {
	const parts: Buffer[] = []
	let length = 0
	for (;;) {
		const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(1 << 16))
		if (bytesRead === 0) return new Uint8Array(Buffer.concat(parts))
		length += bytesRead
		if (length > maxTorrentBytes) throw notHad(source, `more than ${maxTorrentBytes} bytes`)
		parts.push(buffer.subarray(0, bytesRead))
	}
}

function fileWords(code: string): string {
	switch (code) {
		case 'ENOENT':
			return 'nothing: there is no such file'
		case 'ENOTDIR':
			return 'nothing: a part of this path is a file'
		case 'EACCES':
		case 'EPERM':
			return 'no permission to read it'
		default:
			return code
	}
}
