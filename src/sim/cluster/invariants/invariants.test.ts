import { TestServer } from '#sim/apiserver/test-server.ts'
import { serviceAccount } from '#sim/controllers/context.ts'
import { InvariantError } from '#sim/kernel/invariant.ts'
import { describe, expect, it } from 'vitest'
import { Invariants } from './invariants.ts'

const CONTROLLER = serviceAccount('statefulset-controller')
const COLLECTOR = serviceAccount('generic-garbage-collector')
const PODS = '/api/v1/namespaces/default/pods'
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims'
const SETS = '/apis/apps/v1/namespaces/default/statefulsets'

describe('a controller that breaks a rule is stopped', () => {
  it('creates a second Pod for an ordinal', () => {
    const world = new World()
    world.createPod(0)
    world.createPod(0, { name: 'web-00' })
    world.expectStopped('one live Pod an ordinal', 'creates pods default/web-00', 'web-0 holds')
  })

  it('creates a Pod under a name that is not its ordinal’s', () => {
    const world = new World({ podManagementPolicy: 'Parallel' })
    world.createPod(1, { name: 'web-01' })
    world.expectStopped('one live Pod an ordinal', 'creates pods default/web-01', 'those of web-1')
  })

  it('creates a Pod before its predecessor is Ready', () => {
    const world = new World()
    world.createPod(0)
    world.createPod(1)
    world.expectStopped('order of creation', 'creates pods default/web-1', 'web-0 comes first')
  })

  it('creates a Pod although its predecessor is not available for long enough', () => {
    const world = new World({ minReadySeconds: 10 })
    world.createPod(0)
    world.makeReady('web-0')
    world.simulation.runFor(9_000)
    world.createPod(1)
    world.expectStopped('order of creation', 'web-0 comes first')
  })

  it('creates a Pod out of range', () => {
    const world = new World({ podManagementPolicy: 'Parallel', ordinals: { start: 2 } })
    world.createPod(1)
    world.expectStopped('order of creation', 'ordinal 1 is out of range')
  })

  it('creates a Pod of a set that is being deleted', () => {
    const world = new World()
    world.send('DELETE', `${SETS}/web`, { kind: 'DeleteOptions', propagationPolicy: 'Foreground' })
    world.createPod(0)
    world.expectStopped('order of creation', 'the set is being deleted')
  })

  it('scales down from the wrong end', () => {
    const world = new World().withReadyPods(3)
    world.patchSet({ replicas: 1 })
    world.delete(CONTROLLER, `${PODS}/web-1`)
    world.expectStopped('order of deletion', 'deletes pods default/web-1', 'web-2 goes first')
  })

  it('scales down while a Pod that stays is not Ready', () => {
    const world = new World().withReadyPods(3)
    world.patchSet({ replicas: 2 })
    world.makeReady('web-0', 'False')
    world.delete(CONTROLLER, `${PODS}/web-2`)
    world.expectStopped('order of deletion', 'web-0 is to stay and is not available')
  })

  it('deletes a second Pod while the first one is going', () => {
    const world = new World().withReadyPods(3)
    world.patchSet({ replicas: 1 })
    world.delete(CONTROLLER, `${PODS}/web-2`)
    world.delete(CONTROLLER, `${PODS}/web-1`)
    world.expectStopped('order of deletion', 'deletes pods default/web-1', 'web-2 goes first')
  })

  it('updates a Pod below the partition', () => {
    const world = new World({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    }).withReadyPods(3)
    world.delete(CONTROLLER, `${PODS}/web-1`)
    world.expectStopped('order of deletion', 'web-1', 'below the partition')
  })

  it('updates a Pod under OnDelete', () => {
    const world = new World({ updateStrategy: { type: 'OnDelete' } }).withReadyPods(3)
    world.delete(CONTROLLER, `${PODS}/web-2`)
    world.expectStopped('order of deletion', 'the update strategy is OnDelete')
  })

  it('updates from the wrong end', () => {
    const world = new World({ podManagementPolicy: 'Parallel' }).withReadyPods(3)
    world.delete(CONTROLLER, `${PODS}/web-0`)
    world.expectStopped('order of deletion', 'web-1 goes first')
  })

  it('makes a Pod that mounts another one’s claim', () => {
    const world = new World()
    world.createPod(0, { claim: 'data-web-1' })
    world.expectStopped('Pod and claim belong together', 'its claim is data-web-0')
  })

  it('writes a status that counts what is not there', () => {
    const world = new World().withReadyPods(1)
    world.writeStatus({ replicas: 2, readyReplicas: 1 })
    world.expectStopped('status agrees with what exists', 'replicas is 2, and there are 1')
  })

  it('leaves a status as it was and goes to rest', () => {
    const world = new World().withReadyPods(1)
    world.simulation.soon(() => {}, { label: 'the last thing to happen' })
    world.expectStopped('status agrees with what exists', 'observedGeneration is 0')
  })

  it.each([
    { who: 'the StatefulSet controller', user: CONTROLLER, why: 'only a person or' },
    { who: 'the garbage collector', user: COLLECTOR, why: 'it has no owner' },
  ])('deletes a retained claim: $who', ({ user, why }) => {
    const world = new World()
    world.createClaim('data-web-0')
    world.delete(user, `${CLAIMS}/data-web-0`)
    world.expectStopped('a retained claim', user, 'deletes persistentvolumeclaims', why)
  })

  it('collects a claim whose owner lives', () => {
    const world = new World()
    world.createClaim('data-web-0', [world.owner])
    world.delete(COLLECTOR, `${CLAIMS}/data-web-0`)
    world.expectStopped('a retained claim', 'its owner StatefulSet web lives')
  })

  it('gives a retained claim to the set, with which it would go', () => {
    const world = new World()
    world.createClaim('data-web-0')
    world.ownClaim('data-web-0', world.owner)
    world.expectStopped('a retained claim', 'changes persistentvolumeclaims default/data-web-0')
  })

  it('lets go of a Pod whose containers run', () => {
    const world = new World()
    const { pod } = world.runningPod('node-a')
    world.delete('system:node:node-a', `${PODS}/${pod.metadata.name}`, 0)
    world.expectStopped('one live Pod an ordinal', 'its node let go of it')
  })
})

describe('a forced deletion', () => {
  it('is named as the cause of two Pods of one ordinal, and the run goes on', () => {
    const world = new World()
    world.runningPod('node-a')
    world.delete('kubernetes-admin', `${PODS}/web-0`, 0)
    const second = world.runningPod('node-b')
    expect(world.simulation.failure).toBeUndefined()
    expect(world.invariants.consequences).toHaveLength(1)
    const [{ text } = { text: '' }] = world.invariants.consequences
    expect(text).toMatch(/^web-0 runs on node-b and, as uid \S+, on node-a: a consequence of/)
    expect(text).toContain('kubernetes-admin')
    second.stop()
  })

  it('has no consequence once the first Pod has stopped', () => {
    const world = new World()
    const first = world.runningPod('node-a')
    world.delete('kubernetes-admin', `${PODS}/web-0`, 0)
    first.stop()
    world.runningPod('node-b')
    expect(world.simulation.failure).toBeUndefined()
    expect(world.invariants.consequences).toEqual([])
  })
})

describe('what may look like a broken rule', () => {
  it.each([
    { name: 'a Pod out of order, deleted by a person', by: 'kubernetes-admin' },
    { name: 'a Pod of a node that is gone', by: serviceAccount('pod-garbage-collector') },
  ])('is none: $name', ({ by }) => {
    const world = new World().withReadyPods(3)
    world.delete(by, `${PODS}/web-0`, 0)
    expect(world.simulation.failure).toBeUndefined()
  })

  it('is none: a claim that goes with its namespace', () => {
    const world = new World()
    world.send('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
    const path = '/api/v1/namespaces/shop/persistentvolumeclaims'
    world.send('POST', path, claim('data'))
    world.send('DELETE', '/api/v1/namespaces/shop')
    world.delete(serviceAccount('namespace-controller'), `${path}/data`)
    expect(world.simulation.failure).toBeUndefined()
  })

  it('is none: a Pod created before news that its predecessor failed came to the cache', () => {
    const world = new World()
    world.createPod(0)
    world.makeReady('web-0')
    world.freezeCaches()
    world.makeReady('web-0', 'False')
    world.createPod(1)
    expect(world.simulation.failure).toBeUndefined()
  })
})

/** A server, a set of three, and whoever writes to it as its controller. */
class World extends TestServer {
  readonly invariants: Invariants
  readonly #set: { metadata: { uid: string } }
  #seen: number | undefined

  constructor(spec: object = {}) {
    super()
    this.invariants = new Invariants({
      simulation: this.simulation,
      server: this.server,
      seen: () => this.#seen ?? this.server.revision,
      allowsMaxUnavailable: false,
    })
    this.#set = this.send('POST', SETS, {
      metadata: { name: 'web' },
      spec: {
        replicas: 3,
        serviceName: 'nginx',
        selector: { matchLabels: { app: 'nginx' } },
        template: {
          metadata: { labels: { app: 'nginx' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
        },
        volumeClaimTemplates: [claim('data')],
        ...spec,
      },
    })
  }

  get owner(): object {
    const { uid } = this.#set.metadata
    return { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid, controller: true }
  }

  /** From now on the caches of the controller hear nothing. */
  freezeCaches(): void {
    this.#seen = this.server.revision
  }

  createPod(ordinal: number, odd: { readonly name?: string; readonly claim?: string } = {}): Pod {
    const name = odd.name ?? `web-${ordinal}`
    return this.as(CONTROLLER, 'POST', PODS, {
      metadata: {
        name,
        labels: {
          app: 'nginx',
          'controller-revision-hash': 'web-1',
          'statefulset.kubernetes.io/pod-name': name,
        },
        ownerReferences: [this.owner],
      },
      spec: {
        containers: [{ name: 'nginx', image: 'nginx' }],
        volumes: [
          {
            name: 'data',
            persistentVolumeClaim: { claimName: odd.claim ?? `data-web-${ordinal}` },
          },
        ],
      },
    })
  }

  withReadyPods(count: number): this {
    for (let ordinal = 0; ordinal < count; ordinal++) {
      this.createPod(ordinal)
      this.send('POST', `${PODS}/web-${ordinal}/binding`, {
        target: { kind: 'Node', name: 'node-a' },
      })
      this.makeReady(`web-${ordinal}`)
    }
    return this
  }

  makeReady(name: string, status: 'True' | 'False' = 'True'): void {
    const lastTransitionTime = `${new Date(this.simulation.unixMs).toISOString().slice(0, 19)}Z`
    const conditions = [{ type: 'Ready', status, lastTransitionTime }]
    this.patch(`${PODS}/${name}/status`, { status: { phase: 'Running', conditions } })
  }

  patchSet(spec: object): void {
    this.patch(`${SETS}/web`, { spec })
  }

  writeStatus(status: object): void {
    const set = this.send<object>('GET', `${SETS}/web`)
    this.as(CONTROLLER, 'PUT', `${SETS}/web/status`, {
      ...set,
      status: { observedGeneration: 1, ...status },
    })
  }

  createClaim(name: string, ownerReferences: readonly object[] = []): void {
    const { metadata, spec } = claim(name)
    this.send('POST', CLAIMS, { metadata: { ...metadata, ownerReferences }, spec })
  }

  ownClaim(name: string, owner: object): void {
    const stored = this.send<{ metadata: object }>('GET', `${CLAIMS}/${name}`)
    const metadata = { ...stored.metadata, ownerReferences: [owner] }
    this.as(CONTROLLER, 'PUT', `${CLAIMS}/${name}`, { ...stored, metadata })
  }

  /** web-0 on a node, with one container that runs. */
  runningPod(node: string) {
    const pod = this.createPod(0)
    const target = { kind: 'Node', name: node }
    this.send('POST', `${PODS}/web-0/binding`, { target })
    const change = { pod: pod as never, node, container: 'nginx' } // Of the kind, as created.
    this.invariants.containerChanged({ ...change, isRunning: true })
    return { pod, stop: () => this.invariants.containerChanged({ ...change, isRunning: false }) }
  }

  delete(user: string, path: string, gracePeriodSeconds?: number): void {
    const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
    this.as(user, 'DELETE', path, { kind: 'DeleteOptions', ...options })
  }

  /** The run has ended with a report that names all this. */
  expectStopped(rule: string, ...words: readonly string[]): void {
    let failure: unknown
    try {
      this.simulation.runUntilRest()
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(InvariantError)
    const { message } = failure as InvariantError
    expect(message).toContain(`“${rule}`)
    for (const word of words) expect(message).toContain(word)
    expect(message).toMatch(/^“[^”]+” is broken: system:\S+ (creates|deletes|changes|left|holds) /)
    expect(message).toMatch(/\(uid [-0-9a-f]{36}\)/)
  }

  private patch(path: string, body: object): void {
    this.send('PATCH', path, body, { 'content-type': 'application/merge-patch+json' })
  }

  private as(user: string, method: 'POST' | 'PUT' | 'DELETE', path: string, body: object): Pod {
    const headers = { 'content-type': 'application/json' }
    const reply = this.server.call({ method, path, headers, body, user })
    expect(reply.code).toBeLessThan(300)
    if (reply.type !== 'object') throw new Error(`${path} answered with a ${reply.type}`)
    return reply.body as Pod
  }
}

type Pod = { readonly metadata: { readonly name: string; readonly uid: string } }

function claim(name: string) {
  return {
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }
}
