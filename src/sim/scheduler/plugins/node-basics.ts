import type { Node, Pod } from '#sim/apimachinery/kinds.ts'
import { matchesNodeSelector } from '#sim/apimachinery/node-selector.ts'
import { isTolerated } from '#sim/apimachinery/taints.ts'
import type { CycleContext, Filter, PluginName, Rejection } from '../framework.ts'

const UNSCHEDULABLE_TAINT = {
  key: 'node.kubernetes.io/unschedulable',
  effect: 'NoSchedule',
} as const

export function nodeUnschedulable({ pod }: CycleContext): Filter {
  const toleratesCordon = isTolerated(UNSCHEDULABLE_TAINT, pod.spec?.tolerations)
  return ({ node }) =>
    node?.spec?.unschedulable === true && !toleratesCordon
      ? rejected('NodeUnschedulable', 'node(s) were unschedulable')
      : undefined
}

export function nodeName({ pod }: CycleContext): Filter {
  const wanted = pod.spec?.nodeName ?? ''
  return ({ name }) =>
    wanted !== '' && wanted !== name
      ? rejected('NodeName', "node(s) didn't match the requested node name")
      : undefined
}

export function taintToleration({ pod }: CycleContext): Filter {
  return ({ node }) =>
    node !== undefined && hasUntoleratedTaint(pod, node)
      ? rejected('TaintToleration', 'node(s) had untolerated taint(s)')
      : undefined
}

export function hasUntoleratedTaint(pod: Pod, node: Node): boolean {
  return (node.spec?.taints ?? []).some(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !isTolerated(taint, pod.spec?.tolerations),
  )
}

export function nodeAffinity({ pod }: CycleContext): Filter {
  return ({ node }) =>
    node !== undefined && !matchesNodeAffinity(pod, node)
      ? rejected('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
      : undefined
}

/** The Pod's nodeSelector and the required part of its node affinity. */
export function matchesNodeAffinity(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {}))
    if (labels?.[key] !== value) return false
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || matchesNodeSelector(required, node)
}

function rejected(plugin: PluginName, reason: string): Rejection {
  return { plugin, reasons: [reason], isPreemptable: false }
}
