import { parse as parseYaml } from 'yaml'
import { parseCheck } from './parse-check.ts'
import type {
  Block,
  Chapter,
  CommandBlock,
  Dialect,
  Lesson,
  PredictionBlock,
  Step,
} from './lesson.ts'

/** What is wrong with a lesson's file, and where. */
export class LessonError extends Error {
  override readonly name = 'LessonError'
}

type Fence = {
  readonly kind: string
  readonly options: readonly string[]
  readonly text: string
  readonly line: number
}

/**
 * Reads a lesson: front matter, `##` chapters, `###` steps, prose, and fenced blocks named run,
 * expect, checks, predict, hint and erratum. Throws `LessonError` naming the line.
 */
export function parseLesson(source: string, files: Readonly<Record<string, string>>): Lesson {
  const lines = source.split('\n')
  const { front, bodyAt } = frontMatter(lines)
  const chapters: {
    id: string
    title: string
    steps: { id: string; title: string; blocks: Block[] }[]
  }[] = []
  // Links name headings, checks name blocks: each kind has its own ids.
  const headings = new Set<string>()
  const ids = new Set<string>()
  let prose: string[] = []

  const step = (line: number): { id: string; title: string; blocks: Block[] } => {
    const found = chapters.at(-1)?.steps.at(-1)
    if (found === undefined) throw at(line, 'text before the first step (a heading with ###)')
    return found
  }
  const endProse = (line: number): void => {
    const markdown = prose.join('\n').trim()
    prose = []
    if (markdown !== '') step(line).blocks.push({ type: 'prose', markdown })
  }
  const claimIn = (taken: Set<string>, id: string, line: number): string => {
    if (taken.has(id)) throw at(line, `the id ${id} is used twice`)
    taken.add(id)
    return id
  }
  const claim = (id: string, line: number): string => claimIn(ids, id, line)

  for (let index = bodyAt; index < lines.length; index++) {
    const text = lines[index] ?? ''
    const heading = /^(##|###) (.+?) \{#([a-z0-9-]+)\}$/.exec(text)
    if (heading?.[2] !== undefined && heading[3] !== undefined) {
      endProse(index)
      const made = { id: claimIn(headings, heading[3], index), title: heading[2] }
      if (heading[1] === '##') chapters.push({ ...made, steps: [] })
      else if (chapters.length === 0) throw at(index, 'a step before the first chapter')
      else chapters.at(-1)?.steps.push({ ...made, blocks: [] })
    } else if (text.startsWith('##')) {
      throw at(
        index,
        `a heading without an id, such as {#${text.replace(/^#+ /, '').toLowerCase()}}`,
      )
    } else if (text.startsWith('```')) {
      endProse(index)
      const fence = readFence(lines, index)
      addBlock(step(index).blocks, fence, files, claim)
      index += fence.text === '' ? 1 : fence.text.split('\n').length + 1
    } else {
      prose.push(text)
    }
  }
  endProse(lines.length)
  return { ...front, chapters, files }
}

/** All steps in order, with the chapter that each belongs to. */
export function stepsOf(lesson: Lesson): readonly { chapter: Chapter; step: Step }[] {
  return lesson.chapters.flatMap((chapter) => chapter.steps.map((step) => ({ chapter, step })))
}

function frontMatter(lines: readonly string[]): {
  front: { id: string; title: string; summary: string }
  bodyAt: number
} {
  const end = lines.indexOf('---', 1)
  if (lines[0] !== '---' || end < 0) throw at(0, 'a lesson begins with front matter between ---')
  const front: unknown = parseYaml(lines.slice(1, end).join('\n'))
  return {
    front: {
      id: field(front, 'id', 1),
      title: field(front, 'title', 1),
      summary: field(front, 'summary', 1),
    },
    bodyAt: end + 1,
  }
}

function readFence(lines: readonly string[], index: number): Fence {
  const [kind = '', ...options] = (lines[index] ?? '').slice(3).trim().split(/\s+/)
  const end = lines.indexOf('```', index + 1)
  if (end < 0) throw at(index, `the block ${kind} is not closed`)
  return { kind, options, text: lines.slice(index + 1, end).join('\n'), line: index }
}

function addBlock(
  blocks: Block[],
  fence: Fence,
  files: Readonly<Record<string, string>>,
  claim: (id: string, line: number) => string,
): void {
  switch (fence.kind) {
    case 'run':
      blocks.push(commandBlock(fence, files, claim))
      return
    case 'instead':
      replaceCommand(blocks, fence)
      return
    case 'expect':
      expectOutput(blocks, fence)
      return
    case 'checks':
      blocks.push({ type: 'checks', checks: checksOf(fence, claim) })
      return
    case 'predict':
      blocks.push(predictionBlock(fence, claim))
      return
    case 'hint':
    case 'erratum':
      blocks.push({ type: fence.kind, markdown: fence.text })
      return
    default:
      throw at(
        fence.line,
        `unknown block "${fence.kind}"; there are run, instead, expect, checks, predict, hint and erratum`,
      )
  }
}

function commandBlock(
  fence: Fence,
  files: Readonly<Record<string, string>>,
  claim: (id: string, line: number) => string,
): CommandBlock {
  const options = new Map(fence.options.map((option) => splitOption(option)))
  const inside = options.get('inside')
  return {
    type: 'command',
    id: claim(required(options, 'id', fence.line), fence.line),
    terminal: Number(required(options, 'terminal', fence.line)),
    command: fence.text.replace(/^@include (\S+)$/gm, (_, name: string) => {
      const included = files[name]
      if (included === undefined) throw at(fence.line, `there is no file ${name} beside the lesson`)
      return included.trimEnd()
    }),
    staysOpen: options.has('open'),
    ...(inside === undefined ? {} : { inside }),
    instead: {},
    expected: {},
  }
}

function expectOutput(blocks: Block[], fence: Fence): void {
  const last = blocks.at(-1)
  if (last?.type !== 'command') throw at(fence.line, 'expected output without a command before it')
  const expected: Partial<Record<Dialect, string>> = { ...last.expected }
  for (const dialect of dialectsOf(fence)) expected[dialect] = fence.text
  blocks[blocks.length - 1] = { ...last, expected }
}

function replaceCommand(blocks: Block[], fence: Fence): void {
  const last = blocks.at(-1)
  if (last?.type !== 'command') throw at(fence.line, 'a replacement without a command before it')
  const instead: Partial<Record<Dialect, string>> = { ...last.instead }
  for (const dialect of dialectsOf(fence)) instead[dialect] = fence.text
  blocks[blocks.length - 1] = { ...last, instead }
}

/** The dialects a block is for; without any named, all. */
function dialectsOf(fence: Fence): readonly Dialect[] {
  const known: readonly Dialect[] = ['1.36', '1.10']
  if (fence.options.length === 0) return known
  return fence.options.map((option) => {
    const dialect = known.find((each) => each === option)
    if (dialect === undefined) {
      throw at(fence.line, `unknown dialect "${option}"; there are ${known.join(' and ')}`)
    }
    return dialect
  })
}

function checksOf(fence: Fence, claim: (id: string, line: number) => string) {
  const list: unknown = parseYaml(fence.text)
  if (!Array.isArray(list)) throw at(fence.line, 'checks are a list')
  return list.map((entry: unknown, index) => {
    try {
      const check = parseCheck(entry, `line-${fence.line + 1}-${index + 1}`)
      return { ...check, id: claim(check.id, fence.line) }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw at(fence.line, error.message)
    }
  })
}

function predictionBlock(
  fence: Fence,
  claim: (id: string, line: number) => string,
): PredictionBlock {
  const value: unknown = parseYaml(fence.text)
  const choices = (value as { choices?: unknown }).choices
  if (!Array.isArray(choices)) throw at(fence.line, 'a prediction needs choices')
  const parsed = choices.map((choice: unknown) => ({
    text: field(choice, 'text', fence.line),
    reply: field(choice, 'reply', fence.line),
    isRight: (choice as { right?: unknown }).right === true,
  }))
  if (parsed.filter((choice) => choice.isRight).length !== 1) {
    throw at(fence.line, 'exactly one choice of a prediction is right')
  }
  return {
    type: 'prediction',
    id: claim(field(value, 'id', fence.line), fence.line),
    question: field(value, 'question', fence.line),
    choices: parsed,
  }
}

function splitOption(option: string): [string, string] {
  const [key = '', ...rest] = option.split('=')
  return [key, rest.join('=')]
}

function required(options: ReadonlyMap<string, string>, key: string, line: number): string {
  const value = options.get(key)
  if (value === undefined || value === '') throw at(line, `the block needs ${key}=…`)
  return value
}

function field(value: unknown, key: string, line: number): string {
  const found =
    typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)[key]
      : undefined
  if (typeof found !== 'string') throw at(line, `${key} is missing`)
  return found
}

function at(line: number, message: string): LessonError {
  return new LessonError(`line ${line + 1}: ${message}`)
}
