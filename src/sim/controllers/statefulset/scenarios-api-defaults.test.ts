import type { Draft } from '#sim/apiserver/resource.ts'
import { create, newContext, texts, update } from '#sim/apiserver/resources/test-support.ts'
import { TestServer } from '#sim/apiserver/test-server.ts'
import { describe, expect, it } from 'vitest'
import { defaulted, GATE_ON, manifest, MERGE, SETS, stored } from './api-scenario.test-kit.ts'

// Section 10.1 of the specification: defaults, and what is left out of a manifest.

describe('defaults', () => {
  it('[SS-1] fill in everything but maxUnavailable', () => {
    const { spec } = stored(new TestServer(), {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'nginx' } },
        template: manifest()['spec'].template,
      },
    })
    expect(spec).toMatchObject({
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      revisionHistoryLimit: 10,
    })
    expect(spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } })
    expect(spec).not.toHaveProperty('ordinals')
    // Present although empty.
    expect(spec.serviceName).toBe('')
  })

  it.each([
    ['[SS-2] whenDeleted is Retain where only whenScaled is given', { whenScaled: 'Delete' }],
    ['[SS-3] whenScaled is Retain where only whenDeleted is given', { whenDeleted: 'Delete' }],
  ] as const)('%s', (_title, persistentVolumeClaimRetentionPolicy) => {
    const { spec } = stored(new TestServer(), manifest({ persistentVolumeClaimRetentionPolicy }))
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
      ...persistentVolumeClaimRetentionPolicy,
    })
  })

  it.each([
    { gate: false, given: undefined, want: undefined },
    { gate: false, given: 1, want: 1 },
    { gate: false, given: 3, want: 3 },
    { gate: true, given: undefined, want: 1 },
    { gate: true, given: 1, want: 1 },
    { gate: true, given: 3, want: 3 },
  ])('[SS-4] maxUnavailable $given, gate $gate, becomes $want', ({ gate, given, want }) => {
    const rollingUpdate = {
      partition: 42,
      ...(given === undefined ? {} : { maxUnavailable: given }),
    }
    const { updateStrategy } = defaulted(
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate } },
      gate,
    )
    expect(updateStrategy.rollingUpdate.maxUnavailable).toBe(want)
    expect(updateStrategy.rollingUpdate.partition).toBe(42)
  })

  it('[SS-5] [SS-T3] maxUnavailable becomes 1 with its gate on, and only then', () => {
    const { spec } = stored(new TestServer(GATE_ON), manifest())
    expect(spec.updateStrategy.rollingUpdate).toEqual({ partition: 0, maxUnavailable: 1 })
    const { spec: usual } = stored(new TestServer(), manifest())
    expect(usual.updateStrategy.rollingUpdate).toEqual({ partition: 0 })
  })

  it('[SS-6] rollingUpdate stays absent beside a type that is given', () => {
    for (const options of [{}, GATE_ON]) {
      const updateStrategy = { type: 'RollingUpdate' }
      const { spec } = stored(new TestServer(options), manifest({ updateStrategy }))
      expect(spec.updateStrategy).toEqual({ type: 'RollingUpdate' })
    }
  })
})

describe('what a creation and an update leave out', () => {
  it.each([3, '30%', 0, 'nonsense', -1])(
    '[SS-7] [SS-T3] maxUnavailable %s is dropped unseen without its gate',
    (maxUnavailable) => {
      const rollingUpdate = { partition: 1, maxUnavailable }
      const updateStrategy = { type: 'RollingUpdate', rollingUpdate }
      const test = new TestServer()
      expect(stored(test, manifest({ updateStrategy })).spec.updateStrategy).toEqual({
        type: 'RollingUpdate',
        rollingUpdate: { partition: 1 },
      })
      const patch = { spec: { updateStrategy: { rollingUpdate: { maxUnavailable } } } }
      const patched = test.send<Draft & { metadata: never }>('PATCH', `${SETS}/web`, patch, MERGE)
      expect(patched['spec'].updateStrategy.rollingUpdate).toEqual({ partition: 1 })
      expect(patched['metadata']['generation']).toBe(1)
    },
  )

  it('[SS-8] maxUnavailable stays where it is stored already, and is judged', () => {
    const rollingUpdate = { partition: 0, maxUnavailable: 3 }
    const on = newContext({}, { featureEnabled: () => true })
    const body = manifest({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
    const { object: old } = create(body, on)
    const kept = update(old, (draft) => (draft['spec'].replicas = 5))
    expect(texts(kept.errors)).toEqual([])
    expect(kept.object['spec'].updateStrategy.rollingUpdate).toEqual(rollingUpdate)
    const bad = update(old, (draft) => {
      draft['spec'].updateStrategy.rollingUpdate.maxUnavailable = 0
    })
    expect(texts(bad.errors)).toEqual([
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
    ])
  })

  it('[SS-9] a status and a generation of the client’s own', () => {
    const body = manifest({}, {}, { generation: 7 })
    const { metadata, status } = stored(new TestServer(), {
      ...body,
      status: { replicas: 3, readyReplicas: 3, currentRevision: 'web-1' },
    })
    expect(status).toEqual({ replicas: 0, availableReplicas: 0 })
    expect(metadata.generation).toBe(1)
  })
})
