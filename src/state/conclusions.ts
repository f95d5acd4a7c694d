import type { ComponentDecision } from '#worker/protocol.ts'
import type { KnownKinds } from './kube.ts'

/** Further back nobody asks; and a frame has little time. */
const LOOKED_AT_MAX = 2000

export type LastWordsInput = {
  readonly set: KnownKinds['StatefulSet']
  readonly exists: (uid: string) => boolean
  readonly most: number
}

/**
 * The last word of each component on each name around a set: the set, its Pods and claims, the
 * budgets of its namespace. What was said of an earlier bearer of the name is past. Those that hold
 * somebody up come first, then the newest.
 */
export function lastWords(
  conclusions: readonly ComponentDecision[],
  { set, exists, most }: LastWordsInput,
): readonly ComponentDecision[] {
  const holding: ComponentDecision[] = []
  const others: ComponentDecision[] = []
  const seen = new Set<string>()
  const end = Math.max(0, conclusions.length - LOOKED_AT_MAX)
  for (let index = conclusions.length - 1; index >= end; index--) {
    const decision = conclusions[index]
    if (decision === undefined || !concerns(decision, set)) continue
    const { resource, name } = decision.subject
    const key = `${decision.component}/${resource}/${name}`
    if (seen.has(key)) continue
    seen.add(key)
    if (!holds(decision)) others.push(decision)
    else if (exists(decision.subject.uid)) holding.push(decision)
  }
  return [...holding, ...others].slice(0, most)
}

/** Somebody has to wait for something. */
export function holds({ conclusion, awaited }: ComponentDecision): boolean {
  return conclusion === 'wait' || (conclusion === 'refuse' && awaited.length > 0)
}

function concerns(
  { subject: { resource, namespace, name } }: ComponentDecision,
  { metadata }: KnownKinds['StatefulSet'],
): boolean {
  if (namespace !== (metadata.namespace ?? '')) return false
  switch (resource) {
    case 'statefulsets':
      return name === metadata.name
    case 'poddisruptionbudgets':
      return true
    case 'pods':
      return ordinalAfter(name, `${metadata.name}-`)
    case 'persistentvolumeclaims':
      return ordinalAfter(name.slice(name.lastIndexOf(`-${metadata.name}-`)), `-${metadata.name}-`)
    default:
      return false
  }
}

function ordinalAfter(text: string, prefix: string): boolean {
  return text.startsWith(prefix) && /^\d+$/.test(text.slice(prefix.length))
}
