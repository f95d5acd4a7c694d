import type { Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import { InvariantError } from '#sim/kernel/invariant.ts'
import type { Process, Task } from '#sim/kernel/process.ts'
import type { Timer } from '#sim/kernel/simulation.ts'
import { sleep } from '#sim/kernel/waits.ts'
import { type ContainerRecord, type ContainerRun, isRunning } from './container-run.ts'
import { News } from './news.ts'
import type { NodeContext } from './node-context.ts'
import { asksForSync, containerPath, isOver, takeAway } from './pod-object.ts'
import { generatePodStatus, type PodCondition, type PodStatus, seconds } from './pod-status.ts'
import { graceSeconds, PodStarter } from './pod-starter.ts'
import { PodStopper } from './pod-stopper.ts'
import { PodStatusWriter } from './pod-status-writer.ts'
import type { PodVolume } from './pod-volumes.ts'
import { ContainerProbes } from './container-probes.ts'
import { createSandbox, type Sandbox } from './sandbox.ts'
import { retryLater, type SyncResult } from './sync-result.ts'
import { hasDisks, mountVolumes, type PodVolumes, refreshContent } from './volume-mounter.ts'

const RETRY_MS = 10_000
const FORCED_GRACE_MS = 2000

/** Why a Pod ends before its containers would: rejection, eviction. */
export type PodVerdict = {
  readonly reason: string
  readonly message: string
  readonly condition?: PodCondition
  readonly graceSeconds?: number
}

export type PodWorkerOptions = {
  readonly context: NodeContext
  readonly pod: Pod
  /** Undefined where the node has room for it. */
  readonly rejection: PodVerdict | undefined
  /** Containers that lived here before the node went down. */
  readonly survivors?: PodMemory | undefined
  readonly forcedProbeFailure: (container: string, kind: string) => string | undefined
  readonly onEnded: (worker: PodWorker) => void
  /** It needs nothing any more: its requests are free. */
  readonly onStopped: (worker: PodWorker) => void
}

/** What a kubelet finds on its disk after a restart. */
export type PodMemory = {
  readonly containers: ReadonlyMap<string, ContainerRecord>
  readonly startTime: string
}

/**
 * The life of one Pod on its node: one sync after the other, each telling the status first and
 * then doing what is next, until the Pod ends or is deleted.
 *
 * Upstream: pkg/kubelet/pod_workers.go, kubelet.go (SyncPod and its siblings) and
 * kuberuntime_manager.go. Simplified: no resync without a reason.
 */
export class PodWorker {
  readonly uid: string
  readonly key: string
  readonly #context: NodeContext
  readonly #options: PodWorkerOptions
  readonly #containers = new Map<string, ContainerRecord>()
  readonly #probes: ContainerProbes
  readonly #status: PodStatusWriter
  readonly #starter: PodStarter
  readonly #stopper: PodStopper
  readonly #news: News
  readonly #startTime: string
  #pod: Pod
  #sandbox: Sandbox | undefined
  #lastIp: string | undefined
  #volumes: PodVolumes | undefined
  #verdict: PodVerdict | undefined
  #process: Process | undefined
  #isGone = false
  #isEnding = false
  #isTerminating = false
  #hasHadSandbox = false
  readonly #unprobed: (() => void)[] = []
  #relistTimer: Timer | undefined

  constructor(options: PodWorkerOptions) {
    const { context, pod, survivors } = options
    this.#context = context
    this.#options = options
    this.#pod = pod
    this.uid = pod.metadata.uid
    this.key = objectKey(pod)
    this.#status = new PodStatusWriter(context, this.key, pod)
    this.#news = new News(context.simulation, `pod/${this.key}/retry`)
    this.#startTime =
      survivors?.startTime ?? pod.status?.startTime ?? seconds(context.simulation.unixMs)
    this.#verdict = options.rejection
    for (const [name, record] of survivors?.containers ?? []) {
      this.#containers.set(name, record)
      this.#hasHadSandbox = true
    }
    const tell = (container: string, event: RecordedEvent) => this.#tell(container, event)
    const podIp = () => this.#sandbox?.ip ?? ''
    this.#stopper = new PodStopper({
      context,
      key: this.key,
      spec: () => this.#pod.spec ?? { containers: [] },
      containers: this.#containers,
      podIp,
      tell,
    })
    this.#starter = new PodStarter({
      context,
      pod: () => this.#pod,
      containers: this.#containers,
      stopper: this.#stopper,
      tell,
      onExit: (run) => this.#onExit(run),
      onStarted: (container, record, run) => {
        // Probing begins once the container has been seen to run.
        this.#unprobed.push(() => {
          if (run.state === 'running') this.#probes.start(container, record, run)
        })
      },
    })
    this.#probes = new ContainerProbes({
      context,
      podIp,
      forcedFailure: options.forcedProbeFailure,
      tell,
      onChange: () => this.#onProbeChange(),
      onMustRestart: (name, restart) => this.#onMustRestart(name, restart),
    })
  }

  start(): void {
    this.#process = this.#context.simulation.spawn(this.#run(), { name: `pod/${this.key}` })
  }

  get pod(): Pod {
    return this.#pod
  }

  get volumes(): Iterable<PodVolume> {
    return this.#volumes?.values() ?? []
  }

  record(container: string): ContainerRecord | undefined {
    return this.#containers.get(container)
  }

  get sandbox(): Sandbox | undefined {
    return this.#sandbox
  }

  /** A new state of the object from the watch. */
  update(pod: Pod): void {
    const old = this.#pod
    this.#pod = pod
    this.#status.observe(pod)
    if (asksForSync(old, pod)) this.#wakeUp()
  }

  /** The object is gone: whatever still runs has to stop. */
  removed(): void {
    this.#isGone = true
    this.#status.close()
    this.#wakeUp()
  }

  /** Ends the Pod although nobody deleted it. */
  evict(verdict: PodVerdict): void {
    if (this.#isEnding || this.#verdict !== undefined) return
    this.#verdict = verdict
    this.#wakeUp()
  }

  /** Kills a container's processes, as the kernel or a person on the node would. */
  isRunning(container: string): boolean {
    return isRunning(this.#containers.get(container))
  }

  killContainer(name: string, reason: 'Error' | 'OOMKilled'): boolean {
    const run = this.#containers.get(name)?.current
    if (run?.state !== 'running' || run.process === undefined) return false
    if (reason === 'OOMKilled') run.reason = 'OOMKilled'
    run.process.signal('SIGKILL')
    return true
  }

  /** The node goes down: everything stops where it is, and nobody is told. */
  crash(): PodMemory {
    // Exits from here on are nobody's news.
    this.#isTerminating = true
    this.#process?.kill()
    this.#status.close()
    this.#relistTimer?.cancel()
    this.#probes.stopAll()
    for (const record of this.#containers.values()) {
      const run = record.current
      if (run === undefined || run.state === 'exited') continue
      run.reason = 'Unknown'
      run.process?.signal('SIGKILL')
      run.state = 'exited'
      run.exitCode = 255
      record.waiting = undefined
      record.restart = undefined
    }
    this.#sandbox?.close()
    return { containers: this.#containers, startTime: this.#startTime }
  }

  *#run(): Task {
    yield* sleep(this.#context.timings.firstStatusMs())
    if (this.#options.rejection !== undefined) return yield* this.#reject(this.#options.rejection)
    if (isOver(this.#pod)) {
      this.#isEnding = true
      this.#options.onStopped(this)
      return yield* this.#cleanUp()
    }
    this.#watchDeadline()
    for (;;) {
      this.#news.takeIn()
      if (this.#mustTerminate()) return yield* this.#terminate()
      const result = yield* this.#sync()
      if (result.type === 'ended') return yield* this.#finishByItself()
      if (result.type === 'changed') {
        // What was started shows at the next look at the containers, which comes at once.
        if (!this.#mustTerminate()) yield* sleep(this.#context.lookDelayMs())
        continue
      }
      if (this.#mustTerminate()) continue
      yield* this.#news.await(result.type === 'retry' ? result.delayMs : undefined)
    }
  }

  #watchDeadline(): void {
    const { activeDeadlineSeconds } = this.#pod.spec ?? {}
    if (activeDeadlineSeconds === undefined) return
    const { simulation } = this.#context
    const dueAt = Date.parse(this.#startTime) + activeDeadlineSeconds * 1000
    const reason = 'DeadlineExceeded'
    const message = 'Pod was active on the node longer than the specified deadline'
    simulation.after(
      Math.max(0, dueAt - simulation.unixMs),
      () => {
        if (this.#isEnding || this.#isTerminating) return
        this.#tell(undefined, { type: 'Normal', reason, message })
        this.evict({ reason, message })
      },
      { label: `pod/${this.key}/deadline`, periodic: true },
    )
  }

  #mustTerminate(): boolean {
    return (
      this.#isGone ||
      this.#verdict !== undefined ||
      this.#pod.metadata.deletionTimestamp !== undefined
    )
  }

  #restAnew(delayMs: number): Task {
    this.#news.takeIn()
    return this.#news.await(delayMs)
  }

  #wakeUp(): void {
    this.#stopper.graceChanged()
    this.#news.tell()
  }

  *#reject(verdict: PodVerdict): Task {
    const status = { phase: 'Failed', reason: verdict.reason, message: verdict.message }
    this.#isEnding = true
    this.#status.write({ ...status, startTime: this.#startTime } as PodStatus)
    this.#options.onStopped(this)
    yield* this.#awaitRemoval()
  }

  *#sync(): Task<SyncResult> {
    const status = this.#writeStatus()
    for (const begin of this.#unprobed.splice(0)) begin()
    if (status.phase === 'Succeeded' || status.phase === 'Failed') return { type: 'ended' }
    if (this.#volumes === undefined) {
      const mounted = yield* mountVolumes({
        context: this.#context,
        pod: () => this.#pod,
        tell: (event) => this.#tell(undefined, event),
        rest: (delayMs) => this.#restAnew(delayMs),
        wakeUp: () => this.#wakeUp(),
        mustStop: () => this.#mustTerminate(),
      })
      if (mounted === undefined) return { type: 'done' }
      this.#volumes = mounted
      if (hasDisks(mounted)) this.#context.volumesChanged()
      refreshContent(mounted, this.#context, () => this.#volumes !== mounted)
    }
    const hasStopped = yield* this.#starter.stopOutdated()
    const isNewSandbox = this.#sandbox === undefined
    if (isNewSandbox) {
      const failure = yield* this.#createSandbox()
      if (failure !== undefined) return failure
    }
    const sandbox = this.#sandbox
    if (sandbox === undefined) throw new InvariantError(`${this.key}: no sandbox to start in`)
    const result = yield* this.#starter.startAll(sandbox, this.#volumes, isNewSandbox)
    // A new sandbox is news of its own: what then failed is told without waiting for the retry.
    return hasStopped || isNewSandbox ? { type: 'changed' } : result
  }

  *#createSandbox(): Task<SyncResult | undefined> {
    const context = this.#context
    if (this.#hasHadSandbox) {
      this.#tell(undefined, {
        type: 'Normal',
        reason: 'SandboxChanged',
        message: 'Pod sandbox changed, it will be killed and re-created.',
      })
    }
    yield* sleep(context.timings.sandboxMs())
    const sandbox = createSandbox(this.#pod, context)
    if (sandbox === undefined) {
      const message =
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: failed to allocate for range 0: no IP addresses available in range set'
      this.#tell(undefined, { type: 'Warning', reason: 'FailedCreatePodSandBox', message })
      return retryLater(context.random.uniform(1, 1.5))
    }
    this.#sandbox = sandbox
    this.#hasHadSandbox = true
    if (context.dialect.hasReadyToStart) this.#status.writeSandboxReady()
    return undefined
  }

  #onExit(run: ContainerRun): void {
    const record = this.#containers.get(run.name)
    if (record?.current !== run) return
    this.#probes.stop(run.name)
    record.isProbedReady = false
    // While the Pod stops, the worker itself waits for its containers.
    if (this.#isTerminating) return
    this.#relistTimer?.cancel()
    this.#relistTimer = this.#context.simulation.after(
      this.#context.relistDelayMs(),
      () => this.#wakeUp(),
      { label: `pod/${this.key}/relist` },
    )
  }

  #onProbeChange(): void {
    if (this.#isEnding) return
    // Readiness is told at once, whatever the worker is waiting for.
    if (this.#sandbox !== undefined) this.#status.writeReadiness(this.#computeStatus())
    this.#wakeUp()
  }

  #onMustRestart(
    name: string,
    restart: { readonly message: string; readonly graceSeconds: number | undefined },
  ): void {
    const record = this.#containers.get(name)
    if (record === undefined) return
    record.restart = restart
    this.#wakeUp()
  }

  /** Stops everything, tells how it ended, and takes the object away if it was deleted. */
  *#terminate(): Task {
    this.#isTerminating = true
    const { dialect } = this.#context
    const isDeleted = this.#pod.metadata.deletionTimestamp !== undefined && !this.#isGone
    if (isDeleted && dialect.observesGeneration) this.#writeStatus()
    this.#probes.stopForTermination()
    yield* this.#stopper.stopAll(() => this.#graceMs())
    yield* this.#stopSandbox()
    this.#isEnding = true
    this.#probes.stopAll()
    if (!this.#isGone) this.#writeStatus()
    this.#options.onStopped(this)
    yield* this.#cleanUp()
  }

  #graceMs(): number {
    if (this.#isGone) return FORCED_GRACE_MS
    const { metadata, spec } = this.#pod
    const asked = this.#verdict?.graceSeconds ?? metadata.deletionGracePeriodSeconds
    return (asked ?? graceSeconds(spec)) * 1000
  }

  *#stopSandbox(): Task {
    if (this.#sandbox === undefined) return
    yield* sleep(this.#context.timings.stopSandboxMs())
    this.#sandbox.close()
    this.#lastIp = this.#sandbox.ip
    this.#sandbox = undefined
  }

  *#finishByItself(): Task {
    this.#isTerminating = true
    this.#probes.stopAll()
    yield* this.#stopper.stopAll(() => this.#graceMs())
    yield* this.#stopSandbox()
    this.#isEnding = true
    this.#writeStatus()
    this.#options.onStopped(this)
    yield* this.#cleanUp()
  }

  *#cleanUp(): Task {
    const { timings, puller, crashBackoff } = this.#context
    yield* sleep(timings.terminalToDeleteMs())
    const hadDisks = hasDisks(this.#volumes)
    this.#volumes = undefined
    if (hadDisks) this.#context.volumesChanged()
    puller.forgetPod(this.uid)
    crashBackoff.forgetPrefix(`${this.uid}_`)
    yield* this.#awaitRemoval()
  }

  /** Deletes the object once somebody has asked for that; ends when it is gone. */
  *#awaitRemoval(): Task {
    for (;;) {
      if (this.#isGone) break
      this.#news.takeIn()
      if (this.#pod.metadata.deletionTimestamp === undefined) yield* this.#news.await()
      else if (takeAway(this.#context.client, this.#pod)) break
      else yield* this.#news.await(RETRY_MS)
    }
    this.#options.onEnded(this)
  }

  #computeStatus(): PodStatus {
    const context = this.#context
    const status = generatePodStatus({
      pod: this.#pod,
      dialect: context.dialect,
      nodeIp: context.nodeNetwork.ip,
      podIp: this.#sandbox?.ip ?? this.#lastIp,
      isSandboxReady: this.#sandbox !== undefined,
      startTime: this.#startTime,
      containers: this.#containers,
      oldConditions: this.#status.conditions,
      now: seconds(context.simulation.unixMs),
      isEnding: this.#isEnding,
      ...(this.#verdict === undefined || !this.#isEnding ? {} : { verdict: this.#verdict }),
    })
    const extra = this.#isEnding ? this.#verdict?.condition : undefined
    if (extra !== undefined) status.conditions = [...(status.conditions ?? []), extra]
    return status
  }

  #writeStatus(): PodStatus {
    const status = this.#computeStatus()
    // A Pod that ends by itself is only told so once nothing of it runs any more.
    const isEnd = status.phase === 'Succeeded' || status.phase === 'Failed'
    if (isEnd && !this.#isEnding && this.#isAnyRunning()) return status
    this.#status.write(status)
    return status
  }

  #isAnyRunning(): boolean {
    for (const record of this.#containers.values()) if (isRunning(record)) return true
    return false
  }

  #tell(container: string | undefined, event: RecordedEvent): void {
    const fieldPath =
      container === undefined ? {} : { fieldPath: containerPath(this.#pod, container) }
    this.#context.events.record(this.#pod, { ...event, ...fieldPath })
  }
}
