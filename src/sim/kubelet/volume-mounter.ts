import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import type { Task } from '#sim/kernel/process.ts'
import { sleep } from '#sim/kernel/waits.ts'
import type { NodeContext } from './node-context.ts'
import { MountError, mountVolume, NotAttachedError, type PodVolume } from './pod-volumes.ts'

export type PodVolumes = ReadonlyMap<string, PodVolume>

export type MounterOptions = {
  readonly context: NodeContext
  readonly pod: () => Pod
  readonly tell: (event: RecordedEvent) => void
  /** Waits for news of the Pod, at most so long; calls to `wakeUp` end it. */
  readonly rest: (delayMs: number) => Task
  readonly wakeUp: () => void
  readonly mustStop: () => boolean
}

const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 122_000
const ATTACH_LOOK_MS = 10_000
const REFRESH_MS = 75_000

/** The mounted volumes of a Pod, or undefined if it was deleted while it waited for them. */
export function* mountVolumes(options: MounterOptions): Task<PodVolumes | undefined> {
  const { context, pod, tell, mustStop } = options
  const specs = pod().spec?.volumes ?? []
  const mounted = new Map<string, PodVolume>()
  if (specs.length === 0) return mounted
  let retryMs = RETRY_FIRST_MS
  for (;;) {
    const outcome = tryMounts(specs, mounted, options)
    if (outcome === 'all') break
    if (mustStop()) return undefined
    // An attachment shows in the Node's status; what else is missing is looked for again.
    const stopListening = context.onNodeChange(options.wakeUp)
    try {
      yield* options.rest(outcome === 'notAttached' ? ATTACH_LOOK_MS : retryMs)
    } finally {
      stopListening()
    }
    if (mustStop()) return undefined
    retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)
  }
  yield* sleep(context.timings.mountMs())
  for (const { name } of specs) {
    const message = context.dialect.mounted?.(name)
    if (message !== undefined) tell({ type: 'Normal', reason: 'SuccessfulMountVolume', message })
  }
  return mounted
}

function tryMounts(
  specs: readonly core.Volume[],
  mounted: Map<string, PodVolume>,
  options: MounterOptions,
): 'all' | 'failed' | 'notAttached' {
  let outcome: 'all' | 'failed' | 'notAttached' = 'all'
  for (const spec of specs) {
    if (mounted.has(spec.name)) continue
    try {
      mounted.set(spec.name, mountVolume(options.pod(), spec, options.context.volumes))
    } catch (error) {
      if (error instanceof MountError) {
        options.tell({ type: 'Warning', reason: 'FailedMount', message: error.message })
        outcome = 'failed'
      } else if (error instanceof NotAttachedError || error instanceof StatusError) {
        if (outcome === 'all') outcome = 'notAttached'
      } else throw error
    }
  }
  return outcome
}

/** Takes over changes of ConfigMaps and Secrets from time to time, until `isOver`. */
export function refreshContent(
  volumes: PodVolumes,
  context: NodeContext,
  isOver: () => boolean,
): void {
  // The account's own volume never changes; most Pods have no other.
  const changing = [...volumes.values()].filter(
    (volume) => volume.refresh !== undefined && !volume.name.startsWith('kube-api-access-'),
  )
  if (changing.length === 0) return
  const { simulation } = context
  const schedule = () => {
    simulation.after(REFRESH_MS, refresh, { label: 'kubelet/refresh', periodic: true })
  }
  const refresh = () => {
    if (isOver()) return
    for (const volume of changing) {
      try {
        volume.refresh?.()
      } catch (error) {
        // The object may be gone meanwhile; what is mounted stays as it was.
        if (!(error instanceof MountError) && !(error instanceof StatusError)) throw error
      }
    }
    schedule()
  }
  schedule()
}

export function hasDisks(volumes: PodVolumes | undefined): boolean {
  for (const volume of volumes?.values() ?? []) if (volume.attachedName !== undefined) return true
  return false
}
