import type { ApiReply, ApiRequest, WatchEvent } from '#sim/apimachinery/request.ts'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { InformerFactory } from '#sim/client/informer.ts'
import { createTimings } from '#sim/client/timings.ts'
import { createControllerContext, serviceAccount } from '#sim/controllers/context.ts'
import { startGarbageCollectorController } from '#sim/controllers/garbagecollector/garbage-collector.ts'
import { statefulSet } from '#sim/controllers/statefulset/scenario-world.test-kit.ts'
import { startStatefulSetController } from '#sim/controllers/statefulset/stateful-set-controller.ts'
import { startPVCProtectionController } from '#sim/controllers/volume/pvcprotection/pvc-protection-controller.ts'
import { assertNever } from '#sim/kernel/invariant.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { Invariants } from '../invariants/invariants.ts'
import type {
  LabelChange,
  Policy,
  Refusal,
  Removal,
  Step,
  Strategy,
  TimedStep,
} from './steps.test-kit.ts'

export type Kind = {
  readonly policy: Policy
  /** Gate MaxUnavailableStatefulSet. */
  readonly allowsMaxUnavailable: boolean
}

export type BareWorldOptions = Kind & { readonly seed?: number }

// eslint-disable-next-line typescript/no-explicit-any -- objects of many kinds, read as JSON
export type Stored = any

const CONTROLLER = serviceAccount('statefulset-controller')
const CORE = '/api/v1/namespaces/default'
const APPS = '/apis/apps/v1/namespaces/default'
const CLAIM = 'www-'
const HELD = 'example.com/held'
const JSON_TYPE = 'application/json'
const MERGE_PATCH = 'application/merge-patch+json'

export const PATHS = {
  pods: `${CORE}/pods`,
  claims: `${CORE}/persistentvolumeclaims`,
  sets: `${APPS}/statefulsets`,
  revisions: `${APPS}/controllerrevisions`,
} as const

/**
 * A control plane with nothing around it: the StatefulSet controller, the garbage collector and
 * PVC protection over a server, watched over by the invariants. Kubelets do what steps say, until
 * they are told to do their duty by themselves. Nobody asks for events, so none is stored.
 */
export class BareWorld {
  readonly simulation: Simulation
  readonly server: ApiServer
  readonly #options: BareWorldOptions
  readonly #invariants: Invariants
  /** What the controller wanted to create although it had done so before. */
  readonly createdTwice: string[] = []
  readonly #refusals: { readonly refusal: Refusal; left: number }[] = []
  #informers: InformerFactory | undefined
  #incarnation = 0
  #lagMs = 5
  #looks = 0
  #kubeletsWork = false
  /** Pods that never get Ready, whatever their kubelets do. */
  isSick: (pod: Stored) => boolean = () => false

  constructor(options: BareWorldOptions) {
    this.#options = options
    this.simulation = new Simulation({ seed: options.seed ?? 7 })
    const { simulation } = this
    this.server = new ApiServer({
      simulation,
      resources: resourceDefinitions,
      featureGates: { MaxUnavailableStatefulSet: options.allowsMaxUnavailable },
    })
    this.server.onChange(({ type, resource, object, user }) => {
      const { name, resourceVersion } = object.metadata
      simulation.trace.record(
        simulation.now,
        type,
        `${resource}/${name}/${resourceVersion} by ${user}`,
      )
      if (!this.#kubeletsWork) return
      if (resource === 'pods') this.#serveSoon(name)
      if (resource === 'persistentvolumeclaims') this.#serveSoon(name.slice(CLAIM.length))
    })
    this.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
    this.send('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'default' } })
    this.#invariants = new Invariants({
      simulation,
      server: this.server,
      seen: (resource) => Number(this.#informers?.for(resource).resourceVersion),
      allowsMaxUnavailable: options.allowsMaxUnavailable,
    })
    this.#startOthers()
    this.#informers = this.#startController()
    this.createSet()
  }

  /** Undefined where there is none. */
  get set(): Stored {
    return this.list('sets')[0]
  }

  list(kind: keyof typeof PATHS): readonly Stored[] {
    return this.send('GET', PATHS[kind]).items
  }

  createSet(spec: object = {}): void {
    this.send(
      'POST',
      PATHS.sets,
      statefulSet('web', { podManagementPolicy: this.#options.policy, ...spec }),
    )
  }

  patchSet(spec: object): void {
    this.#patch(`${PATHS.sets}/web`, { spec })
  }

  annotateTemplate(version: string): void {
    this.patchSet({ template: { metadata: { annotations: { version } } } })
  }

  /** Keeps a claim from going, or no longer. */
  holdClaim(name: string, isHeld: boolean): void {
    const { metadata } = this.send('GET', `${PATHS.claims}/${name}`)
    const others = (metadata.finalizers ?? []).filter((one: string) => one !== HELD)
    const finalizers = isHeld ? [...others, HELD] : others
    this.#patch(`${PATHS.claims}/${name}`, { metadata: { finalizers } })
  }

  play(steps: readonly TimedStep[]): void {
    for (const [step, thenMs] of steps) {
      this.take(step)
      this.simulation.runFor(thenMs)
    }
  }

  take(step: Step): void {
    switch (step.type) {
      case 'scale':
        return this.patchSet({ replicas: step.replicas })
      case 'template':
        return this.annotateTemplate(String(step.version))
      case 'strategy':
        return this.patchSet({ updateStrategy: updateStrategy(this.#bearable(step.strategy)) })
      case 'start':
        return this.patchSet({ ordinals: { start: step.ordinal } })
      case 'minReady':
        return this.patchSet({ minReadySeconds: step.seconds })
      case 'history':
        return this.patchSet({ revisionHistoryLimit: step.limit })
      case 'retention': {
        const { whenDeleted, whenScaled } = step
        return this.patchSet({ persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } })
      }
      case 'deletePod':
        return this.deletePod(`web-${step.ordinal}`, step.removal)
      case 'letGo':
        return this.#patch(`${PATHS.pods}/web-${step.ordinal}`, { metadata: { finalizers: null } })
      case 'label':
        return this.#patch(`${PATHS.pods}/web-${step.ordinal}`, metadataChange(step.change))
      case 'foreign':
        return this.createForeignPod(step.ordinal)
      case 'deleteClaim':
        this.send('DELETE', `${PATHS.claims}/www-web-${step.ordinal}`)
        return
      case 'deleteSet': {
        const { propagation: propagationPolicy } = step
        this.send('DELETE', `${PATHS.sets}/web`, { kind: 'DeleteOptions', propagationPolicy })
        return
      }
      case 'createSet':
        return this.createSet()
      case 'pod':
        return this.setPod(`web-${step.ordinal}`, step.to)
      case 'finish':
        return this.#finish(`web-${step.ordinal}`)
      case 'kubelets':
        for (const { metadata } of this.list('pods')) this.#serve(metadata.name)
        return
      case 'restart':
        return this.#restart(step.afterMs)
      case 'lag':
        this.#lagMs = step.ms
        return
      case 'refuse':
        this.#refusals.push({ refusal: step.refusal, left: step.refusal.nth })
        return
      default:
        assertNever(step)
    }
  }

  /** Faults are over; from now on every kubelet does its duty. */
  settle(eventsMax = 20_000): number {
    this.#refusals.length = 0
    this.#lagMs = 5
    this.#kubeletsWork = true
    for (const { metadata } of this.list('pods')) this.#serveSoon(metadata.name)
    const { events, reason } = this.simulation.run({ untilRest: true, eventsMax })
    if (reason !== 'rest') throw new Error(`not at rest after ${events} events`)
    return events
  }

  /** What a person would clear away who sees that the set does not get on. */
  clearTheWay(): void {
    for (const { metadata, status } of this.list('pods')) {
      if (metadata.finalizers !== undefined)
        this.#patch(`${PATHS.pods}/${metadata.name}`, { metadata: { finalizers: null } })
      // Two condemned Pods that have ended block each other, and nothing makes them Ready again.
      const isInTheWay = metadata.ownerReferences === undefined || status.phase !== 'Running'
      if (isInTheWay && metadata.deletionTimestamp === undefined)
        this.deletePod(metadata.name, 'forced')
    }
    // Nothing else tells the controller soon that what it waited for is gone.
    this.#patch(`${PATHS.sets}/web`, {
      metadata: { annotations: { looks: String(++this.#looks) } },
    })
  }

  createForeignPod(ordinal: number): void {
    this.send('POST', PATHS.pods, {
      metadata: { name: `web-${ordinal}`, labels: { app: 'other' } },
      spec: { containers: [{ name: 'c', image: 'other' }] },
    })
  }

  /** What a kubelet writes when a Pod gets there; nothing without a node. */
  setPod(name: string, to: 'ready' | 'unready' | 'failed' | 'succeeded'): void {
    const pod = this.send('GET', `${PATHS.pods}/${name}`)
    if (pod.kind !== 'Pod') return
    if (pod.spec.nodeName === undefined && !this.#schedule(pod)) return
    const phase = to === 'failed' ? 'Failed' : to === 'succeeded' ? 'Succeeded' : 'Running'
    // What has ended stays so.
    if (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') return
    const lastTransitionTime = `${new Date(this.simulation.unixMs).toISOString().slice(0, 19)}Z`
    const status = to === 'ready' ? 'True' : 'False'
    this.#patch(`${PATHS.pods}/${name}/status`, {
      status: { phase, conditions: [{ type: 'Ready', status, lastTransitionTime }] },
    })
  }

  /** A client that has listed a kind and follows it from there. */
  follow(kind: keyof typeof PATHS): () => readonly Stored[] {
    const listed = this.send('GET', PATHS[kind])
    const objects = new Map<string, Stored>()
    for (const item of listed.items) objects.set(item.metadata.name, item)
    const reply = this.server.call({
      method: 'GET',
      path: PATHS[kind],
      query: [
        ['watch', 'true'],
        ['resourceVersion', listed.metadata.resourceVersion],
      ],
      user: 'watcher',
    })
    if (reply.type !== 'watch') throw new Error(`${PATHS[kind]} answered with a ${reply.type}`)
    const take = ({ type, object }: WatchEvent): void => {
      const isKnown = objects.has(object.metadata.name)
      if (isKnown === (type === 'ADDED')) throw new Error(`${type} ${object.metadata.name}`)
      if (type === 'DELETED') objects.delete(object.metadata.name)
      else objects.set(object.metadata.name, object)
    }
    reply.start({ event: take, end: () => {} })
    return () => [...objects.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  send(method: ApiRequest['method'], path: string, body?: unknown, type = JSON_TYPE): Stored {
    const reply = answerTo(this.server, { method, path, body, type })
    if (reply.code >= 400 && reply.code !== 404 && reply.code !== 409) {
      throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`)
    }
    return reply.body
  }

  /**
   * Without the block a pass of a Parallel set may make a Pod at the current revision and delete it
   * for the update at once, and do so for ever: counted down below zero, its status is refused.
   */
  #bearable(strategy: Strategy): Strategy {
    const { policy, allowsMaxUnavailable } = this.#options
    if (strategy.type !== 'absent' || policy !== 'Parallel' || allowsMaxUnavailable) return strategy
    return { type: 'block', partition: 0, maxUnavailable: 1 }
  }

  #patch(path: string, body: unknown): void {
    this.send('PATCH', path, body, MERGE_PATCH)
  }

  /** False where the Pod has to wait for a claim. */
  #schedule({ metadata: { name }, spec, status }: Stored): boolean {
    const mountsClaim = spec.volumes.some((one: Stored) => one.persistentVolumeClaim !== undefined)
    const claim = this.send('GET', `${PATHS.claims}/${CLAIM}${name}`)
    if (mountsClaim && claim.metadata?.deletionTimestamp !== undefined) return false
    if (mountsClaim && claim.kind !== 'PersistentVolumeClaim') {
      if (status.conditions !== undefined) return false
      const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }]
      this.#patch(`${PATHS.pods}/${name}/status`, { status: { conditions } })
      return false
    }
    const target = { kind: 'Node', name: 'node-a' }
    this.send('POST', `${PATHS.pods}/${name}/binding`, { metadata: { name }, target })
    return true
  }

  deletePod(name: string, removal: Removal): void {
    const { metadata } = this.send('GET', `${PATHS.pods}/${name}`)
    // One that is going takes no new finalizer.
    if (removal === 'held' && metadata.deletionTimestamp !== undefined) return
    if (removal === 'held')
      this.#patch(`${PATHS.pods}/${name}`, { metadata: { finalizers: [HELD] } })
    const options = removal === 'forced' ? { gracePeriodSeconds: 0 } : {}
    this.send('DELETE', `${PATHS.pods}/${name}`, { kind: 'DeleteOptions', ...options })
  }

  #serveSoon(name: string): void {
    this.simulation.after(2, () => this.#serve(name), { label: 'kubelet' })
  }

  #serve(name: string): void {
    const pod = this.send('GET', `${PATHS.pods}/${name}`)
    if (pod.kind !== 'Pod') return
    if (pod.metadata.deletionTimestamp !== undefined) return this.#finish(name)
    const isReady = pod.status.conditions?.some(
      (one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True',
    )
    const to = this.isSick(pod) ? 'unready' : 'ready'
    if (pod.status.phase !== 'Running' || (isReady === true) !== (to === 'ready'))
      this.setPod(name, to)
  }

  /** The kubelet's last word on a Pod that is being deleted. */
  #finish(name: string): void {
    const pod = this.send('GET', `${PATHS.pods}/${name}`)
    if (pod.kind !== 'Pod' || pod.metadata.deletionTimestamp === undefined) return
    if (pod.metadata.deletionGracePeriodSeconds === 0) return
    this.server.call({
      method: 'DELETE',
      path: `${PATHS.pods}/${name}`,
      body: { kind: 'DeleteOptions', gracePeriodSeconds: 0 },
      user: 'system:node:node-a',
    })
  }

  #startOthers(): void {
    const context = createControllerContext({
      simulation: this.simulation,
      call: (request) => (isAboutEvents(request) ? NOT_STORED : this.server.call(request)),
      timings: createTimings('kind', this.simulation.random.fork('others')),
    })
    startGarbageCollectorController(context)
    startPVCProtectionController(context)
    context.informers.start()
  }

  #startController(): InformerFactory {
    const incarnation = ++this.#incarnation
    const { simulation } = this
    const random = simulation.random.fork(`controller/${incarnation}`)
    const context = createControllerContext({
      simulation,
      // A process that is gone sends nothing any more.
      call: this.#invariants.hearing((request) =>
        incarnation === this.#incarnation
          ? this.#atTheDoor(request)
          : refusal('ServiceUnavailable'),
      ),
      timings: {
        ...createTimings('kind', random),
        watchLatencyMs: () => random.uniform(1, this.#lagMs),
      },
      featureEnabled: (gate) =>
        gate !== 'MaxUnavailableStatefulSet' || this.#options.allowsMaxUnavailable,
    })
    startStatefulSetController(context)
    context.informers.start()
    return context.informers
  }

  #restart(afterMs: number): void {
    this.#informers?.stop()
    const incarnation = ++this.#incarnation
    this.simulation.after(
      afterMs,
      () => {
        if (incarnation === this.#incarnation) this.#informers = this.#startController()
      },
      { label: 'restart' },
    )
  }

  #answered(request: ApiRequest): ApiReply {
    const reply = this.server.call(request)
    const { path, method, body } = request
    const isTaken = method === 'POST' && reply.code === 409
    if (!isTaken || (path !== PATHS.pods && path !== PATHS.claims)) return reply
    const { name } = (body as Stored).metadata
    const { metadata } = this.send('GET', `${path}/${name}`)
    // Another set's Pod, or one that nobody manages, may be in the way.
    const owner = metadata.ownerReferences?.[0].uid
    const isOwn = path === PATHS.claims || (owner !== undefined && owner === this.set?.metadata.uid)
    if (isOwn) this.createdTwice.push(name)
    return reply
  }

  #atTheDoor(request: ApiRequest): ApiReply {
    if (isAboutEvents(request)) return NOT_STORED
    if (request.method === 'GET' || request.user !== CONTROLLER) return this.server.call(request)
    const due = this.#refusals.findIndex(
      (one) => request.path.includes(`/${one.refusal.resource}`) && one.left-- <= 0,
    )
    if (due < 0) return this.#answered(request)
    const [taken] = this.#refusals.splice(due, 1)
    if (taken?.refusal.how === 'answerLost') this.server.call(request)
    return refusal(taken?.refusal.how === 'conflict' ? 'Conflict' : 'ServiceUnavailable')
  }
}

function isAboutEvents({ path }: ApiRequest): boolean {
  return path.endsWith('/events') || path.includes('/events/')
}

const NOT_STORED = refusal('NotFound')

function refusal(reason: 'Conflict' | 'ServiceUnavailable' | 'NotFound'): ApiReply {
  const code = reason === 'Conflict' ? 409 : reason === 'NotFound' ? 404 : 503
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: reason,
    reason,
    code,
  }
  return { type: 'object', code, body: { ...body, metadata: {} } }
}

function updateStrategy(strategy: Strategy): object {
  if (strategy.type === 'OnDelete') return { type: 'OnDelete', rollingUpdate: null }
  if (strategy.type === 'absent') return { type: 'RollingUpdate', rollingUpdate: null }
  const { partition, maxUnavailable } = strategy
  return { type: 'RollingUpdate', rollingUpdate: { partition, maxUnavailable } }
}

function metadataChange(change: LabelChange): object {
  switch (change) {
    case 'orphaned':
      return { metadata: { ownerReferences: null } }
    case 'unlabelled':
      return { metadata: { labels: { 'statefulset.kubernetes.io/pod-name': null } } }
    case 'released':
      return { metadata: { labels: { app: 'other' } } }
    case 'unversioned':
      return { metadata: { labels: { 'controller-revision-hash': null } } }
  }
}

/** What the server answers a user with. */
export function answerTo(
  server: ApiServer,
  request: Pick<ApiRequest, 'method' | 'path' | 'body'> & { readonly type?: string | undefined },
): { readonly code: number; readonly body: Stored } {
  const { method, path, body, type = JSON_TYPE } = request
  const reply = server.call({
    method,
    path,
    headers: { 'content-type': type },
    user: 'kubernetes-admin',
    ...(body === undefined ? {} : { body }),
  })
  if (reply.type !== 'object') throw new Error(`${path} answered with a ${reply.type}`)
  return reply
}
