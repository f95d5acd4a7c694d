import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Answer, TestWorld } from './test-world.ts'

type Policy = 'OrderedReady' | 'Parallel'

/** What users, kubelets and mishaps do to a set. */
type Step =
  | { readonly type: 'scale'; readonly replicas: number }
  | { readonly type: 'image'; readonly version: number }
  | { readonly type: 'delete'; readonly ordinal: number; readonly force: boolean }
  | { readonly type: 'pod'; readonly ordinal: number; readonly to: 'ready' | 'unready' | 'failed' }
  | { readonly type: 'finish'; readonly ordinal: number }
  | { readonly type: 'label'; readonly ordinal: number; readonly orphan: boolean }

const ordinal = fc.nat(5)
const STEPS: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('scale' as const), replicas: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('image' as const), version: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('delete' as const), ordinal, force: fc.boolean() }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('pod' as const),
      ordinal,
      to: fc.constantFrom('ready', 'ready', 'ready', 'unready', 'failed'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('finish' as const), ordinal }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('label' as const), ordinal, orphan: fc.boolean() }),
  },
)

describe.each(['OrderedReady', 'Parallel'] as const)('a %s set', (policy) => {
  it('keeps the order and one Pod an ordinal, and ends as asked', () => {
    fc.assert(
      fc.property(fc.array(STEPS, { maxLength: 25 }), (steps) => {
        const world = new StatefulSetWorld(policy, () => false)
        for (const step of steps) {
          world.take(step)
          world.settle()
          world.checkPods()
        }
        world.converge()
      }),
      { numRuns: 60 },
    )
  })

  it('ends as asked whatever is refused on the way, and however fast changes come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(STEPS, fc.nat(4)), { maxLength: 25 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
        (steps, refusals) => {
          let write = 0
          const world = new StatefulSetWorld(policy, () => refusals[write++] ?? false, false)
          for (const [step, waitMs] of steps) {
            world.take(step)
            world.simulation.runFor(waitMs)
            world.checkPods()
          }
          world.converge()
        },
      ),
      { numRuns: 60 },
    )
  })
})

const CONTROLLER = 'system:serviceaccount:kube-system:statefulset-controller'

class StatefulSetWorld {
  readonly simulation = new Simulation({ seed: 7 })
  readonly #server = new ApiServer({
    simulation: this.simulation,
    resources: resourceDefinitions,
  })
  readonly #world: TestWorld
  #replicas = 3
  readonly #faults: string[] = []

  constructor(policy: Policy, refuses: () => boolean, checksOrder = true) {
    const call = (request: ApiRequest): ApiReply =>
      isControllersWrite(request) && refuses() ? conflict() : this.#server.call(request)
    this.#world = new TestWorld({ simulation: this.simulation, call, profile: 'kind' })
    this.#server.onChange(({ type, resource, object }) => {
      if (resource !== 'pods' || type !== 'ADDED') return
      const { name } = object.metadata
      this.simulation.after(2, () => this.#world.bind(name), { label: 'bind' })
    })
    if (checksOrder) this.#watchWrites(policy)
    this.#world.create('statefulsets', statefulSet(policy))
    this.settle()
  }

  settle(): void {
    this.simulation.runFor(100)
  }

  take(step: Step): void {
    const world = this.#world
    switch (step.type) {
      case 'scale':
        this.#replicas = step.replicas
        world.patch('statefulsets', 'web', { spec: { replicas: step.replicas } }, 'scale')
        return
      case 'image':
        world.patch('statefulsets', 'web', {
          spec: { template: { metadata: { annotations: { version: String(step.version) } } } },
        })
        return
      case 'delete':
        world.delete('pods', `web-${step.ordinal}`, step.force ? { gracePeriodSeconds: 0 } : {})
        return
      case 'pod':
        world.setPodState(`web-${step.ordinal}`, step.to)
        return
      case 'finish':
        this.#finish(`web-${step.ordinal}`)
        return
      case 'label':
        world.patch('pods', `web-${step.ordinal}`, {
          metadata: step.orphan
            ? { ownerReferences: null }
            : { labels: { 'statefulset.kubernetes.io/pod-name': null } },
        })
    }
  }

  checkPods(): void {
    const ordinals = this.#world.list('pods').map(ordinalOf)
    expect(new Set(ordinals).size).toBe(ordinals.length)
    expect(this.#faults).toEqual([])
  }

  /** Kubelets do their duty until nothing changes; then everything is as the set asks. */
  converge(): void {
    for (let round = 0; round < 60; round++) {
      for (const { metadata, status } of this.#world.list('pods')) {
        if (metadata.deletionTimestamp !== undefined) this.#finish(metadata.name)
        else if (!isReady({ status })) this.#world.setPodState(metadata.name, 'ready')
      }
      // Long enough for the back-off that injected refusals have built up.
      this.simulation.runFor(2000)
    }
    this.checkPods()
    const [set] = this.#world.list('statefulsets')
    const pods = this.#world.list('pods')
    const wanted = Array.from({ length: this.#replicas }, (_, index) => `web-${index}`)
    expect(pods.map(({ metadata }) => String(metadata.name)).toSorted()).toEqual(wanted)
    for (const { metadata } of pods) {
      expect(metadata.labels['controller-revision-hash']).toBe(set.status.updateRevision)
      expect(metadata.labels['statefulset.kubernetes.io/pod-name']).toBe(metadata.name)
      expect(metadata.ownerReferences).toHaveLength(1)
    }
    expect(set.status).toMatchObject({
      observedGeneration: set.metadata.generation,
      replicas: this.#replicas,
      availableReplicas: this.#replicas,
      currentRevision: set.status.updateRevision,
    })
    const claims = new Set(
      this.#world.list('persistentvolumeclaims').map((one) => one.metadata.name),
    )
    for (const name of wanted) expect(claims.has(`www-${name}`)).toBe(true)
  }

  #finish(name: string): void {
    const { code, body } = this.#world.request('GET', this.#world.path('pods', name))
    if (code !== 200 || body.metadata.deletionTimestamp === undefined) return
    this.#world.delete('pods', name, { gracePeriodSeconds: 0 })
  }

  #watchWrites(policy: Policy): void {
    this.#server.onWrite(({ user, verb, code, reason, objectRef, requestObject }) => {
      if (user !== CONTROLLER) return
      const { resource } = objectRef
      const sent = requestObject as { metadata?: { name?: string } } | undefined
      const name = objectRef.name ?? sent?.metadata?.name ?? ''
      if (reason === 'AlreadyExists') this.#checkRefusal(resource, name)
      if (policy === 'Parallel' || resource !== 'pods' || code >= 300) return
      if (verb === 'create') this.#checkCreation(ordinalNamed(name))
      if (verb === 'delete') this.#checkDeletion(ordinalNamed(name))
    })
  }

  // A revision may be made twice, and an orphan on its way out is not adopted. Else the controller
  // has acted on a cache that was older than its own last write.
  #checkRefusal(resource: string, name: string): void {
    if (resource === 'controllerrevisions') return
    const orphan = resource === 'pods' ? this.#pod(ordinalNamed(name)) : undefined
    if (orphan !== undefined && orphan.metadata.ownerReferences === undefined) return
    this.#faults.push(`${resource} ${name} was created twice`)
  }

  // What a listener throws is lost in the server's answer; so faults are kept for later.
  #checkCreation(created: number): void {
    for (let lower = 0; lower < created; lower++) {
      const pod = this.#pod(lower)
      if (isReady(pod) && pod.metadata.deletionTimestamp === undefined) continue
      this.#faults.push(`web-${created} was created before web-${lower} was Ready`)
    }
  }

  // The Pod itself is gone already, or about to be.
  #checkDeletion(deleted: number): void {
    const [set] = this.#world.list('statefulsets')
    for (const pod of this.#world.list('pods')) {
      const other = ordinalOf(pod)
      const isHealthy = isReady(pod) && pod.metadata.deletionTimestamp === undefined
      if (other < Math.min(deleted, this.#replicas) && !isHealthy) {
        this.#faults.push(`web-${deleted} was deleted while web-${other} was not Ready`)
      }
      if (deleted >= set.spec.replicas && other > deleted) {
        this.#faults.push(`web-${deleted} was deleted before web-${other} was gone`)
      }
    }
  }

  #pod(wanted: number): Answer['body'] {
    return this.#world.list('pods').find((pod) => ordinalOf(pod) === wanted)
  }
}

function isControllersWrite({ user, method, path }: ApiRequest): boolean {
  return user === CONTROLLER && method !== 'GET' && !path.includes('/events')
}

function conflict(): ApiReply {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Operation cannot be fulfilled: injected',
    reason: 'Conflict',
    code: 409,
  }
  return { type: 'object', code: 409, body }
}

function ordinalOf({ metadata }: Answer['body']): number {
  return ordinalNamed(metadata.name)
}

function ordinalNamed(name: string): number {
  return Number(name.slice('web-'.length))
}

function isReady(pod: Answer['body']): boolean {
  return (
    pod?.status.phase === 'Running' &&
    pod.status.conditions?.some(
      (one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True',
    ) === true
  )
}

function statefulSet(podManagementPolicy: Policy): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      serviceName: 'nginx',
      replicas: 3,
      podManagementPolicy,
      selector: { matchLabels: { app: 'nginx' } },
      template: {
        metadata: { labels: { app: 'nginx' } },
        spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'www' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    },
  }
}
