// The header: name, state and rates; the bar with what is left; the pieces.
import Spinner from 'ink-spinner'
import { Box } from 'ink'
import { memo, type ReactElement } from 'react'
import { formatBytes, formatClock, formatPercent, formatRate } from '../inspect/units.ts'
import type { SummarySlice } from '../torrent/snapshot.ts'
import { formatArea, niceTop } from './braille.ts'
import { fit, formatBar } from './format.ts'
import { useEngine, useSession, useView } from './hooks.ts'
import { Lines } from './lines.tsx'
import { formatPieceLine } from './piece-bar.tsx'
import { formatMetadataBar, formatMetadataLine } from './metadata-lines.ts'
import { steadyMs, useSteady } from './steady.ts'
import { displayWidth } from './terminal/fast-width.ts'
import type { Glyphs, Theme } from './theme.ts'

const spinnerCells = 2
/** From this width on there is room for the scenario of a practice swarm. */
const scenarioCells = 80
/** Below this the name needs the room of the state of a torrent without metadata. */
const stateCells = 60

export const Header = memo(function Header({
	rows,
	width,
}: {
	readonly rows: number
	readonly width: number
}): ReactElement {
	const { theme, title, scenario } = useSession()
	const newest = useEngine(state => state.slices.summary)
	const summary = withFigures(newest, useFigures(newest))
	const pieces = useEngine(state => (rows >= 3 ? state.slices.pieces : undefined))
	const rate = useView(state => state.snapshotsPerSecond)
	// A display that stands still has nothing that turns.
	const frozen = useView(state => state.frozen)
	const turns = !frozen && summary !== undefined && isUnderWay(summary)
	const spinner = turns ? spinnerType(rate, theme) : undefined
	const lead = Math.min(spinnerCells, width)
	const lines = [
		formatTopLine(summary, {
			title,
			scenario: width >= scenarioCells ? scenario : undefined,
			theme,
			width: width - lead,
			isOnly: rows === 1,
		}),
		...(rows >= 2 ? [formatBarLine(summary, { width, theme })] : []),
		...(rows >= 3
			? [summary === undefined ? fit('', width) : bottomLine(summary, pieces, { width, theme })]
			: []),
	]
	return (
		<Box flexDirection="column" width={width} height={rows}>
			<Box height={1} width={width}>
				<Box width={lead} height={1}>
					{spinner === undefined ? <Lines text="  " width={lead} height={1} /> : <Spinner type={spinner} />}
				</Box>
				<Lines text={lines[0] ?? ''} width={Math.max(0, width - lead)} height={1} />
			</Box>
			{rows >= 2 ? <Lines text={lines.slice(1).join('\n')} width={width} height={rows - 1} /> : undefined}
		</Box>
	)
})

type Figures = Pick<SummarySlice, 'downBytesPerSecond' | 'upBytesPerSecond' | 'etaMs'> | undefined

/** The rates as they were when they were last taken. */
function useFigures(newest: SummarySlice | undefined): Figures {
	const next = { at: newest?.at ?? 0, value: figuresOf(newest) }
	return useSteady(next, newest?.state === 'downloading' ? steadyMs * newest.clockSpeed : 0)
}

function figuresOf(summary: SummarySlice | undefined): Figures {
	if (summary === undefined) return undefined
	const { downBytesPerSecond, upBytesPerSecond, etaMs } = summary
	return { downBytesPerSecond, upBytesPerSecond, etaMs }
}

function withFigures(summary: SummarySlice | undefined, figures: Figures): SummarySlice | undefined {
	return summary === undefined ? undefined : { ...summary, ...figures }
}

type LineParts = { readonly width: number; readonly theme: Theme }
type TopParts = LineParts & {
	readonly title: string
	readonly scenario: string | undefined
	readonly isOnly: boolean
}

/** Name and state on the left, rates on the right. */
function formatTopLine(
	summary: SummarySlice | undefined,
	{ width, theme, title, scenario, isOnly }: TopParts,
): string {
	const { glyphs } = theme
	if (summary === undefined) return fit(title, width, glyphs.ellipsis)
	const down = `${glyphs.down} ${formatRate(summary.downBytesPerSecond)}`
	const up = `${glyphs.up} ${formatRate(summary.upBytesPerSecond)}`
	const share = isOnly ? `  ${formatPercent(completion(summary))}` : ''
	const rates = `${down.padEnd(10)}  ${up.padEnd(10)} `
	const graphCells = width >= 100 ? Math.min(60, Math.floor(width / 6)) : 0
	const graph = graphCells === 0 ? '' : `${sparkline(summary.downHistory, graphCells, glyphs)} `
	const room = width - rates.length - share.length - graph.length
	if (room < 8) return fit(`${summary.name}${share}`, width, glyphs.ellipsis)
	// Where there is little room the line below says it.
	const isTold = summary.metadata !== undefined && width < stateCells
	const words = isTold ? '' : stateWords(summary, scenario, glyphs)
	const state = words === '' ? '' : `  ${words}`
	const name = fit(
		summary.name,
		Math.min(room - state.length - 1, displayWidth(summary.name)),
		glyphs.ellipsis,
	)
	const left = fit(`${name}${state}`, room, glyphs.ellipsis)
	const styled = theme.bold(left.slice(0, name.length)) + left.slice(name.length)
	return `${styled}${share}${theme.down(graph + down.padEnd(10))}  ${theme.up(up.padEnd(10))} `
}

/** The bar, how much is done, and how long it takes still. */
function formatBarLine(summary: SummarySlice | undefined, { width, theme }: LineParts): string {
	if (summary === undefined) return fit(' starting', width)
	if (summary.metadata !== undefined) return formatMetadataBar(summary, summary.metadata, { width, theme })
	const done = summary.checkedFraction ?? completion(summary)
	const words = `  ${formatPercent(done).padStart(5)}  ${outlook(summary, width)} `
	const room = width - words.length - 1
	if (room < 6) return fit(words, width, theme.glyphs.ellipsis)
	const bar = formatBar(done, room, theme.glyphs)
	const paint = done >= 1 ? theme.good : theme.down
	return ` ${paint(bar.full)}${theme.dim(bar.empty)}${words}`
}

function bottomLine(
	summary: SummarySlice,
	pieces: Parameters<typeof formatPieceLine>[1],
	parts: LineParts,
): string {
	if (summary.problem === undefined && summary.metadata !== undefined)
		return formatMetadataLine(summary, summary.metadata, parts)
	return summary.problem === undefined
		? formatPieceLine(summary, pieces, parts)
		: parts.theme.bad(fit(` ${summary.problem}`, parts.width, parts.theme.glyphs.ellipsis))
}

/** A line of dots, so that it is a quiet one. */
function sparkline(samples: readonly number[], columns: number, glyphs: Glyphs): string {
	return formatArea(samples, { columns, rows: 1, top: niceTop(samples) }, glyphs)[0] ?? ''
}

function completion({ completedBytes, wantedBytes }: SummarySlice): number {
	return wantedBytes <= 0 ? 0 : completedBytes / wantedBytes
}

function outlook(summary: SummarySlice, width: number): string {
	const sizes =
		width >= 60 ? `${formatBytes(summary.completedBytes)} of ${formatBytes(summary.wantedBytes)}` : ''
	const left =
		summary.etaMs === undefined || summary.completedBytes >= summary.wantedBytes
			? ''
			: `${formatClock(summary.etaMs)} left`
	const ratio =
		summary.downloadedBytes > 0
			? `, ratio ${(summary.uploadedBytes / summary.downloadedBytes).toFixed(2)}`
			: ''
	const given = width >= 120 ? `gave ${formatBytes(summary.uploadedBytes)}${ratio}` : ''
	return [sizes, left, given].filter(part => part !== '').join('  ')
}

function stateWords(summary: SummarySlice, scenario: string | undefined, { times }: Glyphs): string {
	const { clockSpeed } = summary
	const factor = clockSpeed === 1 ? '' : `${times}${clockSpeed}`
	const practice = [scenario ?? '', factor].filter(word => word !== '').join(' ')
	const endgame = summary.endgame ? 'endgame' : ''
	return [stateWord(summary), endgame, practice].filter(word => word !== '').join('  ')
}

function stateWord({ state, peersConnected }: SummarySlice): string {
	switch (state) {
		case 'downloading':
			return peersConnected === 0 ? 'looking for peers' : ''
		case 'awaitingMetadata':
			return peersConnected === 0 ? 'looking for peers' : 'fetching metadata'
		case 'diskStopped':
			return 'disk stopped'
		case 'checking':
		case 'complete':
		case 'seeding':
		case 'paused':
		case 'failed':
		case 'stopping':
		case 'stopped':
			return state
	}
}

/** Whether something is being done that ends by itself. Nobody to download from may last for days, and is still. */
function isUnderWay({ state, peersConnected }: SummarySlice): boolean {
	return state === 'checking' || state === 'stopping' || (state === 'awaitingMetadata' && peersConnected > 0)
}

/** A spinner whose steps are no shorter than a frame, so that it adds few frames of its own. */
function spinnerType(snapshotsPerSecond: number, { glyphs }: Theme): 'line' | 'toggle' | undefined {
	if (snapshotsPerSecond >= 8) return 'line'
	return snapshotsPerSecond >= 4 && glyphs.right !== '>' ? 'toggle' : undefined
}
