import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { changedLines, diffLines, yamlLines, yamlText } from './yaml-lines.ts'

it('writes an object as kubectl does: block style, lists under their key', () => {
  const pod = {
    apiVersion: 'v1',
    metadata: { uid: '1234abcd-00', labels: { app: 'nginx', index: '1' }, finalizers: [] },
    spec: { containers: [{ name: 'nginx', ports: [{ containerPort: 80 }] }], on: true },
  }
  expect(yamlText(yamlLines(pod))).toBe(`apiVersion: v1
metadata:
  uid: 1234abcd-00
  labels:
    app: nginx
    index: "1"
  finalizers: []
spec:
  containers:
  - name: nginx
    ports:
    - containerPort: 80
  "on": true
`)
})

it('reads back as what was written, whatever it holds', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      'true',
      'null',
      '1e3',
      '0x1f',
      '2026-01-01',
      '- a',
      'a: b',
      '#',
      ' a',
      'a\nb\n',
      '1:30',
      '~',
      '.5',
      '*a',
      'a #b',
      '{',
      '=',
      '<<',
    ),
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(text, tie('any'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).any
  fc.assert(
    fc.property(value, (written) => {
      expect(parse(yamlText(yamlLines(written)))).toEqual(written)
    }),
    { numRuns: 500 },
  )
})

it('marks the lines that were not there before', () => {
  const before = yamlLines({ a: 1, b: 2, c: 3 })
  const after = yamlLines({ a: 1, b: 5, c: 3, d: 4 })
  expect([...changedLines(before, after)]).toEqual([1, 3])
  expect([...changedLines(after, after)]).toEqual([])
})

it('turns the old text into the new one by what it lists', () => {
  const tree = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    fc.integer({ min: 0, max: 3 }),
  )
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const old = yamlLines(before)
      const now = yamlLines(after)
      const diff = diffLines(old, now)
      const gone = diff.filter(({ sign }) => sign === '-').length
      const come = diff.filter(({ sign }) => sign === '+').length
      expect(old.length - gone).toBe(now.length - come)
      if (yamlText(old) === yamlText(now)) expect(diff).toEqual([])
    }),
  )
})
