import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allLessons } from './catalog.test-kit.ts'
import { checksOf, lessonIn } from './lesson.ts'
import { LessonError, problemLine } from './lesson-error.ts'
import { lintLesson } from './lint-lesson.ts'
import { parseLesson, stepsOf } from './parse-lesson.ts'
import { lessonSchema } from './schema.ts'

const HEAD = ['---', 'id: x', 'title: X', 'summary: S', '---', '## One {#one}', '### Two {#two}']

function block(head: string, ...lines: readonly string[]): readonly string[] {
  return [`\`\`\`${head}`, ...lines, '```']
}

describe('the lessons of the project', () => {
  it.each(allLessons().map((lesson) => ({ id: lesson.id, lesson })))(
    '$id has nothing that the linter refuses',
    ({ lesson }) => {
      const source = readFileSync(join(import.meta.dirname, lesson.id, 'lesson.md'), 'utf8')
      const path = `${lesson.id}/lesson.md`
      expect(lintLesson(source, lesson.files).map((one) => problemLine(path, one))).toEqual([])
      expect(stepsOf(lesson).length).toBeGreaterThan(5)
    },
  )

  it('the basics look at objects, Events, decisions, transcripts and the trace', () => {
    const [basics] = allLessons()
    const checks = basics === undefined ? [] : stepsOf(basics).flatMap(({ step }) => checksOf(step))
    const types = new Set(checks.map(({ condition }) => condition.type))
    for (const type of [
      'field',
      'count',
      'event',
      'decision',
      'printed',
      'order',
      'wrote',
    ] as const)
      expect(types).toContain(type)
  })
})

describe('a lesson file', () => {
  it.each([
    {
      name: 'no front matter',
      lines: ['## A {#a}', '### B {#b}'],
      says: 'lesson.md:1: there is no front matter; begin with ---',
    },
    {
      name: 'an unknown key in the front matter',
      lines: ['---', 'id: x', 'titel: X', 'summary: S', '---'],
      says: 'lesson.md:1: the front matter has an unknown member "titel"; there are id, title, summary',
    },
    {
      name: 'a missing key in the front matter',
      lines: ['---', 'id: x', 'summary: S', '---'],
      says: 'lesson.md:1: the front matter needs the member title; add "title: …"',
    },
    {
      name: 'a heading without id',
      lines: [...HEAD, '## Three more'],
      says: 'lesson.md:8: the heading "## Three more" has no id; end it with {#three-more}',
    },
    {
      name: 'an id twice',
      lines: [...HEAD, '### Two {#two}'],
      says: 'lesson.md:8: the id two is used twice; give one of the two another',
    },
    {
      name: 'text before the first step',
      lines: [...HEAD.slice(0, 6), 'text'],
      says: 'lesson.md:7: text stands before the first step; put a heading with ### above it',
    },
    {
      name: 'an open block',
      lines: [...HEAD, '```run id=a'],
      says: 'lesson.md:8: the block run is not closed; end it with a line of ```',
    },
    {
      name: 'an unknown block',
      lines: [...HEAD, ...block('rum')],
      says: 'lesson.md:8: unknown block "rum"; there are run, instead,',
    },
    {
      name: 'a run without id',
      lines: [...HEAD, ...block('run terminal=1', 'ls')],
      says: 'lesson.md:8: the block run needs id=…; write ```run id=…',
    },
    {
      name: 'a terminal that is none',
      lines: [...HEAD, ...block('run id=a terminal=two', 'ls')],
      says: 'lesson.md:8: terminal=two names no terminal; the page has 1 and 2',
    },
    {
      name: 'an unknown option',
      lines: [...HEAD, ...block('run id=a terminal=1 opne', 'ls')],
      says: 'lesson.md:8: run has an unknown option "opne"; there are id, terminal, open, inside',
    },
    {
      name: 'a terminal that the page does not have',
      lines: [...HEAD, ...block('run id=a terminal=3', 'ls')],
      says: 'lesson.md:8: terminal=3 names no terminal; the page has 1 and 2',
    },
    {
      name: 'an id that is no name',
      lines: HEAD.with(1, 'id: Scale it'),
      says: 'lesson.md:1: id of the front matter is "Scale it"; it must be of small letters, digits and hyphens',
    },
    {
      name: 'a dialect that is given as an option',
      lines: [
        ...HEAD,
        ...block('run id=a terminal=1', 'ls'),
        ...block('instead dialect=1.10', 'x'),
      ],
      says: 'lesson.md:11: instead has an unknown option "dialect"; there are 1.36, 1.10',
    },
    {
      name: 'a dialect where a block has none',
      lines: [...HEAD, ...block('predict 1.10')],
      says: 'lesson.md:8: predict has an unknown option "1.10"; it takes none',
    },
    {
      name: 'an unknown file',
      lines: [...HEAD, ...block('run id=a terminal=1', '@include no.yaml')],
      says: 'lesson.md:8: there is no file no.yaml beside the lesson; there are: none',
    },
    {
      name: 'an unknown dialect',
      lines: [...HEAD, ...block('run id=a terminal=1', 'ls'), ...block('expect 1.11', 'x')],
      says: 'lesson.md:11: expect has an unknown option "1.11"; there are 1.36, 1.10',
    },
    {
      name: 'output without a command',
      lines: [...HEAD, ...block('expect', 'x')],
      says: 'lesson.md:8: expect has no command before it; put it right under its run block',
    },
    {
      name: 'checks that are no YAML',
      lines: [...HEAD, ...block('checks', '- text: a', '  ready: [web-0')],
      says: 'lesson.md:10: not YAML: ',
    },
    {
      name: 'an unknown condition, in the line of its entry',
      lines: [
        ...HEAD,
        ...block('checks', '- text: s', '  ready: web-0', '- text: t', '  redy: web-0'),
      ],
      says: 'lesson.md:11: unknown condition "redy"; there are ready, replaced, kept,',
    },
    {
      name: 'two conditions',
      lines: [...HEAD, ...block('checks', '- text: t', '  ready: web-0', '  kept: web-0')],
      says: 'lesson.md:9: the check "t" has ready and kept; give it exactly one of',
    },
    {
      name: 'a member of a condition that is none',
      lines: [...HEAD, ...block('checks', '- text: t', '  printed: { comand: a, text: b }')],
      says: 'lesson.md:9: printed has an unknown member "comand"; there are command, text',
    },
    {
      name: 'a moment that is none',
      lines: [
        ...HEAD,
        ...block('checks', '- text: t', '  order: { first: web-0 redy, then: web-1 ready }'),
      ],
      says: 'lesson.md:9: first of order is "web-0 redy"; write it as in "web-0 ready"',
    },
    {
      name: 'an action that is none',
      lines: [
        ...HEAD,
        ...block('checks', '- text: t', '  decision: { set: web, pod: web-0, action: sleep }'),
      ],
      says: 'lesson.md:9: action of decision is "sleep"; there are keep, create, wait,',
    },
    {
      name: 'a number that is a text',
      lines: [...HEAD, ...block('checks', '- text: t', '  count: { resource: pods, equals: "2" }')],
      says: 'lesson.md:9: equals of count is "2"; it must be a whole number from 0 on',
    },
    {
      name: 'a prediction without a right choice',
      lines: [
        ...HEAD,
        ...block(
          'predict',
          'id: p',
          'question: q',
          'choices: [{text: a, reply: b}, {text: c, reply: d}]',
        ),
      ],
      says: 'lesson.md:8: the prediction p has 0 right choices; mark exactly one with "right: true"',
    },
    {
      name: 'an erratum without id',
      lines: [...HEAD, ...block('erratum', 'text')],
      says: 'lesson.md:8: the block erratum needs id=…; write ```erratum id=…',
    },
  ])('is refused with line, value and way out for $name', ({ lines, says }) => {
    const parse = (): unknown => parseLesson(lines.join('\n'), {})
    expect(parse).toThrow(LessonError)
    expect(parse).toThrow(says)
  })

  it('tells all its problems at once', () => {
    const lines = [...HEAD, ...block('rum'), '## No id', ...block('checks', '- text: t')]
    const problems = lintLesson(lines.join('\n'), {})
    expect(problems.map(({ line }) => line + 1)).toEqual([8, 10, 12])
  })

  it('tells of a wrong front matter, and goes on behind it', () => {
    const lines = [...HEAD.with(2, 'titel: X'), 'text', ...block('rum')]
    const problems = lintLesson(lines.join('\n'), {})
    expect(problems.map(({ line }) => line + 1)).toEqual([1, 9])
  })

  it.each([
    {
      name: 'a step without anything',
      lines: HEAD,
      says: '7: the step "Two" is empty; say what it is for',
    },
    {
      name: 'a check that names an unknown command',
      lines: [...HEAD, ...block('checks', '- text: t', '  printed: { command: a, text: b }')],
      says: '9: no command "a" was run by then; name one of this step or an earlier one',
    },
    {
      name: 'a check on an unknown resource',
      lines: [...HEAD, ...block('checks', '- text: t', '  exists: pod/web-0')],
      says: '9: unknown resource "pod"; there are pods,',
    },
    {
      name: 'output told for one dialect only',
      lines: [...HEAD, ...block('run id=a terminal=1', 'ls'), ...block('expect 1.36', 'x')],
      says: '8: the command a has no expected output in dialect 1.10; add a block expect 1.10',
    },
    {
      name: 'a command in a terminal that is busy',
      lines: [
        ...HEAD,
        ...block('run id=a terminal=1 open', 'sleep 9'),
        ...block('run id=b terminal=1', 'ls'),
      ],
      says: '11: b is typed while a still runs in terminal 1; end that with ^C, or write inside=a',
    },
    {
      name: 'a command inside one that does not run',
      lines: [...HEAD, ...block('run id=b terminal=1 inside=a', 'ls')],
      says: '8: b is inside a, which does not run in terminal 1; name an open command',
    },
    {
      name: 'a key that stops nothing',
      lines: [...HEAD, ...block('run id=b terminal=1', '^C')],
      says: '8: b stops nothing: no command stays open in terminal 1; remove it, or mark one as open',
    },
    {
      name: 'a file that is not used',
      lines: [...HEAD, 'text'],
      files: { 'a.yaml': '' },
      says: '1: the file a.yaml is never used; put it in a run block with @include a.yaml, or remove it',
    },
  ])('is linted for $name', ({ lines, says, files = {} }) => {
    const problems = lintLesson(lines.join('\n'), files)
    expect(problems.map((problem) => problemLine('lesson.md', problem))).toContainEqual(
      expect.stringContaining(`lesson.md:${says}`),
    )
  })
})

it('a lesson in a dialect has its commands, and leaves out what is for the other', () => {
  const lines = [
    ...HEAD,
    ...block('run id=a terminal=1', 'new'),
    ...block('instead 1.10', 'old'),
    ...block('hint 1.36', 'for today'),
    ...block('erratum id=e 1.10', 'for then'),
    ...block('checks', '- text: t', '  ready: web-0'),
  ]
  const lesson = parseLesson(lines.join('\n'), {})
  const told = (dialect: '1.36' | '1.10'): readonly string[] =>
    stepsOf(lessonIn(lesson, dialect)).flatMap(({ step }) =>
      step.blocks.map((one) => (one.type === 'command' ? one.command : one.type)),
    )
  expect(told('1.36')).toEqual(['new', 'hint', 'checks'])
  expect(told('1.10')).toEqual(['old', 'erratum', 'checks'])
})

it('the schema beside the lessons is the one that the parser’s fields make', () => {
  const file = join(import.meta.dirname, 'lesson.schema.json')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(lessonSchema())))
})
