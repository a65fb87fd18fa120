// The engine's thread: everything of the engine runs here, so that drawing never waits for it, nor it for
// drawing. Bundled as dist/worker.js.
import { parentPort } from 'node:worker_threads'
import { invariant } from '../protocol/errors.ts'
import { hostEngine } from './host.ts'
import { createNodeEnvironment } from './node-environment.ts'

const port = parentPort
invariant(port !== null, 'this file runs in a worker thread')
hostEngine(port, createNodeEnvironment, () => port.close())
