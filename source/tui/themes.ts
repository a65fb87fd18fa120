// The themes that `:theme` goes through, on one terminal.
import { createTheme, type Theme, type ThemeOptions } from './theme.ts'

export const themeNames = ['dark', 'light', 'mono'] as const
export type ThemeName = (typeof themeNames)[number]

/** By name; `options` tells what the terminal can show. */
export function createThemes(options: ThemeOptions): Readonly<Record<ThemeName, Theme>> {
	return {
		dark: createTheme({ ...options, light: false }),
		light: createTheme({ ...options, light: true }),
		mono: createTheme({ ...options, color: false }),
	}
}
