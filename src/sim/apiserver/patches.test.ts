import { describe, expect, it } from 'vitest'
import { structOf } from './schema.ts'
import { jsonPatch, type JsonPatchOperation } from '#sim/apimachinery/json-patch.ts'
import { parseLabelSelector, matchesSelector } from '#sim/apimachinery/selector.ts'
import { strategicMergePatch } from '#sim/apimachinery/strategic-merge.ts'
import { mergeDocument, shapeOfStruct } from '#sim/apimachinery/typed-value.ts'

const POD_SPEC = structOf('', 'PodSpec')

/** Containers named by the letters of a word. */
function containers(word: string): { containers: { name: string }[] } {
  return { containers: Array.from(word, (name) => ({ name })) }
}

function names(spec: unknown): string {
  return (spec as ReturnType<typeof containers>).containers.map(({ name }) => name).join('')
}

describe('strategic merge', () => {
  it.each([
    { live: 'AB', patch: 'AC', want: 'ACB' },
    { live: 'AB', patch: 'C', want: 'CAB' },
    { live: 'ABC', patch: 'B', want: 'ABC' },
    { live: '', patch: 'AB', want: 'AB' },
    { live: 'ABC', patch: 'A', order: 'CBA', want: 'CBA' },
    { live: 'AB', patch: 'D', order: 'ADB', want: 'ADB' },
  ])('of $patch into $live gives $want', ({ live, patch, order, want }) => {
    const directive =
      order === undefined ? {} : { '$setElementOrder/containers': containers(order).containers }
    const merged = strategicMergePatch(
      containers(live),
      { ...containers(patch), ...directive },
      POD_SPEC,
    )
    expect(names(merged)).toBe(want)
  })

  it('replaces, deletes, and retains by directive', () => {
    const live = { nodeSelector: { a: '1' }, tolerations: [{ key: 'x' }], ...containers('AB') }
    const patch = {
      nodeSelector: { $patch: 'replace', b: '2' },
      containers: [{ name: 'A', $patch: 'delete' }],
      tolerations: [{ key: 'y' }],
    }
    expect(strategicMergePatch(live, patch, POD_SPEC)).toEqual({
      nodeSelector: { b: '2' },
      tolerations: [{ key: 'y' }],
      containers: [{ name: 'B' }],
    })
  })

  it('shares what it does not touch', () => {
    const live = { ...containers('AB'), nodeSelector: { a: '1' } }
    const merged = strategicMergePatch(live, { nodeSelector: { b: '2' } }, POD_SPEC)
    expect(merged['containers']).toBe(live.containers)
    expect(live.nodeSelector).toEqual({ a: '1' })
  })
})

describe('apply', () => {
  it.each([
    { live: 'AB', document: 'C', want: 'ABC' },
    { live: 'ABC', document: 'CA', want: 'BCA' },
    { live: 'BCA', document: 'BDA', want: 'BCDA' },
  ])('of $document to $live gives $want', ({ live, document, want }) => {
    const merged = mergeDocument(containers(live), containers(document), shapeOfStruct(POD_SPEC))
    expect(names(merged)).toBe(want)
  })
})

describe('JSON patch', () => {
  it.each<{ name: string; patch: JsonPatchOperation[]; want: unknown }>([
    {
      name: 'adds into a list',
      patch: [{ op: 'add', path: '/l/1', value: 9 }],
      want: { l: [1, 9, 2], m: { 'a/b': 1 } },
    },
    {
      name: 'appends',
      patch: [{ op: 'add', path: '/l/-', value: 9 }],
      want: { l: [1, 2, 9], m: { 'a/b': 1 } },
    },
    { name: 'unescapes', patch: [{ op: 'remove', path: '/m/a~1b' }], want: { l: [1, 2], m: {} } },
    {
      name: 'moves',
      patch: [{ op: 'move', from: '/l/0', path: '/m/x' }],
      want: { l: [2], m: { 'a/b': 1, x: 1 } },
    },
  ])('$name', ({ patch, want }) => {
    const document = { l: [1, 2], m: { 'a/b': 1 } }
    expect(jsonPatch(document, patch)).toEqual(want)
    expect(document).toEqual({ l: [1, 2], m: { 'a/b': 1 } })
  })

  it.each(['/l/5', '/absent', '/l/01', 'no-slash'])('refuses to remove %s', (path) => {
    expect(() => jsonPatch({ l: [1] }, [{ op: 'remove', path }])).toThrow()
  })
})

describe('label selector', () => {
  it.each([
    ['a=b', { a: 'b' }, true],
    ['a==b,c!=d', { a: 'b' }, true],
    ['a in (b,c)', { a: 'c' }, true],
    ['a notin (b)', {}, true],
    ['!a', { a: '' }, false],
    ['a', { a: '' }, true],
    ['a=', { a: '' }, true],
    ['a in (,b)', { a: '' }, true],
    ['n>5', { n: '10' }, true],
    ['n>5', { n: 'x' }, false],
  ])('%s on %j is %s', (text, labels, want) => {
    expect(matchesSelector(parseLabelSelector(text), labels as Record<string, string>)).toBe(want)
  })

  it.each([
    ['a===', "unable to parse requirement: found '=', expected: identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ])('refuses %s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message)
  })
})
