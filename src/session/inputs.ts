import type { ApiRequest } from '#sim/apimachinery/request.ts'
import type { FaultAct } from '#sim/cluster/faults/act.ts'
import type { SimTime } from '#sim/kernel/time.ts'

/** What can come from outside into a run. */
export type SessionAction =
  | {
      readonly type: 'terminal'
      readonly terminal: number
      readonly columns: number
      readonly rows: number
    }
  | { readonly type: 'keys'; readonly terminal: number; readonly text: string }
  | { readonly type: 'request'; readonly request: Omit<ApiRequest, 'user'> }
  /** Something broken or mended by the page, for nobody typed it. */
  | { readonly type: 'fault'; readonly act: FaultAct }
  | { readonly type: 'file'; readonly path: string; readonly text: string }
  | { readonly type: 'step'; readonly lesson: string; readonly step: string }
  | { readonly type: 'command'; readonly command: string }
  | {
      readonly type: 'jump'
      readonly lesson: string
      readonly step: string
      /** Where a fork cut it short; it ends at its step otherwise. */
      readonly untilEvents?: number
    }
  | { readonly type: 'play' }
  | { readonly type: 'stop' }

/**
 * An action with its place in the run. The count of events is exact where the time is not: several
 * events share an instant, and an input may come between them.
 */
export type SessionInput = SessionAction & {
  readonly time: SimTime
  readonly afterEvents: number
}
