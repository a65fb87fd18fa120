// The whole screen: header, panes as the layout places them, the closing line, the footer.
import { Box, useInput } from 'ink'
import { type ComponentType, memo, type ReactElement, useMemo } from 'react'
import { DhtPane } from './dht-pane.tsx'
import { EventPane } from './event-pane.tsx'
import { FilePane } from './file-pane.tsx'
import { Footer } from './footer.tsx'
import { fit } from './format.ts'
import { GraphPane } from './graph-pane.tsx'
import { Header } from './header.tsx'
import { Help } from './help.tsx'
import { SessionContext, useEngine, useSession, useView } from './hooks.ts'
import { Inspector } from './inspector.tsx'
import type { KeyPress } from './keymap.ts'
import { createLayout, type Layout, type PaneName, type Section } from './layout.ts'
import { LessonBanner } from './lesson-banner.tsx'
import { Lines } from './lines.tsx'
import type { PaneProps } from './pane.tsx'
import { PeerPane } from './peer-pane.tsx'
import { PiecesPane } from './pieces-pane.tsx'
import { PipelinePane } from './pipeline-pane.tsx'
import { ScenarioChooser } from './scenario-chooser.tsx'
import type { Theme } from './theme.ts'
import { TrackerPane } from './tracker-pane.tsx'
import { needsLine } from './view.ts'
import { WirePane } from './wire-pane.tsx'

const panes: Readonly<Record<PaneName, ComponentType<PaneProps>>> = {
	trackers: memo(TrackerPane),
	peers: memo(PeerPane),
	pipeline: memo(PipelinePane),
	pieces: memo(PiecesPane),
	wire: memo(WirePane),
	events: memo(EventPane),
	files: memo(FilePane),
	graphs: GraphPane,
	dht: memo(DhtPane),
}

type AppProps = { readonly onKey: (input: string, key: KeyPress) => void }

/** The screen in the colours that the user chose. */
export function App({ onKey }: AppProps): ReactElement {
	const session = useSession()
	const chosen = useView(state => session.themes?.[state.themeName ?? ''])
	const themed = useMemo(() => ({ ...session, theme: chosen ?? session.theme }), [session, chosen])
	return (
		<SessionContext value={themed}>
			<Screen onKey={onKey} />
		</SessionContext>
	)
}

function Screen({ onKey }: AppProps): ReactElement {
	const { theme } = useSession()
	useInput(onKey)
	const layout = useLayout()
	const focus = useView(state => state.focus)
	const help = useView(state => state.help)
	const helpTop = useView(state => state.helpTop)
	const inspects = useView(state => state.inspector !== undefined)
	const chooses = useView(state => state.chooser !== undefined)
	const { columns, rows, headerRows, bannerRows, footerRows } = layout
	return (
		<Box flexDirection="column" width={columns} height={rows}>
			<Header rows={headerRows} width={columns} />
			{bannerRows > 0 ? <LessonBanner rows={bannerRows} width={columns} /> : undefined}
			{chooses ? (
				<ScenarioChooser width={columns} rows={rows - headerRows - bannerRows - footerRows} />
			) : help ? (
				<Help
					width={columns}
					rows={rows - headerRows - bannerRows - footerRows}
					theme={theme}
					top={helpTop}
				/>
			) : inspects ? (
				<Inspector width={columns} rows={rows - headerRows - bannerRows - footerRows} theme={theme} />
			) : (
				<Sections layout={layout} focus={focus} theme={theme} />
			)}
			{footerRows > 0 ? <Footer width={columns} /> : undefined}
		</Box>
	)
}

type SectionsProps = { readonly layout: Layout; readonly focus: PaneName; readonly theme: Theme }

const Sections = memo(function Sections({ layout, focus, theme }: SectionsProps): ReactElement {
	const { columns, sections, bottomJoins, framed } = layout
	return (
		<Box flexDirection="column" width={columns}>
			{sections.map(({ rows, stacks }) => (
				<Box key={keyOf(stacks)} width={columns} height={rows}>
					{stacks.map(stack => (
						<Box key={keyOf([stack])} flexDirection="column" width={stack[0]?.width ?? 0} height={rows}>
							{stack.map(place => {
								const Pane = panes[place.pane]
								return (
									<Pane
										key={place.pane}
										place={place}
										framed={framed}
										focused={focus === place.pane}
										theme={theme}
									/>
								)
							})}
						</Box>
					))}
				</Box>
			))}
			{bottomJoins === undefined ? undefined : (
				<Lines text={closingLine(columns, bottomJoins, theme)} width={columns} height={1} />
			)}
		</Box>
	)
})

function keyOf(stacks: Section['stacks']): string {
	return stacks.map(stack => stack.map(({ pane }) => pane).join()).join('|')
}

function useLayout(): Layout {
	const columns = useView(state => state.columns)
	const rows = useView(state => state.rows)
	const maximised = useView(state => (state.maximised ? state.focus : undefined))
	const arrangement = useView(state => state.arrangement)
	const banner = useView(state => state.lesson !== undefined)
	const line = useView(needsLine)
	const trackerCount = useEngine(state => state.slices.trackers?.trackers.length ?? 0)
	const fileCount = useEngine(state => state.slices.files?.files.length ?? 0)
	return useMemo(
		() => createLayout({ columns, rows, trackerCount, fileCount, maximised, arrangement, banner, line }),
		[columns, rows, trackerCount, fileCount, maximised, arrangement, banner, line],
	)
}

function closingLine(width: number, joins: readonly number[], theme: Theme): string {
	const { glyphs } = theme
	let line = glyphs.bottomLeft
	for (let column = 1; column < width - 1; column += 1) {
		line += joins.includes(column) ? glyphs.teeUp : glyphs.horizontal
	}
	return theme.dim(fit(`${line}${glyphs.bottomRight}`, width))
}
