import {
  type Chapter,
  type CheckState,
  checksOf,
  type Dialect,
  type Lesson,
  lessonIn,
  type LessonState,
  type PredictionBlock,
  type Step,
} from '#lessons/lesson.ts'
import type { Deps } from './deps.ts'
import type { PlaybackSlice } from './playback.ts'

export type LessonSlice = {
  /** As they are in the dialect of the run. */
  readonly lessons: readonly Lesson[]
  readonly lesson: LessonState | undefined
  /** The choice made in each prediction, by its id. */
  readonly predictions: Readonly<Record<string, number>>
  /** Steps that were completed at some time, `lesson/step`; they survive a reload. */
  readonly finishedSteps: readonly string[]
  readonly openLesson: (lesson: string) => void
  readonly enterStep: (step: string) => void
  /** Begins a new cluster and brings it to where this step begins. */
  readonly jumpToStep: (step: string) => void
  readonly runCommand: (command: string) => void
  readonly playLesson: () => void
  readonly stopLesson: () => void
  readonly predict: (prediction: string, choice: number) => void
  readonly showDialect: (dialect: Dialect) => void
}

type Update = (patch: (state: LessonSlice) => Partial<LessonSlice>) => void

export function createLessonSlice(
  { worker, storage, loadLessons }: Deps,
  update: Update,
  read: () => LessonSlice & Pick<PlaybackSlice, 'settings'>,
  run: { readonly isResumed: boolean; readonly beginAnew: () => void },
): LessonSlice {
  function open(lesson: string, step: string): void {
    storage.write('lessonPlace', stepKey({ id: lesson }, { id: step }))
    void worker.ask({ type: 'openLesson', lesson, step })
  }
  let written: readonly Lesson[] = []
  function showDialect(dialect: Dialect): void {
    update(() => ({ lessons: written.map((lesson) => lessonIn(lesson, dialect)) }))
  }
  void loadLessons().then((lessons) => {
    written = lessons
    showDialect(read().settings.dialect)
    const place = storedPlace(lessons, storage.read('lessonPlace'))
    // A run that is resumed has its lesson open already, or had none.
    if (place !== undefined && read().lesson === undefined && !run.isResumed)
      open(place.lesson, place.step)
  })
  return {
    lessons: [],
    lesson: undefined,
    showDialect,
    predictions: readChoices(storage.read('predictions')),
    finishedSteps: readList(storage.read('finishedSteps')),
    openLesson: (lesson) => {
      update(() => ({ predictions: {} }))
      const step = read().lessons.find(({ id }) => id === lesson)?.chapters[0]?.steps[0]
      if (step !== undefined) open(lesson, step.id)
    },
    enterStep: (step) => {
      const { lesson, finishedSteps } = read()
      const left = currentPlace(read())
      if (lesson === undefined) return
      if (left !== undefined && checksOf(left.step).length === 0) {
        const key = stepKey(left.lesson, left.step)
        if (!finishedSteps.includes(key)) update(() => ({ finishedSteps: [...finishedSteps, key] }))
      }
      open(lesson.lesson, step)
    },
    jumpToStep: (step) => {
      const { lesson } = read()
      if (lesson === undefined) return
      run.beginAnew()
      update(() => ({ predictions: {} }))
      storage.write('lessonPlace', stepKey({ id: lesson.lesson }, { id: step }))
      void worker.ask({ type: 'jumpToStep', lesson: lesson.lesson, step })
    },
    runCommand: (command) => worker.send({ type: 'runCommand', command }),
    playLesson: () => worker.send({ type: 'playLesson' }),
    stopLesson: () => worker.send({ type: 'stopLesson' }),
    predict: (prediction, choice) =>
      update(({ predictions }) => ({ predictions: { ...predictions, [prediction]: choice } })),
  }
}

/** Where the learner was when the page was last open, or the beginning of the first lesson. */
function storedPlace(
  lessons: readonly Lesson[],
  stored: string | undefined,
): { readonly lesson: string; readonly step: string } | undefined {
  const all = lessons.flatMap((lesson) =>
    lesson.chapters.flatMap((chapter) =>
      chapter.steps.map((step) => ({ lesson: lesson.id, step: step.id })),
    ),
  )
  return all.find(({ lesson, step }) => `${lesson}/${step}` === stored) ?? all[0]
}

/** What a message says of the lesson, with the steps it shows to be finished. */
export function withLesson(
  state: Pick<LessonSlice, 'lessons' | 'lesson' | 'finishedSteps'>,
  changed: LessonState | null | undefined,
): Pick<LessonSlice, 'lesson' | 'finishedSteps'> {
  const { lessons, finishedSteps } = state
  if (changed === undefined) return { lesson: state.lesson, finishedSteps }
  const lesson = lessons.find(({ id }) => id === changed?.lesson)
  if (changed === null || lesson === undefined) {
    return { lesson: changed ?? undefined, finishedSteps }
  }
  // Time may fly: several steps can begin and end between two messages.
  const finished = lesson.chapters
    .flatMap((chapter) => chapter.steps)
    .filter((step) => isShownFinished(step, changed) || isLeft(step, state.lesson, changed))
    .map((step) => stepKey(lesson, step))
    .filter((key) => !finishedSteps.includes(key))
  return {
    lesson: changed,
    finishedSteps: finished.length === 0 ? finishedSteps : [...finishedSteps, ...finished],
  }
}

function isShownFinished(step: Step, state: LessonState): boolean {
  const isPlain = step.blocks.every(({ type }) => type !== 'command' && type !== 'checks')
  return !isPlain && isStepReady(step, state)
}

/** A step of nothing but prose is finished when the lesson goes on from it. */
function isLeft(step: Step, before: LessonState | undefined, now: LessonState): boolean {
  return before?.step === step.id && now.step !== step.id && isStepReady(step, now)
}

export type Place = {
  readonly lesson: Lesson
  readonly chapter: Chapter
  readonly step: Step
  readonly chapterIndex: number
  readonly stepIndex: number
  readonly previous: Step | undefined
  readonly next: Step | undefined
}

/** Where in which lesson the learner is. */
export function currentPlace({
  lessons,
  lesson: state,
}: Pick<LessonSlice, 'lessons' | 'lesson'>): Place | undefined {
  const lesson = lessons.find((one) => one.id === state?.lesson)
  if (lesson === undefined || state === undefined) return undefined
  const all = lesson.chapters.flatMap((chapter) => chapter.steps)
  for (const [chapterIndex, chapter] of lesson.chapters.entries()) {
    const stepIndex = chapter.steps.findIndex((step) => step.id === state.step)
    const step = chapter.steps[stepIndex]
    if (step === undefined) continue
    const at = all.indexOf(step)
    return {
      lesson,
      chapter,
      step,
      chapterIndex,
      stepIndex,
      previous: all[at - 1],
      next: all[at + 1],
    }
  }
  return undefined
}

export function stepKey(lesson: Pick<Lesson, 'id'>, step: Pick<Step, 'id'>): string {
  return `${lesson.id}/${step.id}`
}

/** A step without checks is done once it is left. */
export function isStepDone(step: Step, states: readonly CheckState[]): boolean {
  const checks = checksOf(step)
  return (
    checks.length > 0 &&
    checks.every((check) => states.find(({ id }) => id === check.id)?.state === 'passed')
  )
}

/** Whether nothing is left to do in a step: its checks passed, or its commands ran where it has none. */
export function isStepReady(step: Step, { checks, commands }: LessonState): boolean {
  if (checksOf(step).length > 0) return isStepDone(step, checks)
  return step.blocks.every(
    (block) => block.type !== 'command' || commands.some(({ id }) => id === block.id),
  )
}

/**
 * Whether the answer to a prediction may be shown: what it asks about has been run. Commands that
 * stay open only watch.
 */
export function isAnswered(
  step: Step,
  prediction: PredictionBlock,
  { commands }: Pick<LessonState, 'commands'>,
): boolean {
  const ended = new Set(commands.filter((run) => run.endedAt !== undefined).map(({ id }) => id))
  return step.blocks
    .slice(step.blocks.indexOf(prediction))
    .every(
      (block) =>
        block.type !== 'command' ||
        block.staysOpen ||
        block.command === '^C' ||
        ended.has(block.id),
    )
}

function readList(stored: string | undefined): readonly string[] {
  return stored === undefined || stored === '' ? [] : stored.split('\n')
}

function readChoices(stored: string | undefined): Readonly<Record<string, number>> {
  const pairs = readList(stored).map((line) => line.split(' '))
  return Object.fromEntries(pairs.map(([id = '', choice]) => [id, Number(choice)]))
}
