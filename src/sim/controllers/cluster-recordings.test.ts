import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { ApiRequest } from '#sim/apimachinery/request.ts'
import { createTimings } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { startScheduler } from '#sim/scheduler/scheduler.ts'
import { controllers } from './all.ts'
import { createControllerContext } from './context.ts'
import notYetMatching from './cluster-recordings.not-yet.json' with { type: 'json' }

/**
 * Replays what a real control plane was seen to do, under the virtual clock, and compares as
 * `tools/recordings/check-cluster.mjs` compares over HTTP.
 */

const FOLDER = 'tools/recordings/cluster'
// What the recorded control plane ran without.
const LEFT_OUT = new Set(['node-lifecycle', 'taint-eviction', 'persistentvolume-attach-detach'])

/* eslint-disable typescript/no-explicit-any -- recordings are any JSON */
type Json = any
type Step = {
  step: Json
  error?: Json
  state: Json
  events: Json[]
  stateStable: boolean
  eventsStable: boolean
}
type Recording = { name: string; watched: string[]; steps: Step[] }

const NAMESPACED: Record<string, string> = {
  pods: 'api/v1',
  persistentvolumeclaims: 'api/v1',
  services: 'api/v1',
  events: 'api/v1',
  configmaps: 'api/v1',
  endpoints: 'api/v1',
  secrets: 'api/v1',
  statefulsets: 'apis/apps/v1',
  deployments: 'apis/apps/v1',
  replicasets: 'apis/apps/v1',
  poddisruptionbudgets: 'apis/policy/v1',
  endpointslices: 'apis/discovery.k8s.io/v1',
}
const CLUSTER_WIDE: Record<string, string> = {
  nodes: 'api/v1',
  persistentvolumes: 'api/v1',
  namespaces: 'api/v1',
  storageclasses: 'apis/storage.k8s.io/v1',
  priorityclasses: 'apis/scheduling.k8s.io/v1',
}
const PATCH_TYPES: Record<string, string> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
}
const IGNORED = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'deletionTimestamp',
  'lastTransitionTime',
  'lastUpdateTime',
  'startTime',
  'lastProbeTime',
  'lastPhaseTransitionTime',
  'lastHeartbeatTime',
  'disruptedPods',
  'endpoints.kubernetes.io/last-change-trigger-time',
])

function pluralOf(kind: string): string {
  if (kind === 'StorageClass' || kind === 'PriorityClass') return `${kind.toLowerCase()}es`
  return kind === 'Endpoints' ? 'endpoints' : `${kind.toLowerCase()}s`
}

function canonical(value: Json, namespace: string): Json {
  if (Array.isArray(value)) return value.map((one) => canonical(one, namespace))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.keys(value)
        .toSorted()
        .filter((key) => !IGNORED.has(key))
        .map((key) => [key.replaceAll(namespace, 'NS'), canonical(value[key], namespace)]),
    )
  }
  if (typeof value !== 'string') return value
  return value
    .replaceAll(namespace, 'NS')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(
      /-([bcdf4-9]{6,10})(-[bcdfghjklmnpqrstvwxz2456789]{5})?(?=$|["' ,)])/g,
      (_all, _hash, suffix) => `-<hash>${suffix ? '-<rand>' : ''}`,
    )
    .replace(/10\.96\.\d+\.\d+/g, '10.96.x.x')
}

const SLIM: Record<string, (object: Json) => Json> = {
  pods: (pod) => ({
    name: pod.metadata.name,
    generateName: pod.metadata.generateName,
    labels: pod.metadata.labels,
    ownerReferences: pod.metadata.ownerReferences,
    finalizers: pod.metadata.finalizers,
    deleting: pod.metadata.deletionTimestamp !== undefined,
    nodeName: pod.spec.nodeName,
    nominatedNodeName: pod.status.nominatedNodeName,
    phase: pod.status.phase,
    conditions: pod.status.conditions?.map(({ type, status, reason, message }: Json) => ({
      type,
      status,
      reason,
      message,
    })),
    images: pod.spec.containers.map((container: Json) => container.image),
  }),
  endpointslices: (slice) => ({
    generateName: slice.metadata.generateName,
    labels: slice.metadata.labels,
    addressType: slice.addressType,
    ownerReferences: slice.metadata.ownerReferences,
    endpoints: slice.endpoints?.toSorted((a: Json, b: Json) =>
      a.addresses[0] < b.addresses[0] ? -1 : 1,
    ),
    ports: slice.ports,
  }),
  namespaces: (namespace) => ({
    name: namespace.metadata.name,
    deleting: namespace.metadata.deletionTimestamp !== undefined,
    spec: namespace.spec,
    status: namespace.status,
  }),
}

function slimmed(object: Json): Json {
  const { metadata, spec, status, kind: _kind, apiVersion: _version, ...rest } = object
  return {
    name: metadata.name,
    labels: metadata.labels,
    annotations: metadata.annotations,
    ownerReferences: metadata.ownerReferences,
    finalizers: metadata.finalizers,
    generation: metadata.generation,
    deleting: metadata.deletionTimestamp !== undefined,
    ...(spec ? { spec: { ...spec, template: undefined } } : {}),
    ...(status ? { status } : {}),
    ...rest,
  }
}

function byText(a: Json, b: Json): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}

class Replay {
  readonly simulation = new Simulation({ seed: 1 })
  readonly #server: ApiServer
  readonly #namespace: string
  readonly #watched: readonly string[]
  readonly #masksNodes: boolean
  readonly #seenEvents = new Set<string>()
  #nextIp = 0

  constructor({ name, watched }: Recording) {
    const { simulation } = this
    this.#server = new ApiServer({ simulation, resources: resourceDefinitions })
    this.#namespace = `${name}-x7`
    this.#watched = watched
    // Ties between nodes are drawn by lot.
    this.#masksNodes = !/^(schedule|volume)/.test(name)
    const timings = createTimings('kind', simulation.random.fork('timings'))
    const context = createControllerContext({
      simulation,
      call: this.#server.call,
      timings,
    })
    for (const one of controllers) if (!LEFT_OUT.has(one.name)) one.start(context)
    context.informers.start()
    startScheduler({ simulation, call: this.#server.call, timings })
    this.call('POST', 'api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: this.#namespace },
    })
    simulation.runFor(500)
  }

  call(method: ApiRequest['method'], path: string, body?: Json, type = 'application/json'): Json {
    const [pathname = '', query] = path.split('?')
    const reply = this.#server.call({
      method,
      path: `/${pathname}`,
      ...(query === undefined
        ? {}
        : { query: [['labelSelector', decodeURIComponent(query.split('=').slice(1).join('='))]] }),
      ...(body === undefined ? {} : { body: JSON.parse(JSON.stringify(body)) }),
      headers: { 'content-type': type, 'user-agent': 'check' },
      user: 'kubernetes-admin',
    })
    if (reply.type !== 'object') throw new Error(`${path}: ${reply.type}`)
    return { code: reply.code, body: JSON.parse(JSON.stringify(reply.body)) }
  }

  #url(resource: string, name?: string, subresource?: string): string {
    const prefix = CLUSTER_WIDE[resource] ?? `${NAMESPACED[resource]}/namespaces/${this.#namespace}`
    return [prefix, resource, name, subresource].filter(Boolean).join('/')
  }

  act(step: Json): Json {
    const fill = (value: Json): Json =>
      JSON.parse(JSON.stringify(value).replaceAll('NS', this.#namespace))
    if (step.create) {
      const object = fill(step.create)
      const plural = pluralOf(object.kind)
      const reply = this.call('POST', this.#url(plural), object)
      if (object.status && reply.code < 300) {
        const url = this.#url(plural, object.metadata.name, 'status')
        this.call('PATCH', url, { status: object.status }, PATCH_TYPES['strategic'])
      }
      return reply
    }
    if (step.patch) {
      const { resource, name, subresource, body, type = 'merge' } = fill(step.patch)
      return this.call('PATCH', this.#url(resource, name, subresource), body, PATCH_TYPES[type])
    }
    if (step.delete) {
      const { resource, name, options } = fill(step.delete)
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
      return this.call('DELETE', this.#url(resource, name), body)
    }
    if (step.evict) {
      return this.call('POST', this.#url('pods', step.evict, 'eviction'), {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: step.evict },
      })
    }
    if (step.adopt) return this.#adopt(step.adopt)
    if (step.wait) {
      this.simulation.runFor(step.wait * 1000)
      return {}
    }
    if (step.pods) {
      this.#setPods(step)
      return {}
    }
    throw new Error(JSON.stringify(step))
  }

  #adopt([name, first, options = {}, second]: Json): Json {
    const ownerReferences = [first, second].filter(Boolean).map((owner: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: owner,
      uid: this.call('GET', this.#url('configmaps', owner)).body.metadata.uid,
      ...(options.blockOwnerDeletion ? { blockOwnerDeletion: true } : {}),
    }))
    const finalizers = options.finalizers ? { finalizers: options.finalizers } : {}
    return this.call('POST', this.#url('configmaps'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ownerReferences, ...finalizers },
    })
  }

  #setPods(step: Json): void {
    const selector = step.selector ? `?labelSelector=${encodeURIComponent(step.selector)}` : ''
    const { items } = this.call('GET', `${this.#url('pods')}${selector}`).body
    const order = (pod: Json): string => pod.metadata.creationTimestamp + pod.metadata.name
    const now = new Date(this.simulation.unixMs).toISOString().replace(/\.\d+/, '')
    items.sort((a: Json, b: Json) => (order(a) < order(b) ? -1 : 1))
    for (const [at, pod] of items.entries()) {
      const { name, deletionTimestamp } = pod.metadata
      if (step.pods === 'finish') {
        const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }
        if (deletionTimestamp) this.call('DELETE', this.#url('pods', name), options)
        continue
      }
      if (deletionTimestamp || (pod.status.phase === 'Running' && step.onlyNew)) continue
      const status = step.pods === 'ready' ? 'True' : 'False'
      const ordinal = /-(\d+)$/.exec(name)?.[1]
      const ip =
        pod.status.podIP ??
        `10.1.0.${ordinal === undefined ? 100 + at + this.#nextIp++ : 10 + Number(ordinal)}`
      const conditions = ['Ready', 'ContainersReady'].map((type) => ({
        type,
        status,
        lastTransitionTime: now,
      }))
      this.call(
        'PATCH',
        this.#url('pods', name, 'status'),
        { status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions } },
        PATCH_TYPES['strategic'],
      )
      // Requests follow each other, and the controllers are quicker than the next.
      this.simulation.runFor(40)
    }
  }

  /** As the checker waits: until nothing has changed for 400 ms. */
  settle(): void {
    let last = ''
    let calm = 0
    for (let i = 0; i < 400 && calm < 5; i++) {
      // Its pause, and what its requests took: no two steps fall into one second.
      this.simulation.runFor(160)
      const versions = [...this.#watched, 'events'].map((resource) =>
        this.#listOwn(resource).map((object) => object.metadata.resourceVersion),
      )
      const text = JSON.stringify(versions)
      calm = text === last ? calm + 1 : 0
      last = text
    }
  }

  #listOwn(resource: string): Json[] {
    const { items = [] } = this.call('GET', this.#url(resource)).body
    return items.filter(
      ({ metadata }: Json) =>
        metadata.namespace === this.#namespace || metadata.name.includes(this.#namespace),
    )
  }

  #masked(value: Json): Json {
    if (!this.#masksNodes) return value
    return JSON.parse(
      JSON.stringify(value)
        .replace(/"nodeName":"NS-[a-z]"/g, '"nodeName":"<node>"')
        .replace(/ to NS-[abc]"/g, ' to <node>"'),
    )
  }

  state(): Json {
    const state = this.#watched.map((resource) => {
      const slim = SLIM[resource] ?? slimmed
      const objects = this.#listOwn(resource)
        .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
        .map((object) => JSON.parse(JSON.stringify(canonical(slim(object), this.#namespace))))
      const text = (one: Json): string => JSON.stringify(one.name ?? one) + JSON.stringify(one)
      return [resource, objects.toSorted((a, b) => (text(a) < text(b) ? -1 : 1))]
    })
    return this.#masked(Object.fromEntries(state))
  }

  newEvents(): Json[] {
    const fresh = this.#listOwn('events').filter((event) => {
      const key = `${event.metadata.name}${event.count ?? 0}${event.series?.count ?? 0}`
      if (this.#seenEvents.has(key)) return false
      this.#seenEvents.add(key)
      return true
    })
    const events = fresh.map((event) =>
      canonical(
        {
          type: event.type,
          reason: event.reason,
          message: event.message,
          object: `${event.involvedObject.kind}/${event.involvedObject.name}`,
          from: event.reportingComponent || event.source?.component,
        },
        this.#namespace,
      ),
    )
    return this.#masked(events.toSorted(byText))
  }

  errorOf({ code, body }: Json): Json {
    if (!(code >= 400)) return undefined
    const { reason, message, details } = body
    return canonical({ code, reason, message, details }, this.#namespace)
  }
}

function differences(want: Json, got: Json, path: string): string[] {
  if (JSON.stringify(want) === JSON.stringify(got)) return []
  if (want && got && typeof want === 'object' && typeof got === 'object') {
    if (Array.isArray(want) === Array.isArray(got)) {
      const keys = new Set([...Object.keys(want), ...Object.keys(got)])
      return [...keys].flatMap((key) => differences(want[key], got[key], `${path}/${key}`))
    }
  }
  const text = (value: Json): string | undefined => JSON.stringify(value)?.slice(0, 300)
  return [`${path}: recorded ${text(want)}, got ${text(got)}`]
}

function replay(recording: Recording): string[] {
  const world = new Replay(recording)
  const faults: string[] = []
  for (const [at, want] of recording.steps.entries()) {
    const reply = world.act(want.step)
    world.settle()
    const events = world.newEvents()
    const found = [
      ...differences(want.error, world.errorOf(reply), 'error'),
      ...(want.stateStable ? differences(want.state, world.state(), 'state') : []),
      ...(want.eventsStable ? differences(want.events, events, 'events') : []),
    ]
    for (const one of found)
      faults.push(`step ${at} ${JSON.stringify(want.step).slice(0, 80)}: ${one}`)
  }
  return faults
}

describe('recorded situations', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  const known: readonly string[] = notYetMatching
  let matching = 0

  it.each(files)('%s', (file) => {
    const recording = JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Recording
    const faults = replay(recording)
    if (faults.length === 0) matching++
    if (process.env['VERBOSE']) console.log(`${file}\n  ${faults.slice(0, 12).join('\n  ')}`)
    if (known.includes(recording.name)) expect(faults, 'matches now: strike it off').not.toEqual([])
    else expect(faults).toEqual([])
  })

  afterAll(() => {
    console.log(`cluster scenarios: ${matching} of ${files.length} as recorded`)
    expect(files.length).toBeGreaterThan(30)
  })
})
