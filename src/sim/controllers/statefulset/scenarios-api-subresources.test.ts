import type { Draft } from '#sim/apiserver/resource.ts'
import type { WatchEvent } from '#sim/apimachinery/request.ts'
import { TestServer } from '#sim/apiserver/test-server.ts'
import { describe, expect, it } from 'vitest'
import { bodyOf, causes, manifest, MERGE, SETS, stored } from './api-scenario.test-kit.ts'
import { POLICIES, ScenarioWorld } from './scenario-world.test-kit.ts'

// Section 10.1 of the specification: the subresources status and scale.

describe('the status', () => {
  function statusPut(status: Draft, change: (draft: Draft) => void = () => {}) {
    const test = new TestServer()
    const draft = structuredClone(stored(test, manifest()))
    draft['status'] = status
    change(draft)
    const reply = test.reply('PUT', `${SETS}/web/status`, draft)
    return { test, reply }
  }

  it.each([
    'replicas',
    'readyReplicas',
    'currentReplicas',
    'updatedReplicas',
    'availableReplicas',
    'observedGeneration',
    'collisionCount',
  ])('[SS-29] refuses a negative %s', (member) => {
    const { reply } = statusPut({ replicas: 0, availableReplicas: 0, [member]: -1 })
    expect(causes(reply)).toContain(
      `status.${member}: Invalid value: -1: must be greater than or equal to 0`,
    )
  })

  it.each(['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'])(
    '[SS-29] refuses more %s than replicas',
    (member) => {
      const counts = { replicas: 3, availableReplicas: 0, readyReplicas: 3, [member]: 4 }
      const wanted = [`status.${member}: Invalid value: 4: cannot be greater than status.replicas`]
      if (member === 'availableReplicas') {
        wanted.push(
          'status.availableReplicas: Invalid value: 4: cannot be greater than status.readyReplicas',
        )
      }
      expect(causes(statusPut(counts).reply)).toEqual(wanted)
    },
  )

  it('[SS-29] refuses more available than ready Pods, and a lower count of collisions', () => {
    const counts = { replicas: 3, readyReplicas: 2, availableReplicas: 3 }
    expect(causes(statusPut(counts).reply)).toEqual([
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas',
    ])
    const { test, reply } = statusPut({ replicas: 0, availableReplicas: 0, collisionCount: 1 })
    const draft = structuredClone(bodyOf(reply))
    draft['status'].collisionCount = 0
    expect(causes(test.reply('PUT', `${SETS}/web/status`, draft))).toEqual([
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ])
  })

  it('[SS-30] takes a status and leaves the spec that comes with it', () => {
    const counts = { replicas: 2, readyReplicas: 1, availableReplicas: 1 }
    const { reply } = statusPut(counts, (draft) => {
      draft['spec'].replicas = 9
    })
    const { metadata, spec, status } = bodyOf(reply)
    expect(reply.code).toBe(200)
    expect(spec.replicas).toBe(3)
    expect(status).toEqual(counts)
    expect(metadata.generation).toBe(1)
  })
})

describe.each(POLICIES)('a running %s set', (podManagementPolicy) => {
  it('[SS-32] has its generation raised by an annotation of the template, and observes it', () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
    scenario.makeReady()
    expect(scenario.set.status.observedGeneration).toBe(1)
    scenario.patch({ template: { metadata: { annotations: { a: 'b' } } } })
    const { metadata, status } = scenario.set
    expect(metadata.generation).toBe(2)
    expect(status.observedGeneration).toBe(2)
  })

  it.each(['PUT', 'PATCH'] as const)(
    '[SS-35] [SS-T13] shows a condition that is %s until the controller writes its status',
    (method) => {
      const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
      const condition = { type: 'Custom', status: 'True', reason: 'Because' }
      const seen = watched(scenario)
      const { world } = scenario
      if (method === 'PATCH') {
        world.patch('statefulsets', 'web', { status: { conditions: [condition] } }, 'status')
      } else {
        const body = structuredClone(scenario.set)
        body.status.conditions = [condition]
        world.request('PUT', world.path('statefulsets', 'web', 'status'), body)
      }
      scenario.settle()
      // A condition is no reason to write, but does not outlive a writing.
      expect(scenario.set.status.conditions).toMatchObject([condition])
      scenario.makeReady()
      expect(scenario.set.status.conditions).toBeUndefined()
      const [first] = seen.filter(({ type }) => type === 'MODIFIED')
      expect(first?.object).toMatchObject({ status: { conditions: [condition] } })
    },
  )
})

/** What somebody who watches the sets hears from now on. */
function watched({ server }: ScenarioWorld): WatchEvent[] {
  const events: WatchEvent[] = []
  const query = [['watch', 'true']] as const
  const reply = server.call({ method: 'GET', path: SETS, query, user: 'watcher' })
  if (reply.type !== 'watch') throw new Error(`answered with a ${reply.type}`)
  reply.start({ event: (event) => events.push(event), end: () => {} })
  return events
}

describe('the scale', () => {
  it('[SS-33] is read, replaced without a version and patched, and says what is so now', () => {
    const { world } = new ScenarioWorld({ replicas: 1 })
    const path = world.path('statefulsets', 'web', 'scale')
    const { metadata } = world.list('statefulsets')[0]
    const { uid, resourceVersion, creationTimestamp } = metadata
    const read = world.request('GET', path)
    expect(read).toEqual({
      code: 200,
      body: {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: { name: 'web', namespace: 'default', uid, resourceVersion, creationTimestamp },
        spec: { replicas: 1 },
        status: { replicas: 1, selector: 'app=nginx' },
      },
    })
    const body = { ...read.body, metadata: { name: 'web', namespace: 'default' } }
    const put = world.request('PUT', path, { ...body, spec: { replicas: 2 } })
    expect(put.code).toBe(200)
    expect(put.body.spec).toEqual({ replicas: 2 })
    const patched = world.patch('statefulsets', 'web', { spec: { replicas: 4 } }, 'scale')
    expect(patched.body.spec).toEqual({ replicas: 4 })
    const [set] = world.list('statefulsets')
    expect(set.spec.replicas).toBe(4)
    expect(set.metadata.generation).toBe(3)
  })

  it.each<[string, Draft, number, string]>([
    ['on an absent set', { spec: { replicas: 2 } }, 404, 'statefulsets.apps "web" not found'],
    [
      'with another uid',
      { metadata: { uid: 'other' }, spec: { replicas: 2 } },
      409,
      'Operation cannot be fulfilled on statefulsets/scale.apps "web": Precondition failed: UID in precondition: other, UID in object meta: <uid>',
    ],
    [
      'with an older version',
      { metadata: { resourceVersion: '1' }, spec: { replicas: 2 } },
      409,
      'Operation cannot be fulfilled on statefulsets.apps "web": the object has been modified; please apply your changes to the latest version and try again',
    ],
  ])('[SS-34] a patch is refused %s', (what, patch, code, message) => {
    const test = new TestServer()
    const uid = what === 'on an absent set' ? '' : stored(test, manifest()).metadata.uid
    const reply = test.reply('PATCH', `${SETS}/web/scale`, patch, MERGE)
    expect(reply.code).toBe(code)
    expect(bodyOf(reply)['message']).toBe(message.replace('<uid>', uid))
  })

  it('[SS-34a] a replacement with another uid fails the precondition of the storage', () => {
    const test = new TestServer()
    const { uid } = stored(test, manifest()).metadata
    const scale = structuredClone(bodyOf(test.reply('GET', `${SETS}/web/scale`)))
    scale['metadata'].uid = 'other'
    const reply = test.reply('PUT', `${SETS}/web/scale`, scale)
    expect(reply.code).toBe(409)
    expect(bodyOf(reply)['message']).toBe(
      `Operation cannot be fulfilled on statefulsets.apps "web": StorageError: invalid object, Code: 4, Key: /registry/statefulsets/default/web, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ${uid}`,
    )
  })

  it('[SS-33a] refuses fewer than none', () => {
    const test = new TestServer()
    stored(test, manifest())
    for (const [method, headers] of [
      ['PATCH', MERGE],
      ['PUT', {}],
    ] as const) {
      const body = { metadata: { name: 'web' }, spec: { replicas: -1 } }
      const reply = test.reply(method, `${SETS}/web/scale`, body, headers)
      expect(bodyOf(reply)['message']).toBe(
        'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      )
    }
  })
})
