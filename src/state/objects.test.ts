import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Changed } from '#worker/protocol.ts'
import { EMPTY_OBJECTS, findObject, objectsOf, revisionsKey, withChange } from './objects.ts'

function change(part: Partial<Changed>): Changed {
  return {
    type: 'changed',
    sequence: 1,
    clock: { time: 0, unixMs: 0, isPaused: false, isAtRest: false, speed: 1 },
    isSnapshot: false,
    upserted: [],
    removed: [],
    writes: [],
    phases: [],
    decisions: [],
    componentDecisions: [],
    faults: [],
    output: [],
    inputs: [],
    terminals: [],
    ...part,
  }
}

function object(kind: string, uid: string, resourceVersion = '1'): KubeObject {
  const creationTimestamp = '2026-01-01T00:00:00Z'
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: uid, uid, resourceVersion, creationTimestamp },
  }
}

it('holds what a plain map of the last states would hold, after any changes', () => {
  const kinds = ['Pod', 'Node']
  const step = fc.record({
    upsert: fc.array(fc.tuple(fc.nat(5), fc.nat(100)), { maxLength: 3 }),
    remove: fc.array(fc.nat(5), { maxLength: 2 }),
    isSnapshot: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let state = EMPTY_OBJECTS
      const wanted = new Map<string, string>()
      for (const { upsert, remove, isSnapshot } of steps) {
        if (isSnapshot) wanted.clear()
        for (const uid of remove) wanted.delete(`${uid}`)
        for (const [uid, version] of upsert) wanted.set(`${uid}`, `${version}`)
        state = withChange(
          state,
          change({
            isSnapshot,
            removed: remove.map(String),
            upserted: upsert.map(([uid, version]) =>
              object(kinds[uid % 2] ?? '', `${uid}`, `${version}`),
            ),
          }),
        )
      }
      const held = Object.values(state.byKind).flatMap((objects) => [...objects.values()])
      const pairs = held.map(({ metadata }) => [metadata.uid, metadata.resourceVersion] as const)
      expect(new Map(pairs)).toEqual(wanted)
      expect(pairs.length).toBe(wanted.size)
    }),
  )
})

it('keeps the identity of the kinds and logs a message does not touch', () => {
  const before = withChange(
    EMPTY_OBJECTS,
    change({ upserted: [object('Pod', 'a'), object('Node', 'n')] }),
  )
  const after = withChange(before, change({ upserted: [object('Pod', 'b')] }))
  expect(objectsOf(after, 'Node')).toBe(objectsOf(before, 'Node'))
  expect(objectsOf(after, 'Pod')).not.toBe(objectsOf(before, 'Pod'))
  expect(after.phases).toBe(before.phases)
  expect(withChange(after, change({})).byKind).toBe(after.byKind)
  expect(findObject(after, 'n')?.kind).toBe('Node')
})

it('gives revisions their letters in the order of their numbers, and keeps them on a way back', () => {
  const revision = (name: string, number: number): KubeObject & { revision: number } => ({
    ...object('ControllerRevision', name),
    revision: number,
  })
  const first = withChange(
    EMPTY_OBJECTS,
    change({ upserted: [revision('web-b', 2), revision('web-a', 1)] }),
  )
  const back = withChange(first, change({ upserted: [revision('web-a', 3)], removed: ['web-b'] }))
  expect(first.revisions[revisionsKey({ name: 'web' })]).toEqual(['web-a', 'web-b'])
  expect(back.revisions).toBe(first.revisions)
})

it('gives them the same letters when it sees them first after the way back', () => {
  const revision = (name: string, number: number, second: number): KubeObject => {
    const made = object('ControllerRevision', name)
    const creationTimestamp = `2026-01-01T00:00:0${second}Z`
    return { ...made, metadata: { ...made.metadata, creationTimestamp }, ...{ revision: number } }
  }
  const upserted = [revision('web-b', 2, 5), revision('web-a', 3, 1)]
  const { revisions } = withChange(EMPTY_OBJECTS, change({ isSnapshot: true, upserted }))
  expect(revisions[revisionsKey({ name: 'web' })]).toEqual(['web-a', 'web-b'])
})
