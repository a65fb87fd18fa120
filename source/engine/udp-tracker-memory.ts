// What is known of UDP trackers between exchanges, while the program runs: which of its addresses a tracker
// answered from, and the connection id that each address gave, which is good for no other one (BEP 15).
import { type Address, addressKey } from '../protocol/address.ts'
import type { UdpConnectionId } from '../protocol/udp-tracker-exchange.ts'
import {
	type AddressMemory,
	newAddressMemory,
	orderAddresses,
	rememberAddresses,
} from '../torrent/tracker-addresses.ts'

export class UdpTrackerMemory {
	/** By address of an endpoint. */
	readonly #connections = new Map<string, UdpConnectionId>()
	/** By tracker, as its URL names it. */
	readonly #addresses = new Map<string, AddressMemory>()

	/** The addresses that were found for a tracker, in the order in which they are asked. */
	order(tracker: Address, found: readonly string[]): string[] {
		return orderAddresses(found, this.#memoryOf(tracker))
	}

	/** An exchange with a tracker ended: who answered, and who was asked in vain. */
	note(tracker: Address, news: Parameters<typeof rememberAddresses>[1]): void {
		this.#addresses.set(addressKey(tracker), rememberAddresses(this.#memoryOf(tracker), news))
	}

	connectionOf(address: Address): UdpConnectionId | undefined {
		return this.#connections.get(addressKey(address))
	}

	/** An exchange that began with the one id ended with the other; what another exchange learned meanwhile stays. */
	keepConnection(
		address: Address,
		before: UdpConnectionId | undefined,
		after: UdpConnectionId | undefined,
	): void {
		if (after === before) return
		const key = addressKey(address)
		if (after !== undefined) this.#connections.set(key, after)
		else if (this.#connections.get(key) === before) this.#connections.delete(key)
	}

	#memoryOf(tracker: Address): AddressMemory {
		return this.#addresses.get(addressKey(tracker)) ?? newAddressMemory
	}
}
