// The k-th operation of the disk fails under a whole engine (threat D15), for some k; all of them are in the gate.
import { describe, it } from 'vitest'
import { diskFailures, faultCases, sweepFaults } from '../helpers/fault-run.ts'

const stride = 19
const cases = Object.entries(faultCases).filter(([name]) => name !== 'a piece larger than memory')

describe.each(cases)('%s', (_, given) => {
	it.each(diskFailures)('ends with the right bytes whatever fails with %s', async failure => {
		await sweepFaults(given, failure, { stride, from: diskFailures.indexOf(failure) })
	})
})
