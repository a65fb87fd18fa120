// The floor of this machine: the least that a download in one Node thread can cost. It receives from one seed,
// copies blocks into their pieces, hashes each piece and writes it, and knows nothing else of the protocol: no
// choice, no time-outs, no state, no second peer. usage: floor.js TORRENT INFO-HASH HOST:PORT DIR
import { hash } from 'node:crypto'
import { openSync, readFileSync, writeSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

const blockBytes = 16_384
const windowBlocks = 256
const portionBytes = 256 << 10
const [torrentFile, infoHash, address, dir] = process.argv.slice(2)

const torrent = readFileSync(torrentFile)
const text = torrent.toString('latin1')
const pieceBytes = Number(/12:piece lengthi(\d+)e/u.exec(text)[1])
const totalBytes = Number(/6:lengthi(\d+)e/u.exec(text)[1])
const name = /4:name\d+:([\w.]+?)12:/u.exec(text)[1]
const [pieces, digestBytes] = /6:pieces(\d+):/u.exec(text)
const digests = torrent.subarray(text.indexOf(pieces) + pieces.length).subarray(0, Number(digestBytes))

const file = openSync(join(dir, name), 'w')
const spare = []
const open = new Map()
const header = Buffer.alloc(13)
let handshakeLeft = 68
let headerFilled = 0
let bodyLeft = 0
let piece
let requested = 0
let received = 0

const [host, port] = address.split(':')
const socket = connect({
	host,
	port: Number(port),
	onread: {
		buffer: Buffer.alloc(128 << 10),
		callback(length, buffer) {
			consume(buffer, length)
			return true
		},
	},
})
socket.setNoDelay(true)
const hello = Buffer.alloc(68)
hello.write('\u0013BitTorrent protocol', 'latin1')
hello.write(infoHash, 28, 'hex')
hello.write('-FL0000-000000000000', 48, 'latin1')
socket.write(hello)
socket.write(Buffer.from([0, 0, 0, 1, 2]))

function consume(buffer, length) {
	let at = Math.min(handshakeLeft, length)
	handshakeLeft -= at
	while (at < length) {
		if (bodyLeft > 0) {
			const end = Math.min(length, at + bodyLeft)
			if (piece !== undefined) {
				buffer.copy(piece.bytes, piece.at, at, end)
				piece.at += end - at
			}
			bodyLeft -= end - at
			at = end
			if (bodyLeft === 0) endOfMessage()
			continue
		}
		const isBlock = headerFilled >= 5 && header[4] === 7
		const needed = headerFilled < 4 ? 4 : isBlock ? 13 : 5
		const end = Math.min(length, at + needed - headerFilled)
		headerFilled += buffer.copy(header, headerFilled, at, end)
		at = end
		const messageBytes = headerFilled >= 4 ? header.readUInt32BE(0) : -1
		if (messageBytes === 0) headerFilled = 0
		else if (headerFilled === 13) beginBlock(messageBytes - 9)
		else if (headerFilled === 5 && header[4] !== 7) {
			bodyLeft = messageBytes - 1
			if (bodyLeft === 0) endOfMessage()
		}
	}
	if (requested - received < windowBlocks * blockBytes * 0.75 && received > 0) ask()
}

function beginBlock(length) {
	const index = header.readUInt32BE(5)
	piece = open.get(index)
	if (piece === undefined) {
		piece = { index, bytes: spare.pop() ?? Buffer.alloc(pieceBytes), at: 0, filled: 0 }
		open.set(index, piece)
	}
	piece.at = header.readUInt32BE(9)
	piece.filled += length
	received += length
	bodyLeft = length
}

function endOfMessage() {
	headerFilled = 0
	if (header[4] === 1 && requested === 0) ask()
	if (piece === undefined) return
	const length = Math.min(pieceBytes, totalBytes - piece.index * pieceBytes)
	if (piece.filled === length) endOfPiece(piece, length)
	piece = undefined
}

function endOfPiece({ index, bytes }, length) {
	const whole = bytes.subarray(0, length)
	if (hash('sha1', whole, 'hex') !== digests.toString('hex', index * 20, index * 20 + 20)) process.exit(1)
	for (let at = 0; at < length; at += portionBytes) {
		writeSync(file, whole, at, Math.min(portionBytes, length - at), index * pieceBytes + at)
	}
	open.delete(index)
	spare.push(bytes)
	if (received === totalBytes) process.exit(0)
}

function ask() {
	const requests = []
	while (requested < totalBytes && requested - received < windowBlocks * blockBytes) {
		const request = Buffer.alloc(17)
		request.writeUInt32BE(13, 0)
		request[4] = 6
		request.writeUInt32BE(Math.floor(requested / pieceBytes), 5)
		request.writeUInt32BE(requested % pieceBytes, 9)
		const length = Math.min(blockBytes, totalBytes - requested)
		request.writeUInt32BE(length, 13)
		requests.push(request)
		requested += length
	}
	if (requests.length > 0) socket.write(Buffer.concat(requests))
}
