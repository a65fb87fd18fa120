// Full and read-only disks need mounts.
import { runInOwnSpace } from './own-space.ts'
import type { GateStep } from './step.ts'

export const diskTroubleStep: GateStep = {
	name: 'disk-trouble',
	run: options => runInOwnSpace('disk-trouble-main.ts', options),
}
