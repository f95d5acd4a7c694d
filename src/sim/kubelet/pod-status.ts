import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import {
  type ContainerRecord,
  type ContainerRun,
  isRunning,
  isSidecar,
  terminatedReason,
  wantsRestart,
} from './container-run.ts'
import type { KubeletDialect } from './dialect.ts'

/** Fields that are newer than the types. */
export type PodStatus = core.PodStatus & {
  observedGeneration?: number
  hostIPs?: readonly { ip: string }[]
}

export type PodCondition = core.PodCondition & { observedGeneration?: number }

export type StatusInput = {
  readonly pod: Pod
  readonly dialect: KubeletDialect
  readonly nodeIp: string
  /** The Pod's address once its sandbox exists. */
  readonly podIp: string | undefined
  readonly isSandboxReady: boolean
  readonly startTime: string
  readonly containers: ReadonlyMap<string, ContainerRecord>
  /** Conditions as last written; a condition that keeps its status keeps its time. */
  readonly oldConditions: readonly PodCondition[]
  /** RFC 3339, whole seconds. */
  readonly now: string
  /** Everything has stopped for good: a terminal phase may be told. */
  readonly isEnding: boolean
  /** A rejection or eviction, which replaces the phase that follows from the containers. */
  readonly verdict?: { readonly reason: string; readonly message: string }
}

/**
 * The status that follows from a Pod's containers, as the kubelet computes it each time anew.
 * Upstream: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase), status/generate.go.
 */
export function generatePodStatus(input: StatusInput): PodStatus {
  const { pod, dialect } = input
  const spec = pod.spec ?? { containers: [] }
  const initSpecs = spec.initContainers ?? []
  const hasStarted = spec.containers.some((one) => input.containers.get(one.name)?.current)
  const isInitialized = hasStarted || isInitDone(input, initSpecs)
  const initStatuses = initSpecs.map((one) => containerStatus(input, one, initSpecs, isInitialized))
  const statuses = spec.containers.map((one) =>
    containerStatus(input, one, initSpecs, isInitialized),
  )
  if (input.isEnding) markUnknown(input, initStatuses, statuses, isInitialized)
  const phase = input.verdict === undefined ? phaseOf(input, initSpecs) : 'Failed'
  const status: PodStatus = { phase }
  if (dialect.observesGeneration && pod.metadata.generation !== undefined) {
    status.observedGeneration = pod.metadata.generation
  }
  status.conditions = conditionsOf(input, { phase, isInitialized, initStatuses, statuses })
  if (input.verdict !== undefined) {
    status.message = input.verdict.message
    status.reason = input.verdict.reason
  }
  status.hostIP = input.nodeIp
  if (dialect.hasModernStatus) status.hostIPs = [{ ip: input.nodeIp }]
  if (input.podIp !== undefined) {
    status.podIP = input.podIp
    if (dialect.hasModernStatus) status.podIPs = [{ ip: input.podIp }]
  }
  status.startTime = input.startTime
  // An evicted Pod tells why it is gone, not how its containers ended.
  if (input.verdict === undefined) {
    if (initStatuses.length > 0) status.initContainerStatuses = initStatuses
    status.containerStatuses = statuses.length < 2 ? statuses : statuses.sort(byName)
    const ephemeral = (spec.ephemeralContainers ?? []).map((one) =>
      ephemeralStatus(input, one, initSpecs),
    )
    if (ephemeral.length > 0) status.ephemeralContainerStatuses = ephemeral.sort(byName)
  }
  if (pod.status?.qosClass !== undefined) status.qosClass = pod.status.qosClass
  return status
}

function byName(a: core.ContainerStatus, b: core.ContainerStatus): number {
  return a.name < b.name ? -1 : 1
}

function isInitDone(input: StatusInput, initSpecs: readonly core.Container[]): boolean {
  return initSpecs.every((one) => {
    const record = input.containers.get(one.name)
    if (isSidecar(one)) return isStarted(record, one)
    return record?.current?.state === 'exited' && record.current.exitCode === 0
  })
}

export function isStarted(record: ContainerRecord | undefined, spec: core.Container): boolean {
  if (record === undefined || !isRunning(record)) return false
  if (record.current?.hasRunPostStart !== true) return false
  return spec.startupProbe === undefined || record.isProbedStarted
}

export function isReady(record: ContainerRecord | undefined, spec: core.Container): boolean {
  if (record === undefined || !isStarted(record, spec)) return false
  return spec.readinessProbe === undefined || record.isProbedReady
}

function containerStatus(
  input: StatusInput,
  spec: core.Container,
  initSpecs: readonly core.Container[],
  isInitialized: boolean,
): core.ContainerStatus {
  const record = input.containers.get(spec.name)
  const run = record?.current
  const modern = input.dialect.hasModernStatus
  const isInit = initSpecs.includes(spec)
  const started = isStarted(record, spec)
  const ready = isInit && !isSidecar(spec) ? hasSucceeded(run) : isReady(record, spec)
  const status: core.ContainerStatus = {
    name: spec.name,
    state: {},
    lastState: {},
    ready,
    restartCount: run?.restartCount ?? 0,
    image: run === undefined ? (spec.image ?? '') : run.imageName,
    imageID: run?.imageId ?? '',
    ...(run === undefined ? {} : { containerID: `${input.dialect.runtimeScheme}://${run.id}` }),
    ...(modern ? { started } : {}),
  }
  if (modern) addModernFields(status, spec, run)
  if (record?.previous !== undefined) status.lastState = terminatedState(record.previous, input)
  status.state = stateOf(run, input, initSpecs.length > 0 && !(isInitialized && isInit))
  const waiting = record?.waiting
  if (waiting !== undefined && willStart(input, spec, run, isInit)) {
    if (run?.state === 'exited') status.lastState = terminatedState(run, input)
    status.state = { waiting: { reason: waiting.reason, ...messageOf(waiting.message) } }
  }
  return status
}

// No prober looks after it, so nobody calls it started or ready.
function ephemeralStatus(
  input: StatusInput,
  spec: core.EphemeralContainer,
  initSpecs: readonly core.Container[],
): core.ContainerStatus {
  const { started: _, ...status } = containerStatus(input, spec, initSpecs, false)
  return { ...status, ready: false }
}

function messageOf(message: string): { message?: string } {
  return message === '' ? {} : { message }
}

/** Whether the next sync would start it: only such containers are shown as waiting. */
function willStart(
  input: StatusInput,
  spec: core.Container,
  run: ContainerRun | undefined,
  isInit: boolean,
): boolean {
  if (input.isEnding) return run === undefined
  if (run === undefined) return true
  if (run.state !== 'exited') return false
  if (isInit && !isSidecar(spec) && run.exitCode === 0) return false
  return wantsRestart(input.pod.spec ?? { containers: [] }, spec, run.exitCode)
}

function hasSucceeded(run: ContainerRun | undefined): boolean {
  return run?.state === 'exited' && run.exitCode === 0
}

function stateOf(
  run: ContainerRun | undefined,
  input: StatusInput,
  hasInit: boolean,
): core.ContainerState {
  if (run === undefined || run.state === 'created') {
    return { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } }
  }
  if (run.state === 'running') return { running: { startedAt: seconds(run.startedAtUnixMs) } }
  return terminatedState(run, input)
}

function terminatedState(run: ContainerRun, input: StatusInput): core.ContainerState {
  return {
    terminated: {
      exitCode: run.exitCode,
      reason: terminatedReason(run),
      ...messageOf(run.message),
      startedAt: seconds(run.startedAtUnixMs),
      finishedAt: seconds(run.finishedAtUnixMs),
      containerID: `${input.dialect.runtimeScheme}://${run.id}`,
    },
  }
}

function addModernFields(
  status: core.ContainerStatus,
  spec: core.Container,
  run: ContainerRun | undefined,
): void {
  const extended = status as core.ContainerStatus & Record<string, unknown>
  const mounts = spec.volumeMounts ?? []
  if (run !== undefined) {
    const requests = spec.resources?.requests
    if (requests !== undefined) extended.allocatedResources = requests
    extended.resources = spec.resources ?? {}
  }
  if (mounts.length > 0) {
    extended.volumeMounts = mounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly === true ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    }))
  }
  if (run !== undefined) {
    const uid = spec.securityContext?.runAsUser ?? run.image.user.uid
    const gid = spec.securityContext?.runAsGroup ?? run.image.user.gid
    extended.user = { linux: { uid, gid, supplementalGroups: uid === 0 ? [0, 10] : [gid] } }
  }
}

/** Containers that never ran when their Pod ended are told as lost, never as still waiting. */
function markUnknown(
  input: StatusInput,
  initStatuses: readonly core.ContainerStatus[],
  statuses: readonly core.ContainerStatus[],
  isInitialized: boolean,
): void {
  if (!input.dialect.endsDeletedPods || input.verdict !== undefined) return
  const unknown: core.ContainerState = {
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      startedAt: null as never, // The real one writes null: it never started.
      finishedAt: null as never,
    },
  }
  const lost = isInitialized
    ? statuses.filter((one) => one.state?.terminated === undefined)
    : initStatuses.filter((one) => one.state?.terminated === undefined).slice(0, 1)
  for (const status of lost) status.state = unknown
}

function phaseOf(input: StatusInput, initSpecs: readonly core.Container[]): string {
  const spec = input.pod.spec ?? { containers: [] }
  if (input.isEnding) return endPhase(input, spec, initSpecs)
  let isPending = false
  let hasStarted = false
  for (const one of spec.containers) if (input.containers.get(one.name)?.current) hasStarted = true
  for (const one of initSpecs) {
    const record = input.containers.get(one.name)
    const run = record?.current
    if (isSidecar(one)) {
      if (!hasStarted && !isStarted(record, one)) isPending = true
    } else if (run?.state === 'exited' && run.exitCode !== 0) {
      if (spec.restartPolicy === 'Never') return 'Failed'
      isPending = true
    } else if (!hasSucceeded(run)) isPending = true
  }
  let running = 0
  let stopped = 0
  let failed = 0
  let restarting = 0
  for (const one of spec.containers) {
    const run = input.containers.get(one.name)?.current
    if (run === undefined || run.state === 'created') isPending = true
    else if (run.state === 'running') running++
    else {
      stopped++
      if (run.exitCode !== 0) failed++
      if (wantsRestart(spec, one, run.exitCode)) restarting++
    }
  }
  if (isPending) return 'Pending'
  if (running > 0) return 'Running'
  if (stopped > 0 && restarting > 0) return 'Running'
  if (stopped > 0) return failed > 0 ? 'Failed' : 'Succeeded'
  return 'Pending'
}

// What stopped for good is judged by its exit codes, whatever the restart policy.
function endPhase(
  input: StatusInput,
  spec: core.PodSpec,
  initSpecs: readonly core.Container[],
): string {
  if (!input.dialect.endsDeletedPods && input.pod.metadata.deletionTimestamp !== undefined) {
    return input.pod.status?.phase ?? 'Running'
  }
  const regular = spec.containers.map((one) => input.containers.get(one.name)?.current)
  const init = initSpecs
    .filter((one) => !isSidecar(one))
    .map((one) => input.containers.get(one.name)?.current)
  return [...regular, ...init].every(hasSucceeded) ? 'Succeeded' : 'Failed'
}

type Computed = {
  readonly phase: string
  readonly isInitialized: boolean
  readonly initStatuses: readonly core.ContainerStatus[]
  readonly statuses: readonly core.ContainerStatus[]
}

type Verdict = {
  readonly status: 'True' | 'False'
  readonly reason?: string
  readonly message?: string
}

function conditionsOf(input: StatusInput, computed: Computed): PodCondition[] {
  const { dialect, pod } = input
  const conditions: PodCondition[] = []
  const put = (type: string, verdict: Verdict) => {
    const old = input.oldConditions.find((one) => one.type === type)
    const lastTransitionTime =
      old?.status === verdict.status ? (old.lastTransitionTime ?? input.now) : input.now
    conditions.push({
      type,
      ...(dialect.observesGeneration && pod.metadata.generation !== undefined
        ? { observedGeneration: pod.metadata.generation }
        : {}),
      status: verdict.status,
      lastProbeTime: null as never, // The real one writes null; the type has no word for it.
      lastTransitionTime,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      ...(verdict.message === undefined ? {} : { message: verdict.message }),
    })
  }
  if (dialect.hasReadyToStart) {
    put('PodReadyToStartContainers', { status: input.isSandboxReady ? 'True' : 'False' })
  }
  put('Initialized', initializedVerdict(input, computed))
  const containersReady = containersReadyVerdict(input, computed)
  put('Ready', readyVerdict(input, containersReady))
  if (dialect.hasContainersReady) put('ContainersReady', containersReady)
  put('PodScheduled', { status: 'True' })
  return conditions
}

function initializedVerdict(input: StatusInput, computed: Computed): Verdict {
  if (computed.phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  if (computed.isInitialized) return { status: 'True' }
  const incomplete = (input.pod.spec?.initContainers ?? [])
    .filter((one, index) => {
      const status = computed.initStatuses[index]
      return isSidecar(one) ? status?.started !== true : status?.ready !== true
    })
    .map((one) => one.name)
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  }
}

function containersReadyVerdict(input: StatusInput, computed: Computed): Verdict {
  if (computed.phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (computed.phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const spec = input.pod.spec ?? { containers: [] }
  const counted = [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers]
  const unready = counted
    .filter((one) => !isReady(input.containers.get(one.name), one))
    .map((one) => one.name)
  if (unready.length === 0) return { status: 'True' }
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  }
}

function readyVerdict(input: StatusInput, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') return containersReady
  const messages: string[] = []
  for (const { conditionType } of input.pod.spec?.readinessGates ?? []) {
    const found = (input.pod.status?.conditions ?? []).find((one) => one.type === conditionType)
    if (found === undefined) {
      messages.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      )
    } else if (found.status !== 'True') {
      messages.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`,
      )
    }
  }
  if (messages.length === 0) return { status: 'True' }
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') }
}

export function seconds(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`
}
