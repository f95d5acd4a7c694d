import { assertNever } from '#sim/kernel/invariant.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Condition, Moment } from './lesson.ts'
import type { LessonWorld, PodMoment, StepBaseline } from './world.ts'

/** Whether a condition holds now; what was seen and expected where it does not. */
export type Finding = {
  readonly holds: boolean
  readonly isFinal?: boolean
  readonly message: string
}

const HOLDS: Finding = { holds: true, message: '' }

/** Whether nothing but stored objects, and when they became what, decides on it. */
export function isAboutObjects({ type }: Condition): boolean {
  return type !== 'printed' && type !== 'file' && type !== 'resolves'
}

export function examine(condition: Condition, world: LessonWorld, baseline: StepBaseline): Finding {
  switch (condition.type) {
    case 'exists':
    case 'absent':
      return presence(condition, world)
    case 'field':
      return fieldEquals(condition, world)
    case 'ready':
      return ready(condition.pod, world)
    case 'replaced':
      return replaced(condition.pod, world, baseline)
    case 'count':
      return count(condition, world)
    case 'order':
      return order(condition, world, baseline)
    case 'printed':
      return printed(condition, world)
    case 'file':
      return fileContains(condition, world)
    case 'resolves':
      return resolves(condition, world, baseline)
    default:
      return assertNever(condition)
  }
}

/** Follows `spec.containers[0].image` into an object; undefined where a part is absent. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object
  for (const key of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

function presence(
  condition: Extract<Condition, { type: 'exists' | 'absent' }>,
  world: LessonWorld,
): Finding {
  const { resource, name } = condition.object
  const isThere = world.get(resource, name) !== undefined
  if (isThere === (condition.type === 'exists')) return HOLDS
  return fails(
    isThere
      ? `${resource}/${name} exists; it should not`
      : `${resource}/${name} does not exist yet`,
  )
}

function fieldEquals(
  condition: Extract<Condition, { type: 'field' }>,
  world: LessonWorld,
): Finding {
  const { resource, name } = condition.object
  const object = world.get(resource, name)
  if (object === undefined) return fails(`${resource}/${name} does not exist yet`)
  const seen = valueAt(object, condition.path)
  if (seen === condition.equals) return HOLDS
  return fails(
    `${resource}/${name}: ${condition.path} is ${show(seen)}, expected ${show(condition.equals)}`,
  )
}

function ready(pod: string, world: LessonWorld): Finding {
  const object = world.get('pods', pod)
  if (object === undefined) return fails(`there is no Pod ${pod} yet`)
  return readiness(object)
}

function readiness(object: KubeObject): Finding {
  const { name } = object.metadata
  if (object.metadata.deletionTimestamp !== undefined) return fails(`${name} is terminating`)
  const phase = valueAt(object, 'status.phase')
  if (phase !== 'Running') return fails(`${name} is ${String(phase)}, not Running`)
  const conditions = valueAt(object, 'status.conditions')
  const isReady =
    Array.isArray(conditions) &&
    conditions.some(
      (each: { type?: unknown; status?: unknown }) =>
        each.type === 'Ready' && each.status === 'True',
    )
  return isReady ? HOLDS : fails(`${name} is Running but not Ready`)
}

function replaced(pod: string, world: LessonWorld, baseline: StepBaseline): Finding {
  const object = world.get('pods', pod)
  if (object === undefined) return fails(`there is no Pod ${pod} at the moment`)
  const uidBefore = baseline.uids.get(pod)
  if (object.metadata.uid === uidBefore) {
    return fails(`${pod} is still the Pod with the UID ${uidBefore.slice(0, 8)}`)
  }
  return readiness(object)
}

function count(condition: Extract<Condition, { type: 'count' }>, world: LessonWorld): Finding {
  const { path, value } = condition
  const listed = world.list(condition.resource, condition.selector)
  const matching =
    path === undefined ? listed : listed.filter((object) => valueAt(object, path) === value)
  if (matching.length === condition.equals) return HOLDS
  const which = path === undefined ? '' : ` with ${path} ${show(value)}`
  return fails(`${matching.length} ${condition.resource}${which}, expected ${condition.equals}`)
}

function order(
  condition: Extract<Condition, { type: 'order' }>,
  world: LessonWorld,
  baseline: StepBaseline,
): Finding {
  const since = condition.isWithinStep ? baseline.enteredAt : -Infinity
  const first = firstMoment(condition.first, world, since)
  const second = firstMoment(condition.second, world, since)
  if (second === undefined) return fails(`${words(condition.second)} has not happened yet`)
  if (first !== undefined && first.time <= second.time) return HOLDS
  return {
    holds: false,
    isFinal: true,
    message: `${words(condition.second)} at ${seconds(second.time)}, but ${words(condition.first)} ${
      first === undefined ? 'had not happened' : `only at ${seconds(first.time)}`
    }`,
  }
}

function firstMoment(wanted: Moment, world: LessonWorld, since: number): PodMoment | undefined {
  return world.moments.find(
    ({ pod, became, time }) => pod === wanted.pod && became === wanted.became && time >= since,
  )
}

function printed(condition: Extract<Condition, { type: 'printed' }>, world: LessonWorld): Finding {
  const output = world.output(condition.command)
  if (output === undefined) return fails('the command was not run yet')
  if (squeeze(output).includes(squeeze(condition.text))) return HOLDS
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  return fails(`expected the output to contain "${condition.text}"; its last line is "${lastLine}"`)
}

function fileContains(
  condition: Extract<Condition, { type: 'file' }>,
  world: LessonWorld,
): Finding {
  const text = world.file(condition.path)
  if (text === undefined) return fails(`there is no file ${condition.path} yet`)
  if (text.includes(condition.contains)) return HOLDS
  return fails(`${condition.path} does not contain "${condition.contains}"`)
}

function resolves(
  condition: Extract<Condition, { type: 'resolves' }>,
  world: LessonWorld,
  baseline: StepBaseline,
): Finding {
  const address = world.resolve(condition.name)
  if (address === undefined) return fails(`${condition.name} has no record`)
  if (condition.isNew && address === baseline.addresses.get(condition.name)) {
    return fails(`${condition.name} still answers ${address}`)
  }
  return HOLDS
}

function fails(message: string): Finding {
  return { holds: false, message }
}

function words(moment: Moment): string {
  return `${moment.pod} ${moment.became}`
}

function seconds(time: number): string {
  return `${(time / 1000).toFixed(1)} s`
}

function show(value: unknown): string {
  return value === undefined ? 'not set' : String(value)
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
