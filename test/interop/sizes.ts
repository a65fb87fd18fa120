// How large the transfers are: small in every run, 1 GiB each with SWARMSCOPE_FULL_SIZE=1 (some ten minutes).

const fullBytes = 2 ** 30

/** Everything, however long it takes. */
export const isFullSize = process.env['SWARMSCOPE_FULL_SIZE'] === '1'

/** The size of a transfer that is `smallBytes` in every run. */
export function contentBytes(smallBytes: number): number {
	return isFullSize ? fullBytes : smallBytes
}

/** `64 MiB`, of whole MiB. */
export function inMebibytes(bytes: number): string {
	return `${bytes / 2 ** 20} MiB`
}
