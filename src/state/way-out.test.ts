import { describe, expect, it } from 'vitest'
import type { Check, CheckState, LessonState, Step } from '#lessons/lesson.ts'
import { stepTrouble } from './way-out.ts'

const READY: Check = { id: 'c1', text: '', condition: { type: 'ready', pod: 'web-3' } }
const PRINTED: Check = {
  id: 'c2',
  text: '',
  condition: { type: 'printed', command: 'look', text: 'web-3' },
}
const command = (id: string, line: string, staysOpen = false): Step['blocks'][number] => ({
  type: 'command',
  id,
  terminal: 1,
  command: line,
  staysOpen,
  instead: {},
  expected: {},
})
const STEP: Step = {
  id: 's',
  title: '',
  blocks: [
    command('watch', 'kubectl get pods -w', true),
    command('scale', 'kubectl scale sts web --replicas=4'),
    command('look', 'kubectl get pods'),
    { type: 'checks', checks: [READY, PRINTED] },
  ],
}
const FAILED = { state: 'failed', message: '' } as const

function state(
  checks: readonly CheckState[],
  ran: readonly string[] = [],
  trouble = '',
): LessonState {
  const commands = ran.map((id) => ({ id, ranAt: 0, output: '' }))
  return { lesson: 'l', step: 's', isPlaying: false, queued: [], trouble, commands, checks }
}

describe('the way out of a step', () => {
  it.each([
    { name: 'nothing failed', state: state([{ ...FAILED, id: 'c1', state: 'waiting' }]) },
    { name: 'a check of another step failed', state: state([{ ...FAILED, id: 'other' }]) },
  ])('is not spoken of while $name', ({ state: lesson }) => {
    expect(stepTrouble(STEP, lesson)).toBeUndefined()
  })

  it.each([
    {
      name: 'the first command that was not run, past those that only watch',
      state: state([{ ...FAILED, id: 'c1' }]),
      is: { said: 'A check failed.', command: 'kubectl scale sts web --replicas=4' },
    },
    {
      name: 'the command whose output is read, once more',
      state: state([{ ...FAILED, id: 'c2' }], ['scale', 'look']),
      is: { command: 'kubectl get pods' },
    },
    {
      name: 'the terminal, where all commands were run',
      state: state([{ ...FAILED, id: 'c1' }], ['scale', 'look']),
      is: { command: '', wayOut: 'Put it right in a terminal, or start the step over.' },
    },
    {
      name: 'to start over, where one of the checks is lost',
      state: state([
        { ...FAILED, id: 'c1' },
        { ...FAILED, id: 'c2', isLost: true },
      ]),
      is: {
        said: '2 checks failed.',
        command: '',
        wayOut: 'What happened cannot be undone: start the step over.',
      },
    },
    {
      name: 'told with what stopped the player',
      state: state([], [], 'waited 15 minutes'),
      is: { said: 'Playing stopped: waited 15 minutes.' },
    },
  ])('is $name', ({ state: lesson, is }) => {
    expect(stepTrouble(STEP, lesson)).toMatchObject(is)
  })
})
