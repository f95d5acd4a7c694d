import { Component, type ErrorInfo, type ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Empty } from './Empty.tsx'

type Props = { readonly name: string; readonly children: ReactNode }
type State = { readonly error: Error | undefined }

/** Keeps a panel's failure in the panel: the others go on, and this one can try again. */
export class PanelBoundary extends Component<Props, State> {
  override state: State = { error: undefined }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error(`${this.props.name} failed`, error, info.componentStack)
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <div style={{ padding: 16 }} role="alert">
        <Empty title={`${this.props.name} cannot be shown`}>
          <span>{error.message}</span>
          <Button size="small" onClick={() => this.setState({ error: undefined })}>
            Try again
          </Button>
        </Empty>
      </div>
    )
  }
}
