import type { Taint } from 'kubernetes-types/core/v1'
import { type ComponentDecision, listedNames, subjectOf } from '#sim/apimachinery/decision.ts'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { DecisionTeller } from '../context.ts'

/** What becomes of a Pod on a node whose taints drive Pods away. */
export function createEvictionDecisions(tell: DecisionTeller) {
  return {
    staysFor(pod: Pod, taints: readonly Taint[], seconds: number): void {
      tell(() => ({
        ...about(pod, taints),
        conclusion: 'wait',
        reason: 'ToleratesForAWhile',
        why: `${pod.metadata.name} stays on ${nodeOf(pod)} for ${seconds} s, as long as it tolerates ${keysOf(taints)}; then it is deleted`,
      }))
    },

    deletes(pod: Pod, taints: readonly Taint[]): void {
      tell(() => ({
        ...about(pod, taints),
        conclusion: 'delete',
        reason: 'DoesNotTolerate',
        why: `${pod.metadata.name} is deleted from ${nodeOf(pod)} for ${taints.length === 1 ? 'its taint' : 'its taints'} ${keysOf(taints)}; its name stays taken until the kubelet there says that it has stopped, or somebody forces it`,
      }))
    },

    stays(pod: Pod): void {
      tell(() => ({
        ...about(pod, []),
        conclusion: 'keep',
        reason: 'TaintGone',
        why: `${pod.metadata.name} stays: no taint drives it from ${nodeOf(pod)} any more`,
      }))
    },
  }
}

function about(
  pod: Pod,
  taints: readonly Taint[],
): Pick<ComponentDecision, 'subject' | 'awaited' | 'evidence'> {
  const node = { resource: 'nodes', name: nodeOf(pod) }
  return {
    subject: subjectOf('pods', pod),
    awaited: [],
    evidence: taints.map(({ key, effect }) => ({
      ...node,
      field: 'spec.taints',
      value: `${key}:${effect}`,
    })),
  }
}

function nodeOf(pod: Pod): string {
  return pod.spec?.nodeName ?? ''
}

function keysOf(taints: readonly Taint[]): string {
  return listedNames(taints.map(({ key }) => key))
}
