// The one function of the npm package `bencode` that is used. Its decoder is not declared, so nothing that
// comes from outside can reach it.
declare module 'bencode' {
	const bencode: { encode(value: unknown): Uint8Array<ArrayBuffer> }
	export default bencode
}
