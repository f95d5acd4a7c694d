import type * as core from 'kubernetes-types/core/v1'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import type { Process } from '#sim/kernel/process.ts'
import { type ContainerRecord, type ContainerRun, isSidecar } from './container-run.ts'
import type { NodeContext } from './node-context.ts'
import { type ProbeKind, runProbe } from './probes.ts'

export type ContainerProbesOptions = {
  readonly context: NodeContext
  readonly podIp: () => string
  readonly forcedFailure: (container: string, kind: ProbeKind) => string | undefined
  readonly tell: (container: string, event: RecordedEvent) => void
  /** A container became ready or started, or ceased to be. */
  readonly onChange: () => void
  readonly onMustRestart: (
    container: string,
    restart: { readonly message: string; readonly graceSeconds: number | undefined },
  ) => void
}

/** The probes of one Pod's containers: the startup probe first, then the other two. */
export class ContainerProbes {
  readonly #options: ContainerProbesOptions
  readonly #running = new Map<string, Map<ProbeKind, Process>>()
  #isTerminating = false

  constructor(options: ContainerProbesOptions) {
    this.#options = options
  }

  start(container: core.Container, record: ContainerRecord, run: ContainerRun): void {
    if (this.#isTerminating) return
    this.stop(container.name)
    const { startupProbe } = container
    if (startupProbe === undefined) this.#startOthers(container, record, run)
    else this.#spawn('Startup', startupProbe, container, record, run)
  }

  stop(container: string): void {
    const processes = this.#running.get(container)
    if (processes === undefined) return
    this.#running.delete(container)
    for (const process of processes.values()) process.kill()
  }

  /** Readiness is still asked for while the containers stop; nothing is restarted any more. */
  stopForTermination(): void {
    this.#isTerminating = true
    for (const processes of this.#running.values()) {
      for (const [kind, process] of processes) if (kind !== 'Readiness') process.kill()
    }
  }

  stopAll(): void {
    this.#isTerminating = true
    for (const name of [...this.#running.keys()]) this.stop(name)
  }

  #startOthers(container: core.Container, record: ContainerRecord, run: ContainerRun): void {
    const { readinessProbe, livenessProbe } = container
    if (readinessProbe !== undefined) {
      this.#spawn('Readiness', readinessProbe, container, record, run)
    }
    if (livenessProbe !== undefined) {
      this.#spawn('Liveness', livenessProbe, container, record, run)
    }
  }

  #spawn(
    kind: ProbeKind,
    probe: core.Probe,
    container: core.Container,
    record: ContainerRecord,
    run: ContainerRun,
  ): void {
    const { context, podIp, tell, forcedFailure } = this.#options
    const task = runProbe({
      simulation: context.simulation,
      kind,
      probe,
      run,
      from: context.nodeNetwork.host,
      podIp: podIp(),
      onProblem: (message, reason) => tell(container.name, { type: 'Warning', reason, message }),
      onVerdict: (isSuccess) => this.#decide(kind, isSuccess, probe, container, record, run),
      forcedFailure: () => forcedFailure(container.name, kind),
    })
    const process = context.simulation.spawn(task, {
      name: `probe/${kind}/${container.name}`,
      periodic: true,
    })
    const processes = this.#running.get(container.name) ?? new Map<ProbeKind, Process>()
    processes.set(kind, process)
    this.#running.set(container.name, processes)
  }

  #decide(
    kind: ProbeKind,
    isSuccess: boolean,
    probe: core.Probe,
    container: core.Container,
    record: ContainerRecord,
    run: ContainerRun,
  ): void {
    if (record.current !== run) return
    if (kind === 'Readiness') {
      record.isProbedReady = isSuccess
      this.#options.onChange()
    } else if (isSuccess) {
      if (kind !== 'Startup') return
      record.isProbedStarted = true
      this.#options.onChange()
      if (!this.#isTerminating) this.#startOthers(container, record, run)
    } else if (!this.#isTerminating) {
      const what = kind.toLowerCase()
      const { name } = container
      this.#options.onMustRestart(name, {
        message: isSidecar(container)
          ? `Init container ${name} failed ${what} probe`
          : `Container ${name} failed ${what} probe, will be restarted`,
        graceSeconds: probe.terminationGracePeriodSeconds,
      })
    }
  }
}
