import type * as core from 'kubernetes-types/core/v1'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import type { Process, Task } from '#sim/kernel/process.ts'
import type { Timer } from '#sim/kernel/simulation.ts'
import { join } from '#sim/kernel/waits.ts'
import { type ContainerRecord, type ContainerRun, isSidecar } from './container-run.ts'
import { stopContainer } from './container-stop.ts'
import type { NodeContext } from './node-context.ts'

export type PodStopperOptions = {
  readonly context: NodeContext
  /** `namespace/name`, for labels. */
  readonly key: string
  readonly spec: () => core.PodSpec
  readonly containers: ReadonlyMap<string, ContainerRecord>
  readonly podIp: () => string
  readonly tell: (container: string, event: RecordedEvent) => void
}

/**
 * Stops containers: all of a Pod's in their order, or a single one that is to start anew.
 * Upstream: kuberuntime_container.go (killContainersWithSyncResult).
 */
export class PodStopper {
  readonly #options: PodStopperOptions
  #graceMs: () => number = () => 0
  #shorten: (() => void) | undefined

  constructor(options: PodStopperOptions) {
    this.#options = options
  }

  /** Stops everything. `graceMs` is asked again after each call to `graceChanged`. */
  *stopAll(graceMs: () => number): Task {
    const { simulation } = this.#options.context
    const { initContainers = [], containers, ephemeralContainers = [] } = this.#options.spec()
    this.#graceMs = graceMs
    const startedAt = simulation.now
    const granted = graceMs()
    const leftMs = () => Math.max(0, granted - (simulation.now - startedAt))
    yield* this.#stopTogether([...containers, ...ephemeralContainers], granted)
    const regular = initContainers.filter((one) => !isSidecar(one))
    yield* this.#stopTogether(regular, leftMs())
    // Sidecars go last, the last one first: the others may need them until the end.
    for (const sidecar of initContainers.filter(isSidecar).toReversed()) {
      yield* this.#stopTogether([sidecar], leftMs())
    }
  }

  /** Somebody may want it to go faster. */
  graceChanged(): void {
    this.#shorten?.()
  }

  *stopOne(run: ContainerRun, graceMs: number, beforeSignal?: () => void): Task {
    const { context, podIp, tell } = this.#options
    yield* stopContainer(run, {
      context,
      podIp: podIp(),
      graceMs,
      ...(beforeSignal === undefined ? {} : { beforeSignal }),
      onHookFailed: () =>
        tell(run.name, {
          type: 'Warning',
          reason: 'FailedPreStopHook',
          message: 'PreStopHook failed',
        }),
    })
  }

  *#stopTogether(containers: readonly core.Container[], graceMs: number): Task {
    const runs = containers.flatMap(({ name }) => {
      const run = this.#options.containers.get(name)?.current
      return run?.state === 'running' ? [run] : []
    })
    if (runs.length === 0) return
    const stops = runs.map((run) => this.#spawnStop(run, graceMs))
    const timer = this.#watchForShorterGrace(runs)
    try {
      for (const stop of stops) yield* join(stop)
    } finally {
      timer.cancel()
      for (const stop of stops) stop.kill()
    }
  }

  #spawnStop(run: ContainerRun, graceMs: number): Process {
    const { context, key, tell } = this.#options
    const { dialect, simulation } = context
    const message = dialect.killing(run.name)
    const tellKilling = () => tell(run.name, { type: 'Normal', reason: 'Killing', message })
    if (!dialect.tellsKillingLate) tellKilling()
    const late = dialect.tellsKillingLate ? tellKilling : undefined
    return simulation.spawn(this.stopOne(run, graceMs, late), {
      name: `pod/${key}/stop/${run.name}`,
    })
  }

  /** Kills what still runs once the Pod is deleted for good, or with less time than before. */
  #watchForShorterGrace(runs: readonly ContainerRun[]): { cancel(): void } {
    const { context, key } = this.#options
    const granted = this.#graceMs()
    let timer: Timer | undefined
    const kill = () => {
      for (const run of runs) if (run.state === 'running') run.process?.signal('SIGKILL')
    }
    this.#shorten = () => {
      const graceMs = this.#graceMs()
      if (graceMs >= granted || timer !== undefined) return
      timer = context.simulation.after(graceMs, kill, { label: `pod/${key}/shortened` })
    }
    return {
      cancel: () => {
        timer?.cancel()
        this.#shorten = undefined
      },
    }
  }
}
