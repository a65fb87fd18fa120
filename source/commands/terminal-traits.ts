// What the terminal can show, as far as its environment tells.

export type TerminalTraits = {
	/** Whether dark letters stand on a light ground. */
	readonly light: boolean
	/** Whether it shows more than its own 16 colours. */
	readonly rich: boolean
}

/** COLORFGBG is set by rxvt, Konsole and others (`15;0`: ground 0 is black); COLORTERM and TERM by nearly all. */
export function terminalTraits(environment: NodeJS.ProcessEnv): TerminalTraits {
	const ground = Number(environment['COLORFGBG']?.split(';').at(-1) ?? Number.NaN)
	const rich = /^(?:truecolor|24bit)$/u.test(environment['COLORTERM'] ?? '')
	return { light: ground === 7 || (ground >= 9 && ground <= 15), rich }
}
