// Power cuts need mounts.
import { runInOwnSpace } from './own-space.ts'
import type { GateStep } from './step.ts'

export const powerCutStep: GateStep = {
	name: 'power-cuts',
	run: options => runInOwnSpace('power-cut-main.ts', options),
}
