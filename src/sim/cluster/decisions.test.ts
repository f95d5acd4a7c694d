import { expect, it } from 'vitest'
import type { ComponentDecision } from '#sim/apimachinery/decision.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiRequest } from '#sim/apimachinery/request.ts'
import type { SyncDecisions } from '#sim/controllers/statefulset/decisions.ts'
import { createCluster } from './cluster.ts'
import { nodeName } from './node-names.ts'

// What a reader has who asks why nothing happens: the decisions as text, and nothing else.

const GATE = 'example.com/open'
const GATED = { readinessGates: [{ conditionType: GATE }] }
const CLAIMING = {
  volumeClaimTemplates: [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
}
const [NODE, OTHER_NODE] = [nodeName(0), nodeName(1)]
const PODS = '/api/v1/namespaces/default/pods'
const SETS = '/apis/apps/v1/namespaces/default/statefulsets'
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims'

class Situation {
  readonly #passes: SyncDecisions[] = []
  readonly #decisions: ComponentDecision[] = []
  readonly #cluster = createCluster({
    seed: 1,
    nodes: 2,
    dialect: '1.36',
    featureGates: {},
    timings: 'kind',
    onDecision: (pass) => this.#passes.push(pass),
    onComponentDecision: (decision) => this.#decisions.push(decision),
  })

  create(path: string, body: unknown): void {
    expect(this.#send({ method: 'POST', path, body })).toBe(201)
  }

  delete(path: string, body?: unknown): void {
    expect(this.#send({ method: 'DELETE', path, body })).toBe(200)
  }

  get(path: string): KubeObject['metadata'] {
    const reply = this.#cluster.server.call({ method: 'GET', path, user: 'kubernetes-admin' })
    return (reply as { body: KubeObject }).body.metadata
  }

  patch(path: string, body: unknown): void {
    const headers = { 'content-type': 'application/merge-patch+json' }
    expect(this.#send({ method: 'PATCH', path, headers, body })).toBe(200)
  }

  evict(name: string): number {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }
    return this.#send({ method: 'POST', path: `${PODS}/${name}/eviction`, body })
  }

  /** Opens or shuts the gate that the Pod's readiness hangs on. */
  setGate(name: string, isOpen: boolean): void {
    const conditions = [{ type: GATE, status: isOpen ? 'True' : 'False' }]
    const headers = { 'content-type': 'application/strategic-merge-patch+json' }
    const body = { status: { conditions } }
    const path = `${PODS}/${name}/status`
    expect(this.#send({ method: 'PATCH', path, headers, body })).toBe(200)
    this.run(10)
  }

  /** A set whose Pods are let become Ready one after the other. */
  bringUp(replicas: number): void {
    this.create(SETS, webSet({ spec: { replicas }, pod: GATED }))
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      this.run(60)
      this.setGate(`web-${ordinal}`, true)
    }
  }

  #send(request: Omit<ApiRequest, 'user'>): number {
    const reply = this.#cluster.server.call({ ...request, user: 'kubernetes-admin' })
    return reply.type === 'object' ? reply.code : 0
  }

  run(seconds: number): void {
    this.#cluster.simulation.runFor(seconds * 1000)
  }

  /** The last pass over the set, a line a Pod and one for its end. */
  lastPass(): readonly string[] {
    const pass = this.#passes.at(-1)
    if (pass === undefined) return []
    return [...pass.verdicts.map(({ action, why }) => `${action}: ${why}`), pass.summary]
  }

  told(component: string, name: string): readonly string[] {
    return this.#decisions
      .filter((one) => one.component === component && one.subject.name === name)
      .map(({ conclusion, why }) => `${conclusion}: ${why}`)
  }

  lastOf(component: string, name: string): string | undefined {
    return this.told(component, name).at(-1)
  }
}

type Parts = {
  readonly spec?: Record<string, unknown>
  readonly container?: Record<string, unknown>
  readonly pod?: Record<string, unknown>
}

function webSet({ spec = {}, container = {}, pod = {} }: Parts = {}): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      serviceName: 'nginx',
      replicas: 2,
      selector: { matchLabels: { app: 'nginx' } },
      template: {
        metadata: { labels: { app: 'nginx' } },
        spec: { ...pod, containers: [{ name: 'nginx', image: 'nginx:1.27', ...container }] },
      },
      ...spec,
    },
  }
}

it('tells that web-1 waits for web-0', () => {
  const situation = new Situation()
  situation.create(SETS, webSet({ pod: GATED }))
  situation.run(60)
  expect(situation.lastPass()).toEqual([
    'wait: web-0 is Running but not Ready',
    'not looked at: web-0 comes first',
    'web-1 waits for web-0: web-0 is Running but not Ready',
  ])
})

it('tells that an unready lower Pod holds a scale-down', () => {
  const situation = new Situation()
  situation.bringUp(3)
  situation.setGate('web-0', false)
  situation.patch(`${SETS}/web`, { spec: { replicas: 1 } })
  situation.run(60)
  expect(situation.lastPass()).toEqual([
    'wait: web-0 is Running but not Ready',
    'not looked at: web-0 comes first',
    'not looked at: web-0 comes first',
    'web-2, web-1 wait for web-0: web-0 is Running but not Ready',
  ])
})

it('tells that two unready condemned Pods block each other', () => {
  const situation = new Situation()
  situation.bringUp(4)
  situation.setGate('web-2', false)
  situation.setGate('web-3', false)
  situation.patch(`${SETS}/web`, { spec: { replicas: 2 } })
  situation.run(60)
  const why =
    'web-3 is not available and neither is web-2; only the lowest unavailable Pod may be deleted'
  expect(situation.lastPass()).toEqual([
    'keep: web-0 is as it should be',
    'keep: web-1 is as it should be',
    `stop: ${why}`,
    'not looked at: web-3 comes first',
    `web-3 waits for web-2; stops: ${why}`,
  ])
})

it('tells why reverting a broken update frees nothing', () => {
  const situation = new Situation()
  situation.create(SETS, webSet())
  situation.run(120)
  situation.patch(`${SETS}/web`, templateWith('nginx:no-such-tag'))
  situation.run(120)
  situation.patch(`${SETS}/web`, templateWith('nginx:1.27'))
  situation.run(120)
  const [web0, web1, end] = situation.lastPass()
  const why =
    /web-1 is Pending, not Running and Ready; the set asks for revision (web-\w+), but under OrderedReady a Pod that is not Ready is waited for and not replaced: to free the update, let it become Ready at (web-\w+) or delete it/
  expect(web0).toBe('keep: web-0 is as it should be')
  expect(web1).toMatch(why)
  expect(end).toMatch(why)
  const [, wanted, held] = why.exec(web1 ?? '') ?? []
  expect(wanted).not.toBe(held)
})

it('tells that a claim is kept by the Pod that uses it, and what the next Pod waits for', () => {
  const situation = new Situation()
  situation.create(SETS, webSet({ spec: CLAIMING }))
  situation.run(120)
  situation.patch(`${CLAIMS}/data-web-1`, { metadata: { finalizers: ['example.com/hold'] } })
  situation.run(10)
  situation.delete(`${CLAIMS}/data-web-1`)
  situation.run(10)
  expect(situation.lastOf('pvc-protection', 'data-web-1')).toBe(
    'wait: data-web-1 is being deleted but stays as long as web-1 uses it',
  )
  situation.delete(`${PODS}/web-1`)
  situation.run(60)
  const why =
    'web-1 is not created on claim data-web-1, which is being deleted; it is tried again until the claim is gone'
  expect(situation.lastPass()).toEqual([
    'keep: web-0 is as it should be',
    `wait: ${why}`,
    `waits: ${why}; ends early and tries again: pvc data-web-1 is being deleted`,
  ])
})

it.each([
  {
    whose: 'nobody controls',
    labels: {},
    ownerReferences: [],
    why: "web-1 cannot be created: a Pod of that name exists whose labels do not match the set's selector; it is tried again until that Pod is gone",
  },
  {
    whose: 'another controls',
    labels: { app: 'nginx' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: NODE, uid: '', controller: true }],
    why: `web-1 cannot be created: a Pod of that name exists and belongs to Node ${NODE}; it is tried again until that Pod is gone`,
  },
])('tells of a Pod that $whose in the way', ({ labels, ownerReferences, why }) => {
  const situation = new Situation()
  const { uid } = situation.get(`/api/v1/nodes/${NODE}`)
  situation.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      labels,
      ownerReferences: ownerReferences.map((reference) => ({ ...reference, uid })),
    },
    spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }] },
  })
  situation.create(SETS, webSet())
  situation.run(60)
  expect(situation.lastPass()).toEqual([
    'keep: web-0 is as it should be',
    `wait: ${why}`,
    // A Pod of a set has a generateName, too, and the server says what that came to.
    `waits: ${why}; ends early and tries again: pods "web-1" already exists, the server was not able to generate a unique name for the object`,
  ])
})

it('tells that a budget holds a drain', () => {
  const situation = new Situation()
  situation.create(SETS, webSet())
  situation.create('/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'nginx' } } },
  })
  situation.run(120)
  expect(situation.evict('web-1')).toBe(429)
  expect(situation.lastOf('eviction', 'web-1')).toBe(
    'refuse: web-1 is not evicted: budget web wants 2 healthy Pods and there are 2, so it allows no disruption until another one is Ready',
  )
  expect(situation.lastOf('disruption', 'web')).toBe(
    'refuse: web allows no disruption: 2 of 2 Pods are healthy and 2 have to be',
  )
})

it('tells that no node can take a Pod, and what each has against it', () => {
  const situation = new Situation()
  situation.patch(`/api/v1/nodes/${NODE}`, { spec: { unschedulable: true } })
  const resources = { requests: { cpu: '100' } }
  situation.create(SETS, webSet({ container: { resources } }))
  situation.run(60)
  expect(situation.lastOf('scheduler', 'web-0')).toBe(
    `wait: no node can take web-0: ${NODE}: node(s) were unschedulable; ${OTHER_NODE}: Insufficient cpu`,
  )
  expect(situation.lastPass().at(-1)).toBe(
    'web-1 waits for web-0: web-0 is Pending, not Running and Ready',
  )
})

it('tells whom a claim waits for, and where its Pod goes then', () => {
  const situation = new Situation()
  situation.patch(`/api/v1/nodes/${NODE}`, { spec: { unschedulable: true } })
  situation.patch(`/api/v1/nodes/${OTHER_NODE}`, { spec: { unschedulable: true } })
  situation.create(SETS, webSet({ spec: CLAIMING }))
  situation.run(60)
  expect(situation.lastOf('volume-binder', 'data-web-0')).toBe(
    'wait: data-web-0 gets its volume where web-0 is scheduled, and that is not decided yet',
  )
  situation.patch(`/api/v1/nodes/${NODE}`, { spec: { unschedulable: null } })
  situation.run(5)
  expect(situation.told('scheduler', 'web-0')).toContain(
    `place: web-0 goes to ${NODE}, the only node that can take it`,
  )
  expect(situation.told('scheduler', 'web-0')).toContain(
    `wait: web-0 will go to ${NODE} once data-web-0 is bound to a volume there`,
  )
  situation.run(30)
  expect(situation.lastOf('scheduler', 'web-0')).toBe(
    `place: web-0 goes to ${NODE}, where its volumes are bound by now`,
  )
})

it('tells of a claim that names its volume what is amiss with it, and when it has it', () => {
  const situation = new Situation()
  situation.create(CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'own' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      volumeName: 'pv',
    },
  })
  situation.run(5)
  expect(situation.lastOf('volume-binder', 'own')).toBe(
    'wait: own asks for volume pv, which does not exist',
  )
  situation.create('/api/v1/persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: '/data' },
    },
  })
  situation.run(30)
  expect(situation.lastOf('volume-binder', 'own')).toBe(
    'bind: own is bound to volume pv, which it asks for',
  )
})

it.each([
  {
    policy: 'Foreground',
    subject: 'web',
    want: /^wait: web is being deleted in the foreground and stays until its dependents are gone: web-\d/,
  },
  {
    policy: 'Background',
    subject: 'web-1',
    want: /^delete: web-1 is deleted because its owner StatefulSet web is gone$/,
  },
  {
    policy: 'Orphan',
    subject: 'web',
    want: /^orphan: web goes and leaves its dependents without an owner: .*web-0/,
  },
])('tells what the collector makes of a deletion: $policy', ({ policy, subject, want }) => {
  const situation = new Situation()
  situation.create(SETS, webSet())
  situation.run(60)
  situation.delete(`${SETS}/web`, { propagationPolicy: policy })
  situation.run(60)
  expect(situation.told('garbage-collector', subject)).toContainEqual(expect.stringMatching(want))
})

it('tells how long a Pod may stay on a tainted node, and what becomes of it then', () => {
  const situation = whereRepairIsTolerated(60)
  expect(situation.lastOf('taint-eviction', 'web-0')).toMatch(
    /^wait: web-0 stays on node-[ab] for 60 s, as long as it tolerates repair; then it is deleted$/,
  )
  situation.run(55)
  expect(situation.told('taint-eviction', 'web-0')).toContainEqual(
    expect.stringMatching(/^delete: web-0 is deleted from node-[ab] for its taint repair;/),
  )
})

it('names the taint that drives a Pod away, also when the node is gone by then', () => {
  const situation = whereRepairIsTolerated(20)
  for (const node of [NODE, OTHER_NODE]) situation.delete(`/api/v1/nodes/${node}`)
  situation.run(15)
  expect(situation.told('taint-eviction', 'web-0')).toContainEqual(
    expect.stringMatching(/^delete: web-0 is deleted from node-[ab] for its taint repair;/),
  )
})

it('tells what a namespace waits for', () => {
  const situation = new Situation()
  situation.create('/api/v1/namespaces', { metadata: { name: 'lab' } })
  situation.create('/api/v1/namespaces/lab/configmaps', {
    metadata: { name: 'held', finalizers: ['example.com/hold'] },
  })
  situation.delete('/api/v1/namespaces/lab')
  situation.run(30)
  expect(situation.lastOf('namespace', 'lab')).toBe(
    'wait: namespace lab stays until its objects that finalizers hold are gone',
  )
})

it('makes no decision where nobody listens', () => {
  const run = (isHeard: boolean): string => {
    const silent = {
      seed: 1,
      nodes: 2,
      dialect: '1.36',
      featureGates: {},
      timings: 'kind',
    } as const
    const cluster = createCluster({
      ...silent,
      ...(isHeard ? { onDecision: () => {}, onComponentDecision: () => {} } : {}),
    })
    cluster.server.call({ method: 'POST', path: SETS, body: webSet(), user: 'kubernetes-admin' })
    cluster.simulation.runFor(60_000)
    return cluster.simulation.trace.digest()
  }
  expect(run(true)).toBe(run(false))
})

function templateWith(image: string): unknown {
  return { spec: { template: { spec: { containers: [{ name: 'nginx', image }] } } } }
}

/** Ten seconds after both nodes were tainted with what a set's Pod tolerates for so long. */
function whereRepairIsTolerated(tolerationSeconds: number): Situation {
  const situation = new Situation()
  const tolerations = [{ key: 'repair', effect: 'NoExecute', tolerationSeconds }]
  situation.create(SETS, webSet({ spec: { replicas: 1 }, pod: { tolerations } }))
  situation.run(60)
  for (const node of [NODE, OTHER_NODE]) {
    const taints = [{ key: 'repair', effect: 'NoExecute' }]
    situation.patch(`/api/v1/nodes/${node}`, { spec: { taints } })
  }
  situation.run(10)
  return situation
}
