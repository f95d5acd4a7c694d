import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import { InvariantError } from '#sim/kernel/invariant.ts'
import type { Process, Task } from '#sim/kernel/process.ts'
import type { Timer } from '#sim/kernel/simulation.ts'
import { join, sleep, suspend } from '#sim/kernel/waits.ts'
import { goSeconds } from './backoff.ts'
import {
  type ContainerRecord,
  type ContainerRun,
  isRunning,
  isSidecar,
  newContainerRecord,
  restartPolicyOf,
  shouldRestart,
} from './container-run.ts'
import { startContainer, StartFailure } from './container-start.ts'
import { runHook, stopContainer } from './container-stop.ts'
import type { NodeContext } from './node-context.ts'
import {
  generatePodStatus,
  isReady,
  isStarted,
  type PodCondition,
  type PodStatus,
  seconds,
} from './pod-status.ts'
import { MountError, mountVolume, NotAttachedError, type PodVolume } from './pod-volumes.ts'
import { ContainerProbes } from './container-probes.ts'
import { createSandbox, type Sandbox } from './sandbox.ts'
import { statusPatch } from './status-patch.ts'

const RETRY_MS = 10_000
const BACKOFF_RETRY_MAX_MS = 60_000
const MOUNT_RETRY_FIRST_MS = 500
const MOUNT_RETRY_MAX_MS = 122_000
const RECONCILE_MS = 10_000
const FORCED_GRACE_MS = 2000
const HOOK_TIMEOUT_MS = 120_000
const CONTENT_REFRESH_MS = 75_000

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

type SyncResult =
  /** All is as it should be until something happens. */
  | { readonly type: 'done' }
  /** Something was started or stopped: its outcome is to be told. */
  | { readonly type: 'changed' }
  | { readonly type: 'retry'; readonly delayMs: number }
  /** The Pod has come to its end by itself. */
  | { readonly type: 'ended' }

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
  readonly #startTime: string
  #pod: Pod
  /** The newest state of the object that is known: from the watch or from an own write. */
  #stored: Pod
  #written: PodStatus | undefined
  #sandbox: Sandbox | undefined
  #lastIp: string | undefined
  #volumes: ReadonlyMap<string, PodVolume> | undefined
  #verdict: PodVerdict | undefined
  #process: Process | undefined
  #isWoken = false
  #wake: (() => void) | undefined
  #isGone = false
  #isEnding = false
  #isTerminating = false
  #hasHadSandbox = false
  readonly #justStopped = new Set<string>()
  readonly #unprobed: (() => void)[] = []
  #reconcileTimer: Timer | undefined
  #relistTimer: Timer | undefined

  constructor(options: PodWorkerOptions) {
    const { context, pod, survivors } = options
    this.#context = context
    this.#options = options
    this.#pod = pod
    this.#stored = pod
    this.uid = pod.metadata.uid
    this.key = objectKey(pod)
    this.#startTime =
      survivors?.startTime ?? pod.status?.startTime ?? seconds(context.simulation.unixMs)
    this.#verdict = options.rejection
    for (const [name, record] of survivors?.containers ?? []) {
      this.#containers.set(name, record)
      this.#hasHadSandbox = true
    }
    this.#probes = new ContainerProbes({
      context,
      podIp: () => this.#sandbox?.ip ?? '',
      forcedFailure: options.forcedProbeFailure,
      tell: (container, event) => this.#tell(container, event),
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

  get isRejected(): boolean {
    return this.#options.rejection !== undefined
  }

  get volumes(): Iterable<PodVolume> {
    return this.#volumes?.values() ?? []
  }

  get sandboxIp(): string | undefined {
    return this.#sandbox?.ip
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
    if (Number(pod.metadata.resourceVersion) >= Number(this.#stored.metadata.resourceVersion)) {
      if (pod.metadata.resourceVersion !== this.#stored.metadata.resourceVersion) {
        this.#stored = pod
        this.#checkForeignWrite()
      }
    }
    const isChanged =
      old.spec !== pod.spec ||
      old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp ||
      old.metadata.deletionGracePeriodSeconds !== pod.metadata.deletionGracePeriodSeconds
    if (isChanged) this.#wakeUp()
  }

  /** The object is gone: whatever still runs has to stop. */
  removed(): void {
    this.#isGone = true
    this.#wakeUp()
  }

  /** Ends the Pod although nobody deleted it. */
  evict(verdict: PodVerdict): void {
    if (this.#isEnding || this.#verdict !== undefined) return
    this.#verdict = verdict
    this.#wakeUp()
  }

  /** Kills a container's processes, as the kernel or a person on the node would. */
  killContainer(name: string, reason: 'Error' | 'OOMKilled'): boolean {
    const run = this.#containers.get(name)?.current
    if (run?.state !== 'running' || run.process === undefined) return false
    if (reason === 'OOMKilled') run.reason = 'OOMKilled'
    run.process.signal('SIGKILL')
    return true
  }

  /** The node goes down: everything stops where it is, and nobody is told. */
  crash(): PodMemory {
    this.#process?.kill()
    this.#reconcileTimer?.cancel()
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
    for (;;) {
      this.#isWoken = false
      if (this.#mustTerminate()) return yield* this.#terminate()
      const result = yield* this.#sync()
      if (result.type === 'ended') return yield* this.#finishByItself()
      if (result.type === 'changed') {
        // What was started shows at the next look at the containers, which comes at once.
        if (!this.#mustTerminate()) yield* sleep(this.#context.lookDelayMs())
        continue
      }
      if (this.#mustTerminate()) continue
      yield* this.#rest(result.type === 'retry' ? result.delayMs : undefined)
    }
  }

  #mustTerminate(): boolean {
    return (
      this.#isGone ||
      this.#verdict !== undefined ||
      this.#pod.metadata.deletionTimestamp !== undefined
    )
  }

  /** Waits for news, or for a time at which to try again. */
  #rest(delayMs: number | undefined): Task {
    return suspend<void>((wake) => {
      if (this.#isWoken) {
        wake()
        return undefined
      }
      const timer =
        delayMs === undefined
          ? undefined
          : this.#context.simulation.after(delayMs, () => wake(), {
              label: `pod/${this.key}/retry`,
              // A Pod that fails for ever must not keep the world from rest.
              periodic: true,
            })
      this.#wake = wake
      return () => {
        timer?.cancel()
        this.#wake = undefined
      }
    })
  }

  #wakeUp(): void {
    this.#isWoken = true
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  *#reject(verdict: PodVerdict): Task {
    const status = { phase: 'Failed', reason: verdict.reason, message: verdict.message }
    this.#isEnding = true
    this.#write({ ...status, startTime: this.#startTime } as PodStatus)
    this.#options.onStopped(this)
    yield* this.#awaitRemoval()
  }

  *#sync(): Task<SyncResult> {
    const status = this.#writeStatus()
    for (const begin of this.#unprobed.splice(0)) begin()
    if (status.phase === 'Succeeded' || status.phase === 'Failed') return { type: 'ended' }
    if (this.#volumes === undefined) {
      const mounted = yield* this.#mountVolumes()
      if (mounted === undefined) return { type: 'done' }
      this.#volumes = mounted
      if (hasDisks(mounted)) this.#context.volumesChanged()
      this.#watchContent()
    }
    const hasStopped = yield* this.#stopChangedContainers()
    const isNewSandbox = this.#sandbox === undefined
    if (isNewSandbox) {
      const failure = yield* this.#createSandbox()
      if (failure !== undefined) return failure
    }
    const sandbox = this.#sandbox
    if (sandbox === undefined) throw new InvariantError(`${this.key}: no sandbox to start in`)
    const result = yield* this.#startContainers(sandbox)
    this.#justStopped.clear()
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
      return { type: 'retry', delayMs: this.#retryMs() }
    }
    this.#sandbox = sandbox
    this.#hasHadSandbox = true
    if (context.dialect.hasReadyToStart) this.#writeSandboxReady()
    return undefined
  }

  // Only this one condition: the address is told with the next full status.
  #writeSandboxReady(): void {
    const written = this.#written
    if (written === undefined) return
    const now = seconds(this.#context.simulation.unixMs)
    const conditions = (written.conditions ?? []).map((one) =>
      one.type === 'PodReadyToStartContainers' && one.status !== 'True'
        ? { ...one, status: 'True', lastTransitionTime: now }
        : one,
    )
    this.#write({ ...written, conditions })
  }

  /** The mounted volumes, or undefined if the Pod was deleted while it waited for them. */
  *#mountVolumes(): Task<ReadonlyMap<string, PodVolume> | undefined> {
    const { timings, dialect, onNodeChange } = this.#context
    const specs = this.#pod.spec?.volumes ?? []
    const mounted = new Map<string, PodVolume>()
    if (specs.length === 0) return mounted
    let retryMs = MOUNT_RETRY_FIRST_MS
    for (;;) {
      const failures = this.#tryMounts(specs, mounted)
      if (failures === 'none') break
      if (this.#mustTerminate()) return undefined
      // An attachment shows in the Node's status; what else is missing is looked for again.
      const stopListening = onNodeChange(() => this.#wakeUp())
      try {
        this.#isWoken = false
        yield* this.#rest(failures === 'notAttached' ? RETRY_MS : retryMs)
      } finally {
        stopListening()
      }
      if (this.#mustTerminate()) return undefined
      retryMs = Math.min(retryMs * 2, MOUNT_RETRY_MAX_MS)
    }
    yield* sleep(timings.mountMs())
    for (const { name } of specs) {
      const message = dialect.mounted?.(name)
      if (message === undefined) continue
      this.#tell(undefined, { type: 'Normal', reason: 'SuccessfulMountVolume', message })
    }
    return mounted
  }

  #tryMounts(
    specs: readonly core.Volume[],
    mounted: Map<string, PodVolume>,
  ): 'none' | 'failed' | 'notAttached' {
    let outcome: 'none' | 'failed' | 'notAttached' = 'none'
    for (const spec of specs) {
      if (mounted.has(spec.name)) continue
      try {
        mounted.set(spec.name, mountVolume(this.#pod, spec, this.#context.volumes))
      } catch (error) {
        if (error instanceof MountError) {
          this.#tell(undefined, { type: 'Warning', reason: 'FailedMount', message: error.message })
          outcome = 'failed'
        } else if (error instanceof NotAttachedError || error instanceof StatusError) {
          if (outcome === 'none') outcome = 'notAttached'
        } else throw error
      }
    }
    return outcome
  }

  #watchContent(): void {
    const refreshed = [...(this.#volumes?.values() ?? [])].filter((volume) => volume.refresh)
    // The account's own volume never changes; most Pods have no other.
    const own = refreshed.filter((volume) => !volume.name.startsWith('kube-api-access-'))
    if (own.length === 0) return
    const { simulation } = this.#context
    const refresh = () => {
      if (this.#isEnding || this.#volumes === undefined) return
      for (const volume of own) {
        try {
          volume.refresh?.()
        } catch (error) {
          // The object may be gone meanwhile; what is mounted stays as it was.
          if (!(error instanceof MountError) && !(error instanceof StatusError)) throw error
        }
      }
      simulation.after(CONTENT_REFRESH_MS, refresh, { label: 'kubelet/refresh', periodic: true })
    }
    simulation.after(CONTENT_REFRESH_MS, refresh, { label: 'kubelet/refresh', periodic: true })
  }

  /** Stops what a probe condemned or whose image is another now; true if there was any. */
  *#stopChangedContainers(): Task<boolean> {
    let hasStopped = false
    const { initContainers = [], containers } = this.#pod.spec ?? { containers: [] }
    for (const spec of [...initContainers, ...containers]) {
      const record = this.#containers.get(spec.name)
      const run = record?.current
      if (record === undefined || run === undefined || run.state !== 'running') continue
      if (run.spec.image !== spec.image) {
        record.restart = {
          message: `Container ${spec.name} definition changed, will be restarted`,
          graceSeconds: undefined,
        }
      }
      const { restart } = record
      if (restart === undefined) continue
      record.restart = undefined
      hasStopped = true
      this.#justStopped.add(spec.name)
      this.#tell(spec.name, { type: 'Normal', reason: 'Killing', message: restart.message })
      const grace = restart.graceSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30
      yield* this.#stop(run, grace * 1000, true)
    }
    return hasStopped
  }

  *#startContainers(sandbox: Sandbox): Task<SyncResult> {
    const spec = this.#pod.spec ?? { containers: [] }
    const attempts = new Attempts()
    const isBlocked = yield* this.#startInitContainers(spec, sandbox, attempts)
    if (!isBlocked) {
      for (const container of spec.containers) {
        if (this.#needsStart(spec, container)) {
          yield* this.#startOne(container, sandbox, attempts, false)
        }
      }
    }
    return attempts.result(() => this.#retryMs())
  }

  /** True while an init container or sidecar holds back what comes after it. */
  *#startInitContainers(spec: core.PodSpec, sandbox: Sandbox, attempts: Attempts): Task<boolean> {
    const hasRegular = spec.containers.some((one) => this.#containers.get(one.name)?.current)
    for (const container of spec.initContainers ?? []) {
      const record = this.#containers.get(container.name)
      const run = record?.current
      if (isSidecar(container)) {
        if (!isRunning(record)) yield* this.#startOne(container, sandbox, attempts, false)
        const now = this.#containers.get(container.name)
        if (!hasRegular && !isStarted(now, container)) return true
        continue
      }
      if (hasRegular || (run?.state === 'exited' && run.exitCode === 0)) continue
      if (run?.state === 'running') return true
      if (run === undefined || spec.restartPolicy !== 'Never') {
        yield* this.#startOne(container, sandbox, attempts, true)
      }
      return true
    }
    return false
  }

  #needsStart(spec: core.PodSpec, container: core.Container): boolean {
    const run = this.#containers.get(container.name)?.current
    if (run === undefined) return true
    return run.state === 'exited' && shouldRestart(restartPolicyOf(spec, container), run.exitCode)
  }

  *#startOne(
    container: core.Container,
    sandbox: Sandbox,
    attempts: Attempts,
    isInit: boolean,
  ): Task {
    const record = this.#recordOf(container.name)
    const backoffMs = this.#backOff(container, record)
    if (backoffMs > 0) {
      attempts.backedOff(backoffMs)
      return
    }
    const previous = record.current
    try {
      const run = yield* startContainer({
        pod: this.#pod,
        container,
        isInit,
        sandbox,
        volumes: this.#volumes ?? new Map(),
        restartCount: previous === undefined ? 0 : previous.restartCount + 1,
        context: this.#context,
        tell: (event) => this.#tell(container.name, event),
        onExit: (ended) => this.#onExit(ended),
      })
      this.#take(record, run)
      record.waiting = undefined
      attempts.started()
      yield* this.#afterStart(container, record, run)
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error
      if (error.run !== undefined) this.#take(record, error.run)
      record.waiting = { reason: error.reason, message: error.message }
      // A container that was created, if only to die at once, is news; a pull that failed is not.
      if (error.run === undefined) attempts.failed()
      else attempts.started()
    }
  }

  #take(record: ContainerRecord, run: ContainerRun): void {
    record.previous = record.current ?? record.previous
    record.current = run
    record.isProbedReady = false
    record.isProbedStarted = false
  }

  *#afterStart(container: core.Container, record: ContainerRecord, run: ContainerRun): Task {
    const hook = container.lifecycle?.postStart
    if (hook !== undefined) {
      const context = this.#context
      const options = { context, podIp: this.#sandbox?.ip ?? '', timeoutMs: HOOK_TIMEOUT_MS }
      const succeeded = yield* runHook(run, hook, options)
      if (!succeeded) {
        this.#tell(container.name, {
          type: 'Warning',
          reason: 'FailedPostStartHook',
          message: 'PostStartHook failed',
        })
        const message = 'FailedPostStartHook'
        this.#tell(container.name, { type: 'Normal', reason: 'Killing', message })
        yield* this.#stop(run, (this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000, true)
        record.waiting = { reason: 'PostStartHookError', message: '' }
        return
      }
    }
    run.hasRunPostStart = true
    // Probing begins once the container has been seen to run.
    this.#unprobed.push(() => {
      if (run.state === 'running') this.#probes.start(container, record, run)
    })
  }

  #recordOf(name: string): ContainerRecord {
    let record = this.#containers.get(name)
    if (record === undefined) {
      record = newContainerRecord()
      this.#containers.set(name, record)
    }
    return record
  }

  /** What is left of the delay before the next restart; counts this one if there is nothing left. */
  #backOff(container: core.Container, record: ContainerRecord): number {
    const { simulation, crashBackoff, dialect } = this.#context
    // A container that this very sync has stopped is judged by the life before.
    const last = this.#justStopped.has(container.name) ? record.previous : record.current
    if (last === undefined || last.state !== 'exited') return 0
    const key = `${this.uid}_${container.name}_${container.image}`
    const finishedAt = last.finishedAtUnixMs - simulation.epochMs
    const leftMs = crashBackoff.remainingMs(key, finishedAt, simulation.now)
    if (leftMs > 0) {
      const { name, namespace } = this.#pod.metadata
      const pod = `${name}_${namespace}(${this.uid})`
      const delay = goSeconds(crashBackoff.delayMs(key))
      this.#tell(container.name, {
        type: 'Warning',
        reason: 'BackOff',
        message:
          dialect.name === '1.10'
            ? 'Back-off restarting failed container'
            : `Back-off restarting failed container ${container.name} in pod ${pod}`,
      })
      const message =
        dialect.name === '1.10'
          ? `Back-off ${delay} restarting failed container=${container.name} pod=${pod}`
          : `back-off ${delay} restarting failed container=${container.name} pod=${pod}`
      record.waiting = { reason: 'CrashLoopBackOff', message }
      return leftMs
    }
    crashBackoff.next(key, finishedAt, simulation.now)
    return 0
  }

  #retryMs(): number {
    return RETRY_MS * this.#context.random.uniform(1, 1.5)
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
    if (this.#written !== undefined && this.#sandbox !== undefined) this.#writeReadiness()
    this.#wakeUp()
  }

  // The status as it was told last, with nothing but the readiness of its containers renewed.
  #writeReadiness(): void {
    const next = this.#computeStatus()
    const written = this.#written
    if (written === undefined) return
    const isSameState = (a: core.ContainerStatus, b: core.ContainerStatus | undefined) =>
      Object.keys(a.state ?? {})[0] === Object.keys(b?.state ?? {})[0]
    const merge = (statuses: core.ContainerStatus[] | undefined, renewed: core.ContainerStatus[]) =>
      statuses?.map((status) => {
        const found = renewed.find((one) => one.name === status.name)
        if (found === undefined || !isSameState(status, found)) return status
        return {
          ...status,
          ready: found.ready,
          ...(found.started === undefined ? {} : { started: found.started }),
        }
      })
    const status: PodStatus = { ...written }
    const containerStatuses = merge(written.containerStatuses, next.containerStatuses ?? [])
    if (containerStatuses !== undefined) status.containerStatuses = containerStatuses
    const init = merge(written.initContainerStatuses, next.initContainerStatuses ?? [])
    if (init !== undefined) status.initContainerStatuses = init
    const readiness = new Set(['Ready', 'ContainersReady'])
    const renewed = (next.conditions ?? []).filter((one) => readiness.has(one.type))
    status.conditions = (written.conditions ?? []).map(
      (one) => renewed.find((other) => other.type === one.type) ?? one,
    )
    this.#write(status)
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
    yield* this.#stopAll()
    yield* this.#stopSandbox()
    this.#isEnding = true
    this.#probes.stopAll()
    if (!this.#isGone) this.#writeStatus()
    this.#options.onStopped(this)
    yield* this.#cleanUp()
  }

  *#stopAll(): Task {
    const { initContainers = [], containers } = this.#pod.spec ?? { containers: [] }
    const startedAt = this.#context.simulation.now
    const graceMs = this.#graceMs()
    yield* this.#stopTogether(containers, () => graceMs)
    const leftMs = () => Math.max(0, graceMs - (this.#context.simulation.now - startedAt))
    yield* this.#stopTogether(
      initContainers.filter((one) => !isSidecar(one)),
      leftMs,
    )
    // Sidecars go last, the last one first: the others may need them until the end.
    for (const sidecar of initContainers.filter(isSidecar).toReversed()) {
      yield* this.#stopTogether([sidecar], leftMs)
    }
  }

  #graceMs(): number {
    if (this.#isGone) return FORCED_GRACE_MS
    const { metadata, spec } = this.#pod
    const graceSeconds =
      this.#verdict?.graceSeconds ??
      metadata.deletionGracePeriodSeconds ??
      spec?.terminationGracePeriodSeconds ??
      30
    return graceSeconds * 1000
  }

  *#stopTogether(containers: readonly core.Container[], graceMs: () => number): Task {
    const { simulation, dialect } = this.#context
    const stops: Process[] = []
    for (const { name } of containers) {
      const run = this.#containers.get(name)?.current
      if (run?.state !== 'running') continue
      const event = { type: 'Normal', reason: 'Killing', message: dialect.killing(name) } as const
      if (!dialect.tellsKillingLate) this.#tell(name, event)
      const late = dialect.tellsKillingLate ? () => this.#tell(name, event) : undefined
      stops.push(
        simulation.spawn(this.#stop(run, graceMs(), true, late), {
          name: `pod/${this.key}/stop/${name}`,
        }),
      )
    }
    // A shorter grace may be asked for while the containers still have time.
    const shorten = this.#watchForShorterGrace(containers)
    try {
      for (const stop of stops) yield* join(stop)
    } finally {
      shorten.cancel()
      for (const stop of stops) stop.kill()
    }
  }

  /** Kills what still runs once the Pod is deleted for good, or with less time than before. */
  #watchForShorterGrace(containers: readonly core.Container[]): { cancel(): void } {
    const { simulation } = this.#context
    const granted = this.#graceMs()
    let timer: Timer | undefined
    const look = () => {
      this.#wake = look
      const graceMs = this.#graceMs()
      if (graceMs >= granted || timer !== undefined) return
      timer = simulation.after(
        graceMs,
        () => {
          for (const { name } of containers) {
            const run = this.#containers.get(name)?.current
            if (run?.state === 'running') run.process?.signal('SIGKILL')
          }
        },
        { label: `pod/${this.key}/shortened` },
      )
    }
    look()
    return {
      cancel: () => {
        timer?.cancel()
        this.#wake = undefined
      },
    }
  }

  *#stop(
    run: ContainerRun,
    graceMs: number,
    runsPreStop: boolean,
    beforeSignal?: () => void,
  ): Task {
    yield* stopContainer(run, {
      context: this.#context,
      podIp: this.#sandbox?.ip ?? '',
      graceMs,
      runsPreStop,
      ...(beforeSignal === undefined ? {} : { beforeSignal }),
      onHookFailed: () =>
        this.#tell(run.name, {
          type: 'Warning',
          reason: 'FailedPreStopHook',
          message: 'PreStopHook failed',
        }),
    })
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
    yield* this.#stopAll()
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
    this.#reconcileTimer?.cancel()
    puller.forgetPod(this.uid)
    crashBackoff.forgetPrefix(`${this.uid}_`)
    yield* this.#awaitRemoval()
  }

  /** Deletes the object once somebody has asked for that; ends when it is gone. */
  *#awaitRemoval(): Task {
    for (;;) {
      if (this.#isGone) break
      this.#isWoken = false
      if (this.#pod.metadata.deletionTimestamp === undefined) yield* this.#rest(undefined)
      else if (this.#deleteObject()) break
      else yield* this.#rest(RETRY_MS)
    }
    this.#options.onEnded(this)
  }

  /** True if the object is gone, or another one has its name. */
  #deleteObject(): boolean {
    const { name, namespace } = this.#pod.metadata
    try {
      this.#context.client.resource('pods').delete(name, namespace, {
        gracePeriodSeconds: 0,
        preconditions: { uid: this.uid },
      })
      // With finalizers it stays until whoever set them is done.
      return (this.#pod.metadata.finalizers ?? []).length === 0
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return error.code === 404 || error.code === 409
    }
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
      oldConditions: this.#written?.conditions ?? this.#stored.status?.conditions ?? [],
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
    this.#write(status)
    return status
  }

  #isAnyRunning(): boolean {
    for (const record of this.#containers.values()) if (isRunning(record)) return true
    return false
  }

  #write(status: PodStatus): void {
    this.#written = status
    if (this.#isGone) return
    const patch = statusPatch(this.#stored, status)
    if (patch === undefined) return
    const { name, namespace } = this.#pod.metadata
    try {
      this.#stored = this.#context.client
        .resource('pods')
        .patch(name, namespace, patch, { type: 'strategic', subresource: 'status' })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      // Not found, or another Pod by this name: the watch will tell. Everything else passes.
      if (error.code !== 404 && error.code !== 409) this.#reconcileLater()
    }
  }

  // The node controller may have taken Ready away while the node was out of sight.
  #checkForeignWrite(): void {
    const written = this.#written
    if (written === undefined || statusPatch(this.#stored, written) === undefined) return
    this.#reconcileLater()
  }

  #reconcileLater(): void {
    const { simulation } = this.#context
    this.#reconcileTimer?.cancel()
    const dueMs = RECONCILE_MS * this.#context.random.uniform(0.1, 1)
    this.#reconcileTimer = simulation.after(
      dueMs,
      () => {
        if (this.#written !== undefined) this.#write(this.#written)
      },
      { label: `pod/${this.key}/reconcile` },
    )
  }

  /** Whether all its containers count as ready, as the node's own view has it. */
  isContainerReady(container: core.Container): boolean {
    return isReady(this.#containers.get(container.name), container)
  }

  #tell(container: string | undefined, event: RecordedEvent): void {
    const isInit = this.#pod.spec?.initContainers?.some((one) => one.name === container)
    const list = isInit === true ? 'initContainers' : 'containers'
    const fieldPath = container === undefined ? {} : { fieldPath: `spec.${list}{${container}}` }
    this.#context.events.record(this.#pod, { ...event, ...fieldPath })
  }
}

function hasDisks(volumes: ReadonlyMap<string, PodVolume> | undefined): boolean {
  for (const volume of volumes?.values() ?? []) if (volume.attachedName !== undefined) return true
  return false
}

/** It came to its end before this kubelet started. */
function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** What the attempts of one sync came to. */
class Attempts {
  #hasStarted = false
  #hasFailed = false
  #backoffMs: number | undefined

  started(): void {
    this.#hasStarted = true
  }

  failed(): void {
    this.#hasFailed = true
  }

  backedOff(leftMs: number): void {
    this.#backoffMs = Math.min(this.#backoffMs ?? Infinity, leftMs)
  }

  result(retryMs: () => number): SyncResult {
    if (this.#hasStarted) return { type: 'changed' }
    if (this.#hasFailed) return { type: 'retry', delayMs: retryMs() }
    if (this.#backoffMs === undefined) return { type: 'done' }
    const delayMs = (Math.min(this.#backoffMs, BACKOFF_RETRY_MAX_MS) * retryMs()) / RETRY_MS
    return { type: 'retry', delayMs }
  }
}
