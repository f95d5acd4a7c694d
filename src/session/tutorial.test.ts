import { describe, expect, it } from 'vitest'
import { allLessons } from '#lessons/catalog.test-kit.ts'
import { compareOutput } from '#lessons/compare-output.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import { Session } from './session.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import { expectShown, readShown, type Shown } from './shown-commands.test-kit.ts'
import type { CommandRun } from './terminal-recorder.ts'

type Pair = { readonly command: string; readonly shown: Shown; readonly run: CommandRun }

function play(dialect: '1.36' | '1.10'): { session: Session; runs: readonly CommandRun[] } {
  const session = new Session({
    settings: { ...DEFAULT_SETTINGS, dialect, timings: 'cloud' },
    lessons: new Map(allLessons().map((lesson) => [lesson.id, lesson])),
  })
  session.openLesson('basics', '')
  session.playLesson()
  do session.cluster.simulation.runFor(1000)
  while (session.lessonState()?.isPlaying === true)
  const runs = [...session.terminals].flatMap(({ recorder }) => [...recorder.runs])
  return { session, runs: runs.toSorted((a, b) => a.ranAt - b.ranAt) }
}

/** Where the original contradicts itself, the erratum of the lesson that says so, and the remedy. */
const ERRATA = {
  // Its watch shows Pods being created, after commands that show them created.
  'watch-first': (original: readonly Shown[]) => {
    const isFirst = ({ command }: Shown): boolean => command === 'kubectl get pods -w -l app=nginx'
    const watch = original.filter((each) => isFirst(each))
    return [...watch, ...original.filter((each) => !isFirst(each))]
  },
  // It leaves out that the set was created, and deletes it next.
  'half-answer': (original: readonly Shown[]) => {
    const again = original.findLastIndex(({ command }) => command === 'kubectl create -f web.yaml')
    const created = { text: 'statefulset.apps "web" created', isStderr: false }
    return original.map((each, index) =>
      index === again ? { ...each, parts: [[created, ...each.parts.flat()]] } : each,
    )
  },
} as const

/** What it says that is not so; nothing that is printed shows it. */
const MISTAKES = [
  'busybox-tag',
  'no-cname',
  'unfinished',
  'on-delete-path',
  'one-by-one',
  'one-by-one-then',
  'two-rows',
  'terminal-names',
]

/** What a printed text cannot tell: these go to stderr, and these commands end with 1. */
function withStreams(shown: Shown): Shown {
  const isStderr = (text: string): boolean =>
    /^(If you don't see|Error from server|No resources found)/.test(text)
  const parts = shown.parts.map((part) =>
    part.map(({ text }) => ({ text, isStderr: isStderr(text) })),
  )
  const texts = parts.flat().map(({ text }) => text)
  const fails = texts.some((text) => / not patched$|^Error from server/.test(text))
  return { ...shown, parts, exitCode: fails ? 1 : 0 }
}

describe('the classic tutorial in dialect 1.10', () => {
  const { session, runs } = play('1.10')
  const corrected = ERRATA['half-answer'](ERRATA['watch-first'](readShown('original-1.10.txt')))
  const original = corrected.map(withStreams)
  const added = readShown('added-1.10.txt')
  const pairs: Pair[] = []
  let [o, a] = [0, 0]
  for (const run of runs) {
    const isOriginal = original[o]?.command === run.command
    let shown = isOriginal ? original[o++] : added[a++]
    // Of these watches the original shows no row.
    if (isOriginal && shown?.isWatch === true && shown.parts.flat().length === 0) shown = added[a++]
    if (shown !== undefined) pairs.push({ command: run.command, shown, run })
  }

  it('has every command of the original in its order, and no other but those it adds', () => {
    expect(pairs.map(({ shown }) => shown.command)).toEqual(runs.map(({ command }) => command))
    expect([o, a]).toEqual([original.length, added.length])
  })

  it('has them in its order also where the original is out of it: the watch is started twice', () => {
    let found = 0
    const wanted = readShown('original-1.10.txt').map(({ command }) => command)
    for (const { command } of runs) if (command === wanted[found]) found++
    expect(found).toBe(wanted.length)
  })

  it.each(pairs)('prints what the original shows for: $command', ({ shown, run }) => {
    expectShown(run, shown, '1.10')
  })

  it('prints what the lesson tells the learner to expect', () => {
    expectToldOutputs('1.10', session, runs)
  })

  it.each([...Object.keys(ERRATA), ...MISTAKES])('has an erratum in the lesson: %s', (id) => {
    const [lesson] = allLessons()
    const blocks = lesson === undefined ? [] : stepsOf(lesson).flatMap(({ step }) => step.blocks)
    const errata = blocks.flatMap((block) => (block.type === 'erratum' ? [block.id] : []))
    expect(errata).toContain(id)
  })

  it('takes every Pod that waits for its disk 18 or 19 seconds from its creation to Ready', () => {
    const waits = waitsForDisks(session)
    const pods = ['web-0', 'web-1', 'web-2', 'web-3', 'web-4', 'web-0', 'web-1', 'web-2', 'web-3']
    expect(waits.map(({ pod }) => pod)).toEqual(pods)
    for (const { seconds } of waits) expect([18, 19]).toContain(seconds)
  })
})

describe('the classic tutorial in dialect 1.36', () => {
  const { session, runs } = play('1.36')
  const today = readShown('today-1.36.txt')
  const pairs = runs.flatMap((run, index): readonly Pair[] => {
    const shown = today[index]
    return shown === undefined ? [] : [{ command: run.command, shown, run }]
  })

  it('has the commands of today’s tutorial in their order', () => {
    expect(runs.map(({ command }) => command)).toEqual(today.map(({ command }) => command))
  })

  it('has every command of the original in its order, but for a tag of an image', () => {
    const original = ERRATA['watch-first'](readShown('original-1.10.txt'))
    let found = 0
    for (const { command } of today) {
      const wanted = original[found]?.command.replace('--image busybox ', '--image busybox:1.28 ')
      if (command === wanted) found++
    }
    expect(found).toBe(original.length)
  })

  it.each(pairs)('prints what kubectl prints today for: $command', ({ shown, run }) => {
    expectShown(run, shown, '1.36')
  })

  it('prints what the lesson tells the learner to expect', () => {
    expectToldOutputs('1.36', session, runs)
  })
})

/** Compares as the lesson's panel does; what stays open goes on to print. */
function expectToldOutputs(
  dialect: '1.36' | '1.10',
  session: Session,
  runs: readonly CommandRun[],
): void {
  const blocks = stepsOf(session.openedLesson()).flatMap(({ step }) =>
    step.blocks
      .filter((block) => block.type === 'command')
      .filter(({ command }) => command !== '^C'),
  )
  expect(runs.map(({ command }) => command)).toEqual(blocks.map(({ command }) => command))
  const told = blocks.flatMap(({ id, staysOpen, expected: { [dialect]: expected } }, index) =>
    expected === undefined
      ? []
      : compareOutput(expected, runs[index]?.output ?? '').map((line) => ({ id, staysOpen, line })),
  )
  expect(new Set(told.map(({ id }) => id)).size).toBeGreaterThan(40)
  const wrong = told.filter(
    ({ staysOpen, line: { verdict } }) =>
      verdict === 'missing' || (verdict === 'extra' && !staysOpen),
  )
  expect(wrong).toEqual([])
}

/** How long Pods took to be Ready, but those who found their disk attached to the node. */
function waitsForDisks({ journal: { moments } }: Session): readonly {
  readonly pod: string
  readonly seconds: number
}[] {
  return moments
    .filter(({ pod, became }) => became === 'created' && pod !== 'dns-test')
    .map(({ pod, uid, time }) => {
      const ready = moments.find((each) => each.uid === uid && each.became === 'ready')
      return { pod, seconds: Math.floor(((ready?.time ?? NaN) - time) / 1000) }
    })
    .filter(({ seconds }) => seconds > 5)
}
