import type { TellDecision } from '#sim/apimachinery/decision.ts'
import { SAFE_ALPHABET } from '#sim/apimachinery/fnv.ts'
import type { KubeletEndpoint } from '#sim/apimachinery/kubelet-endpoint.ts'
import type { Call } from '#sim/apimachinery/request.ts'
import type { Random } from '#sim/kernel/random.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { AddressPools } from './address-pools.ts'
import { Bookmarks } from './bookmarks.ts'
import { Discovery } from './discovery.ts'
import { OpenApi } from './openapi/openapi.ts'
import type { ProtobufFormat } from './protobuf-format.ts'
import { Ownership } from './ownership.ts'
import { Registry } from './registry.ts'
import type { RequestContext, ResourceDefinition } from './resource.ts'
import type { Scope } from './scope.ts'
import { DEFAULT_FIRST_REVISION, Storage } from './storage.ts'
import { createUids, type UidKind } from './uids.ts'
import { WatchDelivery } from './watch-hub.ts'

const DEFAULT_LOG_SIZE = 10_000

export type ServerStateOptions = {
  readonly simulation: Simulation
  readonly resources: readonly ResourceDefinition[]
  readonly featureGates: Readonly<Record<string, boolean>>
  readonly eventLogSize: number | undefined
  readonly serviceNetwork: string | undefined
  /** The server as its own client. */
  readonly loopback: Call
  readonly protobuf: ProtobufFormat | undefined
  readonly onDecision: TellDecision | undefined
  readonly firstRevision: number | undefined
  readonly uids: UidKind
}

/** kubeadm's default range of Services, 10.96.0.0/12. */
const DEFAULT_SERVICE_NETWORK = '10.96.0.0'

/** What all handlers of one server share. */
export class ServerState {
  readonly simulation: Simulation
  readonly storage: Storage
  readonly delivery: WatchDelivery
  readonly registry: Registry
  readonly ownership = new Ownership()
  readonly kubelets = new Map<string, KubeletEndpoint>()
  readonly bookmarks: Bookmarks
  readonly discovery: Discovery
  readonly openapi: OpenApi
  readonly loopback: Call
  readonly protobuf: ProtobufFormat | undefined
  readonly onDecision: TellDecision | undefined
  readonly #featureGates: Readonly<Record<string, boolean>>
  readonly #random: Random
  readonly #pools: AddressPools
  readonly newUid: () => string
  /** What is the same in the context of every request. */
  readonly #abilities: Pick<RequestContext, 'featureEnabled' | 'lookup' | 'list' | 'randomSuffix'> =
    {
      featureEnabled: (gate) => this.featureEnabled(gate),
      lookup: (resource, namespace, name) =>
        this.registry.named(resource)?.store.get(namespace, name),
      list: (resource, namespace) => this.registry.named(resource)?.store.all(namespace) ?? [],
      randomSuffix: () => this.randomSuffix(),
    }
  #stampedSecond = NaN
  #stamp = ''

  constructor(options: ServerStateOptions) {
    this.simulation = options.simulation
    this.loopback = options.loopback
    this.protobuf = options.protobuf
    this.#featureGates = options.featureGates
    this.onDecision = options.onDecision
    this.#random = options.simulation.random.fork('apiserver')
    this.newUid = createUids(options.uids, options.simulation, this.#random)
    const firstRevision = options.firstRevision ?? DEFAULT_FIRST_REVISION
    this.storage = new Storage(firstRevision)
    this.delivery = new WatchDelivery(options.simulation)
    this.registry = new Registry(options.resources, {
      delivery: this.delivery,
      logSize: options.eventLogSize ?? DEFAULT_LOG_SIZE,
      firstRevision,
    })
    this.bookmarks = new Bookmarks({
      simulation: options.simulation,
      storage: this.storage,
      delivery: this.delivery,
      resources: () => this.registry.resources,
    })
    this.discovery = new Discovery(this.registry)
    this.openapi = new OpenApi(this.registry, options.protobuf)
    this.#pools = new AddressPools(this.#random, options.serviceNetwork ?? DEFAULT_SERVICE_NETWORK)
    this.storage.onChange((change) => this.#pools.observe(change))
  }

  /** The present as the API writes it. */
  get timestamp(): string {
    const second = Math.floor(this.simulation.unixMs / 1000)
    if (second !== this.#stampedSecond) {
      this.#stampedSecond = second
      this.#stamp = timestampOf(second * 1000)
    }
    return this.#stamp
  }

  /** Five characters that can form no word. */
  randomSuffix(): string {
    let suffix = ''
    for (let count = 0; count < 5; count++)
      suffix += SAFE_ALPHABET[this.#random.int(0, SAFE_ALPHABET.length - 1)]
    return suffix
  }

  featureEnabled(gate: string): boolean {
    return this.#featureGates[gate] === true
  }

  contextFor(scope: Scope): RequestContext {
    const isDryRun = scope.query.all('dryRun').includes('All')
    return this.#context(scope.request.user, isDryRun, (text) => scope.warn(text))
  }

  /** For rules that run again without a request, whose warnings have been given before. */
  get idleContext(): RequestContext {
    return this.#context('', false, () => {})
  }

  #context(user: string, isDryRun: boolean, warn: (text: string) => void): RequestContext {
    let taken: Set<string> | undefined
    const { featureEnabled, lookup, list, randomSuffix } = this.#abilities
    return {
      featureEnabled,
      lookup,
      list,
      randomSuffix,
      now: this.simulation.now,
      timestamp: this.timestamp,
      user,
      isDryRun,
      warn,
      allocate: (pool, wanted) => this.#pools.allocate(pool, wanted, (taken ??= new Set<string>())),
    }
  }
}

/** RFC 3339 in whole seconds, as the API writes times. */
export function timestampOf(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`
}
