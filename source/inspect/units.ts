// Sizes, rates and times as people read them: decimal units, at most three figures, never wider than 8 cells.

const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** `1.5 MB`; at most 7 characters up to 999 PB. */
export function formatBytes(bytes: number): string {
	if (!(bytes > 0)) return '0 B'
	let value = bytes
	let unit = 0
	while (value >= 999.5 && unit < sizeUnits.length - 1) {
		value /= 1000
		unit += 1
	}
	const figures = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)
	return `${figures} ${sizeUnits[unit] ?? ''}`
}

/** `1.5 MB/s`; `0` when nothing flows. */
export function formatRate(bytesPerSecond: number): string {
	return bytesPerSecond >= 0.5 ? `${formatBytes(bytesPerSecond)}/s` : '0'
}

/** A rate in at most 8 characters, for tables: `9.4 kB/s`, `89 kB/s`. */
export function formatShortRate(bytesPerSecond: number): string {
	const [figures = '', unit = ''] = formatRate(bytesPerSecond).split(' ')
	return unit === '' ? figures : `${figures.length > 3 ? Math.round(Number(figures)) : figures} ${unit}`
}

/** A length of a block or piece as the protocol counts it: `16 KiB`, `1 MiB`, `12345 B`. */
export function formatLength(bytes: number): string {
	if (bytes >= 1 << 20 && bytes % (1 << 20) === 0) return `${bytes / (1 << 20)} MiB`
	if (bytes >= 1024 && bytes % 1024 === 0) return `${bytes / 1024} KiB`
	return `${bytes} B`
}

/** A time to wait or that went by, as a clock shows it: `0:41`, `27:12`, `3:05:20`, `4 d 3 h`. Whole seconds. */
export function formatClock(ms: number): string {
	const seconds = Math.max(0, Math.round(ms / 1000))
	const minutes = Math.floor(seconds / 60)
	if (minutes < 60) return `${minutes}:${two(seconds % 60)}`
	const hours = Math.floor(minutes / 60)
	if (hours < 48) return `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`
	const days = Math.floor(hours / 24)
	return days < 10_000 ? `${days} d ${hours % 24} h` : 'years'
}

/** A short span: `34 ms`, `1.2 s`, `48 s`, `3:05`. */
export function formatSpan(ms: number): string {
	if (!(ms > 0)) return '0 ms'
	if (ms < 999.5) return `${ms < 9.95 ? Number(ms.toFixed(1)) : ms.toFixed(0)} ms`
	if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
	if (ms < 89_500) return `${(ms / 1000).toFixed(0)} s`
	return formatClock(ms)
}

/** `1 block`, `2 blocks`. */
export function formatCount(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function two(value: number): string {
	return value < 10 ? `0${value}` : String(value)
}

/** `62.4%`, `100%` only when it is all. */
export function formatPercent(fraction: number): string {
	if (fraction >= 1) return '100%'
	return `${(Math.floor(Math.max(0, fraction) * 1000) / 10).toFixed(1)}%`
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatAddress(host: string, port: number): string {
	return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
