import { ApiServer, type AuditEntry } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import type { TimingProfile } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import type { StatefulSetSpec } from 'kubernetes-types/apps/v1'
import { expect } from 'vitest'
import type { SyncDecisions } from './decisions.ts'
import { SlowCaches } from './slow-caches.test-kit.ts'
import { type Answer, NAMESPACE, TestWorld, type WorldResource } from './test-world.ts'

export const CONTROLLER = 'system:serviceaccount:kube-system:statefulset-controller'

export const POLICIES = ['OrderedReady', 'Parallel'] as const

/** The variants that the specification's scenarios hold under: whenDeleted, then whenScaled. */
export const RETENTION_VARIANTS = [
  { retention: 'absent', policy: undefined },
  { retention: 'RR', policy: { whenDeleted: 'Retain', whenScaled: 'Retain' } },
  { retention: 'RD', policy: { whenDeleted: 'Retain', whenScaled: 'Delete' } },
  { retention: 'DR', policy: { whenDeleted: 'Delete', whenScaled: 'Retain' } },
  { retention: 'DD', policy: { whenDeleted: 'Delete', whenScaled: 'Delete' } },
] as const

/** Every policy under every variant of retention, as the spec members to give a set. */
export const ALL_VARIANTS = POLICIES.flatMap((podManagementPolicy) =>
  RETENTION_VARIANTS.map(({ retention, policy }) => ({
    policy: podManagementPolicy,
    retention,
    spec: {
      podManagementPolicy,
      ...(policy === undefined ? {} : { persistentVolumeClaimRetentionPolicy: policy }),
    },
  })),
)

export const PARALLEL = { podManagementPolicy: 'Parallel' } as const

export function image(name: string) {
  return { template: { spec: { containers: [{ name: 'nginx', image: name }] } } }
}

/** Which requests of the controller a fault meets. */
export type Fault = {
  readonly method: ApiRequest['method']
  readonly path: RegExp
  /** The first that is met, of those that match from now on; 1 by default. */
  readonly nth?: number
  /** How many are met from there on; 1 by default. */
  readonly times?: number
  readonly reason?: 'InternalError' | 'Conflict' | 'AlreadyExists' | 'NotFound' | 'Forbidden'
  readonly message?: string
  /** Somebody else's deed just before the request arrives; the server then judges by itself. */
  readonly meanwhile?: () => void
}

const CODES = {
  InternalError: 500,
  Conflict: 409,
  AlreadyExists: 409,
  NotFound: 404,
  Forbidden: 403,
} as const

export type ScenarioOptions = {
  readonly name?: string
  readonly metadata?: object
  readonly featureGates?: Readonly<Record<string, boolean>>
  readonly profile?: TimingProfile
  /** Unbound Pods stay so where this is false. */
  readonly binds?: boolean
  /** Without a set, for tests that prepare the ground first. */
  readonly empty?: boolean
}

/**
 * A set `web` in a world without scheduler and kubelets, with one claim template, and every way to
 * make its controller's life hard: refused requests, rivals, caches that lag behind.
 */
export class ScenarioWorld {
  readonly simulation = new Simulation({ seed: 3 })
  readonly server: ApiServer
  readonly world: TestWorld
  readonly decisions: SyncDecisions[] = []
  /** What the controller itself asked for, reads included: `GET /apis/apps/v1/…`. */
  readonly requests: string[] = []
  readonly #faults: { readonly fault: Fault; seen: number }[] = []
  readonly #caches = new SlowCaches()
  readonly #listeners: ((request: string) => void)[] = []
  readonly #writes: AuditEntry[] = []
  readonly name: string

  constructor(spec: Partial<StatefulSetSpec> = {}, options: ScenarioOptions = {}) {
    const { featureGates = {}, profile, name = 'web' } = options
    this.name = name
    this.server = new ApiServer({
      simulation: this.simulation,
      resources: resourceDefinitions,
      featureGates,
    })
    this.world = new TestWorld({
      simulation: this.simulation,
      call: (request) => this.#call(request),
      featureGates,
      onDecision: (pass) => this.decisions.push(pass),
      ...(profile === undefined ? {} : { profile }),
    })
    this.server.onWrite((entry) => {
      if (entry.user === CONTROLLER) this.#writes.push(entry)
    })
    if (options.binds !== false) this.#bindPods()
    if (options.empty === true) return
    const { code, body } = this.create(spec, options.metadata)
    expect(code, JSON.stringify(body)).toBe(201)
    this.settle()
  }

  /** Creates the set; of the spec, members given replace the usual ones. */
  create(spec: Partial<StatefulSetSpec> = {}, metadata: object = {}): Answer {
    return this.world.create('statefulsets', statefulSet(this.name, spec, metadata))
  }

  settle(forMs = 300): void {
    this.simulation.runFor(forMs)
  }

  /** Meets the controller's coming requests with a refusal, or with a rival. */
  inject(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 })
  }

  /** Tells each request of the controller when it is sent. */
  onRequest(listener: (request: string) => void): void {
    this.#listeners.push(listener)
  }

  clearFaults(): void {
    this.#faults.length = 0
  }

  /** From now on the caches hear nothing of this resource, until it is released. */
  holdCache(resource: WorldResource): void {
    this.#caches.hold(resource)
  }

  releaseCache(resource: WorldResource): void {
    this.#caches.release(resource)
  }

  /** The caches miss what happens, lists and history included: they then list anew. */
  missEvents(happen: () => void): void {
    this.#caches.deafen()
    happen()
    this.settle(20)
    this.server.compact()
    this.#caches.breakWatches()
    // A list that follows a lost watch takes its time.
    this.settle(2000)
  }

  /** Every Pod there is, and every one that comes of it, becomes Ready. */
  makeReady(): void {
    for (let round = 0; round < 10; round++) {
      for (const name of this.pods()) {
        const { metadata, status } = this.pod(name)
        const isPending = status.phase !== 'Running' || !isReady(status)
        if (isPending && metadata.deletionTimestamp === undefined) {
          this.world.setPodState(name, 'ready')
        }
      }
      this.settle(100)
    }
  }

  /** Kubelets do their duty until nothing changes: what goes is gone, what stays is Ready. */
  converge(rounds = 30): void {
    for (let round = 0; round < rounds; round++) {
      for (const { metadata, status } of this.world.list('pods')) {
        if (metadata.deletionTimestamp !== undefined) {
          this.world.delete('pods', metadata.name, { gracePeriodSeconds: 0 })
        } else if (!isReady(status)) this.world.setPodState(metadata.name, 'ready')
      }
      this.settle(100)
    }
  }

  /** Deletes at once, as a kubelet's last request does. */
  remove(pod: string): void {
    this.world.delete('pods', pod, { gracePeriodSeconds: 0 })
    this.settle()
  }

  patch(spec: object): void {
    const { code, body } = this.world.patch('statefulsets', this.name, { spec })
    expect(code, JSON.stringify(body)).toBe(200)
    this.settle()
  }

  /** Wakes the controller without asking anything of it. */
  touch(): void {
    const annotations = { touched: String(this.simulation.now) }
    this.world.patch('statefulsets', this.name, { metadata: { annotations } })
    this.settle()
  }

  /** A claim as a person makes one; it is the set's by its name. */
  createClaim(name: string, metadata: object = {}): Answer['body'] {
    const { code, body } = this.world.create('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      ...claimTemplate(name),
      metadata: { name, ...metadata },
    })
    expect(code, JSON.stringify(body)).toBe(201)
    return body
  }

  /** Gone at once, whatever protects it. */
  removeClaim(name: string): void {
    this.world.delete('persistentvolumeclaims', name)
    this.world.patch('persistentvolumeclaims', name, { metadata: { finalizers: null } })
  }

  /** A Pod as a person makes one: without an owner, the volumes of a set and what it labels. */
  createPod(name: string, metadata: object = {}): Answer['body'] {
    const { code, body } = this.world.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ...metadata },
      spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }] },
    })
    expect(code, JSON.stringify(body)).toBe(201)
    return body
  }

  get(resource: WorldResource, name: string): Answer['body'] {
    return this.world.request('GET', this.world.path(resource, name)).body
  }

  pods(): string[] {
    return this.world.list('pods').map(({ metadata }) => String(metadata.name))
  }

  claims(): string[] {
    return this.world.list('persistentvolumeclaims').map(({ metadata }) => String(metadata.name))
  }

  get set(): Answer['body'] {
    return this.get('statefulsets', this.name)
  }

  pod(name: string): Answer['body'] {
    return this.get('pods', name)
  }

  claim(name: string): Answer['body'] {
    return this.get('persistentvolumeclaims', name)
  }

  revisions(): Answer['body'][] {
    return this.world.list('controllerrevisions').sort((a, b) => a.revision - b.revision)
  }

  /** Kind and name of each owner: `StatefulSet/web`. */
  owners(claim: string): string[] {
    const refs: { kind: string; name: string }[] = this.claim(claim).metadata.ownerReferences ?? []
    return refs.map(({ kind, name }) => `${kind}/${name}`)
  }

  /** Reason and message of each event, in order of their appearance. */
  events(): string[] {
    return this.typedEvents().map((event) => event.slice(event.indexOf(' ') + 1))
  }

  /** The same behind the type: `Normal SuccessfulCreate: …`. */
  typedEvents(): string[] {
    const { body } = this.world.request('GET', `/api/v1/namespaces/${NAMESPACE}/events`)
    const events: { type: string; reason: string; message: string }[] = body.items
    return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
  }

  /** The controller's writes since the last look, without events: `create pods web-0`. */
  writes(): string[] {
    return this.audit().map(({ verb, objectRef, code }) => {
      const { resource, subresource, name } = objectRef
      const what = subresource === undefined ? resource : `${resource}/${subresource}`
      return `${verb} ${what} ${name}${code < 300 ? '' : ` ${code}`}`
    })
  }

  /** The same as the server's log has it. Requests that an injected refusal met are not in it. */
  audit(): AuditEntry[] {
    return this.#writes.splice(0).filter(({ objectRef }) => objectRef.resource !== 'events')
  }

  #bindPods(): void {
    this.server.onChange(({ type, resource, object }) => {
      if (resource !== 'pods' || type !== 'ADDED') return
      const { name } = object.metadata
      this.simulation.after(20, () => this.world.bind(name), { label: 'bind' })
    })
  }

  #call(request: ApiRequest): ApiReply {
    if (this.#caches.isCaches(request)) return this.#caches.call(this.server.call, request)
    if (request.user !== CONTROLLER || request.path.endsWith('/events')) {
      return this.server.call(request)
    }
    const told = `${request.method} ${request.path}`
    this.requests.push(told)
    for (const listener of this.#listeners) listener(told)
    const reply = this.#meet(request) ?? this.server.call(request)
    this.answered(request, reply)
    return reply
  }

  /** Told of each request of the controller, and of the refusals injected, too. */
  protected answered(_request: ApiRequest, _reply: ApiReply): void {}

  #meet({ method, path }: ApiRequest): ApiReply | undefined {
    let met: Fault | undefined
    for (const entry of this.#faults) {
      const { nth = 1, times = 1 } = entry.fault
      if (entry.fault.method !== method || !entry.fault.path.test(path)) continue
      entry.seen++
      if (entry.seen >= nth && entry.seen < nth + times) met ??= entry.fault
    }
    if (met === undefined) return undefined
    if (met.meanwhile !== undefined) {
      met.meanwhile()
      return undefined
    }
    const { reason = 'InternalError', message = 'injected' } = met
    return {
      type: 'object',
      code: CODES[reason],
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message,
        reason,
        code: CODES[reason],
      },
    }
  }
}

export function isReady(status: Answer['body']): boolean {
  const conditions: { type: string; status: string }[] = status.conditions ?? []
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True')
}

export function statefulSet(
  name: string,
  spec: Partial<StatefulSetSpec> = {},
  metadata: object = {},
): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, ...metadata },
    spec: {
      serviceName: 'nginx',
      replicas: 3,
      selector: { matchLabels: { app: 'nginx' } },
      template: {
        metadata: { labels: { app: 'nginx' } },
        spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }] },
      },
      volumeClaimTemplates: [claimTemplate('www')],
      ...spec,
    },
  }
}

export function claimTemplate(name: string) {
  return {
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }
}
