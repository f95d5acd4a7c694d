import type { ComponentDecision } from '#worker/protocol.ts'

/** Further back nobody asks; and a frame has little time. */
const LOOKED_AT_MAX = 2000

type SetName = { readonly name: string; readonly namespace?: string | undefined }

/**
 * The newest word of each component on each name around a set: the set, its Pods and claims, the
 * budgets of its namespace. What it said of an earlier bearer of the name is past. Newest first.
 */
export function wordsAround(
  set: SetName,
  conclusions: readonly ComponentDecision[],
): readonly ComponentDecision[] {
  const newest = new Map<string, ComponentDecision>()
  const end = Math.max(0, conclusions.length - LOOKED_AT_MAX)
  for (let index = conclusions.length - 1; index >= end; index--) {
    const decision = conclusions[index]
    if (decision === undefined || !concerns(decision, set)) continue
    const { resource, name } = decision.subject
    const key = `${decision.component}/${resource}/${name}`
    if (!newest.has(key)) newest.set(key, decision)
  }
  return [...newest.values()]
}

/** The first of them: those that hold somebody up, as long as that is there, then the others. */
export function lastWords(
  words: readonly ComponentDecision[],
  { exists, most }: { readonly exists: (uid: string) => boolean; readonly most: number },
): readonly ComponentDecision[] {
  const holding: ComponentDecision[] = []
  const others: ComponentDecision[] = []
  for (const word of words) {
    if (holding.length === most) break
    if (!holds(word)) others.push(word)
    else if (exists(word.subject.uid)) holding.push(word)
  }
  return [...holding, ...others].slice(0, most)
}

/** Somebody has to wait for something. */
export function holds({ conclusion, awaited }: ComponentDecision): boolean {
  return conclusion === 'wait' || (conclusion === 'refuse' && awaited.length > 0)
}

function concerns(
  { subject: { resource, namespace, name } }: ComponentDecision,
  set: SetName,
): boolean {
  if (namespace !== (set.namespace ?? '')) return false
  switch (resource) {
    case 'statefulsets':
      return name === set.name
    case 'poddisruptionbudgets':
      return true
    case 'pods':
      return ordinalAfter(name, `${set.name}-`)
    case 'persistentvolumeclaims':
      return ordinalAfter(name.slice(name.lastIndexOf(`-${set.name}-`)), `-${set.name}-`)
    default:
      return false
  }
}

function ordinalAfter(text: string, prefix: string): boolean {
  return text.startsWith(prefix) && /^\d+$/.test(text.slice(prefix.length))
}
