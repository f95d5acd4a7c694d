import type * as core from 'kubernetes-types/core/v1'
import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Pipe } from '#sim/kernel/os/pipe.ts'
import type { Terminal } from '#sim/kernel/os/tty.ts'
import type { ContainerHost } from './container-host.ts'
import type { ContainerLog } from './container-log.ts'
import type { Image } from './images/image.ts'

/** One life of a container, from its creation to its exit. A restart makes a new one. */
export type ContainerRun = {
  readonly id: string
  readonly name: string
  readonly spec: core.Container
  /** As the runtime resolved it. */
  readonly imageName: string
  readonly imageId: string
  readonly image: Image
  readonly restartCount: number
  readonly log: ContainerLog
  readonly host: ContainerHost
  readonly createdAtUnixMs: number
  state: 'created' | 'running' | 'exited'
  startedAtUnixMs: number
  finishedAtUnixMs: number
  exitCode: number
  /** Overrides what follows from the exit code: `OOMKilled`, `StartError`. */
  reason: string
  message: string
  process: OsProcess | undefined
  readonly env: ReadonlyMap<string, string>
  /** Where `attach` writes, if the container wants input. */
  stdin: Pipe | undefined
  terminal: Terminal | undefined
  /** postStart has returned, so probes may begin. */
  hasRunPostStart: boolean
}

/** What the kubelet knows of one container: its present or latest life, and the one before. */
export type ContainerRecord = {
  current: ContainerRun | undefined
  previous: ContainerRun | undefined
  /** A probe failed or the image changed: it is to be stopped and started anew. */
  restart: { readonly message: string; readonly graceSeconds: number | undefined } | undefined
  /** Why it could not be started at the last attempt. */
  waiting: { readonly reason: string; readonly message: string } | undefined
  /** The last verdict of its probes; see `probes.ts`. */
  isProbedReady: boolean
  isProbedStarted: boolean
}

export function newContainerRecord(): ContainerRecord {
  return {
    current: undefined,
    previous: undefined,
    restart: undefined,
    waiting: undefined,
    isProbedReady: false,
    isProbedStarted: false,
  }
}

export function isRunning(record: ContainerRecord | undefined): boolean {
  return record?.current?.state === 'running'
}

export function terminatedReason(run: ContainerRun): string {
  if (run.reason !== '') return run.reason
  return run.exitCode === 0 ? 'Completed' : 'Error'
}

/** A sidecar: an init container that goes on running. */
export function isSidecar(container: core.Container): boolean {
  return (container as { restartPolicy?: string }).restartPolicy === 'Always'
}

type RestartRules = {
  readonly restartPolicy?: string
  readonly restartPolicyRules?: readonly {
    readonly action: string
    readonly exitCodes?: { readonly operator: string; readonly values?: readonly number[] }
  }[]
}

/**
 * Whether a container that exited starts again: the first rule for its exit code decides, then
 * its own policy, then the Pod's. Simplified: the action RestartAllContainers restarts this one.
 */
export function wantsRestart(
  spec: core.PodSpec,
  container: core.Container,
  exitCode: number,
): boolean {
  const { restartPolicy, restartPolicyRules = [] } = container as RestartRules
  for (const { exitCodes } of restartPolicyRules) {
    const isListed = exitCodes?.values?.includes(exitCode) === true
    if (isListed === (exitCodes?.operator === 'In')) return true
  }
  const policy = restartPolicy ?? spec.restartPolicy ?? 'Always'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}
