import type { TellDecision } from '#sim/apimachinery/decision.ts'
import type { KubeletEndpoint } from '#sim/apimachinery/kubelet-endpoint.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, ApiRequest, Call } from '#sim/apimachinery/request.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { AuditEntry, StorageChange } from './audit.ts'
import { Dispatcher } from './dispatch.ts'
import type { ProtobufFormat } from './protobuf-format.ts'
import type { ResourceDefinition } from './resource.ts'
import type { UidKind } from './uids.ts'
import { ServerState } from './server-state.ts'

export type { AuditEntry, StorageChange } from './audit.ts'

export type ApiServerOptions = {
  readonly simulation: Simulation
  readonly resources: readonly ResourceDefinition[]
  readonly featureGates?: Readonly<Record<string, boolean>>
  /** How many changes of a resource are kept for watches that start in the past. */
  readonly eventLogSize?: number
  /** The first address of the range of Services; `10.96.0.0` where none is given. */
  readonly serviceNetwork?: string
  /** Without it the server neither reads nor writes protobuf. */
  readonly protobuf?: ProtobufFormat | undefined
  /** Hears which evictions were refused, and for what. */
  readonly onDecision?: TellDecision
  /** Where the counter of revisions begins; watches from before it are too old. */
  readonly firstRevision?: number
  /** `random` where none are given. */
  readonly uids?: UidKind
}

/** The API server of one cluster: storage, rules and watches behind one function. */
export class ApiServer {
  readonly #state: ServerState
  readonly #dispatcher: Dispatcher

  constructor(options: ApiServerOptions) {
    this.#state = new ServerState({
      simulation: options.simulation,
      resources: options.resources,
      featureGates: options.featureGates ?? {},
      eventLogSize: options.eventLogSize,
      serviceNetwork: options.serviceNetwork,
      protobuf: options.protobuf,
      loopback: (request) => this.call(request),
      onDecision: options.onDecision,
      firstRevision: options.firstRevision,
      uids: options.uids ?? 'random',
    })
    this.#dispatcher = new Dispatcher(this.#state)
  }

  /**
   * Answers every request at once and never throws; what a write sets in motion comes later. A
   * request without an Accept header counts as one from inside: it gets stored objects as they
   * are, in lists too, and without managedFields.
   */
  readonly call: Call = (request: ApiRequest): ApiReply => this.#dispatcher.handle(request)

  /** The revision of the last change. */
  get revision(): number {
    return this.#state.storage.revision
  }

  /** Watches that neither have ended nor were stopped. */
  get openWatches(): number {
    let count = 0
    for (const { stored, hub, ...resource } of this.#state.registry.resources)
      if (stored.definition === resource.definition) count += [...hub.watchers()].length
    return count
  }

  /** Tells every mutating request after it happened, refused ones included. */
  onWrite(listener: (entry: AuditEntry) => void): () => void {
    return this.#dispatcher.onWrite(listener)
  }

  /** Tells each change of storage at once, within the request that made it. */
  onChange(listener: (change: StorageChange) => void): () => void {
    return this.#state.storage.onChange(listener)
  }

  /** Requests for exec, attach, logs and port-forward go to the kubelet of the Pod's node. */
  connectKubelet(nodeName: string, endpoint: KubeletEndpoint): () => void {
    const { kubelets } = this.#state
    kubelets.set(nodeName, endpoint)
    return () => {
      if (kubelets.get(nodeName) === endpoint) kubelets.delete(nodeName)
    }
  }

  /** Everything that is stored at the moment, resource by resource: what a mirror starts from. */
  *objects(): Iterable<KubeObject> {
    for (const { store } of this.#state.registry.resources) yield* store.all()
  }

  /** Forgets the history up to now, as etcd's compaction does: older watches get 410. */
  compact(): void {
    const { registry, storage } = this.#state
    for (const { store } of registry.resources) store.compact(storage.revision)
  }
}
