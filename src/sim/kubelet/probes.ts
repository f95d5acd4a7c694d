import type * as core from 'kubernetes-types/core/v1'
import { OsError } from '#sim/kernel/os/types.ts'
import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { join, race, sleep } from '#sim/kernel/waits.ts'
import {
  ByteReader,
  encodeRequest,
  headerOf,
  HttpError,
  type HttpResponse,
  readResponse,
} from '#sim/network/http.ts'
import type { NetworkHost } from '#sim/network/network-host.ts'
import { captureExec, pauseFor } from './container-exec.ts'
import type { ContainerRun } from './container-run.ts'

export type ProbeKind = 'Startup' | 'Readiness' | 'Liveness'

type ProbeResult =
  | { readonly type: 'success' }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'failure'; readonly message: string }
  /** The probe itself went wrong; it tells nothing. */
  | { readonly type: 'error'; readonly message: string }

export type ProbeOptions = {
  readonly simulation: Simulation
  readonly kind: ProbeKind
  readonly probe: core.Probe
  readonly run: ContainerRun
  /** From where, and to which address. */
  readonly from: NetworkHost
  readonly podIp: string
  /** One result that did not succeed. */
  readonly onProblem: (message: string, reason: 'Unhealthy' | 'ProbeWarning') => void
  /** A verdict that differs from the last one. */
  readonly onVerdict: (isSuccess: boolean) => void
  /** Forced outcome, for faults: fails with this text while it is set. */
  readonly forcedFailure: () => string | undefined
}

const REDIRECTS_MAX = 10
const ATTEMPTS_ON_ERROR = 3

/** What one probe of one container's life does until it is killed. */
export function* runProbe(options: ProbeOptions): Task {
  const { probe, kind, run, simulation } = options
  const periodMs = (probe.periodSeconds ?? 10) * 1000
  const successThreshold = probe.successThreshold ?? 1
  const failureThreshold = probe.failureThreshold ?? 3
  const sinceStartMs = simulation.unixMs - run.startedAtUnixMs
  const initialMs = (probe.initialDelaySeconds ?? 0) * 1000 - sinceStartMs
  if (initialMs > 0) yield* pauseFor(initialMs, kind === 'Liveness')
  let verdict: boolean | undefined = kind === 'Liveness' ? true : undefined
  let inARow = 0
  let last: boolean | undefined
  for (let attempts = 1; ; attempts++) {
    // The world waits for a first verdict, but not for ever: a probe may never succeed.
    const isAwaited: boolean =
      kind !== 'Liveness' && verdict === undefined && attempts <= failureThreshold
    const result: ProbeResult = yield* attempt(options, !isAwaited)
    if (result.type !== 'success') tellProblem(options, result)
    if (result.type !== 'error') {
      const isSuccess: boolean = result.type !== 'failure'
      inARow = isSuccess === last ? inARow + 1 : 1
      last = isSuccess
      const threshold = isSuccess ? successThreshold : failureThreshold
      if (inARow >= threshold && verdict !== isSuccess) {
        verdict = isSuccess
        options.onVerdict(isSuccess)
        // The container is about to be stopped, or has started: nothing more to find out.
        if (kind === 'Startup' || (kind === 'Liveness' && !isSuccess)) return
      }
    }
    const isWaiting = kind !== 'Liveness' && verdict === undefined && attempts < failureThreshold
    yield* pauseFor(periodMs, !isWaiting)
  }
}

function tellProblem(options: ProbeOptions, result: Exclude<ProbeResult, { type: 'success' }>) {
  const { kind } = options
  if (result.type === 'warning') {
    options.onProblem(`${kind} probe warning: ${result.message}`, 'ProbeWarning')
  } else if (result.type === 'failure') {
    options.onProblem(`${kind} probe failed: ${result.message}`, 'Unhealthy')
  } else {
    const text = `${kind} probe errored and resulted in unknown state: ${result.message}`
    options.onProblem(text, 'Unhealthy')
  }
}

function* attempt(options: ProbeOptions, periodic: boolean): Task<ProbeResult> {
  const forced = options.forcedFailure()
  if (forced !== undefined) return { type: 'failure', message: forced }
  let result: ProbeResult = { type: 'error', message: 'no attempt' }
  for (let tries = 0; tries < ATTEMPTS_ON_ERROR && result.type === 'error'; tries++) {
    // A process of its own: its waits count as awaited or periodic as a whole.
    const child = options.simulation.spawn(probeOnce(options, periodic), {
      name: `probe/${options.kind}/${options.run.name}`,
      periodic,
    })
    try {
      const exit = yield* join(child)
      if (exit.type === 'returned') result = exit.value
      else if (exit.type === 'threw') throw exit.error
    } finally {
      child.kill()
    }
  }
  return result
}

function* probeOnce(options: ProbeOptions, periodic: boolean): Task<ProbeResult> {
  const { probe, run } = options
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  if (probe.exec !== undefined) {
    const command = probe.exec.command ?? []
    const done = yield* captureExec(run, command, { timeoutMs, periodic })
    if (done.isMissing) {
      const message = `exec: "${command[0]}": executable file not found in $PATH`
      return {
        type: 'failure',
        message: `OCI runtime exec failed: exec failed: unable to start container process: ${message}`,
      }
    }
    if (done.isTimedOut) {
      const text = `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s`
      return { type: 'failure', message: text }
    }
    return done.exitCode === 0 ? { type: 'success' } : { type: 'failure', message: done.output }
  }
  if (probe.httpGet !== undefined) return yield* probeHttp(options, probe.httpGet, timeoutMs)
  if (probe.tcpSocket !== undefined) return yield* probeTcp(options, probe.tcpSocket, timeoutMs)
  if (probe.grpc !== undefined) return yield* probeGrpc(options, probe.grpc.port, timeoutMs)
  return { type: 'error', message: 'missing probe handler' }
}

function* probeTcp(
  options: ProbeOptions,
  action: core.TCPSocketAction,
  timeoutMs: number,
): Task<ProbeResult> {
  const port = portOf(action.port, options.run.spec)
  if (port === undefined) return unknownPort(action.port)
  const host = action.host ?? options.podIp
  try {
    const connection = yield* options.from.connect(host, port, { timeoutMs })
    connection.destroy()
    return { type: 'success' }
  } catch (error) {
    return { type: 'failure', message: dialError(error, host, port) }
  }
}

function* probeGrpc(options: ProbeOptions, port: number, timeoutMs: number): Task<ProbeResult> {
  try {
    const connection = yield* options.from.connect(options.podIp, port, { timeoutMs })
    connection.destroy()
    return { type: 'error', message: 'the gRPC health protocol is not simulated' }
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const seconds = timeoutMs / 1000
    const message = `timeout: failed to connect service "${options.podIp}:${port}" within ${seconds}s: context deadline exceeded`
    return { type: 'failure', message }
  }
}

function dialError(error: unknown, host: string, port: number): string {
  if (!(error instanceof OsError)) throw error
  const cause =
    error.code === 'ECONNREFUSED'
      ? 'connect: connection refused'
      : error.code === 'EHOSTUNREACH'
        ? 'connect: no route to host'
        : 'i/o timeout'
  return `dial tcp ${host}:${port}: ${cause}`
}

function portOf(port: string | number, container: core.Container): number | undefined {
  if (typeof port === 'number') return port
  if (/^\d+$/.test(port)) return Number(port)
  return container.ports?.find((one) => one.name === port)?.containerPort
}

function unknownPort(port: string | number): ProbeResult {
  return { type: 'error', message: `couldn't find port: ${JSON.stringify(port)}` }
}

function* probeHttp(
  options: ProbeOptions,
  action: core.HTTPGetAction,
  timeoutMs: number,
): Task<ProbeResult> {
  const port = portOf(action.port, options.run.spec)
  if (port === undefined) return unknownPort(action.port)
  const host = action.host ?? options.podIp
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const path = (action.path ?? '/').replace(/^(?!\/)/, '/')
  const url = `${scheme}://${host}:${port}${path}`
  if (scheme !== 'http') return { type: 'error', message: `${scheme} is not simulated` }
  const timeout = function* (): Task<ProbeResult> {
    yield* sleep(timeoutMs)
    const message = `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
    return { type: 'failure', message }
  }
  const tried = yield* race([get(options, { host, port, path, url }, action), timeout()], 'probe')
  return tried.value
}

type HttpTarget = {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly url: string
}

function* get(
  options: ProbeOptions,
  target: HttpTarget,
  action: core.HTTPGetAction,
): Task<ProbeResult> {
  const { host, port, url } = target
  let { path } = target
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    let response: HttpResponse
    try {
      response = yield* request(options, { host, port, path, url }, action)
    } catch (error) {
      if (error instanceof HttpError) return { type: 'failure', message: `Get "${url}": EOF` }
      return { type: 'failure', message: `Get "${url}": ${dialError(error, host, port)}` }
    }
    const { status } = response
    const location = headerOf(response.headers, 'location')
    if (status < 300 || status >= 400 || location === undefined) {
      if (status >= 200 && status < 400) return { type: 'success' }
      const message = `HTTP probe failed with statuscode: ${status}`
      return { type: 'failure', message }
    }
    const away = /^https?:\/\/([^/:]+)/.exec(location)
    if (away !== null && away[1] !== host) {
      const body = decodeUtf8(response.body)
      return { type: 'warning', message: `Probe terminated redirects, Response body: ${body}` }
    }
    path = location.replace(/^https?:\/\/[^/]+/, '')
  }
  return { type: 'failure', message: `Get "${url}": stopped after ${REDIRECTS_MAX} redirects` }
}

function* request(
  options: ProbeOptions,
  target: HttpTarget,
  action: core.HTTPGetAction,
): Task<HttpResponse> {
  const connection = yield* options.from.connect(target.host, target.port)
  try {
    const given = (action.httpHeaders ?? []).map(({ name, value }) => [name, value] as const)
    const named = new Set(given.map(([name]) => name.toLowerCase()))
    const standard = [
      ['Host', `${target.host}:${target.port}`],
      ['User-Agent', 'kube-probe/1.36'],
      ['Accept', '*/*'],
      ['Connection', 'close'],
    ] as const
    const headers = [...standard.filter(([name]) => !named.has(name.toLowerCase())), ...given]
    const body = new Uint8Array(0)
    yield* connection.write(encodeRequest({ method: 'GET', target: target.path, headers, body }))
    return yield* readResponse(new ByteReader(connection), 'GET')
  } finally {
    connection.destroy()
  }
}
