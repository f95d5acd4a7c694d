import { isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import { readRecord } from './fields.ts'
import { LessonError, type Problem } from './lesson-error.ts'
import { parseCheck } from './parse-check.ts'
import { FRONT_MATTER, PREDICTION } from './schema.ts'
import {
  type Block,
  type Chapter,
  type Check,
  type CommandBlock,
  type Dialect,
  DIALECTS,
  type Lesson,
  type PredictionBlock,
  type Step,
} from './lesson.ts'

/** What may stand behind the kind of a block. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  run: ['id', 'terminal', 'open', 'inside'],
  instead: DIALECTS,
  expect: DIALECTS,
  checks: DIALECTS,
  predict: [],
  hint: DIALECTS,
  erratum: ['id', ...DIALECTS],
}

type Fence = {
  readonly kind: string
  readonly options: readonly string[]
  readonly text: string
  readonly line: number
}

/** A lesson as far as it could be read, what is wrong with it, and where its parts stand. */
export type ReadLesson = {
  readonly lesson: Lesson
  readonly problems: readonly Problem[]
  /** The line, from 0, of each chapter, step, command, check, prediction and erratum by its id. */
  readonly lineOf: ReadonlyMap<string, number>
}

/** Reads a lesson that has to be right. Throws `LessonError` with every problem and its line. */
export function parseLesson(
  source: string,
  files: Readonly<Record<string, string>>,
  path = 'lesson.md',
): Lesson {
  const { lesson, problems } = readLesson(source, files)
  if (problems.length > 0) throw new LessonError(path, problems)
  return lesson
}

/**
 * Reads a lesson: front matter, `##` chapters, `###` steps, prose, and fenced blocks named run,
 * instead, expect, checks, predict, hint and erratum. What cannot be read is a problem, and the
 * rest is read on.
 */
export function readLesson(source: string, files: Readonly<Record<string, string>>): ReadLesson {
  return new LessonReader(source, files).read()
}

type OpenStep = { id: string; title: string; blocks: Block[] }

class LessonReader {
  readonly #lines: readonly string[]
  readonly #files: Readonly<Record<string, string>>
  readonly #chapters: { id: string; title: string; steps: OpenStep[] }[] = []
  readonly #problems: Problem[] = []
  // Links name headings, checks name blocks: each kind has its own ids.
  readonly #headings = new Set<string>()
  readonly #ids = new Set<string>()
  readonly #lineOf = new Map<string, number>()
  #prose: string[] = []

  constructor(source: string, files: Readonly<Record<string, string>>) {
    this.#lines = source.split('\n')
    this.#files = files
  }

  read(): ReadLesson {
    let front = { id: '', title: '', summary: '' }
    let index = 0
    this.#noting(() => {
      const end = frontMatterEnd(this.#lines)
      index = end + 1
      front = frontMatter(this.#lines.slice(1, end))
    })
    while (index < this.#lines.length) {
      const at = index
      index = at + 1
      this.#noting(() => (index = this.#readLine(at)))
    }
    this.#noting(() => this.#endProse(this.#lines.length))
    const lesson = { ...front, chapters: this.#chapters, files: this.#files }
    return { lesson, problems: this.#problems, lineOf: this.#lineOf }
  }

  /** Runs what may find a problem, and remembers it. */
  #noting(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      this.#problems.push({ line: error.line, message: error.message })
    }
  }

  /** Returns the line to go on with. */
  #readLine(index: number): number {
    const text = this.#lines[index] ?? ''
    if (text.startsWith('##')) {
      this.#endProse(index)
      this.#heading(text, index)
      return index + 1
    }
    if (!text.startsWith('```')) {
      this.#prose.push(text)
      return index + 1
    }
    this.#endProse(index)
    const fence = readFence(this.#lines, index)
    this.#noting(() => this.#addBlock(fence))
    return fence.endLine + 1
  }

  #heading(text: string, line: number): void {
    const [, level, title, id] = /^(##|###) (.+?) \{#([a-z0-9-]+)\}$/.exec(text) ?? []
    if (title === undefined || id === undefined) {
      const slug = text
        .replace(/^#+\s*/, '')
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '')
      throw at(line, `the heading "${text}" has no id; end it with {#${slug}}`)
    }
    this.#claim(this.#headings, id, line)
    if (level === '##') this.#chapters.push({ id, title, steps: [] })
    else if (this.#chapters.length === 0) {
      throw at(
        line,
        `the step "${title}" comes before the first chapter; put a ## heading above it`,
      )
    } else this.#chapters.at(-1)?.steps.push({ id, title, blocks: [] })
  }

  #endProse(line: number): void {
    const markdown = this.#prose.join('\n').trim()
    const firstLine = line - this.#prose.length
    this.#prose = []
    if (markdown !== '') this.#step(firstLine).blocks.push({ type: 'prose', markdown })
  }

  #step(line: number): OpenStep {
    const found = this.#chapters.at(-1)?.steps.at(-1)
    if (found === undefined) {
      throw at(line, 'text stands before the first step; put a heading with ### above it')
    }
    return found
  }

  #claim(taken: Set<string>, id: string, line: number): string {
    if (taken.has(id)) throw at(line, `the id ${id} is used twice; give one of the two another`)
    taken.add(id)
    this.#lineOf.set(id, line)
    return id
  }

  #addBlock(fence: Fence): void {
    const { blocks } = this.#step(fence.line)
    refuseStrayOption(fence)
    const claim = (id: string, line: number): string => this.#claim(this.#ids, id, line)
    switch (fence.kind) {
      case 'run':
        blocks.push(commandBlock(fence, this.#files, claim))
        return
      case 'instead':
        replaceCommand(blocks, fence)
        return
      case 'expect':
        expectOutput(blocks, fence)
        return
      case 'checks':
        blocks.push({ type: 'checks', checks: this.#checks(fence, claim), ...onlyIn(fence) })
        return
      case 'predict':
        blocks.push(predictionBlock(fence, claim))
        return
      case 'hint':
        blocks.push({ type: 'hint', markdown: fence.text, ...onlyIn(fence) })
        return
      case 'erratum': {
        const id = claim(required(optionsOf(fence), 'id', fence), fence.line)
        blocks.push({ type: 'erratum', id, markdown: fence.text, ...onlyIn(fence) })
        return
      }
      default:
        throw at(
          fence.line,
          `unknown block "${fence.kind}"; there are ${Object.keys(OPTIONS).join(', ')}`,
        )
    }
  }

  #checks(fence: Fence, claim: (id: string, line: number) => string): readonly Check[] {
    const { value, lines } = readYaml(fence)
    if (!Array.isArray(value) || value.length === 0) {
      throw at(fence.line, 'checks are a list; begin each with "- text: …"')
    }
    const checks: Check[] = []
    for (const [index, entry] of (value as readonly unknown[]).entries()) {
      const line = lines[index] ?? fence.line
      this.#noting(() => {
        const check = inLine(line, () => parseCheck(entry, `line-${fence.line + 1}-${index + 1}`))
        claim(check.id, line)
        checks.push(check)
      })
    }
    return checks
  }
}

/** All steps in order, with the chapter that each belongs to. */
export function stepsOf(lesson: Lesson): readonly { chapter: Chapter; step: Step }[] {
  return lesson.chapters.flatMap((chapter) => chapter.steps.map((step) => ({ chapter, step })))
}

function frontMatterEnd(lines: readonly string[]): number {
  const end = lines.indexOf('---', 1)
  if (lines[0] === '---' && end > 0) return end
  throw at(0, 'there is no front matter; begin with ---, id, title, summary and --- again')
}

function frontMatter(lines: readonly string[]): { id: string; title: string; summary: string } {
  const { value } = readYaml({ text: lines.join('\n'), line: 0 })
  return inLine(0, () => readRecord(FRONT_MATTER, value, 'the front matter'))
}

function readFence(lines: readonly string[], line: number): Fence & { readonly endLine: number } {
  const [kind = '', ...options] = (lines[line] ?? '').slice(3).trim().split(/\s+/)
  const endLine = lines.indexOf('```', line + 1)
  if (endLine < 0) throw at(line, `the block ${kind} is not closed; end it with a line of \`\`\``)
  return { kind, options, text: lines.slice(line + 1, endLine).join('\n'), line, endLine }
}

/** What a block holds as data; of a list also the line of each entry. */
function readYaml({ text, line }: Pick<Fence, 'text' | 'line'>): {
  readonly value: unknown
  readonly lines: readonly number[]
} {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const [error] = document.errors
  if (error !== undefined) {
    const [first = ''] = error.message.split('\n')
    throw at(line + counter.linePos(error.pos[0]).line, `not YAML: ${first.replace(/:$/, '')}`)
  }
  const entries = isSeq(document.contents) ? document.contents.items : []
  const lines = entries.map((entry) =>
    isNode(entry) && entry.range ? line + counter.linePos(entry.range[0]).line : line,
  )
  return { value: document.toJS() as unknown, lines }
}

function commandBlock(
  fence: Fence,
  files: Readonly<Record<string, string>>,
  claim: (id: string, line: number) => string,
): CommandBlock {
  const options = optionsOf(fence)
  const inside = options.get('inside')
  const terminal = required(options, 'terminal', fence)
  if (!/^[12]$/.test(terminal)) {
    throw at(fence.line, `terminal=${terminal} names no terminal; the page has 1 and 2`)
  }
  if (fence.text.trim() === '') throw at(fence.line, 'run has no command; write it in the block')
  return {
    type: 'command',
    id: claim(required(options, 'id', fence), fence.line),
    terminal: Number(terminal),
    command: fence.text.replace(/^@include (\S+)$/gm, (_, name: string) => {
      const included = files[name]
      if (included === undefined) {
        const there = Object.keys(files).join(', ') || 'none'
        throw at(fence.line, `there is no file ${name} beside the lesson; there are: ${there}`)
      }
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
  if (last?.type !== 'command')
    throw at(fence.line, 'expect has no command before it; put it right under its run block')
  const expected: Partial<Record<Dialect, string>> = { ...last.expected }
  for (const dialect of dialectsOf(fence)) expected[dialect] = fence.text
  blocks[blocks.length - 1] = { ...last, expected }
}

function replaceCommand(blocks: Block[], fence: Fence): void {
  const last = blocks.at(-1)
  if (last?.type !== 'command')
    throw at(fence.line, 'instead has no command before it; put it right under its run block')
  const instead: Partial<Record<Dialect, string>> = { ...last.instead }
  for (const dialect of dialectsOf(fence)) instead[dialect] = fence.text
  blocks[blocks.length - 1] = { ...last, instead }
}

/** A kind that is none is refused as such. */
function refuseStrayOption({ kind, options, line }: Fence): void {
  const known = OPTIONS[kind]
  const stray = options.find((option) => known?.includes(splitOption(option)[0]) === false)
  if (known === undefined || stray === undefined) return
  const way = known.length === 0 ? 'it takes none' : `there are ${known.join(', ')}`
  throw at(line, `${kind} has an unknown option "${splitOption(stray)[0]}"; ${way}`)
}

/** The dialects a block is for; without any named, all. */
function dialectsOf({ options }: Fence): readonly Dialect[] {
  const named = DIALECTS.filter((dialect) => options.includes(dialect))
  return named.length === 0 ? DIALECTS : named
}

function onlyIn(fence: Fence): { readonly only?: readonly Dialect[] } {
  const only = dialectsOf(fence)
  return only.length === DIALECTS.length ? {} : { only }
}

function predictionBlock(
  fence: Fence,
  claim: (id: string, line: number) => string,
): PredictionBlock {
  const { value } = readYaml(fence)
  const read = inLine(fence.line, () => readRecord(PREDICTION, value, 'the prediction'))
  const right = read.choices.filter((choice) => choice.right === true)
  if (right.length !== 1) {
    throw at(
      fence.line,
      `the prediction ${read.id} has ${right.length} right choices; mark exactly one with "right: true"`,
    )
  }
  return {
    type: 'prediction',
    id: claim(read.id, fence.line),
    question: read.question,
    choices: read.choices.map(({ text, reply, right: isRight }) => ({
      text,
      reply,
      isRight: isRight === true,
    })),
  }
}

/** Runs a reader of data and puts the line to what it refuses. */
function inLine<T>(line: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw at(line, error.message)
  }
}

function optionsOf(fence: Fence): ReadonlyMap<string, string> {
  return new Map(fence.options.map((option) => splitOption(option)))
}

function splitOption(option: string): [string, string] {
  const [key = '', ...rest] = option.split('=')
  return [key, rest.join('=')]
}

function required(options: ReadonlyMap<string, string>, key: string, fence: Fence): string {
  const value = options.get(key)
  if (value === undefined || value === '') {
    throw at(
      fence.line,
      `the block ${fence.kind} needs ${key}=…; write \`\`\`${fence.kind} ${key}=…`,
    )
  }
  return value
}

class LineError extends Error {
  override readonly name = 'LineError'
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

function at(line: number, message: string): LineError {
  return new LineError(line, message)
}
