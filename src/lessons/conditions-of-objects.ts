import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { fails, type Finding, HOLDS, show } from './finding.ts'
import type { Condition } from './lesson.ts'
import type { LessonWorld, StepBaseline } from './world.ts'

/** Follows `spec.containers[0].image` into an object; undefined where a part is absent. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object
  for (const key of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

export function presence(
  condition: Extract<Condition, { type: 'exists' | 'absent' }>,
  world: LessonWorld,
): Finding {
  const { resource, name } = condition.object
  const found = world.get(resource, name)
  if ((found !== undefined) === (condition.type === 'exists')) return HOLDS
  if (found === undefined) return fails(`${resource}/${name} to exist`, 'that it does not')
  const isGoing = found.metadata.deletionTimestamp !== undefined
  const seen = isGoing ? 'that it is still being deleted' : 'that it is there'
  return fails(`${resource}/${name} to be gone`, seen)
}

export function fieldEquals(
  condition: Extract<Condition, { type: 'field' }>,
  world: LessonWorld,
): Finding {
  const { resource, name } = condition.object
  const expected = `${condition.path} of ${resource}/${name} to be ${show(condition.equals)}`
  const object = world.get(resource, name)
  if (object === undefined) return fails(expected, `no ${resource}/${name}`)
  const seen = valueAt(object, condition.path)
  return seen === condition.equals ? HOLDS : fails(expected, show(seen))
}

export function ready(pod: string, world: LessonWorld): Finding {
  const seen = unreadiness(world.get('pods', pod), pod)
  return seen === undefined ? HOLDS : fails(`${pod} to be Running and Ready`, seen)
}

/** What is seen instead of a Pod that is Running and Ready; undefined where it is. */
function unreadiness(object: KubeObject | undefined, pod: string): string | undefined {
  if (object === undefined) return `no Pod ${pod}`
  if (object.metadata.deletionTimestamp !== undefined) return 'it terminating'
  const phase = valueAt(object, 'status.phase')
  if (phase !== 'Running') return `it ${String(phase)}`
  const conditions = valueAt(object, 'status.conditions')
  const isReady =
    Array.isArray(conditions) &&
    conditions.some(
      (each: { type?: unknown; status?: unknown }) =>
        each.type === 'Ready' && each.status === 'True',
    )
  return isReady ? undefined : 'it Running but not Ready'
}

export function replaced(pod: string, world: LessonWorld, baseline: StepBaseline): Finding {
  const expected = `a new ${pod}, Running and Ready`
  const object = world.get('pods', pod)
  const uidBefore = baseline.uids.get(pod)
  if (object !== undefined && object.metadata.uid === uidBefore) {
    return fails(expected, `the one that was there before, with the UID ${short(uidBefore)}`)
  }
  const seen = unreadiness(object, pod)
  return seen === undefined ? HOLDS : fails(expected, seen)
}

export function kept(pod: string, world: LessonWorld, baseline: StepBaseline): Finding {
  const expected = `${pod} to be the Pod that it was`
  const uidBefore = baseline.uids.get(pod)
  const lost = (seen: string): Finding => ({ ...fails(expected, seen), isFinal: true })
  if (uidBefore === undefined) return lost(`no Pod ${pod} when the step began`)
  const object = world.get('pods', pod)
  if (object === undefined) return lost(`no Pod ${pod} any more`)
  const { uid, deletionTimestamp } = object.metadata
  if (uid !== uidBefore) {
    return lost(`another: its UID is ${short(uid)}, it was ${short(uidBefore)}`)
  }
  return deletionTimestamp === undefined ? HOLDS : lost('it terminating')
}

export function count(
  condition: Extract<Condition, { type: 'count' }>,
  world: LessonWorld,
): Finding {
  const { path, value, resource, selector } = condition
  const listed = world.list(resource, selector)
  const matching =
    path === undefined ? listed : listed.filter((object) => valueAt(object, path) === value)
  if (matching.length === condition.equals) return HOLDS
  const labelled = selector === '' ? '' : ` labelled ${selector}`
  const which = path === undefined ? '' : ` with ${path} ${show(value)}`
  return fails(`${condition.equals} ${resource}${labelled}${which}`, String(matching.length))
}

function short(uid: string): string {
  return uid.slice(0, 8)
}
