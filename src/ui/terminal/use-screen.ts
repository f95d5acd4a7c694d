import { formatTime } from '#sim/kernel/time.ts'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { AppStore } from '#state/store.ts'
import { useApp, useAppStore } from '#ui/app-context.ts'
import { useTheme } from '#ui/theme/use-theme.ts'
import type { Screen } from './screen.ts'

export type ScreenState = {
  readonly screen: RefObject<Screen | null>
  /** Why there is none: it is still loading, or it could not be loaded. */
  readonly trouble: string
}

/** The one place a terminal's screen is made, fed and thrown away. */
export function useScreen(terminal: number, place: RefObject<HTMLElement | null>): ScreenState {
  const store = useAppStore()
  const screen = useRef<Screen | null>(null)
  const [trouble, setTrouble] = useState('Loading the terminal.')
  useEffect(() => {
    let stop = () => {}
    let isGone = false
    import('./screen.ts')
      .then(async ({ Screen }) => {
        // Cells are measured once; measured in the wrong font they stay wrong.
        await document.fonts.load(`13px 'IBM Plex Mono'`)
        const at = place.current
        if (isGone || at === null) return
        const state = store.getState()
        const made = new Screen({
          at,
          onInput: (text) => state.typeInto(terminal, text),
          onSize: (columns, rows) => state.sizeTerminal(terminal, columns, rows),
          onFocus: () => state.focusTerminal(terminal),
        })
        screen.current = made
        draw(made, store, terminal)
        const unlisten = store.feed.listen(terminal, (text) => {
          if (store.getState().past === undefined) made.write(text)
        })
        stop = () => {
          unlisten()
          made.dispose()
          screen.current = null
        }
        setTrouble('')
      })
      .catch((error: unknown) => setTrouble(`The terminal could not be loaded: ${String(error)}`))
    return () => {
      isGone = true
      stop()
    }
  }, [store, terminal, place])
  useScreenTheme(screen)
  const time = useApp((state) => state.past?.time)
  useEffect(() => {
    if (screen.current !== null) draw(screen.current, store, terminal)
  }, [store, terminal, time])
  return { screen, trouble }
}

/** All that was printed; in the past, up to then, and a rule. */
function draw(screen: Screen, { feed, getState }: AppStore, terminal: number): void {
  const { past } = getState()
  if (past === undefined) {
    screen.show(feed.kept(terminal))
    return
  }
  const printed = past.printed[terminal]
  const text = printed === undefined ? '' : feed.keptUpTo(terminal, printed)
  const isUnknown = printed === undefined && feed.kept(terminal) !== ''
  const at = formatTime(past.time)
  screen.showUpTo(text, isUnknown ? `what it showed at ${at} is no longer known` : at)
}

function useScreenTheme(screen: RefObject<Screen | null>): void {
  const theme = useTheme()
  useEffect(() => screen.current?.refreshTheme(), [screen, theme])
}
