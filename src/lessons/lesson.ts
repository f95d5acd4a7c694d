import type { SimTime } from '#sim/kernel/time.ts'

/** A lesson as the parser makes it from its Markdown file: plain data, no code. */
export type Lesson = {
  readonly id: string
  readonly title: string
  readonly summary: string
  readonly chapters: readonly Chapter[]
  /** Manifests beside the lesson, by file name. */
  readonly files: Readonly<Record<string, string>>
}

export type Chapter = {
  readonly id: string
  readonly title: string
  readonly steps: readonly Step[]
}

/** What is worked through before *Next step*: some prose, commands, and what must then hold. */
export type Step = {
  readonly id: string
  readonly title: string
  readonly blocks: readonly Block[]
}

export type Block =
  | { readonly type: 'prose'; readonly markdown: string }
  | CommandBlock
  | { readonly type: 'checks'; readonly checks: readonly Check[] }
  | PredictionBlock
  | { readonly type: 'hint'; readonly markdown: string }
  /** Where the original text is wrong, and what to watch instead. */
  | { readonly type: 'erratum'; readonly markdown: string }

export type CommandBlock = {
  readonly type: 'command'
  readonly id: string
  readonly terminal: number
  /** As typed, heredocs with their line breaks. `^C` alone is the key. */
  readonly command: string
  /** What is typed instead in a dialect: the tutorial's own words where today's need others. */
  readonly instead: Readonly<Partial<Record<Dialect, string>>>
  /** Runs until it is stopped: a watch, an interactive shell. */
  readonly staysOpen: boolean
  /** The command whose shell this is typed into, such as that of `kubectl run -it`. */
  readonly inside?: string
  /** What the real tools print, by dialect of kubectl. Ages and addresses differ. */
  readonly expected: Readonly<Partial<Record<Dialect, string>>>
}

export type Dialect = '1.36' | '1.10'

export type PredictionBlock = {
  readonly type: 'prediction'
  readonly id: string
  readonly question: string
  readonly choices: readonly {
    readonly text: string
    readonly isRight: boolean
    readonly reply: string
  }[]
}

export type Check = {
  readonly id: string
  /** A statement: `web-1 was created after that`. */
  readonly text: string
  readonly condition: Condition
}

/** What a check looks at. Evaluated over the world as the API shows it, and its history. */
export type Condition =
  /** The object's field equals the value; an absent object fails. */
  | {
      readonly type: 'field'
      readonly object: ObjectPath
      /** Dots and indexes: `status.phase`, `spec.containers[0].image`. */
      readonly path: string
      readonly equals: string | number | boolean
    }
  | { readonly type: 'exists'; readonly object: ObjectPath }
  | { readonly type: 'absent'; readonly object: ObjectPath }
  | { readonly type: 'ready'; readonly pod: string }
  /** How many objects of a resource there are, of those that the selector picks. */
  | {
      readonly type: 'count'
      readonly resource: string
      readonly selector: string
      readonly path?: string
      readonly value?: string | number | boolean
      readonly equals: number
    }
  /** The second moment came, and not before the first; within the step, or ever. */
  | {
      readonly type: 'order'
      readonly first: Moment
      readonly second: Moment
      readonly isWithinStep: boolean
    }
  /** A command printed these words; runs of white space count as one blank. */
  | { readonly type: 'printed'; readonly command: string; readonly text: string }
  /** A file of the workstation contains this text. */
  | { readonly type: 'file'; readonly path: string; readonly contains: string }
  /** A Pod of this name with another UID than when the step began is Running and Ready. */
  | { readonly type: 'replaced'; readonly pod: string }
  /** The name resolves, to another address than when the step began if `isNew`. */
  | { readonly type: 'resolves'; readonly name: string; readonly isNew: boolean }

export type ObjectPath = { readonly resource: string; readonly name: string }

export type Moment = {
  readonly pod: string
  readonly became: 'created' | 'running' | 'ready' | 'terminating' | 'gone'
}

export type CheckState = {
  readonly id: string
  readonly state: 'passed' | 'waiting' | 'failed'
  /** When it passed. */
  readonly at?: SimTime
  /** What was seen and what was expected, while it has not passed. */
  readonly message: string
}

export type CommandState = {
  readonly id: string
  readonly ranAt: SimTime
  /** Absent while it runs. */
  readonly endedAt?: SimTime
  /** What it printed, without escape sequences; the newest 16 KiB. */
  readonly output: string
}

/** Where the learner is, as the worker reports it. */
export type LessonState = {
  readonly lesson: string
  readonly step: string
  readonly isPlaying: boolean
  readonly commands: readonly CommandState[]
  /** Of every step that was entered. */
  readonly checks: readonly CheckState[]
}

/** The lesson as it is in one dialect: commands that differ there are replaced. */
export function lessonIn(lesson: Lesson, dialect: Dialect): Lesson {
  const chapters = lesson.chapters.map((chapter) => ({
    ...chapter,
    steps: chapter.steps.map((step) => ({
      ...step,
      blocks: step.blocks.map((block) =>
        block.type === 'command' ? { ...block, command: commandIn(block, dialect) } : block,
      ),
    })),
  }))
  return { ...lesson, chapters }
}

export function commandIn(block: CommandBlock, dialect: Dialect): string {
  return block.instead[dialect] ?? block.command
}
