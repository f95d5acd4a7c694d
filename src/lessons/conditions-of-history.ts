import { formatTime } from '#sim/kernel/time.ts'
import { fails, type Finding, HOLDS } from './finding.ts'
import type { Condition, Moment } from './lesson.ts'
import type { LessonWorld, PodMoment, StepBaseline } from './world.ts'

export function order(
  condition: Extract<Condition, { type: 'order' }>,
  world: LessonWorld,
  baseline: StepBaseline,
): Finding {
  const since = sinceOf(condition, baseline)
  const first = firstMoment(condition.first, world, since)
  const second = firstMoment(condition.second, world, since)
  const { pod, became } = condition.first
  const expected = `${pod} ${BECOMING[became]} before ${condition.second.pod} ${BECOMES[condition.second.became]}`
  if (second === undefined) {
    return fails(expected, `${first === undefined ? 'neither' : `only ${words(first)}`} so far`)
  }
  if (first !== undefined && first.time <= second.time) return HOLDS
  const late =
    first === undefined
      ? `${pod} not ${BECAME[became]} at all`
      : `${pod} ${BECAME[became]} only at ${formatTime(first.time)}`
  return { ...fails(expected, `${words(second)}, ${late}`), isFinal: true }
}

const BECOMING = {
  created: 'to be created',
  running: 'to run',
  ready: 'to be Ready',
  terminating: 'to be deleted',
  gone: 'to be gone',
} as const
const BECOMES = {
  created: 'is created',
  running: 'runs',
  ready: 'is Ready',
  terminating: 'is deleted',
  gone: 'is gone',
} as const
const BECAME = {
  created: 'created',
  running: 'running',
  ready: 'Ready',
  terminating: 'deleted',
  gone: 'gone',
} as const

function firstMoment(wanted: Moment, world: LessonWorld, since: number): PodMoment | undefined {
  return world.moments.find(
    ({ pod, became, time }) => pod === wanted.pod && became === wanted.became && time >= since,
  )
}

export function event(
  condition: Extract<Condition, { type: 'event' }>,
  world: LessonWorld,
  baseline: StepBaseline,
): Finding {
  const { about, reason, contains = '' } = condition
  const since = sinceOf(condition, baseline)
  const told = world.events.filter(
    (each) =>
      each.time >= since &&
      each.about.resource === about.resource &&
      each.about.name === about.name,
  )
  if (told.some((each) => each.reason === reason && each.message.includes(contains))) return HOLDS
  const saying = contains === '' ? '' : ` saying "${contains}"`
  const reasons = [...new Set(told.map((each) => each.reason))]
  return fails(
    `an Event ${reason} about ${about.resource}/${about.name}${saying}`,
    reasons.length === 0 ? 'none about it' : `only ${reasons.join(', ')}`,
  )
}

export function decision(
  condition: Extract<Condition, { type: 'decision' }>,
  world: LessonWorld,
  baseline: StepBaseline,
): Finding {
  const { set, pod, action, why = '' } = condition
  const since = sinceOf(condition, baseline)
  const verdicts = world.passes
    .filter((pass) => pass.set === set && pass.time >= since)
    .flatMap((pass) => pass.verdicts.filter((verdict) => verdict.pod === pod))
  if (verdicts.some((one) => one.action === action && one.why.includes(why))) return HOLDS
  const because = why === '' ? '' : ` because "${why}"`
  const last = verdicts.at(-1)
  return fails(
    `the controller of ${set} to say "${action}" of ${pod}${because}`,
    last === undefined ? `no word on ${pod}` : `"${last.action}": ${last.why}`,
  )
}

export function wrote(
  condition: Extract<Condition, { type: 'wrote' }>,
  world: LessonWorld,
  baseline: StepBaseline,
): Finding {
  const { by, verb, object } = condition
  const since = sinceOf(condition, baseline)
  const writers = world.writes
    .filter(
      (each) =>
        each.time >= since &&
        each.verb === verb &&
        each.code < 400 &&
        each.resource === object.resource &&
        each.name === object.name,
    )
    .map(({ user }) => user.split(':').at(-1) ?? '')
  if (writers.includes(by)) return HOLDS
  return fails(
    `${by} to ${verb} ${object.resource}/${object.name}`,
    writers.length === 0 ? 'that nobody did' : `that ${[...new Set(writers)].join(' and ')} did`,
  )
}

function sinceOf(condition: { readonly isWithinStep: boolean }, baseline: StepBaseline): number {
  return condition.isWithinStep ? baseline.enteredAt : -Infinity
}

function words({ pod, became, time }: PodMoment): string {
  return `${pod} ${BECAME[became]} at ${formatTime(time)}`
}
