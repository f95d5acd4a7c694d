import type * as core from 'kubernetes-types/core/v1'
import { OsError } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { sleep, suspend } from '#sim/kernel/waits.ts'
import { ByteReader, encodeRequest, HttpError, readResponse } from '#sim/network/http.ts'
import { captureExec } from './container-exec.ts'
import type { ContainerRun } from './container-run.ts'
import type { NodeContext } from './node-context.ts'

/** What is left for the stop signal however long preStop took. */
const GRACE_MIN_MS = 2000

export type StopOptions = {
  readonly context: NodeContext
  readonly podIp: string
  readonly graceMs: number
  /** Called after the hook, before the signal. */
  readonly beforeSignal?: () => void
  readonly onHookFailed: () => void
}

/** Stops a container: preStop, the stop signal, and SIGKILL when its time is up. */
export function* stopContainer(run: ContainerRun, options: StopOptions): Task {
  const { context, graceMs } = options
  const { simulation } = context
  const startedAt = simulation.now
  const hook = run.spec.lifecycle?.preStop
  if (hook !== undefined && run.state === 'running' && graceMs > 0) {
    const succeeded = yield* runHook(run, hook, { ...options, timeoutMs: graceMs })
    if (!succeeded) options.onHookFailed()
  }
  options.beforeSignal?.()
  const { process } = run
  if (process === undefined || run.state !== 'running') return
  const leftMs = Math.max(GRACE_MIN_MS, graceMs - (simulation.now - startedAt))
  const exited = waitForExit(run)
  const timer = simulation.after(leftMs, () => process.signal('SIGKILL'), {
    label: `stop/${run.name}`,
  })
  try {
    process.signal(run.image.stopSignal)
    yield* exited
  } finally {
    timer.cancel()
  }
}

function waitForExit(run: ContainerRun): Task {
  return suspend<void>((wake) => {
    if (run.process === undefined || run.process.status !== undefined) wake()
    else run.process.onExit(() => wake())
    return undefined
  })
}

export type HookContext = {
  readonly context: NodeContext
  readonly podIp: string
  readonly timeoutMs: number
}

/** Runs a life-cycle hook; false if it failed or took too long. */
export function* runHook(
  run: ContainerRun,
  hook: core.LifecycleHandler,
  options: HookContext,
): Task<boolean> {
  const { timeoutMs } = options
  if (hook.exec !== undefined) {
    const done = yield* captureExec(run, hook.exec.command ?? [], { timeoutMs, periodic: false })
    return done.exitCode === 0 && !done.isTimedOut
  }
  const pause = (hook as { sleep?: { seconds?: number } }).sleep
  if (pause !== undefined) {
    yield* sleep(Math.min(timeoutMs, (pause.seconds ?? 0) * 1000))
    return true
  }
  if (hook.httpGet !== undefined) return yield* httpHook(hook.httpGet, run, options)
  // tcpSocket is accepted by the API and does nothing.
  return true
}

function* httpHook(
  action: core.HTTPGetAction,
  run: ContainerRun,
  options: HookContext,
): Task<boolean> {
  const { context, podIp, timeoutMs } = options
  const named = run.spec.ports?.find((one) => one.name === action.port)?.containerPort
  const port = typeof action.port === 'number' ? action.port : (named ?? Number(action.port))
  const host = action.host ?? podIp
  try {
    const connection = yield* context.nodeNetwork.host.connect(host, port, { timeoutMs })
    try {
      const headers = [
        ['Host', `${host}:${port}`],
        ['User-Agent', 'kube-lifecycle/1.36'],
        ['Connection', 'close'],
      ] as const
      const body = new Uint8Array(0)
      const target = action.path ?? '/'
      yield* connection.write(encodeRequest({ method: 'GET', target, headers, body }))
      const response = yield* readResponse(new ByteReader(connection), 'GET')
      return response.status >= 200 && response.status < 400
    } finally {
      connection.destroy()
    }
  } catch (error) {
    if (error instanceof OsError || error instanceof HttpError) return false
    throw error
  }
}
