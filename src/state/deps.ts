import type { Lesson } from '#lessons/lesson.ts'
import type { WorkerClient } from '#worker/client.ts'

/** What the store needs from outside; a test brings its own. */
export type Deps = {
  readonly worker: WorkerClient
  readonly storage: KeyValue
  /** Calls back when the page is left, the last moment to write. */
  readonly onLeave: (listener: () => void) => void
  readonly loadLessons: () => Promise<readonly Lesson[]>
  /** Names this build of the page: a run is only replayed by the build that recorded it. */
  readonly build: string
}

export type KeyValue = {
  readonly read: (key: string) => string | undefined
  readonly write: (key: string, value: string) => void
}

/** Two tabs are two runs; each comes back to its own. */
const OF_THE_TAB: ReadonlySet<string> = new Set([
  'run',
  'otherRun',
  'lessonPlace',
  'predictions',
  'finishedSteps',
])

/**
 * Private windows refuse storage; then nothing outlives the page, and nothing breaks. What is of
 * the tab is kept for the browser too, for a page that is opened another day.
 */
export function browserStorage(): KeyValue {
  return {
    read: (key) => {
      try {
        const name = `ordinal.${key}`
        const own = OF_THE_TAB.has(key) ? sessionStorage.getItem(name) : null
        return own ?? localStorage.getItem(name) ?? undefined
      } catch {
        return undefined
      }
    },
    write: (key, value) => {
      try {
        if (OF_THE_TAB.has(key)) sessionStorage.setItem(`ordinal.${key}`, value)
        localStorage.setItem(`ordinal.${key}`, value)
      } catch {
        // The setting lives as long as the page.
      }
    },
  }
}

/** A page may be thrown away while it is hidden, without another word. */
export function onPageLeave(listener: () => void): void {
  addEventListener('pagehide', listener)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') listener()
  })
}
