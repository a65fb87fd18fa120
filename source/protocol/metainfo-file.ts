// A .torrent file around an info dictionary that came without one (BEP 9): what is kept between runs.
import { type Bencodable, encodeBencode } from './bencode-encode.ts'
import { concatBytes, utf8 } from './bytes.ts'

export type MetainfoSources = {
	/** Tracker URLs by tier (BEP 12). */
	readonly tiers: readonly (readonly string[])[]
	/** http and https URLs (BEP 19). */
	readonly webSeeds: readonly string[]
}

/** The file's bytes; `infoBytes` stands in it as it is, since its hash is the torrent's name (BEP 3). */
export function metainfoFile(infoBytes: Uint8Array, { tiers, webSeeds }: MetainfoSources): Uint8Array {
	const fields: [string, Bencodable | undefined][] = [
		['announce-list', tiers.length > 0 ? tiers : undefined],
		['info', undefined],
		['url-list', webSeeds.length > 0 ? webSeeds : undefined],
	]
	const parts: Uint8Array[] = [utf8('d')]
	for (const [key, value] of fields) {
		if (key === 'info') parts.push(encodeBencode(key), infoBytes)
		else if (value !== undefined) parts.push(encodeBencode(key), encodeBencode(value))
	}
	parts.push(utf8('e'))
	return concatBytes(parts)
}
