// WebTorrent driven like a command-line client over plain TCP on loopback.
// usage: webtorrent-peer.js MODULE seed|leech TORRENT DIR PORT PEER...    a leech ends when it has everything
const [module, mode, torrentFile, dir, port, ...peers] = process.argv.slice(2)
const { default: WebTorrent } = await import(module)

const client = new WebTorrent({
	torrentPort: Number(port),
	dht: false,
	lsd: false,
	tracker: false,
	utp: false,
	utPex: false,
	natUpnp: false,
	natPmp: false,
	webSeeds: false,
})
client.on('error', error => {
	console.error(error)
	process.exit(1)
})
const torrent = client.add(torrentFile, { path: dir })
torrent.on('ready', () => {
	for (const peer of peers) torrent.addPeer(peer)
})
torrent.on('done', () => {
	console.log(JSON.stringify({ type: 'done' }))
	if (mode === 'leech') client.destroy(() => process.exit(0))
})
process.on('SIGTERM', () => client.destroy(() => process.exit(0)))
