// Nodes of the DHT in a process of their own, each at an address of its own, that all know the first one. Takes the
// addresses as arguments; prints `ready` when all have joined, and ends with its standard input.
import { DhtService } from '../../../source/engine/dht-service.ts'
import { createNodeEnvironment } from '../../../source/engine/node-environment.ts'

const port = 6881
const environment = createNodeEnvironment()
const [first, ...others] = process.argv.slice(2)

async function start(host: string): Promise<DhtService> {
	const bound = await environment.datagrams.bind(host, port)
	if (!bound.ok) throw new Error(`${host}: ${bound.message}`)
	const service = new DhtService({
		environment,
		stateDirectory: undefined,
		readOnly: false,
		routers: host === first || first === undefined ? [] : [{ host: first, port }],
		routersServe: true,
		sockets: [{ family: 4, socket: bound.value }],
		onPeers: () => undefined,
	})
	await service.start()
	return service
}

const [, ...joining] = await Promise.all([first ?? '127.0.0.1', ...others].map(start))
const timer = setInterval(() => {
	if (joining.some(service => service.slice().state !== 'joined')) return
	clearInterval(timer)
	process.stdout.write('ready\n')
}, 50)
process.stdin.resume().once('end', () => process.exit(0))
