// Catches what a pane throws while it renders. Ink's own boundary would draw the error, source text and all,
// on a screen that is about to go; ours draws nothing and tells whoever prints it afterwards.
import { Component, type ReactNode } from 'react'

type BoundaryProps = { readonly onError: (error: unknown) => void; readonly children: ReactNode }
type BoundaryState = { readonly hasFailed: boolean }

export class ErrorBoundary extends Component<BoundaryProps, BoundaryState> {
	override readonly state: BoundaryState = { hasFailed: false }

	static getDerivedStateFromError(): BoundaryState {
		return { hasFailed: true }
	}

	override componentDidCatch(error: unknown): void {
		this.props.onError(error)
	}

	override render(): ReactNode {
		return this.state.hasFailed ? undefined : this.props.children
	}
}
