// Performs one announce or scrape with a UDP tracker (BEP 15) over the socket that is shared on the peer
// port. The exchange itself is protocol/udp-tracker-exchange.ts; here are its socket, its timer and its end.
import { addressKey } from '../protocol/address.ts'
import type { AnnounceResponse, ScrapeResponse, TrackerFailure } from '../protocol/announce.ts'
import {
	continueUdpExchange,
	createUdpExchange,
	receiveUdpDatagram,
	type UdpConnectionId,
	type UdpExchangeStep,
	type UdpTrackerTask,
} from '../protocol/udp-tracker-exchange.ts'
import type { Clock, DatagramSocket, RandomSource } from './environment.ts'
import { abortFailure, type TrackerExchangeContext } from './tracker-context.ts'

export type UdpAnnounceOptions = {
	readonly clock: Clock
	readonly random: RandomSource
	readonly socket: DatagramSocket
	readonly port: number
	/** Connection ids by address, kept between exchanges. */
	readonly connections: Map<string, UdpConnectionId>
}

/** Asks the first address of the context until it answers or the signal ends it. */
export function udpAnnounce(
	task: UdpTrackerTask,
	options: UdpAnnounceOptions,
	context: TrackerExchangeContext,
): Promise<AnnounceResponse | ScrapeResponse | TrackerFailure> {
	const { clock, socket, connections } = options
	const { signal, family } = context
	const tracker = { host: context.addresses[0] ?? '', port: options.port }
	const key = addressKey(tracker)
	const exchange = createUdpExchange({ task, family, connection: connections.get(key) })
	const draw = () => options.random.uint32()
	return new Promise(resolve => {
		let cancelTimer = () => {}
		const end = (result: AnnounceResponse | ScrapeResponse | TrackerFailure) => {
			cancelTimer()
			unsubscribe()
			signal.removeEventListener('abort', onAbort)
			if (exchange.connection === undefined) connections.delete(key)
			else connections.set(key, exchange.connection)
			resolve(result)
		}
		const take = (step: UdpExchangeStep) => {
			if (step.type === 'done') {
				end(step.result)
				return
			}
			if (step.type === 'send') {
				context.observe('out', tracker, step.bytes)
				socket.send(step.bytes, tracker)
			}
			cancelTimer()
			cancelTimer = clock.after(exchange.nextAt - clock.now(), proceed)
		}
		const proceed = () => take(continueUdpExchange(exchange, clock.now(), draw))
		const onAbort = () => end(abortFailure(signal))
		const unsubscribe = socket.subscribe((bytes, from) => {
			if (addressKey(from) !== key) return false
			const step = receiveUdpDatagram(exchange, bytes, { now: clock.now(), draw })
			if (step.type === 'wait') return false
			context.observe('in', tracker, bytes.slice())
			take(step)
			return true
		})
		if (signal.aborted) {
			onAbort()
			return
		}
		signal.addEventListener('abort', onAbort)
		proceed()
	})
}
