// What can be asked of a row of the DHT: lookups, whom they asked, buckets and nodes.
import { purposeWord, stepWord } from '../../inspect/explain-dht.ts'
import { formatAddress } from '../../inspect/units.ts'
import type { DhtRow } from '../dht-listing.ts'
import { createFieldTable } from './field.ts'

/** Rows as the DHT pane lists them. */
export const dhtFields = createFieldTable<DhtRow>({
	natural: 'round',
	fields: [
		{ name: 'lookup', help: 'a lookup', type: 'flag', of: ({ type }) => type === 'lookup' },
		{ name: 'step', help: 'a node that it asked', type: 'flag', of: ({ type }) => type === 'step' },
		{ name: 'node', help: 'a node of a table', type: 'flag', of: ({ type }) => type === 'node' },
		{ name: 'bucket', help: 'a bucket', type: 'flag', of: ({ type }) => type === 'bucket' },
		{ name: 'address', help: 'address and port', type: 'text', of: addressOf },
		{ name: 'id', help: 'of a node', type: 'text', of: idOf },
		{ name: 'state', help: 'good, silent, answered', type: 'text', of: stateOf },
		{
			name: 'target',
			help: 'what is looked for',
			type: 'text',
			of: row => ('lookup' in row ? row.lookup.target : ''),
		},
		{
			name: 'round',
			help: 'hops from our table',
			type: 'number',
			unit: 'count',
			of: row => (row.type === 'step' ? row.step.round : undefined),
		},
		{ name: 'bits', help: 'in common', type: 'number', unit: 'count', of: bitsOf },
		{ name: 'fits', help: 'id fits the address', type: 'flag', of: row => standingOf(row) === 'verified' },
		{
			name: 'peers',
			help: 'that it named',
			type: 'number',
			unit: 'count',
			of: row =>
				row.type === 'step' ? row.step.peersNamed : row.type === 'lookup' ? row.lookup.peersFound : undefined,
		},
		{
			name: 'client',
			help: 'its software',
			type: 'text',
			of: row => (row.type === 'node' ? (row.node.client ?? '') : ''),
		},
	],
	text: row => `${addressOf(row)} ${idOf(row)} ${stateOf(row)} ${'lookup' in row ? row.lookup.target : ''}`,
	examples: ['step & peers>0', 'node & state=bad', 'round=3', 'node & !fits'],
})

function addressOf(row: DhtRow): string {
	if (row.type === 'step') return formatAddress(row.step.host, row.step.port)
	return row.type === 'node' ? formatAddress(row.node.host, row.node.port) : ''
}

function idOf(row: DhtRow): string {
	return (row.type === 'step' ? row.step.id : row.type === 'node' ? row.node.id : '') ?? ''
}

function stateOf(row: DhtRow): string {
	if (row.type === 'step') return stepWord(row.step.state, row.lookup.end !== undefined)
	if (row.type === 'lookup') return purposeWord(row.lookup.purpose)
	return row.type === 'node' ? row.node.state : ''
}

function bitsOf(row: DhtRow): number | undefined {
	if (row.type === 'step') return row.step.commonBits
	if (row.type === 'bucket') return row.bucket.commonBits
	return row.type === 'node' ? row.node.commonBits : undefined
}

function standingOf(row: DhtRow): string | undefined {
	if (row.type === 'step') return row.step.standing
	return row.type === 'node' ? row.node.standing : undefined
}
