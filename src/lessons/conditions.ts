import { assertNever } from '#sim/kernel/invariant.ts'
import type { Condition } from './lesson.ts'
import { decision, event, order, wrote } from './conditions-of-history.ts'
import { count, fieldEquals, kept, presence, ready, replaced } from './conditions-of-objects.ts'
import { fails, type Finding, HOLDS } from './finding.ts'
import type { LessonWorld, StepBaseline } from './world.ts'

/** Whether nothing but stored objects, and what became of them, decides on it. */
export function isAboutObjects({ type }: Condition): boolean {
  return type !== 'printed' && type !== 'file' && type !== 'resolves' && type !== 'decision'
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
    case 'kept':
      return kept(condition.pod, world, baseline)
    case 'count':
      return count(condition, world)
    case 'order':
      return order(condition, world, baseline)
    case 'event':
      return event(condition, world, baseline)
    case 'decision':
      return decision(condition, world, baseline)
    case 'wrote':
      return wrote(condition, world, baseline)
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

function printed(condition: Extract<Condition, { type: 'printed' }>, world: LessonWorld): Finding {
  const expected = `"${world.commandLine(condition.command)}" to print "${condition.text}"`
  const run = world.run(condition.command)
  if (run === undefined) return { ...fails(expected, 'that it was not run yet'), isFinal: false }
  if (squeeze(run.output).includes(squeeze(condition.text))) return HOLDS
  const lastLine = run.output.trim().split('\n').at(-1) ?? ''
  const seen = lastLine === '' ? 'nothing printed' : `"${lastLine}" as its last line`
  return { ...fails(expected, seen), isFinal: run.hasEnded }
}

function fileContains(
  condition: Extract<Condition, { type: 'file' }>,
  world: LessonWorld,
): Finding {
  const { path, contains } = condition
  const text = world.file(path)
  const expected = `the file ${path} to contain "${contains}"`
  if (text === undefined) return fails(expected, 'no such file')
  if (text.includes(contains)) return HOLDS
  const firstLine = text.split('\n')[0] ?? ''
  return fails(expected, `a file without it, whose first line is "${firstLine}"`)
}

function resolves(
  { name, isNew }: Extract<Condition, { type: 'resolves' }>,
  world: LessonWorld,
  baseline: StepBaseline,
): Finding {
  const expected = `${name} to have an address${isNew ? ' other than before' : ''}`
  const address = world.resolve(name)
  if (address === undefined) return fails(expected, 'no record of that name')
  if (isNew && address === baseline.addresses.get(name)) return fails(expected, `still ${address}`)
  return HOLDS
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
