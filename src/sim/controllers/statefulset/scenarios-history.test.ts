import type { ControllerRevision, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { Client } from '#sim/client/client.ts'
import { describe, expect, it } from 'vitest'
import { newControllerRevision } from '../history/controller-history.ts'
import { DrivenWorld, healthyWorld } from './driven-world.test-kit.ts'
import { createRevisionHistory, templatePayload } from './revisions.ts'
import { image, statefulSet } from './scenario-world.test-kit.ts'
import type { Answer } from './test-world.ts'

// Section 10.4 of the specification, rows on ControllerRevisions.

const FIRST = 'nginx:1.27'
const SECOND = 'nginx:1.28'
const THIRD = 'nginx:1.29'

/** Whose Pods never become Ready, so that no rollout completes. */
function stuck(spec: object = {}): DrivenWorld {
  const scenario = new DrivenWorld({ replicas: 1, ...spec })
  scenario.forget()
  return scenario
}

function numbers(scenario: DrivenWorld): number[] {
  return scenario.revisions().map(({ revision }) => revision)
}

describe('the revisions of a set', () => {
  it('[SS-111] begin with number 1, current and update alike', () => {
    const scenario = new DrivenWorld({ replicas: 1 })
    expect(scenario.log()[0]).toBe('create revision 1')
    expect(numbers(scenario)).toEqual([1])
    const { status } = scenario.set
    expect(status.currentRevision).toBe(scenario.revisions()[0].metadata.name)
    expect(status.updateRevision).toBe(status.currentRevision)
    expect(status.collisionCount).toBe(0)
  })

  it('[SS-112] [SS-113] grow with a new template, and only then', () => {
    const scenario = stuck()
    scenario.patch(image(SECOND))
    expect(numbers(scenario)).toEqual([1, 2])
    const [first, second] = scenario.revisions().map(({ metadata }) => metadata.name)
    expect(scenario.set.status).toMatchObject({ currentRevision: first, updateRevision: second })
    scenario.forget()
    scenario.touch()
    scenario.patch({ minReadySeconds: 1 })
    expect(scenario.log().filter((line) => line.includes('revision'))).toEqual([])
    expect(numbers(scenario)).toEqual([1, 2])
  })

  it('[SS-110] [SS-114] are renumbered on the way back, under their old names', () => {
    const scenario = stuck()
    scenario.patch(image(SECOND))
    scenario.patch(image(THIRD))
    const second = scenario.revisions()[1].metadata.name
    scenario.forget()
    scenario.patch(image(SECOND))
    expect(scenario.log()[0]).toBe('update revision 4')
    expect(numbers(scenario)).toEqual([1, 3, 4])
    expect(scenario.set.status.updateRevision).toBe(second)
    expect(scenario.revisions()[2].metadata.name).toBe(second)
  })

  it('[SS-119] end the pass without a status where the renumbering fails, and come again', () => {
    for (const reason of ['InternalError', 'Conflict'] as const) {
      const scenario = stuck()
      scenario.patch(image(SECOND))
      scenario.forget()
      scenario.inject({ method: 'PUT', path: /controllerrevisions/, reason })
      scenario.patch(image(FIRST))
      const [first, second] = scenario.passes()
      expect(first?.error).toBe('injected')
      expect(first?.writes).toEqual([`update revision 3: ${reason === 'Conflict' ? 409 : 500}`])
      expect(second?.error).toBeUndefined()
      expect(second?.writes[0]).toBe('update revision 3')
      expect(numbers(scenario)).toEqual([2, 3])
      scenario.touch()
      expect(scenario.log()).toEqual([])
    }
  })
})

describe('a set that finds revisions of an older release', () => {
  const written134 = revisionOf({})
  // What releases before 1.34 wrote into the template.
  const written133 = revisionOf({ creationTimestamp: null })

  for (const { id, release, found, want } of [
    { id: 'SS-115a', release: '1.33', found: [written133('web-a', 1)], want: 'web-a' },
    { id: 'SS-115b', release: '1.34', found: [written134('web-b', 1)], want: 'web-b' },
    {
      id: 'SS-115c',
      release: 'both',
      found: [written133('web-a', 1), written134('web-b', 2)],
      want: 'web-b',
    },
  ])
    it(`[${id}] takes the newest as it is: ${release}`, () => {
      const scenario = withRevisions(found)
      expect(revisionWrites(scenario)).toEqual([])
      expect(scenario.set.status.updateRevision).toBe(want)
      expect(numbers(scenario)).toEqual(found.map(({ revision }) => revision))
    })

  it('[SS-115d] goes back to the one that is equal to the byte, if it is not the newest', () => {
    const scenario = withRevisions([written134('web-b', 1), written133('web-a', 2)])
    // The pass that adopts still has them as they were before.
    expect(revisionWrites(scenario)).toEqual(['update revision 3: 409', 'update revision 3'])
    expect(scenario.set.status.updateRevision).toBe('web-b')
  })

  it('[SS-115e] does not look for the meaning of any but the newest', () => {
    const scenario = withRevisions([written133('web-a', 1), ofAnotherImage('web-c', 2)])
    expect(revisionWrites(scenario)).toEqual(['create revision 3'])
  })

  /** Beside the patches that adopt what was found. */
  function revisionWrites(scenario: DrivenWorld): string[] {
    return scenario.log().filter((line) => /^(?:create|update) revision/.test(line))
  }

  function withRevisions(found: readonly ControllerRevision[]): DrivenWorld {
    const scenario = new DrivenWorld({}, { empty: true })
    for (const revision of found) {
      const { code, body } = scenario.world.create('controllerrevisions', revision)
      expect(code, JSON.stringify(body)).toBe(201)
    }
    scenario.create()
    scenario.settle()
    return scenario
  }
})

/** Makes revisions of the usual template, with members added to the template's metadata. */
function revisionOf(templateMetadata: object) {
  const data = new DrivenWorld().revisions()[0].data
  const { template } = data.spec
  const spec = {
    template: { ...template, metadata: { ...template.metadata, ...templateMetadata } },
  }
  return (name: string, revision: number) => newRevision(name, revision, { spec })
}

function ofAnotherImage(name: string, revision: number): ControllerRevision {
  const scenario = new DrivenWorld()
  scenario.patch(image(SECOND))
  return newRevision(name, revision, scenario.revisions()[1].data)
}

function newRevision(name: string, revision: number, data: object): ControllerRevision {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, labels: { app: 'nginx' } },
    data,
    revision,
  } as never // The server fills in what a stored object has.
}

describe('the name of a revision', () => {
  const usual = new DrivenWorld().revisions()[0]

  function withNameTaken(data: object): DrivenWorld {
    const scenario = new DrivenWorld({}, { empty: true })
    const { name } = usual.metadata
    // Without the labels of the selector it is none of the set's.
    const taken = { ...newRevision(name, 7, data), metadata: { name } }
    expect(scenario.world.create('controllerrevisions', taken).code).toBe(201)
    scenario.create()
    scenario.settle()
    return scenario
  }

  it('[SS-116] is another one where it is taken, and the hash label stays', () => {
    const scenario = withNameTaken({ other: true })
    const { status } = scenario.set
    expect(scenario.log().slice(0, 2)).toEqual(['create revision 1: 409', 'create revision 1'])
    expect(status.collisionCount).toBe(1)
    expect(status.updateRevision).not.toBe(usual.metadata.name)
    const created = scenario.get('controllerrevisions', status.updateRevision)
    expect(created.metadata.labels).toEqual(usual.metadata.labels)
  })

  it('[SS-117] is shared where the same is in it', () => {
    const scenario = withNameTaken(usual.data)
    const { status } = scenario.set
    expect(scenario.log()[0]).toBe('create revision 1: 409')
    expect(status.collisionCount).toBe(0)
    expect(status.updateRevision).toBe(usual.metadata.name)
    expect(numbers(scenario)).toEqual([7])
  })

  it('[SS-118] holds the name of the set, so that equal templates do not meet', () => {
    const scenario = new DrivenWorld()
    scenario.world.create('statefulsets', statefulSet('db'))
    scenario.settle()
    const names = scenario.revisions().map(({ metadata }) => metadata.name)
    const hash = usual.metadata.labels['controller.kubernetes.io/hash']
    expect(names).toHaveLength(2)
    expect(names).toEqual(expect.arrayContaining([`db-${hash}`, `web-${hash}`]))
  })
})

describe('the length of the history', () => {
  it('[SS-121] keeps its bound while status writes fail', () => {
    const scenario = stuck({ revisionHistoryLimit: 2 })
    for (let version = 1; version <= 7; version++) {
      scenario.inject({ method: 'PUT', path: /\/status$/, times: version % 3 })
      scenario.patch(image(`nginx:2.${version}`))
      expect(scenario.revisions().length).toBeLessThanOrEqual(4)
    }
    expect(numbers(scenario)).toEqual([1, 6, 7, 8])
  })

  it.each([
    { limit: 0, left: [1, 11] },
    { limit: 5, left: [1, 6, 7, 8, 9, 10, 11] },
    { limit: -2, left: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
  ])('[SS-122] is the limit, the current and the update revision: $limit', ({ limit, left }) => {
    const scenario = stuck({ revisionHistoryLimit: limit })
    for (let version = 1; version <= 10; version++) {
      scenario.patch(image(`nginx:2.${version}`))
      if (limit >= 0) expect(scenario.revisions().length).toBeLessThanOrEqual(limit + 2)
    }
    expect(numbers(scenario)).toEqual(left)
  })

  it('[SS-122] spares the revision of a Pod that is neither', () => {
    const scenario = healthyWorld({ revisionHistoryLimit: 0 })
    scenario.patch(image(SECOND))
    scenario.remove('web-2')
    scenario.setPod('web-2', 'ready')
    // Web-1 is going now, and web-2 has the second revision.
    for (const version of [1, 2, 3]) scenario.patch(image(`nginx:2.${version}`))
    expect(numbers(scenario)).toEqual([1, 2, 5])
  })
})

describe('a revision that is applied', () => {
  it('[SS-123] gives back its payload, and the set keeps what is its own', () => {
    const scenario = new DrivenWorld()
    const [stored] = scenario.revisions()
    scenario.patch({ template: { spec: { containers: [{ name: 'renamed', image: FIRST }] } } })
    scenario.world.patch('statefulsets', 'web', { metadata: { annotations: { note: 'mine' } } })
    const set = scenario.set as StatefulSet
    const client = new Client({ call: scenario.server.call, user: 'test', userAgent: 'test' })
    const history = createRevisionHistory(client, { comparesMeaning: true })
    const restored = history.apply(set, stored)
    expect(restored.spec?.template.spec?.containers[0]?.name).toBe('nginx')
    const payload = templatePayload(restored.spec?.template ?? {})
    expect(JSON.parse(payload)).toEqual(stored.data)
    const rebuilt = newControllerRevision(restored, {
      payload,
      labels: {},
      revision: 1,
      collisionCount: 0,
    }).object as Answer['body']
    expect(rebuilt.metadata.name).toBe(stored.metadata.name)
    expect(rebuilt.metadata.annotations).toEqual({ note: 'mine' })
  })
})
