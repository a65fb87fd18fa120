// The version of this program: package.json's, put in by the bundler.
declare const __VERSION__: string | undefined

export const version = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0'
