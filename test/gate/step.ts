// One of the gate's long runs.

export type GateOptions = {
	/** Of the fuzzer, for each target. */
	readonly fuzzSeconds: number
	readonly simulationSeeds: number
	readonly kills: number
	readonly powerCuts: number
	/** The disk fails at every so many operations; 1 is all of them. */
	readonly faultStride: number
	readonly soakSeconds: number
	readonly seed: number
	/** The built program. */
	readonly cli: string
	/** An empty folder of this step's own. */
	readonly folder: string
	/** Says how far it is. */
	readonly progress: (text: string) => void
}

export type GateResult = {
	readonly ok: boolean
	/** This machine does not permit it; it is not ok then. */
	readonly skipped?: boolean
	/** What was measured, and what failed. */
	readonly figures: readonly string[]
}

export type GateStep = {
	readonly name: string
	/** It leaves the machine to others most of the time. */
	readonly mostlyWaits?: true
	readonly run: (options: GateOptions) => Promise<GateResult>
}
