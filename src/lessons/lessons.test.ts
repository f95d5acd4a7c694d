import { describe, expect, it } from 'vitest'
import { allLessons } from './catalog.ts'
import { examine } from './conditions.ts'
import type { Condition } from './lesson.ts'
import { LessonError, parseLesson, stepsOf } from './parse-lesson.ts'
import type { LessonWorld, StepBaseline } from './world.ts'

const HEAD = ['---', 'id: x', 'title: X', 'summary: S', '---', '## One {#one}', '### Two {#two}']

describe('the lessons of the project', () => {
  it.each(allLessons().map((lesson) => ({ id: lesson.id, lesson })))(
    '$id is whole',
    ({ lesson }) => {
      expect(stepsOf(lesson).length).toBeGreaterThan(5)
      for (const { step } of stepsOf(lesson)) expect(step.blocks.length).toBeGreaterThan(0)
    },
  )

  it('names only commands that exist in its checks and inner commands', () => {
    for (const lesson of allLessons()) {
      const blocks = stepsOf(lesson).flatMap(({ step }) => step.blocks)
      const commands = new Set(blocks.flatMap((b) => (b.type === 'command' ? [b.id] : [])))
      for (const block of blocks) {
        if (block.type === 'command' && block.inside !== undefined) {
          expect(commands).toContain(block.inside)
        }
        if (block.type !== 'checks') continue
        for (const { condition } of block.checks) {
          if (condition.type === 'printed') expect(commands).toContain(condition.command)
        }
      }
    }
  })
})

describe('a lesson file', () => {
  it.each([
    { name: 'no front matter', lines: ['## A {#a}'], says: 'line 1: a lesson begins with front' },
    {
      name: 'a heading without id',
      lines: [...HEAD, '## Three'],
      says: 'line 8: a heading without',
    },
    { name: 'an id twice', lines: [...HEAD, '### Two {#two}'], says: 'line 8: the id two is used' },
    {
      name: 'an open block',
      lines: [...HEAD, '```run'],
      says: 'line 8: the block run is not closed',
    },
    { name: 'an unknown block', lines: [...HEAD, '```rum', '```'], says: 'unknown block "rum"' },
    {
      name: 'a run without id',
      lines: [...HEAD, '```run terminal=1', 'ls', '```'],
      says: 'needs id=',
    },
    {
      name: 'an unknown file',
      lines: [...HEAD, '```run id=a terminal=1', '@include no.yaml', '```'],
      says: 'line 8: there is no file no.yaml',
    },
    {
      name: 'an unknown condition',
      lines: [...HEAD, '```checks', '- text: t', '  redy: web-0', '```'],
      says: 'unknown condition "redy"',
    },
    {
      name: 'a prediction without a right choice',
      lines: [
        ...HEAD,
        '```predict',
        'id: p',
        'question: q',
        'choices: [{text: a, reply: b}]',
        '```',
      ],
      says: 'exactly one choice',
    },
  ])('is refused with its line for $name', ({ lines, says }) => {
    expect(() => parseLesson(lines.join('\n'), {})).toThrow(LessonError)
    expect(() => parseLesson(lines.join('\n'), {})).toThrow(says)
  })
})

describe('a check that does not hold', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-0',
      namespace: 'default',
      uid: 'u1',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    status: { phase: 'Pending' },
  }
  const world: LessonWorld = {
    now: 0,
    revision: 1,
    get: (resource, name) => (resource === 'pods' && name === 'web-0' ? pod : undefined),
    list: () => [pod],
    moments: [
      { pod: 'web-1', became: 'created', time: 1000, uid: 'u2' },
      { pod: 'web-0', became: 'ready', time: 2000, uid: 'u1' },
    ],
    output: (command) => (command === 'ls' ? 'one\ntwo\n' : undefined),
    file: () => 'text',
    resolve: (name) => (name === 'web-0.nginx' ? '10.0.0.1' : undefined),
  }
  const baseline: StepBaseline = {
    enteredAt: 0,
    uids: new Map([['web-0', 'u1']]),
    addresses: new Map([['web-0.nginx', '10.0.0.1']]),
  }

  it.each([
    { condition: { type: 'ready', pod: 'web-0' }, says: 'web-0 is Pending, not Running' },
    { condition: { type: 'ready', pod: 'web-9' }, says: 'there is no Pod web-9 yet' },
    { condition: { type: 'replaced', pod: 'web-0' }, says: 'still the Pod with the UID u1' },
    {
      condition: { type: 'absent', object: { resource: 'pods', name: 'web-0' } },
      says: 'pods/web-0 exists; it should not',
    },
    {
      condition: {
        type: 'field',
        object: { resource: 'pods', name: 'web-0' },
        path: 'status.phase',
        equals: 'Running',
      },
      says: 'pods/web-0: status.phase is Pending, expected Running',
    },
    {
      condition: { type: 'count', resource: 'pods', selector: '', equals: 3 },
      says: '1 pods, expected 3',
    },
    {
      condition: {
        type: 'order',
        first: { pod: 'web-0', became: 'ready' },
        second: { pod: 'web-1', became: 'created' },
        isWithinStep: false,
      },
      says: 'web-1 created at 1.0 s, but web-0 ready only at 2.0 s',
    },
    {
      condition: { type: 'printed', command: 'ls', text: 'three' },
      says: 'expected the output to contain "three"; its last line is "two"',
    },
    {
      condition: { type: 'printed', command: 'pwd', text: '/' },
      says: 'the command was not run yet',
    },
    {
      condition: { type: 'resolves', name: 'web-0.nginx', isNew: true },
      says: 'web-0.nginx still answers 10.0.0.1',
    },
  ] satisfies { condition: Condition; says: string }[])('says: $says', ({ condition, says }) => {
    const finding = examine(condition, world, baseline)
    expect(finding.holds).toBe(false)
    expect(finding.message).toContain(says)
  })
})
