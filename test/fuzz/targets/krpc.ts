// The DHT: datagrams of any bytes, alone and on a node, as a question of a stranger and as the answer to what the node
// asked. Whatever comes, little is sent to whoever proved nothing, all that is sent can be read, and nothing grows.
import { createHash } from 'node:crypto'
import type { DhtEffect } from '../../../source/dht/boundary.ts'
import { Dht } from '../../../source/dht/dht.ts'
import { dhtSlice } from '../../../source/dht/views.ts'
import { type Address, dialObstacle } from '../../../source/protocol/address.ts'
import { fromHex, utf8 } from '../../../source/protocol/bytes.ts'
import { toNodeId } from '../../../source/protocol/ids.ts'
import { decodeKrpc, type KrpcMessage, maxKrpcBytes } from '../../../source/protocol/krpc.ts'
import {
	clientBytes,
	encodeQuery,
	encodeResponse,
	maxSentBytes,
} from '../../../source/protocol/krpc-encode.ts'
import { attempt, check, checkSame, type Target } from '../target.ts'
import { checkSafe } from './text-rules.ts'

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest()
const id = toNodeId(utf8('abcdefghij0123456789'))
const place = toNodeId(utf8('mnopqrstuvwxyz123456'))
const head = { transaction: utf8('aa'), client: clientBytes('0.1.0') }
const stranger: Address = { host: '203.0.113.9', port: 6881 }
const asked: Address = { host: '198.51.100.7', port: 51413 }
const node = { id: place, address: { host: '192.0.2.44', port: 6881 } }

export const krpcTarget: Target = {
	name: 'krpc',
	mutation: 'bencode',
	maxBytes: 2 * maxKrpcBytes,
	dictionary: [
		'ping',
		'find_node',
		'get_peers',
		'announce_peer',
		'values',
		'nodes',
		'nodes6',
		'want',
		'n4',
		'n6',
	],
	seeds: () => [
		encodeQuery({ ...head, id, readOnly: false, ask: { method: 'ping' } }),
		encodeQuery({ ...head, id, readOnly: true, ask: { method: 'find_node', target: place, want: [4, 6] } }),
		utf8('d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe'),
		utf8(
			'd1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe',
		),
		encodeResponse({
			...head,
			...{ id, to: stranger, nodes: [node, node], nodes6: [], values: [stranger, asked] },
			token: fromHex('00ff'),
		}),
		utf8('d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee'),
	],
	run(input) {
		const read = attempt(() => decodeKrpc(input))
		if (read.ok) checkMessage(read.value)
		else check(/^(?:krpc|bencode)-/u.test(read.error.code), `a code of ours: ${read.error.code}`)
		const outcome = read.ok ? outcomeOf(read.value) : read.error.code
		return [outcome, ...askNode(input), ...(read.ok ? answerNode(read.value) : [])]
	},
}

function checkMessage(message: KrpcMessage): void {
	check(message.transaction.length <= 32, 'a transaction id is short')
	check((message.client?.length ?? 0) <= 16, 'a client is short')
	if (message.type === 'error') checkSafe(message.message, 128)
	if (message.type === 'response') {
		check(message.nodes.length <= 32 && message.nodes6.length <= 32, 'nodes are bounded')
		check(message.values.length <= 500, 'values are bounded')
		check((message.token?.length ?? 0) <= 128, 'a token is short')
	}
	if (message.type !== 'query' || message.ask.method === 'other' || message.client === undefined) return
	const again = decodeKrpc(encodeQuery({ ...message, ask: message.ask, client: message.client }))
	checkSame(again, message, 'what is written reads the same')
}

function outcomeOf(message: KrpcMessage): string {
	if (message.type === 'query') return `query ${message.ask.method} ${message.readOnly}`
	if (message.type === 'faultyQuery') return `faulty ${message.message}`
	if (message.type === 'error') return 'error'
	const { nodes, nodes6, values, token, ip } = message
	return `response ${[nodes, nodes6, values].map(list => Math.min(3, list.length)).join(' ')} ${token !== undefined} ${ip !== undefined}`
}

/** A stranger asks. */
function askNode(bytes: Uint8Array): string[] {
	const dht = startNode()
	const effects = dht.handle({ type: 'DatagramReceived', family: 4, from: stranger, bytes }, 10)
	checkEffects(effects)
	const out = sent(effects)
		.filter(({ to }) => to.host === stranger.host)
		.reduce((sum, one) => sum + one.bytes.length, 0)
	check(out <= 3 * bytes.length, `${out} bytes for ${bytes.length}`)
	check(dht.state.families[4]?.table.hosts.size === 0, 'whoever only asks stands in no table')
	check(structuredClone(dht.state).version === dht.state.version, 'the state is plain data')
	return [`asked, sends ${effects.length}, ${dht.heard.dropped ?? 'taken'}`]
}

/** Whom the node asked answers with what was in the message. */
function answerNode(message: KrpcMessage): string[] {
	if (message.type !== 'response') return []
	const dht = startNode()
	const [query] = sent(dht.handle({ type: 'NodesNamed', addresses: [asked] }, 20))
	const request = query === undefined ? undefined : decodeKrpc(query.bytes)
	check(request?.type === 'query', 'a hint is asked')
	const bytes = encodeResponse({
		...message,
		...{ transaction: request.transaction, client: head.client, to: stranger },
		nodes: message.nodes.filter(({ address }) => !address.host.includes(':')),
		nodes6: [],
	})
	const effects = dht.handle({ type: 'DatagramReceived', family: 4, from: asked, bytes }, 40)
	checkEffects(effects)
	check(sent(effects).length <= 8, 'no more than a few are asked at once')
	const hosts = sent(effects).map(({ to }) => to.host)
	check(new Set(hosts).size === hosts.length, 'nobody is asked twice at once')
	const slice = dhtSlice(dht.state, 50)
	check(
		slice.lookups.every(({ steps }) => steps.length <= 384),
		'a lookup is bounded',
	)
	for (let at = 0; at < 20 && Number.isFinite(dht.nextWakeAt); at += 1) {
		checkEffects(dht.handle({ type: 'Woken' }, dht.nextWakeAt))
	}
	return [`answered, asks ${hosts.length}, ${slice.state}`]
}

function startNode(): Dht {
	const dht = new Dht(
		{ key: new Uint8Array(32), readOnly: false, client: head.client, routers: 0, startedAt: 0 },
		sha1,
	)
	dht.handle({ type: 'SocketOpened', family: 4, port: 6881, saved: [], external: undefined }, 0)
	return dht
}

function sent(effects: readonly DhtEffect[]) {
	return effects.filter(effect => effect.type === 'SendDatagram')
}

function checkEffects(effects: readonly DhtEffect[]): void {
	for (const { to, bytes } of sent(effects)) {
		check(bytes.length <= maxSentBytes, 'a datagram fits')
		check(attempt(() => decodeKrpc(bytes)).ok, 'what is sent can be read')
		check(dialObstacle(to, 'user') === undefined, 'nothing goes where nobody can be')
	}
	for (const effect of effects) {
		if (effect.type !== 'PeersFound') continue
		check(
			effect.addresses.every(peer => dialObstacle(peer, 'global') === undefined),
			'peers may be dialled',
		)
	}
}
