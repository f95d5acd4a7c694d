import type { Lesson } from '#lessons/lesson.ts'
import type { WorkerClient } from '#worker/client.ts'

/** What the store needs from outside; a test brings its own. */
export type Deps = {
  readonly worker: WorkerClient
  readonly storage: KeyValue
  readonly loadLessons: () => Promise<readonly Lesson[]>
  /** Names this build of the page: a run is only replayed by the build that recorded it. */
  readonly build: string
}

export type KeyValue = {
  readonly read: (key: string) => string | undefined
  readonly write: (key: string, value: string) => void
}

/** Private windows refuse storage; then nothing outlives the page, and nothing breaks. */
export function browserStorage(): KeyValue {
  return {
    read: (key) => {
      try {
        return localStorage.getItem(`ordinal.${key}`) ?? undefined
      } catch {
        return undefined
      }
    },
    write: (key, value) => {
      try {
        localStorage.setItem(`ordinal.${key}`, value)
      } catch {
        // The setting lives as long as the page.
      }
    },
  }
}
