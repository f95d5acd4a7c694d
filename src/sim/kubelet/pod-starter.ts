import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import type { Task } from '#sim/kernel/process.ts'
import { goSeconds } from './backoff.ts'
import {
  type ContainerRecord,
  type ContainerRun,
  isRunning,
  isSidecar,
  newContainerRecord,
  wantsRestart,
} from './container-run.ts'
import { startContainer, StartFailure } from './container-start.ts'
import { runHook } from './container-stop.ts'
import type { NodeContext } from './node-context.ts'
import { isStarted } from './pod-status.ts'
import type { PodStopper } from './pod-stopper.ts'
import type { Sandbox } from './sandbox.ts'
import { Attempts, type SyncResult } from './sync-result.ts'
import type { PodVolumes } from './volume-mounter.ts'

export type PodStarterOptions = {
  readonly context: NodeContext
  readonly pod: () => Pod
  readonly containers: Map<string, ContainerRecord>
  readonly stopper: PodStopper
  readonly tell: (container: string, event: RecordedEvent) => void
  readonly onExit: (run: ContainerRun) => void
  /** A container runs and has got through its hook. */
  readonly onStarted: (
    container: core.Container,
    record: ContainerRecord,
    run: ContainerRun,
  ) => void
}

const HOOK_TIMEOUT_MS = 120_000

/**
 * Starts what should run: ephemeral containers, init containers in turn, then the others, with
 * back-off. Simplified: an ephemeral container does not see the processes of its target.
 * Upstream: kuberuntime_manager.go (computePodActions, doBackOff).
 */
export class PodStarter {
  readonly #options: PodStarterOptions
  /** Stopped by the present sync, to be started anew. */
  readonly #justStopped = new Set<string>()

  constructor(options: PodStarterOptions) {
    this.#options = options
  }

  /** Stops what a probe condemned or whose image is another now; true if there was any. */
  *stopOutdated(): Task<boolean> {
    const { pod, containers, stopper, tell } = this.#options
    const spec = pod().spec ?? { containers: [] }
    let hasStopped = false
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
      const record = containers.get(container.name)
      const run = record?.current
      if (record === undefined || run === undefined || run.state !== 'running') continue
      if (run.spec.image !== container.image) {
        const message = `Container ${container.name} definition changed, will be restarted`
        record.restart = { message, graceSeconds: undefined }
      }
      const { restart } = record
      if (restart === undefined) continue
      record.restart = undefined
      hasStopped = true
      this.#justStopped.add(container.name)
      tell(container.name, { type: 'Normal', reason: 'Killing', message: restart.message })
      yield* stopper.stopOne(run, (restart.graceSeconds ?? graceSeconds(spec)) * 1000)
    }
    return hasStopped
  }

  *startAll(sandbox: Sandbox, volumes: PodVolumes, isNewSandbox: boolean): Task<SyncResult> {
    const { pod, containers } = this.#options
    const spec = pod().spec ?? { containers: [] }
    const sync = { spec, sandbox, volumes, attempts: new Attempts() }
    // They may be what finds out why an init container fails, so they come first. The sync that
    // makes a sandbox leaves them for the next one.
    for (const container of isNewSandbox ? [] : (spec.ephemeralContainers ?? [])) {
      const hasLived = containers.get(container.name)?.current !== undefined
      if (!hasLived) yield* this.#startOne(container, sync, false)
    }
    const isBlocked = yield* this.#startInitContainers(sync)
    if (!isBlocked) {
      for (const container of spec.containers) {
        if (this.#needsStart(spec, container)) yield* this.#startOne(container, sync, false)
      }
    }
    this.#justStopped.clear()
    return sync.attempts.result(() => this.#options.context.random.uniform(1, 1.5))
  }

  /** True while an init container or sidecar holds back what comes after it. */
  *#startInitContainers(sync: Sync): Task<boolean> {
    const { containers } = this.#options
    const { spec } = sync
    const hasRegular = spec.containers.some((one) => containers.get(one.name)?.current)
    for (const container of spec.initContainers ?? []) {
      const record = containers.get(container.name)
      const run = record?.current
      if (isSidecar(container)) {
        if (!isRunning(record)) yield* this.#startOne(container, sync, false)
        if (!hasRegular && !isStarted(containers.get(container.name), container)) return true
        continue
      }
      if (hasRegular || (run?.state === 'exited' && run.exitCode === 0)) continue
      if (run?.state === 'running') return true
      if (run === undefined || spec.restartPolicy !== 'Never') {
        yield* this.#startOne(container, sync, true)
      }
      return true
    }
    return false
  }

  #needsStart(spec: core.PodSpec, container: core.Container): boolean {
    const run = this.#options.containers.get(container.name)?.current
    if (run === undefined) return true
    return run.state === 'exited' && wantsRestart(spec, container, run.exitCode)
  }

  *#startOne(container: core.Container, sync: Sync, isInit: boolean): Task {
    const { context, pod, tell, onExit } = this.#options
    const { attempts, sandbox, volumes } = sync
    const record = this.#recordOf(container.name)
    const backoffMs = this.#backOff(container, record)
    if (backoffMs > 0) return attempts.backedOff(backoffMs)
    const previous = record.current
    try {
      const run = yield* startContainer({
        pod: pod(),
        container,
        isInit,
        sandbox,
        volumes,
        restartCount: previous === undefined ? 0 : previous.restartCount + 1,
        context,
        tell: (event) => tell(container.name, event),
        onExit,
      })
      take(record, run)
      record.waiting = undefined
      attempts.started()
      yield* this.#afterStart(container, record, run, sandbox)
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error
      if (error.run !== undefined) take(record, error.run)
      record.waiting = { reason: error.reason, message: error.message }
      // A container that was created, if only to die at once, is news; a pull that failed is not.
      if (error.run === undefined) attempts.failed()
      else attempts.started()
    }
  }

  *#afterStart(
    container: core.Container,
    record: ContainerRecord,
    run: ContainerRun,
    sandbox: Sandbox,
  ): Task {
    const { context, tell, stopper, pod, onStarted } = this.#options
    const hook = container.lifecycle?.postStart
    if (hook !== undefined) {
      const options = { context, podIp: sandbox.ip, timeoutMs: HOOK_TIMEOUT_MS }
      if (!(yield* runHook(run, hook, options))) {
        const reason = 'FailedPostStartHook'
        tell(container.name, { type: 'Warning', reason, message: 'PostStartHook failed' })
        tell(container.name, { type: 'Normal', reason: 'Killing', message: reason })
        yield* stopper.stopOne(run, graceSeconds(pod().spec) * 1000)
        record.waiting = { reason: 'PostStartHookError', message: '' }
        return
      }
    }
    run.hasRunPostStart = true
    onStarted(container, record, run)
  }

  #recordOf(name: string): ContainerRecord {
    const { containers } = this.#options
    let record = containers.get(name)
    if (record === undefined) {
      record = newContainerRecord()
      containers.set(name, record)
    }
    return record
  }

  /** What is left of the delay before the next restart; counts this one if there is nothing left. */
  #backOff(container: core.Container, record: ContainerRecord): number {
    const { context, pod, tell } = this.#options
    const { simulation, crashBackoff, dialect } = context
    // A container that this very sync has stopped is judged by the life before.
    const last = this.#justStopped.has(container.name) ? record.previous : record.current
    if (last === undefined || last.state !== 'exited') return 0
    const { name, namespace, uid } = pod().metadata
    const key = `${uid}_${container.name}_${container.image}`
    const finishedAt = last.finishedAtUnixMs - simulation.epochMs
    const leftMs = crashBackoff.remainingMs(key, finishedAt, simulation.now)
    if (leftMs === 0) {
      crashBackoff.next(key, finishedAt, simulation.now)
      return 0
    }
    const podText = `${name}_${namespace}(${uid})`
    const delay = goSeconds(crashBackoff.delayMs(key))
    const message = dialect.backOff(container.name, podText)
    tell(container.name, { type: 'Warning', reason: 'BackOff', message })
    record.waiting = {
      reason: 'CrashLoopBackOff',
      message: `${dialect.backOffWord} ${delay} restarting failed container=${container.name} pod=${podText}`,
    }
    return leftMs
  }
}

/** What one sync works with. */
type Sync = {
  readonly spec: core.PodSpec
  readonly sandbox: Sandbox
  readonly volumes: PodVolumes
  readonly attempts: Attempts
}

function take(record: ContainerRecord, run: ContainerRun): void {
  record.previous = record.current ?? record.previous
  record.current = run
  record.isProbedReady = false
  record.isProbedStarted = false
}

export function graceSeconds(spec: core.PodSpec | undefined): number {
  return spec?.terminationGracePeriodSeconds ?? 30
}
