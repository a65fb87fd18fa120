// The fields of a packet to or from a UDP tracker (BEP 15), with the options of BEP 41. Which layout it has is told
// by its direction and its action; how long a peer is, by the family of the address. Any bytes make a tree.
import { readUint32 } from '../protocol/message-decoder.ts'
import { type SafeText, safe, safeText } from '../protocol/safe-text.ts'
import { udpActions } from '../protocol/udp-tracker.ts'
import { endpointFields, hashFields } from './compact-fields.ts'
import { createField, type Field, FieldCutter, type Reading } from './field.ts'
import { hexNumber, hexWords, lengthWords, textWords } from './field-words.ts'
import type { LoreName } from './lore.ts'
import type { Specimen } from './specimen.ts'
import { formatBytes, formatCount } from './units.ts'

const actionNames: ReadonlyMap<number, SafeText> = new Map([
	[udpActions.connect, safe`connect`],
	[udpActions.announce, safe`announce`],
	[udpActions.scrape, safe`scrape`],
	[udpActions.error, safe`error`],
])

const eventNames = [safe`none`, safe`completed`, safe`started`, safe`stopped`]

/** The whole packet. */
export function dissectUdpTracker(specimen: Specimen): Field {
	const { bytes, direction } = specimen
	const end = Math.max(specimen.totalBytes, bytes.length)
	const cutter = new FieldCutter(bytes, end)
	const at = direction === 'out' ? 8 : 0
	const action = bytes.length >= at + 4 ? readUint32(bytes, at) : undefined
	if (direction === 'out') takeRequest(cutter, action)
	else takeResponse(cutter, action, specimen)
	cutter.takeRest(safe`surplus`, rest => ({ value: hexWords(rest), lore: 'udpSurplus' }))
	const kind = actionNames.get(action ?? -1) ?? safe`unknown`
	return createField(direction === 'out' ? safe`${kind} request` : safe`${kind} response`, 0, end, {
		value: lengthWords(end),
		children: cutter.fields,
		lore: 'udpTracker',
	})
}

function takeRequest(cutter: FieldCutter, action: number | undefined): void {
	const isConnect = action === udpActions.connect
	cutter.take(isConnect ? safe`protocol id` : safe`connection id`, 8, id => ({
		value: hexWords(id),
		lore: isConnect ? 'udpProtocolId' : 'udpConnectionId',
	}))
	takeHead(cutter)
	if (action === udpActions.announce) takeAnnounce(cutter)
	if (action === udpActions.scrape) {
		cutter.takeRest(safe`torrents`, (hashes, at) => ({
			value: countWords(hashes.length / 20, 'torrent'),
			lore: 'udpScrape',
			children: hashFields(hashes, at, 'infoHash'),
		}))
	}
}

function takeHead(cutter: FieldCutter): void {
	takeNumber(cutter, safe`action`, { lore: 'udpAction', words: value => actionNames.get(value) })
	cutter.take(safe`transaction id`, 4, id => ({ value: hexWords(id), lore: 'udpTransaction' }))
}

function takeAnnounce(cutter: FieldCutter): void {
	cutter.take(safe`info hash`, 20, hash => ({ value: hexWords(hash), lore: 'infoHash' }))
	cutter.take(safe`peer id`, 20, id => ({ value: textWords(id), lore: 'peerId' }))
	cutter.take(safe`downloaded`, 8, amount => amountReading(amount, 'announceDownloaded'))
	cutter.take(safe`left`, 8, amount => amountReading(amount, 'announceLeft'))
	cutter.take(safe`uploaded`, 8, amount => amountReading(amount, 'announceUploaded'))
	takeNumber(cutter, safe`event`, { lore: 'announceEvent', words: event => eventNames[event] })
	cutter.take(safe`address`, 4, address => ({
		value: address.every(byte => byte === 0) ? safe`the sender's` : safeText(address.join('.')),
		lore: 'announceAddress',
	}))
	cutter.take(safe`key`, 4, key => ({ value: hexWords(key), lore: 'announceKey' }))
	takeNumber(cutter, safe`peers wanted`, {
		lore: 'announceWanted',
		words: count => (count === 0xffff_ffff ? safe`as many as it likes` : undefined),
	})
	cutter.take(safe`port`, 2, port => ({
		value: safe`${((port[0] ?? 0) << 8) | (port[1] ?? 0)}`,
		lore: 'announcePort',
	}))
	cutter.takeRest(safe`options`, (options, at) => ({
		value: lengthWords(options.length),
		lore: 'udpOptions',
		children: optionFields(options, at),
	}))
}

function takeResponse(cutter: FieldCutter, action: number | undefined, { host = '' }: Specimen): void {
	takeHead(cutter)
	switch (action) {
		case udpActions.connect:
			cutter.take(safe`connection id`, 8, id => ({ value: hexWords(id), lore: 'udpConnectionId' }))
			return
		case udpActions.announce:
			takeNumber(cutter, safe`interval`, { lore: 'trackerInterval', words: count => safe`${count} s` })
			takeNumber(cutter, safe`leechers`, { lore: 'trackerLeechers' })
			takeNumber(cutter, safe`seeders`, { lore: 'trackerSeeders' })
			cutter.takeRest(safe`peers`, (peers, at) => peersReading(peers, at, host.includes(':') ? 18 : 6))
			return
		case udpActions.scrape:
			cutter.takeRest(safe`torrents`, (counts, at) => ({
				value: countWords(counts.length / 12, 'torrent'),
				lore: 'udpScrape',
				children: countFields(counts, at),
			}))
			return
		case udpActions.error:
			cutter.takeRest(safe`message`, text => ({ value: textWords(text), lore: 'trackerFailure' }))
			return
		default:
	}
}

function peersReading(peers: Uint8Array, at: number, stride: 6 | 18): Reading {
	return {
		value: countWords(peers.length / stride, 'peer'),
		lore: 'trackerPeers',
		children: endpointFields(peers, at, stride),
	}
}

type Number32 = { readonly lore: LoreName; readonly words?: (value: number) => SafeText | undefined }

function takeNumber(cutter: FieldCutter, name: SafeText, { lore, words }: Number32): void {
	cutter.take(name, 4, bytes => {
		const value = readUint32(bytes, 0)
		const said = words?.(value)
		return { value: said === undefined ? safe`${value}` : said, lore }
	})
}

function amountReading(bytes: Uint8Array, lore: LoreName): Reading {
	const value = readUint32(bytes, 0) * 2 ** 32 + readUint32(bytes, 4)
	return { value: value < 1000 ? safe`${value} B` : safe`${value} B, ${safeText(formatBytes(value))}`, lore }
}

function countFields(counts: Uint8Array, at: number): Field[] {
	const names = [safe`seeders`, safe`downloads`, safe`leechers`]
	const lores = ['trackerSeeders', 'trackerDownloads', 'trackerLeechers'] as const
	const fields: Field[] = []
	for (let from = 0; from < counts.length; from += 12) {
		const end = Math.min(from + 12, counts.length)
		const cutter = new FieldCutter(counts.subarray(from, end), end - from)
		for (const [index, name] of names.entries())
			takeNumber(cutter, name, { lore: lores[index] ?? 'trackerSeeders' })
		const children = cutter.fields.map(field => ({
			...field,
			start: field.start + at + from,
			end: field.end + at + from,
		}))
		fields.push(
			createField(safe`${fields.length + 1}`, at + from, at + end, {
				value: safeText(children.map(({ name, value }) => `${name} ${value}`).join(', ')),
				lore: 'udpScrape',
				children,
			}),
		)
	}
	return fields
}

/** Options of BEP 41: 0 ends them, 1 is nothing, 2 is path and query of the tracker's URL. */
function optionFields(options: Uint8Array, at: number): Field[] {
	const fields: Field[] = []
	let from = 0
	while (from < options.length) {
		const type = options[from] ?? 0
		const length = options[from + 1]
		if (type === 0) {
			fields.push(
				createField(safe`end of options`, at + from, at + from + 1, { value: safe`0`, lore: 'udpOptions' }),
			)
			from += 1
			break
		}
		if (type === 1) {
			fields.push(
				createField(safe`nothing`, at + from, at + from + 1, { value: safe`1`, lore: 'udpOptions' }),
			)
			from += 1
			continue
		}
		const end = from + 2 + (length ?? 0)
		if (length === undefined || end > options.length) break
		fields.push(optionField(options.subarray(from, end), at + from))
		from = end
	}
	if (from < options.length) {
		const rest = { value: hexWords(options.subarray(from)), problem: safe`expected no option here` }
		fields.push(createField(safe`surplus`, at + from, at + options.length, rest))
	}
	return fields
}

function optionField(option: Uint8Array, at: number): Field {
	const data = option.subarray(2)
	const isUrl = option[0] === 2
	const children = [
		createField(safe`type`, at, at + 1, { value: safe`${option[0] ?? 0}`, lore: 'udpOptions' }),
		createField(safe`length`, at + 1, at + 2, { value: safe`${data.length} B`, lore: 'udpOptions' }),
	]
	if (data.length > 0) {
		children.push(
			createField(safe`data`, at + 2, at + option.length, { value: textWords(data), lore: 'udpUrlData' }),
		)
	}
	return createField(
		isUrl ? safe`path of the URL` : safe`option ${hexNumber(option[0] ?? 0)}`,
		at,
		at + option.length,
		{
			value: textWords(data),
			lore: isUrl ? 'udpUrlData' : 'udpOptions',
			children,
			folded: true,
		},
	)
}

function countWords(count: number, noun: string): SafeText {
	return safeText(formatCount(Math.floor(count), noun))
}
