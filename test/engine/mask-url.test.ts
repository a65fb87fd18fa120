import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskTarget, maskUrl, secretsOf } from '../../source/engine/mask-url.ts'

test.each([
	['http://tracker.example:8080/announce', 'http://tracker.example:8080/announce'],
	['udp://tracker.example:6969/announce', 'udp://tracker.example:6969/announce'],
	['http://user:pw@tracker.example/announce', 'http://***@tracker.example/announce'],
	['https://t.example/0123456789abcdef0123456789abcdef/announce', 'https://t.example/***/announce'],
	['https://t.example/MFRGGZDFMZTWQ2LKNNWG23TP/announce', 'https://t.example/***/announce'],
	['https://t.example/announce.php?passkey=abc', 'https://t.example/announce.php?passkey=***'],
	['https://t.example/announce?authkey=1&x=2', 'https://t.example/announce?authkey=***&x=2'],
	['https://t.example/announce?x=9f86d081884c7d65', 'https://t.example/announce?x=***'],
	['https://tracker.openbittorrent.example/announce', 'https://tracker.openbittorrent.example/announce'],
	['nonsense', '(no valid URL)'],
])('%s is shown as %s', (url, shown) => {
	expect(maskUrl(url)).toBe(shown)
})

test('no passkey of 32 hexadecimal digits survives, wherever it stands', () => {
	const key = fc.stringMatching(/^[0-9a-f]{32}$/u)
	const place = fc.constantFrom(
		(k: string) => `http://t.example/${k}/announce`,
		(k: string) => `http://t.example/a/announce?${k}`,
		(k: string) => `http://t.example/announce?a=b&k=${k}`,
		(k: string) => `udp://t.example:1/announce/${k}?x`,
		(k: string) => `http://${k}:x@t.example/`,
	)
	fc.assert(
		fc.property(key, place, (passkey, at) => {
			expect(maskUrl(at(passkey))).not.toContain(passkey)
		}),
	)
})

test('what BEP 3 puts into a request stays readable, except key and tracker id', () => {
	const hash = '%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A'
	expect(maskTarget(`/announce?passkey=s&info_hash=${hash}&port=6881&key=0badcafe&trackerid=abc`)).toBe(
		`/announce?passkey=***&info_hash=${hash}&port=6881&key=***&trackerid=***`,
	)
})

test.each([
	['http://tracker.example:8080/announce?numwant=5', []],
	['http://user:password@tracker.example/announce', ['password']],
	['https://t.example/0123456789abcdef0123456789abcdef/announce', ['0123456789abcdef0123456789abcdef']],
	['https://t.example/announce?passkey=secret%2Fword&x=1', ['secret%2Fword', 'secret/word']],
	['udp://t.example:1/announce?authkey=abc&y=9f86d081884c7d65', ['9f86d081884c7d65']],
	['nonsense', []],
])('what is secret in %s', (url, secrets) => {
	expect(secretsOf(url)).toEqual(secrets)
})
