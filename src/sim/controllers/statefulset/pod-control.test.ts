import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import { alreadyExists, conflict, forbidden } from '#sim/apimachinery/statuses.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import { Client } from '#sim/client/client.ts'
import { describe, expect, it } from 'vitest'
import { createClaimControl } from './claim-control.ts'
import type { ControlEvents } from './control-events.ts'
import { newStatefulSetPod } from './identity.ts'
import { createPodControl } from './pod-control.ts'
import { readPod } from './pod-state.ts'
import { statefulSet } from './scenario-world.test-kit.ts'

// Rows of the specification about Pods that no server would hold, or that it would not take.

const SET: StatefulSet = {
  ...(statefulSet('web') as StatefulSet),
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'set',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
}
const WHERE = { group: '', resource: 'pods' }
const PUT = 'PUT /api/v1/namespaces/default/pods/web-0'
const POST_CLAIM = 'POST /api/v1/namespaces/default/persistentvolumeclaims'

/** The Pod of ordinal 0 as a cache has it, but for what is changed. */
function cachedPod(change: (pod: Pod) => Pod = (pod) => pod): Pod {
  const { metadata, ...pod } = newStatefulSetPod(SET, 0, 'web-1')
  const stored = { uid: 'pod', resourceVersion: '7', creationTimestamp: '', name: '' }
  return change({ ...pod, metadata: { ...stored, ...metadata } })
}

type Doors = {
  /** A refusal of a request; it is taken otherwise. */
  readonly refuse?: (request: string, nth: number) => StatusError | undefined
  /** The Pod in the cache after a conflict. */
  readonly cached?: Pod
}

function repair(pod: Pod, { refuse = () => undefined, cached }: Doors = {}) {
  const requests: string[] = []
  const sent: KubeObject[] = []
  const told: string[] = []
  const call = ({ method, path, body }: ApiRequest): ApiReply => {
    const request = `${method} ${path}`
    requests.push(request)
    const refusal = refuse(request, requests.filter((one) => one === request).length)
    if (refusal !== undefined) return { type: 'object', code: refusal.code, body: refusal.status }
    sent.push(body as KubeObject)
    return { type: 'object', code: 200, body }
  }
  const client = new Client({ call, user: 'test', userAgent: 'test' })
  const events: ControlEvents = {
    podWritten: (_set, verb, name) => told.push(`Normal ${verb} ${name}`),
    podFailed: (_set, verb, name, error) => told.push(`Warning ${verb} ${name}: ${error.message}`),
    claimCreated: (_set, name, claim) => told.push(`Normal ${claim} for ${name}`),
    claimCreationFailed: (_set, name, claim) => told.push(`Warning ${claim} for ${name}`),
    conflictingController: (_set, claim) => told.push(`conflicting ${claim}`),
  }
  const onWritten = (): void => {}
  const claims = createClaimControl({ client, events, cached: () => undefined, onWritten })
  const control = createPodControl({
    client,
    events,
    claims,
    cached: () => (cached === undefined ? undefined : readPod(cached)),
    onWritten,
    onDeleted: () => {},
  })
  const pauses: number[] = []
  let failure: string | undefined
  try {
    for (const pauseMs of control.repairPod(SET, readPod(pod))) pauses.push(pauseMs)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    failure = error.message
  }
  return { requests, sent, told, pauses, failure }
}

const named = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, name: 'goo-0' } })
const bare = (pod: Pod): Pod => ({
  ...pod,
  spec: { containers: [], volumes: [{ name: 'own', emptyDir: {} }] },
})
const no = (request: string) => (one: string) =>
  one === request ? forbidden(WHERE, 'web-0', 'no') : undefined

describe('a repair', () => {
  it('[SS-147] of a Pod that is as it should be asks nothing and tells nothing', () => {
    expect(repair(cachedPod())).toMatchObject({ requests: [], told: [], failure: undefined })
  })

  it('[SS-67] [SS-148] gives a Pod its own name again', () => {
    const { requests, sent, told } = repair(cachedPod(named))
    expect(requests).toEqual([PUT])
    expect(sent[0]?.metadata).toMatchObject({
      name: 'web-0',
      uid: 'pod',
      labels: {
        'statefulset.kubernetes.io/pod-name': 'web-0',
        'apps.kubernetes.io/pod-index': '0',
      },
    })
    expect(told).toEqual(['Normal Update web-0'])
  })

  it('[SS-67a] [SS-148b] tells of a refusal and passes it on', () => {
    const { told, failure } = repair(cachedPod(named), { refuse: no(PUT) })
    const message = 'pods "web-0" is forbidden: no'
    expect(told).toEqual([`Warning Update web-0: ${message}`])
    expect(failure).toBe(message)
  })

  it('[SS-149] makes the missing claim, then gives the Pod its volume', () => {
    const { requests, sent, told } = repair(cachedPod(bare))
    expect(requests).toEqual([POST_CLAIM, PUT])
    expect((sent[1] as Pod | undefined)?.spec?.volumes).toEqual([
      { name: 'www', persistentVolumeClaim: { claimName: 'www-web-0' } },
      { name: 'own', emptyDir: {} },
    ])
    expect(told).toEqual(['Normal www-web-0 for web-0', 'Normal Update web-0'])
  })

  it('[SS-149a] tells of a refused claim twice and leaves the Pod', () => {
    const { requests, told } = repair(cachedPod(bare), { refuse: no(POST_CLAIM) })
    expect(requests).toEqual([POST_CLAIM])
    expect(told).toEqual([
      'Warning www-web-0 for web-0',
      'Warning Update web-0: failed to create PVC www-web-0: pods "web-0" is forbidden: no',
    ])
  })

  it('[SS-149b] tells once of a claim that came into being unseen', () => {
    const claims = { group: '', resource: 'persistentvolumeclaims' }
    const { told } = repair(cachedPod(bare), {
      refuse: (request) =>
        request === POST_CLAIM ? alreadyExists(claims, 'www-web-0') : undefined,
    })
    expect(told).toEqual([
      'Warning Update web-0: failed to create PVC www-web-0: persistentvolumeclaims "www-web-0" already exists',
    ])
  })

  it.each([
    { conflicts: 0, pauses: [], puts: 1, told: 'Normal Update web-0' },
    { conflicts: 1, pauses: [10], puts: 2, told: 'Normal Update web-0' },
    { conflicts: 3, pauses: [10, 50, 250], puts: 4, told: 'Normal Update web-0' },
    { conflicts: 9, pauses: [10, 50, 250], puts: 4, told: 'Warning Update web-0: ' },
  ])('[SS-150] meets $conflicts conflicts with $puts attempts', (row) => {
    const cached = { ...cachedPod(), metadata: { ...cachedPod().metadata, labels: {} } }
    const { requests, pauses, told } = repair(cachedPod(named), {
      cached,
      refuse: (_request, nth) =>
        nth <= row.conflicts ? conflict(WHERE, 'web-0', 'rival') : undefined,
    })
    expect(requests).toEqual(Array.from({ length: row.puts }, () => PUT))
    expect(pauses).toEqual(row.pauses)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(row.told)
  })

  it('[SS-150b] writes nothing more where the cache shows the Pod repaired', () => {
    const { requests, told } = repair(cachedPod(named), {
      cached: cachedPod(),
      refuse: () => conflict(WHERE, 'web-0', 'rival'),
    })
    expect(requests).toEqual([PUT])
    expect(told).toEqual(['Normal Update web-0'])
  })
})
