import type { Taint, Toleration } from 'kubernetes-types/core/v1'
import { tolerates } from '#sim/apimachinery/taints.ts'

/**
 * How long a Pod may stay on a node with these NoExecute taints, in seconds: Infinity for ever,
 * 0 not at all. Of several tolerations the shortest counts.
 */
export function tolerationSeconds(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): number {
  let seconds = Infinity
  for (const taint of taints) {
    const matching = tolerations.find((toleration) => tolerates(toleration, taint))
    if (matching === undefined) return 0
    const own = matching.tolerationSeconds
    if (own !== undefined && own !== null) seconds = Math.min(seconds, Math.max(0, own))
  }
  return seconds
}
