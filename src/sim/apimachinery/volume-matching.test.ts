import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Node, PersistentVolume, PersistentVolumeClaim } from './kinds.ts'
import { findMatchingVolume } from './volume-matching.ts'

const META = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }

type VolumeSpec = NonNullable<PersistentVolume['spec']>

function volume(name: string, spec: Partial<VolumeSpec>, phase = 'Available'): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { ...META, name },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...spec },
    status: { phase },
  }
}

function claim(spec: object = {}): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...META, name: 'data', namespace: 'default' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
  }
}

function nodeNamed(name: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...META, name, labels: { 'kubernetes.io/hostname': name } },
  }
}

function onlyOn(host: string): Partial<VolumeSpec> {
  const matchExpressions = [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }]
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } }
}

const OURS = { namespace: 'default', name: 'data' }

describe('findMatchingVolume', () => {
  it.each([
    { name: 'takes what is free', have: volume('v', {}), matches: true },
    {
      name: 'passes over a volume too small',
      have: volume('v', { capacity: { storage: '1023Mi' } }),
      matches: false,
    },
    {
      name: 'passes over another class',
      have: volume('v', { storageClassName: 'fast' }),
      matches: false,
    },
    {
      name: 'passes over another mode',
      have: volume('v', { volumeMode: 'Block' }),
      matches: false,
    },
    {
      name: 'passes over missing access modes',
      have: volume('v', { accessModes: ['ReadOnlyMany'] }),
      matches: false,
    },
    { name: 'passes over a released volume', have: volume('v', {}, 'Released'), matches: false },
    {
      name: 'takes what is reserved by name',
      have: volume('v', { claimRef: OURS }),
      matches: true,
    },
    {
      name: 'takes what is reserved by uid',
      have: volume('v', { claimRef: { ...OURS, uid: 'u' } }),
      matches: true,
    },
    {
      name: 'passes over what an earlier claim of the name had',
      have: volume('v', { claimRef: { ...OURS, uid: 'old' } }),
      matches: false,
    },
    {
      name: 'passes over what is reserved for another',
      have: volume('v', { claimRef: { ...OURS, name: 'x' } }),
      matches: false,
    },
    {
      name: 'passes over what is reserved but too small',
      have: volume('v', { claimRef: OURS, capacity: { storage: '1Mi' } }),
      matches: false,
    },
  ])('$name', ({ have, matches }) => {
    expect(findMatchingVolume(claim(), [have])?.metadata.name).toBe(matches ? 'v' : undefined)
  })

  it('takes only what can be used on the node', () => {
    const volumes = [volume('a', onlyOn('a')), volume('b', onlyOn('b'))]
    expect(findMatchingVolume(claim(), volumes, { node: nodeNamed('b') })?.metadata.name).toBe('b')
    expect(findMatchingVolume(claim(), volumes, { node: nodeNamed('c') })).toBeUndefined()
  })

  it('leaves free volumes alone while the claim waits for its consumer', () => {
    const volumes = [volume('free', {}), volume('mine', { claimRef: OURS })]
    const options = { onlyReserved: true }
    expect(findMatchingVolume(claim(), volumes, options)?.metadata.name).toBe('mine')
    expect(findMatchingVolume(claim(), volumes.slice(0, 1), options)).toBeUndefined()
  })

  it('takes the smallest that is large enough', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 })),
        fc.integer({ min: 1, max: 50 }),
        (sizes, wanted) => {
          const volumes = sizes.map((size, at) =>
            volume(`v${at}`, { capacity: { storage: `${size}Gi` } }),
          )
          const request = claim({ resources: { requests: { storage: `${wanted}Gi` } } })
          const found = findMatchingVolume(request, volumes)
          const large = sizes.filter((size) => size >= wanted)
          const want = large.length === 0 ? undefined : `${Math.min(...large)}Gi`
          expect(found?.spec?.capacity?.['storage']).toBe(want)
        },
      ),
    )
  })
})
