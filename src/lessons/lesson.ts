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
  | ChecksBlock
  | PredictionBlock
  | (OnlyIn & { readonly type: 'hint'; readonly markdown: string })
  /** Where the original text is wrong, and what to watch instead. */
  | (OnlyIn & { readonly type: 'erratum'; readonly id: string; readonly markdown: string })

/** The dialects that a block is shown in; all of them where it names none. */
type OnlyIn = { readonly only?: readonly Dialect[] }

export type ChecksBlock = OnlyIn & {
  readonly type: 'checks'
  readonly checks: readonly Check[]
}

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

export const DIALECTS = ['1.36', '1.10'] as const
export type Dialect = (typeof DIALECTS)[number]

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
  /** The Pod of this name is the very one that was there when the step began. */
  | { readonly type: 'kept'; readonly pod: string }
  /** An Event about the object was recorded. */
  | {
      readonly type: 'event'
      readonly about: ObjectPath
      readonly reason: string
      readonly contains?: string
      readonly isWithinStep: boolean
    }
  /** In some pass over the set, the StatefulSet controller came to this verdict on a Pod. */
  | {
      readonly type: 'decision'
      readonly set: string
      readonly pod: string
      readonly action: VerdictAction
      readonly why?: string
      readonly isWithinStep: boolean
    }
  /** Who changed an object, as the audit log has it. */
  | {
      readonly type: 'wrote'
      /** The last part of the user's name: `statefulset-controller`, `kubernetes-admin`. */
      readonly by: string
      readonly verb: WriteVerb
      readonly object: ObjectPath
      readonly isWithinStep: boolean
    }
  /** The name resolves, to another address than when the step began if `isNew`. */
  | { readonly type: 'resolves'; readonly name: string; readonly isNew: boolean }

export const VERDICT_ACTIONS = [
  'keep',
  'create',
  'wait',
  'delete',
  'repair',
  'stop',
  'not looked at',
] as const
export type VerdictAction = (typeof VERDICT_ACTIONS)[number]

export const WRITE_VERBS = ['create', 'update', 'patch', 'delete'] as const
export type WriteVerb = (typeof WRITE_VERBS)[number]

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
  /** It cannot come true any more in this step, as it went. */
  readonly isLost?: true
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
  /** Commands that were asked for and have not ended; one may wait for its terminal. */
  readonly queued: readonly string[]
  /** Why the player stopped before the end; empty where it did not. */
  readonly trouble: string
  readonly commands: readonly CommandState[]
  /** Of every step that was entered. */
  readonly checks: readonly CheckState[]
}

/** The lesson as it is in one dialect: other commands are typed there, and some blocks left out. */
export function lessonIn(lesson: Lesson, dialect: Dialect): Lesson {
  const chapters = lesson.chapters.map((chapter) => ({
    ...chapter,
    steps: chapter.steps.map((step) => ({
      ...step,
      blocks: step.blocks.flatMap((block) => blockIn(block, dialect)),
    })),
  }))
  return { ...lesson, chapters }
}

function blockIn(block: Block, dialect: Dialect): readonly Block[] {
  if (block.type === 'command') {
    return [{ ...block, command: block.instead[dialect] ?? block.command }]
  }
  const isLeftOut = 'only' in block && block.only?.includes(dialect) === false
  return isLeftOut ? [] : [block]
}

/** All checks of a step, in the order of its text. */
export function checksOf(step: Step): readonly Check[] {
  return step.blocks.flatMap((block) => (block.type === 'checks' ? block.checks : []))
}

/** The commands of a lesson by their ids. */
export function commandsOf({ chapters }: Lesson): ReadonlyMap<string, CommandBlock> {
  const blocks = chapters.flatMap(({ steps }) => steps).flatMap((step) => step.blocks)
  return new Map(
    blocks.filter((block) => block.type === 'command').map((block) => [block.id, block]),
  )
}
