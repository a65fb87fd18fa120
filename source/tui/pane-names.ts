// The panes, in the order of the keys 1 to 9 that open them.

export const paneNames = [
	'trackers',
	'peers',
	'pipeline',
	'pieces',
	'wire',
	'events',
	'files',
	'graphs',
	'dht',
] as const
export type PaneName = (typeof paneNames)[number]

/** As it is written: an initial letter is large, and so are all of an abbreviation. */
export function titleOf(name: string): string {
	return name === 'dht' ? 'DHT' : name.charAt(0).toUpperCase() + name.slice(1)
}
