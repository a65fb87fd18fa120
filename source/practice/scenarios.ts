// The scenarios of the practice swarm. At the speed that a demo has by itself each takes about a minute.
import { chokyScenario } from './scenarios/choky.ts'
import { corrupt } from './scenarios/corrupt.ts'
import type { PracticeScenario } from './scenarios/cast.ts'
import { deadEnd } from './scenarios/dead-end.ts'
import { dhtLookup } from './scenarios/dht-lookup.ts'
import { encrypted } from './scenarios/encrypted.ts'
import { endgame } from './scenarios/endgame.ts'
import { flashCrowd } from './scenarios/flash-crowd.ts'
import { healthy } from './scenarios/healthy.ts'
import { magnet } from './scenarios/magnet.ts'
import { pex } from './scenarios/pex.ts'
import { slowAndFast } from './scenarios/slow-and-fast.ts'
import { snubbed } from './scenarios/snubbed.ts'
import { titForTat } from './scenarios/tit-for-tat.ts'
import { trackerOutage } from './scenarios/tracker-outage.ts'

export type { PracticeScenario }

/** In the order in which `--list` names them; the first is the one without a name. */
export const scenarios: readonly PracticeScenario[] = [
	healthy,
	slowAndFast,
	chokyScenario,
	titForTat,
	snubbed,
	endgame,
	corrupt,
	trackerOutage,
	magnet,
	dhtLookup,
	pex,
	encrypted,
	deadEnd,
	flashCrowd,
]

/** The scenario of that name; without one the first. */
export function findScenario(name: string | undefined): PracticeScenario | undefined {
	return name === undefined ? scenarios[0] : scenarios.find(scenario => scenario.name === name)
}
