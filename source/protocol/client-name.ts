// Which program a peer says it is, by the habits of peer ids (BEP 20): -XX1234- as Azureus began it, a letter
// and a version as in Shadow's client, and a few of their own. Only a claim: nothing is decided by it.

import { type SafeText, safe, safeText } from './safe-text.ts'

/** How the four characters of a version read: all of them, three, two pairs of digits, or in Transmission's way. */
type VersionStyle = 'four' | 'three' | 'pairs' | 'transmission'

const azureusStyle = /^-([A-Za-z0-9~]{2})([A-Za-z0-9.]{4})-/u
const dashedStyle = /^(M|Q|A2-)(\d{1,3})-(\d{1,3})-(\d{1,3})-/u
const shadowStyle = /^([AOQRSTU])([0-9A-Za-z]{1,5})-{3}/u
const xbtStyle = /^XBT(\d)(\d)(\d)/u
const printable = /[^!-~]/gu

const dashedClients: ReadonlyMap<string, string> = new Map([
	['A2-', 'aria2'],
	['M', 'BitTorrent'],
	['Q', 'Queen Bee'],
])

const shadowClients: ReadonlyMap<string, string> = new Map([
	['A', 'ABC'],
	['O', 'Osprey'],
	['Q', 'BTQueue'],
	['R', 'Tribler'],
	['S', 'Shadow'],
	['T', 'BitTornado'],
	['U', 'UPnP NAT'],
])

const azureusClients: ReadonlyMap<string, string> = new Map([
	['AG', 'Ares'],
	['AZ', 'Vuze'],
	['BC', 'BitComet'],
	['BE', 'baretorrent'],
	['BI', 'BiglyBT'],
	['BL', 'BitLord'],
	['BN', 'Baidu'],
	['BT', 'BitTorrent'],
	['CD', 'Enhanced CTorrent'],
	['CT', 'CTorrent'],
	['DE', 'Deluge'],
	['DP', 'Propagate'],
	['ES', 'Electric Sheep'],
	['FD', 'Free Download Manager'],
	['FG', 'FlashGet'],
	['FL', 'Flud'],
	['FW', 'FrostWire'],
	['FX', 'Freebox'],
	['GT', 'anacrolix/torrent'],
	['HL', 'Halite'],
	['KG', 'KGet'],
	['KT', 'KTorrent'],
	['LC', 'LeechCraft'],
	['LP', 'Lphant'],
	['LT', 'libtorrent'],
	['LW', 'LimeWire'],
	['ML', 'MLDonkey'],
	['MO', 'MonoTorrent'],
	['MP', 'MooPolice'],
	['MR', 'Miro'],
	['PD', 'Pando'],
	['PI', 'PicoTorrent'],
	['QD', 'QQDownload'],
	['RN', 'rain'],
	['SD', 'Xunlei'],
	['SP', 'BitSpirit'],
	['SS', 'swarmscope'],
	['ST', 'SymTorrent'],
	['SZ', 'Shareaza'],
	['TL', 'Tribler'],
	['TR', 'Transmission'],
	['TT', 'TuoTorrent'],
	['TX', 'Tixati'],
	['UE', 'µTorrent Embedded'],
	['UM', 'µTorrent Mac'],
	['UT', 'µTorrent'],
	['UW', 'µTorrent Web'],
	['WD', 'WebTorrent Desktop'],
	['WW', 'WebTorrent'],
	['XF', 'Xfplay'],
	['XL', 'Xunlei'],
	['lt', 'rTorrent'],
	['qB', 'qBittorrent'],
	['rQ', 'rqbit'],
	['st', 'SharkTorrent'],
])

const versionStyles: ReadonlyMap<string, VersionStyle> = new Map<string, VersionStyle>([
	['BC', 'pairs'],
	['TR', 'transmission'],
	['UE', 'three'],
	['UM', 'three'],
	['UT', 'three'],
	['UW', 'three'],
	['WD', 'pairs'],
	['WW', 'pairs'],
])

/**
 * Name and version of the client that made this peer id, e.g. `qBittorrent 4.5.2`. For an unknown one, what
 * is printable of its first eight bytes, or `unknown` where that is next to nothing.
 */
export function clientName(peerId: Uint8Array): SafeText {
	const text = String.fromCharCode(...peerId.subarray(0, 20))
	return readAzureus(text) ?? readDashed(text) ?? readOwnForms(text) ?? readShadow(text) ?? readUnknown(text)
}

function readAzureus(text: string): SafeText | undefined {
	const [, code, version] = azureusStyle.exec(text) ?? []
	if (code === undefined || version === undefined) return undefined
	const name = azureusClients.get(code) ?? code
	return safeText(`${name} ${formatVersion(version, versionStyles.get(code) ?? 'four')}`)
}

/** `M7-10-5--`, and aria2's `A2-1-36-0-`. */
function readDashed(text: string): SafeText | undefined {
	const [, code, major, minor, patch] = dashedStyle.exec(text) ?? []
	const name = dashedClients.get(code ?? '')
	return name === undefined ? undefined : safeText(`${name} ${major ?? ''}.${minor ?? ''}.${patch ?? ''}`)
}

function readOwnForms(text: string): SafeText | undefined {
	const xbt = xbtStyle.exec(text)
	if (xbt !== null) return safeText(`XBT ${xbt.slice(1, 4).join('.')}`)
	if (/^OP\d{4}/u.test(text)) return safe`Opera`
	if (!text.startsWith('exbc')) return undefined
	const version = `${text.charCodeAt(4)}.${String(text.charCodeAt(5)).padStart(2, '0')}`
	return safeText(`${text.startsWith('LORD', 6) ? 'BitLord' : 'BitComet'} ${version}`)
}

function readShadow(text: string): SafeText | undefined {
	const [, code, version] = shadowStyle.exec(text) ?? []
	const name = shadowClients.get(code ?? '')
	if (name === undefined || version === undefined) return undefined
	return safeText(`${name} ${Array.from(version, digitOf).join('.')}`)
}

function readUnknown(text: string): SafeText {
	const start = text.slice(0, 8)
	const visible = start.replace(printable, '')
	return visible.length < 3 ? safe`unknown` : safeText(start.replace(printable, '?'))
}

function formatVersion(version: string, style: VersionStyle): string {
	const digits = Array.from(version, digitOf)
	const [a = 0, b = 0, c = 0, d = 0] = digits
	switch (style) {
		case 'three':
			return `${a}.${b}.${c}`
		case 'pairs':
			return `${a * 10 + b}.${c * 10 + d}`
		case 'transmission':
			return a < 4 ? `${a}.${b}${c}` : `${a}.${b}.${c}`
		case 'four':
			return withoutZeros(digits).join('.')
	}
}

/** Two places at least, further ones up to the last that is not zero. */
function withoutZeros(digits: readonly number[]): readonly number[] {
	let length = digits.length
	while (length > 2 && digits[length - 1] === 0) length -= 1
	return digits.slice(0, length)
}

/** Versions count on with letters after 9. */
function digitOf(character: string): number {
	const digit = Number.parseInt(character, 36)
	return Number.isNaN(digit) ? 0 : digit
}
