// The file in the state folder that keeps what the DHT node knew: one for all who share the folder, replaced
// atomically. That it cannot be read or written is no failure of anything: there are other ways into the DHT.
import { decodeSaved, encodeSaved, nothingSaved, type SavedDht } from '../dht/saved-state.ts'
import { outcomeOf } from './disk-errors.ts'
import type { Storage } from './environment.ts'
import { makeDirectories } from './file-places.ts'

const limitBytes = 64 << 10

/** What the last run knew. */
export async function loadDht(storage: Storage, stateDirectory: string): Promise<SavedDht> {
	const read = await outcomeOf(() => storage.readFile(pathOf(stateDirectory), limitBytes))
	const bytes = read.ok ? read.value : undefined
	return bytes === undefined ? nothingSaved : (decodeSaved(bytes) ?? nothingSaved)
}

/** Keeps what this run knows, where it knows anything. */
export async function saveDht(storage: Storage, stateDirectory: string, saved: SavedDht): Promise<void> {
	if (saved[4].nodes.length + saved[6].nodes.length === 0) return
	await outcomeOf(async () => {
		await makeDirectories(storage, stateDirectory, 'private')
		await storage.replaceFile(pathOf(stateDirectory), encodeSaved(saved))
	})
}

function pathOf(stateDirectory: string): string {
	return `${stateDirectory}/dht.state`
}
