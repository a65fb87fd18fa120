// Settings of V8 for a program whose hot code is small and whose runs are short.
import { setFlagsFromString } from 'node:v8'

/**
 * TurboFan copies what a hot function calls into it, up to 920 bytes of bytecode. With 200 a download of 1 GiB costs
 * 4 % less CPU (test/bench/README.md): compiling costs more than the calls do. To be called before the engine starts;
 * it holds for all threads.
 */
export function compileThriftily(): void {
	setFlagsFromString('--max-inlined-bytecode-size-cumulative=200')
}
