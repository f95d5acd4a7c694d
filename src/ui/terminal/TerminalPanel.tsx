import { useEffect, useRef } from 'react'
import { foregroundWord, wayBack } from '#state/terminal-words.ts'
import { useApp, useIsPast } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import styles from './terminal.module.css'
import { useScreen } from './use-screen.ts'

export type TerminalPanelProps = { readonly terminal: number }

export function TerminalPanel({ terminal }: TerminalPanelProps) {
  const place = useRef<HTMLDivElement>(null)
  const { screen, trouble } = useScreen(terminal, place)
  const isFocused = useApp((state) => state.focusedTerminal === terminal)
  const command = useApp((state) => state.terminals[terminal]?.command ?? '')
  const isPast = useIsPast()
  const dialect = useApp((state) => state.settings.dialect)
  const say = useApp((state) => state.say)
  const focusTurn = useApp((state) => state.terminalFocusTurn)
  useEffect(() => {
    if (isFocused && focusTurn > 0) screen.current?.focus()
  }, [screen, isFocused, focusTurn])
  const copy = async () => {
    await navigator.clipboard.writeText(screen.current?.text() ?? '')
    say(`Copied what terminal ${terminal} shows.`)
  }
  return (
    <section
      className={styles.terminal}
      role="region"
      aria-label={`Terminal ${terminal}`}
      data-focused={isFocused ? '' : undefined}
    >
      <header>
        <h2>Terminal {terminal}</h2>
        <span>{isPast ? '' : foregroundWord(command)}</span>
        <span className={styles.dim}>
          {isPast
            ? 'read-only in the past'
            : command === ''
              ? `kubectl ${dialect}`
              : wayBack(command)}
        </span>
        <Button look="ghost" size="small" onClick={() => void copy()}>
          Copy
        </Button>
      </header>
      {trouble !== '' && <p className={styles.trouble}>{trouble}</p>}
      <div className={styles.screen} ref={place} />
    </section>
  )
}
