import type { ControllerRevision } from '#sim/apimachinery/kinds.ts'
import { describe, expect, it } from 'vitest'
import { sortRevisions } from '../history/controller-history.ts'
import { chooseUpdateRevision, templatePayload } from './revisions.ts'

function revision(name: string, number: number, creationTimestamp = '2026-01-01T00:00:00Z') {
  const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp }
  const made: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata,
    revision: number,
  }
  return made
}

// The payload of a revision is the part of its name before the dash.
const compare = {
  payloadOf: ({ metadata }: ControllerRevision) => metadata.name.split('-')[0] ?? '',
  isSemanticallyEqual: ({ metadata }: ControllerRevision) => metadata.name.startsWith('old'),
}

describe('the update revision', () => {
  it.each([
    { name: 'is created where there is none', names: [], payload: 'a', want: 'create' },
    { name: 'is created for a new template', names: ['a-1', 'b-2'], payload: 'c', want: 'create' },
    { name: 'is the newest', names: ['a-1', 'b-2'], payload: 'b', want: 'existing b-2' },
    {
      name: 'is an old one again',
      names: ['a-1', 'b-2', 'c-3'],
      payload: 'b',
      want: 'renumber b-2',
    },
    {
      name: 'is the last of several equal ones',
      names: ['a-1', 'a-2', 'b-3'],
      payload: 'a',
      want: 'renumber a-2',
    },
    {
      name: 'is the newest if it means the same',
      names: ['a-1', 'old-2'],
      payload: 'b',
      want: 'existing old-2',
    },
    {
      name: 'is not an older one that means the same',
      names: ['old-1', 'a-2'],
      payload: 'b',
      want: 'create',
    },
  ])('$name', ({ names, payload, want }) => {
    const revisions = names.map((name) => revision(name, Number(name.split('-')[1])))
    const choice = chooseUpdateRevision(revisions, payload, compare)
    const chosen = choice.type === 'create' ? '' : ` ${choice.revision.metadata.name}`
    expect(`${choice.type}${chosen}`).toBe(want)
  })
})

it('[SS-120] sorts revisions by number, then by creation, then by name', () => {
  const sorted = sortRevisions([
    revision('d', 2, '2026-01-01T00:00:02Z'),
    revision('c', 2, '2026-01-01T00:00:01Z'),
    revision('b', 2, '2026-01-01T00:00:01Z'),
    revision('a', 3),
    revision('e', 1),
  ])
  expect(sorted.map(({ metadata }) => metadata.name)).toEqual(['e', 'b', 'c', 'd', 'a'])
})

describe('the payload of a template', () => {
  const container = { name: 'nginx', image: 'nginx' }

  it('carries resources even where none are asked for', () => {
    const payload = templatePayload({ metadata: {}, spec: { containers: [container] } })
    expect(payload).toBe(
      '{"spec":{"template":{"$patch":"replace","metadata":{},"spec":{"containers":[{"image":"nginx","name":"nginx","resources":{}}]}}}}',
    )
  })

  it('evens out what older releases wrote', () => {
    const spec = { containers: [container] }
    const old = { metadata: { creationTimestamp: null as never, labels: { app: 'a' } }, spec }
    expect(templatePayload(old)).toBe(templatePayload({ metadata: { labels: { app: 'a' } }, spec }))
  })
})
