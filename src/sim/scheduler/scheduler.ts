import type { TellDecision } from '#sim/apimachinery/decision.ts'
import type { Node, Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { Call } from '#sim/apimachinery/request.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import { Client } from '#sim/client/client.ts'
import { InformerFactory } from '#sim/client/informer.ts'
import type { Timings } from '#sim/client/timings.ts'
import type { AnyProcess, Task } from '#sim/kernel/process.ts'
import type { Simulation, Timer } from '#sim/kernel/simulation.ts'
import { ClusterCache } from './cluster-cache.ts'
import { type Refusal, schedulingDecision, type SchedulingOutcome } from './decision.ts'
import { SCHEDULER_DIALECTS, type SchedulerDialect, type SchedulerDialectName } from './dialect.ts'
import { createDefaultSelector } from './default-selector.ts'
import { feasibleNodesWanted, filtersFor, runFilters } from './filters.ts'
import { type FitError, newFitError, newPodFitError, NO_NODES, noVictimsText } from './fit-error.ts'
import type { CycleContext, Filter, Rejection } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { podFacts, podPriority } from './pod-facts.ts'
import {
  decideVolumes,
  type PodClaims,
  podClaims,
  type VolumeDecision,
} from './plugins/volume-claims.ts'
import { findPreemption, type Preemption } from './preemption.ts'
import {
  type ClusterEvent,
  isOwnChangeWorthRetrying,
  isWorthRetrying,
  nodeEvent,
} from './requeue-hints.ts'
import { PodReports } from './pod-reports.ts'
import { countedEvents, type EventSink, SchedulerEvents } from './scheduler-events.ts'
import { type QueuedPod, SchedulingQueue } from './scheduling-queue.ts'
import { scoreNodes } from './scores.ts'
import { VolumeBinder, VolumeBindingError } from './volume-binder.ts'

export type SchedulerOptions = {
  readonly simulation: Simulation
  readonly call: Call
  readonly timings: Timings
  /** How it words things and what it leaves to others; today's where absent. */
  readonly dialect?: SchedulerDialectName
  /** Pods that name another scheduler are left alone. */
  readonly schedulerName?: string
  /** The machine it runs on, as its events tell. */
  readonly host?: string
  /**
   * Of several nodes with the best score, by lot or the one that joined first. The recordings
   * only ever show the first.
   */
  readonly ties?: 'first' | 'lot'
  /** Hears what each cycle concluded. Without it nothing is noted. */
  readonly onDecision?: TellDecision
}

const USER = 'system:kube-scheduler'
const USER_AGENT = 'kube-scheduler/v1.36.2'

export function startScheduler(options: SchedulerOptions): Scheduler {
  const scheduler = new Scheduler(options)
  scheduler.start()
  return scheduler
}

/**
 * Finds a node for each Pod: one at a time, filter, score, reserve, bind; whom nothing fits waits
 * for a change that could help.
 *
 * Upstream: pkg/scheduler.
 */
export class Scheduler {
  readonly #simulation: Simulation
  readonly #options: SchedulerOptions
  readonly #name: string
  readonly #dialect: SchedulerDialect
  readonly #client: Client
  readonly #informers: InformerFactory
  readonly #queue: SchedulingQueue
  readonly #cache = new ClusterCache()
  readonly #volumes: VolumeBinder
  readonly #events: EventSink
  readonly #reports: PodReports
  readonly #defaultSelector
  readonly #random
  readonly #bindings = new Map<string, AnyProcess>()
  /** Nodes that Pods made room on for themselves, by the Pod's key. */
  readonly #nominated = new Map<string, { readonly pod: Pod; readonly nodeName: string }>()
  #cycle: Timer | undefined
  #nextStart = 0
  #isStopped = false

  constructor(options: SchedulerOptions) {
    const { simulation, call, timings } = options
    this.#options = options
    this.#simulation = simulation
    this.#name = options.schedulerName ?? 'default-scheduler'
    this.#dialect = SCHEDULER_DIALECTS[options.dialect ?? '1.36']
    this.#client = new Client({ call, user: USER, userAgent: USER_AGENT })
    this.#informers = new InformerFactory(simulation, this.#client, {
      latencyMs: timings.watchLatencyMs,
    })
    this.#queue = new SchedulingQueue(simulation, () => this.#wake())
    this.#volumes = new VolumeBinder(
      this.#client,
      this.#informers,
      (pod) => (pod.spec?.nodeName ?? '') !== '' || this.#cache.isAssumed(pod.metadata.uid),
    )
    this.#events = this.#dialect.hasSeries
      ? new SchedulerEvents(simulation, this.#client, {
          host: options.host ?? 'control-plane',
          latencyMs: timings.apiWriteMs,
        })
      : countedEvents(simulation, this.#client, timings)
    this.#reports = new PodReports(simulation, this.#client, this.#events, this.#name)
    this.#defaultSelector = createDefaultSelector(this.#informers)
    this.#random = simulation.random.fork('scheduler')
  }

  start(): void {
    this.#watchNodes()
    this.#watchPods()
    this.#watchVolumes()
    this.#informers.for('namespaces').onChange({
      updated: (old, namespace) => {
        if (old.metadata.labels !== namespace.metadata.labels) this.#cache.groups.clear()
      },
    })
    this.#informers.for('poddisruptionbudgets')
    this.#informers.start()
  }

  stop(): void {
    this.#isStopped = true
    this.#cycle?.cancel()
    this.#informers.stop()
    this.#queue.stop()
    for (const process of this.#bindings.values()) process.kill()
  }

  #watchNodes(): void {
    const onNode = (old: Node | undefined, node: Node): void => {
      this.#cache.setNode(node)
      const info = this.#cache.node(node.metadata.name)
      const event = info === undefined ? undefined : nodeEvent(info, old, node)
      if (event !== undefined) this.#retry(event)
    }
    this.#informers.for('nodes').onChange({
      added: (node) => onNode(undefined, node),
      updated: onNode,
      deleted: (node) => this.#cache.removeNode(node.metadata.name),
    })
  }

  #watchPods(): void {
    this.#informers.for('pods').onChange({
      added: (pod) => this.#onPod(undefined, pod),
      updated: (old, pod) => {
        if (old.metadata.uid !== pod.metadata.uid) this.#onPodGone(old)
        this.#onPod(old.metadata.uid === pod.metadata.uid ? old : undefined, pod)
      },
      deleted: (pod) => this.#onPodGone(pod),
    })
  }

  #onPod(old: Pod | undefined, pod: Pod): void {
    if (isTerminal(pod)) {
      this.#onPodGone(pod)
      return
    }
    if ((pod.spec?.nodeName ?? '') !== '') {
      this.#onPlaced(old, pod)
      return
    }
    if (pod.spec?.schedulerName !== this.#name) return
    // A Pod behind gates is not in the queue at all; the server itself says so in its status.
    if ((pod.spec.schedulingGates ?? []).length > 0) return
    if (this.#cache.isAssumed(pod.metadata.uid)) return
    const entry = this.#queue.get(objectKey(pod))
    if (entry !== undefined && entry.pod.metadata.uid !== pod.metadata.uid)
      this.#queue.remove(entry.key)
    this.#queue.add(pod)
    if (old === undefined || entry === undefined) return
    if (isOwnChangeWorthRetrying(old, pod, entry.rejectedBy)) this.#queue.requeue(entry)
  }

  #onPlaced(old: Pod | undefined, pod: Pod): void {
    const key = objectKey(pod)
    this.#queue.remove(key)
    this.#nominated.delete(key)
    this.#cache.confirm(pod)
    const wasPlaced = old !== undefined && (old.spec?.nodeName ?? '') !== ''
    if (!wasPlaced) this.#retry({ type: 'podPlaced', pod })
    else if (old.metadata.labels !== pod.metadata.labels)
      this.#retry({ type: 'podRelabelled', pod })
    // A Pod on its way out no longer counts for spreading.
    else if (old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp)
      this.#retry({ type: 'podRelabelled', pod })
  }

  #onPodGone(pod: Pod): void {
    const key = objectKey(pod)
    const entry = this.#queue.get(key)
    if (entry?.pod.metadata.uid === pod.metadata.uid) this.#queue.remove(key)
    if (this.#nominated.get(key)?.pod.metadata.uid === pod.metadata.uid) this.#nominated.delete(key)
    this.#bindings.get(pod.metadata.uid)?.kill()
    this.#cache.remove(pod.metadata.uid)
    if ((pod.spec?.nodeName ?? '') !== '') this.#retry({ type: 'podGone', pod })
  }

  #watchVolumes(): void {
    const claim = ({ metadata }: { metadata: { name: string; namespace?: string } }): void =>
      this.#retry({ type: 'claim', namespace: metadata.namespace ?? '', name: metadata.name })
    const onClaim = {
      added: claim,
      updated: (_old: unknown, one: Parameters<typeof claim>[0]) => claim(one),
    }
    this.#informers.for('persistentvolumeclaims').onChange(onClaim)
    const volume = (): void => this.#retry({ type: 'volume' })
    this.#informers.for('persistentvolumes').onChange({ added: volume, updated: volume })
    const storageClass = (): void => this.#retry({ type: 'storageClass' })
    this.#informers.for('storageclasses').onChange({ added: storageClass, updated: storageClass })
  }

  #retry(event: ClusterEvent): void {
    for (const entry of this.#queue.unschedulable)
      if (isWorthRetrying(entry.pod, entry.rejectedBy, event, this)) this.#queue.requeue(entry)
  }

  readonly namespaceLabels = (name: string): Readonly<Record<string, string>> | undefined =>
    this.#informers.for('namespaces').get(name)?.metadata.labels

  #wake(): void {
    if (this.#cycle !== undefined || this.#isStopped) return
    this.#cycle = this.#simulation.after(
      this.#options.timings.schedulingMs(),
      () => {
        this.#cycle = undefined
        const entry = this.#queue.pop()
        if (entry !== undefined) this.#scheduleOne(entry)
        if (this.#queue.hasReady) this.#wake()
      },
      { label: 'scheduler' },
    )
  }

  #scheduleOne(entry: QueuedPod): void {
    const { pod } = entry
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#events.record(pod, {
        type: 'Warning',
        reason: 'FailedScheduling',
        action: 'Scheduling',
        note: `skip schedule deleting pod: ${entry.key}`,
      })
      this.#queue.remove(entry.key)
      return
    }
    const context: CycleContext = {
      pod,
      facts: podFacts(pod),
      cache: this.#cache,
      namespaceLabels: this.namespaceLabels,
    }
    const nodeCount = this.#cache.nodes.length
    if (nodeCount === 0) {
      this.#fail(entry, { message: NO_NODES, rejectedBy: new Set() })
      return
    }
    const claims = podClaims(pod, this.#volumes.lister, this.#dialect)
    if ('message' in claims) {
      this.#fail(entry, newPodFitError(claims.plugin, claims.message, nodeCount, this.#dialect))
      return
    }
    const { feasible, rejections } = this.#findFeasible(context, claims)
    if (feasible.length === 0) {
      this.#preemptOrFail(entry, context, claims, rejections)
      return
    }
    this.#assign(entry, context, claims, feasible)
  }

  #findFeasible(
    context: CycleContext,
    claims: PodClaims,
  ): { feasible: readonly NodeInfo[]; rejections: ReadonlyMap<NodeInfo, Rejection> } {
    const filters = filtersFor(context, claims, this.#volumes.lister)
    const { nodes } = this.#cache
    const wanted = feasibleNodesWanted(nodes.length)
    const feasible: NodeInfo[] = []
    const rejections = new Map<NodeInfo, Rejection>()
    let looked = 0
    // A large cluster is not looked through for each Pod: each cycle goes on where the last ended.
    while (looked < nodes.length && feasible.length < wanted) {
      const info = nodes[(this.#nextStart + looked++) % nodes.length]
      if (info === undefined) break
      const rejection = this.#filter(context, filters, info)
      if (rejection === undefined) feasible.push(info)
      else rejections.set(info, rejection)
    }
    if (looked < nodes.length) this.#nextStart = (this.#nextStart + looked) % nodes.length
    return { feasible, rejections }
  }

  /** Pods that made room for themselves, and are no less important, count as if they were there. */
  #filter(
    context: CycleContext,
    filters: readonly Filter[],
    info: NodeInfo,
  ): Rejection | undefined {
    if (this.#nominated.size > 0) {
      const coming: Pod[] = []
      for (const { pod, nodeName } of this.#nominated.values()) {
        if (nodeName !== info.name || pod.metadata.uid === context.pod.metadata.uid) continue
        if (podPriority(pod) >= podPriority(context.pod)) coming.push(pod)
      }
      if (coming.length > 0) {
        const rejection = runFilters(filters, info.changed({ with: coming }))
        if (rejection !== undefined) return rejection
      }
    }
    return runFilters(filters, info)
  }

  #assign(
    entry: QueuedPod,
    context: CycleContext,
    claims: PodClaims,
    feasible: readonly NodeInfo[],
  ): void {
    const { pod } = entry
    const info = this.#choose(context, feasible)
    const decision = decideVolumes(claims, info, this.#volumes.lister)
    if (decision === undefined) {
      this.#queue.backOff(entry)
      return
    }
    this.#cache.assume(pod, info.name)
    this.#nominated.delete(entry.key)
    this.#volumes.reserve(decision)
    if (decision.bindings.length === 0 && decision.provisions.length === 0) {
      this.#bind(entry, pod, info.name, decision)
      return
    }
    this.#tell(pod, () => ({
      type: 'awaitsVolumes',
      nodeName: info.name,
      claims: [...decision.bindings.map(({ claim }) => claim), ...decision.provisions].map(
        ({ metadata }) => metadata.name,
      ),
    }))
    const process = this.#simulation.spawn(this.#bindVolumes(entry, pod, info.name, decision), {
      name: `scheduler/bind/${entry.key}`,
    })
    this.#bindings.set(pod.metadata.uid, process)
    process.onExit((exit) => {
      this.#bindings.delete(pod.metadata.uid)
      if (exit.type === 'threw') this.#simulation.fail(exit.error as Error) // Our own bug.
      if (exit.type === 'killed') this.#volumes.release(decision)
    })
  }

  #choose(context: CycleContext, feasible: readonly NodeInfo[]): NodeInfo {
    const [only] = feasible
    if (feasible.length === 1 && only !== undefined) {
      this.#tell(context.pod, () => ({ type: 'placed', nodeName: only.name, scores: [] }))
      return only
    }
    const scores = scoreNodes(context, feasible, this.#defaultSelector(context.pod))
    const best = Math.max(...scores)
    const winners = feasible.filter((_info, at) => scores[at] === best)
    // The first in the order of the cluster, not of this cycle's walk, which starts anywhere.
    const chosen =
      this.#options.ties === 'lot' ? this.#random.pick(winners) : (winners[0] as NodeInfo)
    this.#tell(context.pod, () => ({
      type: 'placed',
      nodeName: chosen.name,
      scores: feasible
        .map((info, at) => ({ nodeName: info.name, score: scores[at] ?? 0 }))
        .toSorted((a, b) => b.score - a.score),
    }))
    return chosen
  }

  *#bindVolumes(entry: QueuedPod, pod: Pod, nodeName: string, decision: VolumeDecision): Task {
    try {
      if (this.#dialect.nominatesEarly) this.#reports.nominate(pod, nodeName)
      yield* this.#volumes.bind(decision, nodeName)
    } catch (error) {
      if (!(error instanceof VolumeBindingError) && !(error instanceof StatusError)) throw error
      const message = `running PreBind plugin "VolumeBinding": binding volumes: ${error.message}`
      this.#abandon(entry, pod, decision, message)
      return
    }
    this.#tell(pod, () => ({ type: 'bound', nodeName }))
    this.#bind(entry, pod, nodeName, decision)
  }

  #bind(entry: QueuedPod, pod: Pod, nodeName: string, decision: VolumeDecision): void {
    const { name, namespace, uid } = pod.metadata
    try {
      this.#client.resource('pods').post(name, namespace, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { kind: 'Node', name: nodeName },
      })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      this.#abandon(entry, pod, decision, `binding rejected: ${error.message}`)
      return
    }
    this.#queue.remove(entry.key)
    this.#volumes.release(decision)
    this.#events.record(pod, {
      type: 'Normal',
      reason: 'Scheduled',
      action: 'Binding',
      note: this.#dialect.assigned(namespace ?? '', name, nodeName),
    })
  }

  /** The node was right, carrying it out went wrong. */
  #abandon(entry: QueuedPod, pod: Pod, decision: VolumeDecision, message: string): void {
    this.#cache.forget(pod)
    this.#volumes.release(decision)
    if (this.#queue.get(entry.key) !== entry) return
    entry.pod = this.#informers.for('pods').getByKey(entry.key) ?? pod
    this.#tell(entry.pod, () => ({ type: 'failed', message }))
    this.#reports.unscheduled(entry.pod, 'SchedulerError', message)
    this.#queue.backOff(entry)
  }

  #preemptOrFail(
    entry: QueuedPod,
    context: CycleContext,
    claims: PodClaims,
    rejections: ReadonlyMap<NodeInfo, Rejection>,
  ): void {
    const nodeCount = this.#cache.nodes.length
    const all = [...rejections.values()]
    const obstacle = this.#preemptionObstacle(entry)
    const preemption =
      obstacle === undefined ? this.#findPreemption(context, claims, rejections) : undefined
    const text = obstacle ?? (preemption === undefined ? noVictimsText(all, nodeCount) : undefined)
    const fitError = newFitError(all, nodeCount, text, this.#dialect)
    const refusals = (): readonly Refusal[] =>
      [...rejections].map(([{ name }, { reasons }]) => ({ nodeName: name, reasons }))
    if (preemption === undefined) {
      this.#fail(entry, fitError, { refusals })
      return
    }
    const nodeName = preemption.info.name
    this.#nominated.set(entry.key, { pod: entry.pod, nodeName })
    this.#fail(entry, fitError, { refusals, nominatedNodeName: nodeName })
    this.#reports.evict(entry.pod, preemption)
  }

  #preemptionObstacle({ key, pod }: QueuedPod): string | undefined {
    if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
    const nominated = this.#nominated.get(key)
    const info = nominated === undefined ? undefined : this.#cache.node(nominated.nodeName)
    for (const other of info?.pods.values() ?? []) {
      const isGoing = other.metadata.deletionTimestamp !== undefined
      if (isGoing && podPriority(other) < podPriority(pod))
        return 'not eligible due to a terminating pod on the nominated node.'
    }
    return undefined
  }

  #findPreemption(
    context: CycleContext,
    claims: PodClaims,
    rejections: ReadonlyMap<NodeInfo, Rejection>,
  ): Preemption | undefined {
    const candidates = [...rejections]
      .filter(([, { isPreemptable }]) => isPreemptable)
      .map(([info]) => info)
    return findPreemption(
      context,
      candidates,
      { claims, lister: this.#volumes.lister },
      this.#informers.for('poddisruptionbudgets').list(),
    )
  }

  #fail(
    entry: QueuedPod,
    { message, rejectedBy }: FitError,
    {
      refusals,
      nominatedNodeName,
    }: {
      readonly refusals?: () => readonly Refusal[]
      readonly nominatedNodeName?: string
    } = {},
  ): void {
    this.#tell(entry.pod, () => ({
      type: 'unplaced',
      message,
      rejections: refusals?.() ?? [],
      ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    }))
    this.#reports.unscheduled(entry.pod, 'Unschedulable', message, nominatedNodeName)
    this.#queue.park(entry, rejectedBy)
  }

  #tell(pod: Pod, outcome: () => SchedulingOutcome): void {
    this.#options.onDecision?.(schedulingDecision(this.#simulation.now, pod, outcome()))
  }
}

function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}
