import type { SessionInput } from '#session/inputs.ts'
import type { Changed, ClusterSettings, Speed } from '#worker/protocol.ts'
import type { KeyValue } from './deps.ts'

/** All that is needed to come back to where the page was: see the session's inputs. */
export type SavedRun = {
  readonly build: string
  readonly settings: ClusterSettings
  readonly inputs: readonly SessionInput[]
  readonly until: number
  readonly speed: Speed
  readonly isPaused: boolean
}

const KEY = 'run'
/** More than this is a run of many hours; browsers refuse to keep much more. */
const SIZE_MAX = 2_000_000

/** The run that was kept, or undefined: none, not readable, or of another build of the page. */
export function readSavedRun(storage: KeyValue, build: string, key = KEY): SavedRun | undefined {
  const text = storage.read(key)
  if (text === undefined || text === '') return undefined
  try {
    const saved = JSON.parse(text) as Partial<SavedRun> // Checked below, member by member.
    const { settings, inputs, until, speed = 1, isPaused = false } = saved
    if (saved.build !== build || settings === undefined) return undefined
    if (!Array.isArray(inputs) || typeof until !== 'number') return undefined
    return { build, settings, inputs, until, speed, isPaused }
  } catch (error) {
    // Somebody else's text under our key is no run of ours.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What came from outside in the run that the page shows, as the worker tells of it. */
export class RunInputs {
  #inputs: SessionInput[] = []

  get all(): readonly SessionInput[] {
    return this.#inputs
  }

  add({ isSnapshot, inputs }: Pick<Changed, 'isSnapshot' | 'inputs'>): void {
    if (isSnapshot) this.#inputs = []
    this.#inputs.push(...inputs)
  }
}

export function writeSavedRun(storage: KeyValue, run: SavedRun, key = KEY): void {
  const text = JSON.stringify(run)
  storage.write(key, text.length > SIZE_MAX ? '' : text)
}

export function forgetSavedRun(storage: KeyValue): void {
  storage.write(KEY, '')
}
