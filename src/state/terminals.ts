import type { TerminalState } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'

export type TerminalsSlice = {
  readonly terminals: Readonly<Record<number, TerminalState>>
  readonly focusedTerminal: number
  /** Counts up when the keyboard is to go to the focused terminal. */
  readonly terminalFocusTurn: number
  readonly focusTerminal: (terminal: number) => void
  readonly goToTerminal: (terminal: number) => void
  readonly typeInto: (terminal: number, text: string) => void
  readonly sizeTerminal: (terminal: number, columns: number, rows: number) => void
  /** Tells a new cluster of the terminals there are. */
  readonly openTerminals: () => void
}

export const TERMINALS = [1, 2] as const

/**
 * What terminals print, outside the store: a screen is fed bytes, not rendered from
 * state. Each keeps the end of its output, so a screen that opens later shows it too.
 */
export class TerminalFeed {
  readonly #kept = new Map<number, string>()
  /** How much each has printed since its run began. */
  readonly #printed = new Map<number, number>()
  readonly #listeners = new Map<number, Set<(text: string) => void>>()

  push(terminal: number, text: string): void {
    this.#printed.set(terminal, (this.#printed.get(terminal) ?? 0) + text.length)
    this.#kept.set(terminal, ((this.#kept.get(terminal) ?? '') + text).slice(-KEPT_MAX))
    for (const listener of this.#listeners.get(terminal) ?? []) listener(text)
  }

  /** Forgets everything and clears the screens: a new cluster begins. */
  clear(): void {
    this.#kept.clear()
    this.#printed.clear()
    for (const listeners of this.#listeners.values()) {
      for (const listener of listeners) listener(RESET_SCREEN)
    }
  }

  kept(terminal: number): string {
    return this.#kept.get(terminal) ?? ''
  }

  /** What of it had been printed when the terminal had printed so much. */
  keptUpTo(terminal: number, printed: number): string {
    const kept = this.kept(terminal)
    const later = (this.#printed.get(terminal) ?? 0) - printed
    return kept.slice(0, Math.max(0, kept.length - later))
  }

  listen(terminal: number, listener: (text: string) => void): () => void {
    const listeners = this.#listeners.get(terminal) ?? new Set()
    this.#listeners.set(terminal, listeners.add(listener))
    return () => listeners.delete(listener)
  }
}

const KEPT_MAX = 200_000
const RESET_SCREEN = '\u001Bc'

type Update = (patch: (state: TerminalsSlice) => Partial<TerminalsSlice>) => void

/** What a terminal measures before its screen is there. */
const FIRST_SIZE = { columns: 80, rows: 12 }

export function createTerminalsSlice(
  { worker }: Deps,
  update: Update,
  showTerminals: () => void,
): TerminalsSlice {
  const sizes = new Map(TERMINALS.map((terminal) => [terminal as number, FIRST_SIZE]))
  return {
    terminals: {},
    focusedTerminal: 1,
    terminalFocusTurn: 0,
    focusTerminal: (focusedTerminal) => update(() => ({ focusedTerminal })),
    goToTerminal: (focusedTerminal) => {
      showTerminals()
      update((state) => ({ focusedTerminal, terminalFocusTurn: state.terminalFocusTurn + 1 }))
    },
    typeInto: (terminal, text) => worker.send({ type: 'input', terminal, text }),
    sizeTerminal: (terminal, columns, rows) => {
      sizes.set(terminal, { columns, rows })
      worker.send({ type: 'resizeTerminal', terminal, columns, rows })
    },
    openTerminals: () => {
      for (const [terminal, size] of sizes) worker.send({ type: 'openTerminal', terminal, ...size })
    },
  }
}

/** Only what differs replaces what was known. */
export function withTerminals(
  known: TerminalsSlice['terminals'],
  changed: readonly TerminalState[],
): TerminalsSlice['terminals'] {
  if (changed.length === 0) return known
  return { ...known, ...Object.fromEntries(changed.map((state) => [state.terminal, state])) }
}
