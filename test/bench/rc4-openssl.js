// OpenSSL's RC4 in this Node, which needs --openssl-legacy-provider: prints the CPU seconds for as many MiB as are
// named, in portions of 64 KiB.
import { createCipheriv } from 'node:crypto'

const cipher = createCipheriv('rc4', Buffer.alloc(16, 7), null)
const portion = Buffer.alloc(64 << 10)
const rounds = Number(process.argv[2]) * 16
for (let warm = 0; warm < 100; warm += 1) cipher.update(portion)
const before = process.cpuUsage()
for (let round = 0; round < rounds; round += 1) cipher.update(portion)
const { user, system } = process.cpuUsage(before)
console.log((user + system) / 1e6)
