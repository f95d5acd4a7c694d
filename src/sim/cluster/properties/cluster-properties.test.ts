import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ComponentDecision } from '#sim/apimachinery/decision.ts'
import { assertNever } from '#sim/kernel/invariant.ts'
import { type Cluster, createCluster } from '../cluster.ts'
import { nodeName } from '../node-names.ts'
import { statefulSet } from '#sim/controllers/statefulset/scenario-world.test-kit.ts'
import { answerTo, PATHS, type Stored } from './bare-world.test-kit.ts'
import { propertyChecks } from './check.test-kit.ts'
import type { Policy } from './steps.test-kit.ts'

const { check, timeout } = propertyChecks(process.env['PROPERTY_RUNS_FACTOR'])

const NODES = 3
const MERGE_PATCH = 'application/merge-patch+json'

/** What people do to a set, and what befalls the machines under it. */
type Step =
  | { readonly type: 'scale'; readonly replicas: number }
  | { readonly type: 'template'; readonly version: number }
  | { readonly type: 'deletePod'; readonly ordinal: number; readonly isForced: boolean }
  | { readonly type: 'deleteClaim'; readonly ordinal: number }
  | { readonly type: 'killContainer'; readonly ordinal: number }
  | { readonly type: 'evictByKubelet'; readonly ordinal: number }
  | { readonly type: NodeStep; readonly node: number }

type NodeStep = (typeof NODE_STEPS)[number]
const NODE_STEPS = [
  'crash',
  'boot',
  'partition',
  'heal',
  'cordon',
  'uncordon',
  'drain',
  'deleteNode',
] as const

const ordinal = fc.nat(3)
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('scale' as const), replicas: fc.nat(4) }),
  fc.record({ type: fc.constant('template' as const), version: fc.nat(2) }),
  fc.record({ type: fc.constant('deletePod' as const), ordinal, isForced: fc.boolean() }),
  fc.record({
    type: fc.constantFrom('deleteClaim', 'killContainer', 'evictByKubelet'),
    ordinal,
  }),
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom(...NODE_STEPS), node: fc.nat(NODES - 1) }),
  },
)
const STEPS = fc.array(fc.tuple(STEP, fc.constantFrom(0, 100, 1000, 5000, 60_000, 400_000)), {
  maxLength: 12,
  size: 'max',
})
const POLICY = fc.constantFrom<Policy>('OrderedReady', 'Parallel')

describe('a whole cluster', { timeout }, () => {
  it('breaks no rule, whatever befalls its nodes, and ends as asked', () => {
    check(25, [POLICY, fc.boolean(), fc.nat(1000), STEPS], (policy, gate, seed, steps) => {
      const world = new World({ policy, gate, seed })
      world.play(steps)
      world.expectConverged()
    })
  })

  it('goes the same way again for the same seed', () => {
    check(4, [POLICY, fc.boolean(), fc.nat(1000), STEPS], (policy, gate, seed, steps) => {
      const digest = (): string => {
        const world = new World({ policy, gate, seed })
        world.play(steps)
        return world.cluster.simulation.trace.digest()
      }
      expect(digest()).toBe(digest())
    })
  })

  it('tells of two Pods of one ordinal as a consequence of the forced deletion', () => {
    const world = new World({ policy: 'OrderedReady', gate: false, seed: 1, hasClaims: false })
    const { cluster } = world
    const first = world.pod(0)
    cluster.network.partition(first.spec.nodeName)
    // Long enough for the node to be found out, so that the next Pod goes elsewhere.
    cluster.simulation.runFor(60_000)
    expect(cluster.invariants.consequences).toEqual([])
    world.take({ type: 'deletePod', ordinal: 0, isForced: true })
    cluster.simulation.runFor(60_000)
    const second = world.pod(0)
    expect(second.spec.nodeName).not.toBe(first.spec.nodeName)
    const told = cluster.invariants.consequences.map(({ text }) => text)
    expect(told).toEqual([
      expect.stringContaining(
        `web-0 runs on ${second.spec.nodeName} and, as uid ${first.metadata.uid}, on ${first.spec.nodeName}: a consequence of the forced deletion by kubernetes-admin`,
      ),
    ])
    expect(world.told.filter(({ component }) => component === 'invariants')).toMatchObject([
      {
        subject: {
          resource: 'pods',
          namespace: 'default',
          name: 'web-0',
          uid: second.metadata.uid,
        },
        conclusion: 'allow',
        reason: 'ForcedDeletion',
        why: told[0],
      },
    ])
    world.expectConverged()
  })
})

class World {
  readonly cluster: Cluster
  readonly told: ComponentDecision[] = []

  constructor(options: {
    readonly policy: Policy
    readonly gate: boolean
    readonly seed: number
    readonly hasClaims?: boolean
  }) {
    this.cluster = createCluster({
      seed: options.seed,
      nodes: NODES,
      dialect: '1.36',
      timings: 'kind',
      onComponentDecision: (decision) => this.told.push(decision),
      featureGates: { MaxUnavailableStatefulSet: options.gate },
    })
    this.#send(
      'POST',
      PATHS.sets,
      statefulSet('web', {
        podManagementPolicy: options.policy,
        ...(options.hasClaims === false ? { volumeClaimTemplates: [] } : {}),
      }),
    )
    this.cluster.simulation.runFor(60_000)
  }

  play(steps: readonly (readonly [Step, number])[]): void {
    for (const [step, thenMs] of steps) {
      this.take(step)
      this.cluster.simulation.runFor(thenMs)
    }
  }

  pod(at: number): Stored {
    return this.#send('GET', `${PATHS.pods}/web-${at}`)
  }

  take(step: Step): void {
    switch (step.type) {
      case 'scale':
        return this.#patch(`${PATHS.sets}/web`, { spec: { replicas: step.replicas } })
      case 'template': {
        const metadata = { annotations: { version: String(step.version) } }
        return this.#patch(`${PATHS.sets}/web`, { spec: { template: { metadata } } })
      }
      case 'deletePod':
        return this.#delete(`${PATHS.pods}/web-${step.ordinal}`, step.isForced)
      case 'deleteClaim':
        return this.#delete(`${PATHS.claims}/www-web-${step.ordinal}`, false)
      case 'killContainer':
        for (const kubelet of this.cluster.kubelets.values())
          kubelet.killContainer({ namespace: 'default', name: `web-${step.ordinal}` }, 'nginx')
        return
      case 'evictByKubelet':
        for (const kubelet of this.cluster.kubelets.values())
          kubelet.evict({ namespace: 'default', name: `web-${step.ordinal}` }, 'out of memory')
        return
      default:
        return this.#takeNodeStep(step.type, nodeName(step.node))
    }
  }

  /** Every machine is back: in a quarter of an hour everything is as the set asks. */
  expectConverged(): void {
    for (const name of this.cluster.kubelets.keys()) {
      // A kubelet registers its node when it starts, and not again.
      const isGone = this.#send('GET', `/api/v1/nodes/${name}`).kind !== 'Node'
      if (isGone) this.#takeNodeStep('crash', name)
      for (const step of ['boot', 'heal', 'uncordon'] as const) this.#takeNodeStep(step, name)
    }
    this.cluster.simulation.runFor(900_000)
    const set = this.#send('GET', `${PATHS.sets}/web`)
    const { replicas } = set.spec
    const pods: readonly Stored[] = this.#send('GET', PATHS.pods).items
    const names = Array.from({ length: replicas }, (_, index) => `web-${index}`)
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(names)
    expect(set.status).toMatchObject({
      observedGeneration: set.metadata.generation,
      replicas,
      availableReplicas: replicas,
      currentRevision: set.status.updateRevision,
    })
  }

  #takeNodeStep(step: NodeStep, name: string): void {
    const kubelet = this.cluster.kubelets.get(name)
    switch (step) {
      case 'crash':
        return kubelet?.crash()
      case 'boot':
        return kubelet?.restart()
      case 'partition':
        return this.cluster.network.partition(name)
      case 'heal':
        return this.cluster.network.heal(name)
      case 'cordon':
      case 'uncordon':
        return this.#cordon(name, step === 'cordon')
      case 'drain':
        this.#cordon(name, true)
        for (const { metadata, spec } of this.#send('GET', PATHS.pods).items) {
          if (spec.nodeName !== name) continue
          const eviction = { metadata: { name: metadata.name } }
          this.#send('POST', `${PATHS.pods}/${metadata.name}/eviction`, eviction)
        }
        return
      case 'deleteNode':
        return this.#delete(`/api/v1/nodes/${name}`, false)
      default:
        assertNever(step)
    }
  }

  #cordon(name: string, unschedulable: boolean): void {
    this.#patch(`/api/v1/nodes/${name}`, { spec: { unschedulable } })
  }

  #delete(path: string, isForced: boolean): void {
    this.#send('DELETE', path, {
      kind: 'DeleteOptions',
      ...(isForced ? { gracePeriodSeconds: 0 } : {}),
    })
  }

  #patch(path: string, body: unknown): void {
    this.#send('PATCH', path, body, MERGE_PATCH)
  }

  #send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    type?: string,
  ): Stored {
    return answerTo(this.cluster.server, { method, path, body, type }).body
  }
}
