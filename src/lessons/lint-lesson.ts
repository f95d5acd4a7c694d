import { RESOURCE_PATHS } from '#sim/apimachinery/kinds.ts'
import {
  type Block,
  type CommandBlock,
  type Condition,
  DIALECTS,
  type Lesson,
  lessonIn,
} from './lesson.ts'
import { type Problem } from './lesson-error.ts'
import { readLesson, type ReadLesson, stepsOf } from './parse-lesson.ts'

/** All that is wrong with a lesson's file: what cannot be read, and what could never work. */
export function lintLesson(
  source: string,
  files: Readonly<Record<string, string>>,
): readonly Problem[] {
  const read = readLesson(source, files)
  const problems = [
    ...read.problems,
    ...emptyParts(read),
    ...namesInChecks(read),
    ...halfExpected(read),
    ...DIALECTS.flatMap((dialect) => busyTerminals(read, lessonIn(read.lesson, dialect))),
    ...unusedFiles(source, files),
  ]
  const texts = new Set<string>()
  return problems
    .toSorted((a, b) => a.line - b.line)
    .filter(
      ({ line, message }) => !texts.has(`${line} ${message}`) && texts.add(`${line} ${message}`),
    )
}

function emptyParts({ lesson, lineOf }: ReadLesson): readonly Problem[] {
  const problems: Problem[] = []
  const say = (id: string, message: string): number =>
    problems.push({ line: lineOf.get(id) ?? 0, message })
  if (lesson.chapters.length === 0) {
    problems.push({ line: 0, message: 'there is no chapter; begin one with ## Title {#id}' })
  }
  for (const { id, title, steps } of lesson.chapters) {
    if (steps.length === 0) say(id, `the chapter "${title}" has no step; begin one with ###`)
  }
  for (const { step } of stepsOf(lesson)) {
    if (step.blocks.length === 0)
      say(step.id, `the step "${step.title}" is empty; say what it is for`)
  }
  return problems
}

/** Checks name commands that were run by then, and resources that there are. */
function namesInChecks({ lesson, lineOf }: ReadLesson): readonly Problem[] {
  const problems: Problem[] = []
  const known = new Set<string>()
  for (const { step } of stepsOf(lesson)) {
    for (const block of step.blocks) if (block.type === 'command') known.add(block.id)
    for (const block of step.blocks) {
      if (block.type !== 'checks') continue
      for (const { id, condition } of block.checks) {
        const message = unknownName(condition, known)
        if (message !== undefined) problems.push({ line: lineOf.get(id) ?? 0, message })
      }
    }
  }
  return problems
}

function unknownName(condition: Condition, known: ReadonlySet<string>): string | undefined {
  if (condition.type === 'printed' && !known.has(condition.command)) {
    return `no command "${condition.command}" was run by then; name one of this step or an earlier one`
  }
  const resource = resourceOf(condition)
  if (resource === undefined || resource in RESOURCE_PATHS) return undefined
  return `unknown resource "${resource}"; there are ${Object.keys(RESOURCE_PATHS).join(', ')}`
}

function resourceOf(condition: Condition): string | undefined {
  switch (condition.type) {
    case 'exists':
    case 'absent':
    case 'field':
    case 'wrote':
      return condition.object.resource
    case 'event':
      return condition.about.resource
    case 'count':
      return condition.resource
    default:
      return undefined
  }
}

/** Output that is told for one dialect is told for the other, so that either can be compared. */
function halfExpected({ lesson, lineOf }: ReadLesson): readonly Problem[] {
  return commandsOf(lesson).flatMap(({ id, expected }) => {
    const missing = DIALECTS.filter((dialect) => expected[dialect] === undefined)
    if (missing.length !== 1) return []
    const message = `the command ${id} has no expected output in dialect ${missing[0]}; add a block expect ${missing[0]}`
    return [{ line: lineOf.get(id) ?? 0, message }]
  })
}

/** Nothing is typed where something else still runs, nor stopped where nothing does. */
function busyTerminals({ lineOf }: ReadLesson, lesson: Lesson): readonly Problem[] {
  const open = new Map<number, CommandBlock>()
  return commandsOf(lesson).flatMap((block) => {
    const message = misplaced(block, open.get(block.terminal))
    if (block.staysOpen) open.set(block.terminal, block)
    else if (isEnd(block)) open.delete(block.terminal)
    return message === undefined ? [] : [{ line: lineOf.get(block.id) ?? 0, message }]
  })
}

function misplaced(block: CommandBlock, running: CommandBlock | undefined): string | undefined {
  const { id, terminal, inside } = block
  if (block.command === '^C') {
    if (running !== undefined) return undefined
    return `${id} stops nothing: no command stays open in terminal ${terminal}; remove it, or mark one as open`
  }
  if (running?.id === inside) return undefined
  if (running === undefined) {
    return `${id} is inside ${inside}, which does not run in terminal ${terminal}; name an open command`
  }
  return `${id} is typed while ${running.id} still runs in terminal ${terminal}; end that with ^C, or write inside=${running.id}`
}

function isEnd({ command }: CommandBlock): boolean {
  return command === '^C' || command === 'exit'
}

function unusedFiles(source: string, files: Readonly<Record<string, string>>): readonly Problem[] {
  return Object.keys(files)
    .filter((name) => !source.includes(`@include ${name}`))
    .map((name) => ({
      line: 0,
      message: `the file ${name} is never used; put it in a run block with @include ${name}, or remove it`,
    }))
}

function commandsOf(lesson: Lesson): readonly CommandBlock[] {
  return stepsOf(lesson).flatMap(({ step }) =>
    step.blocks.filter((block: Block) => block.type === 'command'),
  )
}
