import { expect, it } from 'vitest'
import type { CheckState, Lesson, LessonState, Step } from '#lessons/lesson.ts'
import { currentPlace, isAnswered, isStepReady, withLesson } from './lesson.ts'

const CHECK = {
  id: 'c1',
  text: '',
  condition: { type: 'ready', pod: 'web-0' },
} as const

const COMMAND = {
  type: 'command',
  id: 'run',
  terminal: 1,
  command: 'ls',
  staysOpen: false,
  instead: {},
  expected: {},
} as const

const CHECKED: Step = {
  id: 'one',
  title: '',
  blocks: [COMMAND, { type: 'checks', checks: [CHECK] }],
}
const PLAIN: Step = { id: 'two', title: '', blocks: [COMMAND] }
const LAST: Step = { id: 'three', title: '', blocks: [] }

const LESSON: Lesson = {
  id: 'basics',
  title: '',
  summary: '',
  files: {},
  chapters: [
    { id: 'a', title: '', steps: [CHECKED, PLAIN] },
    { id: 'b', title: '', steps: [LAST] },
  ],
}

function at(step: string, checks: readonly CheckState[] = [], ran = false): LessonState {
  const commands = ran ? [{ id: 'run', ranAt: 1, endedAt: 2, output: '' }] : []
  return { lesson: 'basics', step, isPlaying: false, queued: [], trouble: '', commands, checks }
}

const PASSED: CheckState = { id: 'c1', state: 'passed', at: 1, message: '' }

it('knows the steps on both sides, across chapters', () => {
  const place = currentPlace({ lessons: [LESSON], lesson: at('two') })
  expect([place?.previous?.id, place?.next?.id, place?.chapter.id]).toEqual(['one', 'three', 'a'])
  expect(currentPlace({ lessons: [], lesson: at('two') })).toBeUndefined()
})

it('has a step finished once all its checks passed, and keeps it so', () => {
  const start = { lessons: [LESSON], lesson: undefined, finishedSteps: [] }
  const waiting = withLesson(start, at('one', [{ ...PASSED, state: 'waiting' }]))
  const passed = withLesson({ ...start, ...waiting }, at('one', [PASSED]))
  const back = withLesson({ ...start, ...passed }, at('one', []))
  expect([waiting, passed, back].map((one) => one.finishedSteps)).toEqual([
    [],
    ['basics/one'],
    ['basics/one'],
  ])
})

it('takes no word of the lesson for no change, and null for no lesson', () => {
  const state = { lessons: [LESSON], lesson: at('one'), finishedSteps: [] }
  expect(withLesson(state, undefined).lesson).toBe(state.lesson)
  expect(withLesson(state, null).lesson).toBeUndefined()
})

it.each([
  { title: 'waits for the checks', step: CHECKED, state: at('one', [], true), want: false },
  { title: 'goes on when they passed', step: CHECKED, state: at('one', [PASSED]), want: true },
  {
    title: 'waits for commands where nothing is checked',
    step: PLAIN,
    state: at('two'),
    want: false,
  },
  { title: 'goes on when they ran', step: PLAIN, state: at('two', [], true), want: true },
  { title: 'goes on from plain prose', step: LAST, state: at('three'), want: true },
])('$title', ({ step, state, want }) => expect(isStepReady(step, state)).toBe(want))

it('keeps the answer to a prediction until what it asks about was run', () => {
  const prediction = { type: 'prediction', id: 'p', question: '', choices: [] } as const
  const watch = { ...COMMAND, id: 'watch', staysOpen: true }
  const step: Step = { id: 'one', title: '', blocks: [prediction, watch, COMMAND] }
  const running = { id: 'run', ranAt: 1, output: '' }
  const answered = [[], [running], [{ ...running, endedAt: 2 }]].map((commands) =>
    isAnswered(step, prediction, { commands }),
  )
  expect(answered).toEqual([false, false, true])
})
