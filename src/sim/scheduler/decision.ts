import type { Pod } from '#sim/apimachinery/kinds.ts'

/** The outcome of one scheduling cycle. */
export type SchedulingDecision = {
  readonly pod: Pod
  readonly nodeName?: string
  /** Feasible nodes by score, best first. */
  readonly scores?: readonly { readonly nodeName: string; readonly score: number }[]
  readonly message?: string
  readonly rejections?: readonly {
    readonly nodeName: string
    readonly reasons: readonly string[]
  }[]
}
