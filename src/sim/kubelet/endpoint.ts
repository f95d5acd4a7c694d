import type { Pod as ApiPod } from 'kubernetes-types/core/v1'
import type {
  AttachOptions,
  ExecOptions,
  KubeletEndpoint,
  LogOptions,
} from '#sim/apimachinery/kubelet-endpoint.ts'
import type { ApiReply, ByteSink, ByteSource, RemoteStreams } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { badRequest, internalError, plainError } from '#sim/apimachinery/statuses.ts'
import { NullFile } from '#sim/kernel/os/open-files.ts'
import { Pipe } from '#sim/kernel/os/pipe.ts'
import { Terminal } from '#sim/kernel/os/tty.ts'
import { type OpenFile, OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { Channel, suspend } from '#sim/kernel/waits.ts'
import { execInContainer, exitCodeOf } from './container-exec.ts'
import { type LogEntry, selectLog } from './container-log.ts'
import type { ContainerRun } from './container-run.ts'
import type { KubeletDialect } from './dialect.ts'
import type { PodWorker } from './pod-worker.ts'
import { forwardPort } from './port-forward.ts'
import { containerId } from './node-context.ts'
import type { Random } from '#sim/kernel/random.ts'

export type EndpointOptions = {
  readonly simulation: Simulation
  readonly dialect: KubeletDialect
  readonly random: Random
  readonly worker: (uid: string) => PodWorker | undefined
  /** Why the node cannot be reached; undefined when it can. */
  readonly unreachable: () => string | undefined
}

const READ_BYTES = 32 * 1024

/** exec, attach, logs and port-forward, as the API server asks the kubelet for them. */
export function createKubeletEndpoint(options: EndpointOptions): KubeletEndpoint {
  const guarded = (run: () => ApiReply): ApiReply => {
    const problem = options.unreachable()
    return problem === undefined
      ? run()
      : refusal(plainError(`error dialing backend: ${problem}`).status)
  }
  return {
    exec: (pod, container, exec) => guarded(() => execReply(options, pod, container, exec)),
    attach: (pod, container, attach) => guarded(() => attachReply(options, pod, container, attach)),
    logs: (pod, container, log) => guarded(() => logReply(options, pod, container, log)),
    portForward: (pod, port) => guarded(() => forwardReply(options, pod, port)),
  }
}

function refusal(status: Status): ApiReply {
  return { type: 'object', code: status.code ?? 500, body: status }
}

function workerOf(options: EndpointOptions, pod: ApiPod): PodWorker | undefined {
  return options.worker(pod.metadata?.uid ?? '')
}

function runningContainer(
  options: EndpointOptions,
  pod: ApiPod,
  container: string,
): ContainerRun | undefined {
  const run = workerOf(options, pod)?.record(container)?.current
  return run?.state === 'running' ? run : undefined
}

function notRunning(container: string): ApiReply {
  return refusal(plainError(`container not found ("${container}")`).status)
}

function execReply(
  options: EndpointOptions,
  pod: ApiPod,
  container: string,
  exec: ExecOptions,
): ApiReply {
  const run = runningContainer(options, pod, container)
  if (run === undefined) return notRunning(container)
  return {
    type: 'stream',
    code: 101,
    start: () =>
      exec.tty ? execWithTerminal(options, run, exec) : execWithPipes(options, run, exec),
  }
}

function execWithPipes(
  options: EndpointOptions,
  run: ContainerRun,
  exec: ExecOptions,
): RemoteStreams {
  const stdin = exec.stdin ? new Pipe() : undefined
  const stdout = new Pipe()
  const stderr = new Pipe()
  stdin?.writeEnd.retain()
  stdout.readEnd.retain()
  stderr.readEnd.retain()
  const files = new Map<number, OpenFile>([
    [0, stdin?.readEnd ?? new NullFile()],
    [1, stdout.writeEnd],
    [2, stderr.writeEnd],
  ])
  const process = execInContainer(run, exec.command, files)
  if (process === undefined) return missingProgram(options, exec)
  const sink = stdin === undefined ? undefined : pipeSink(stdin)
  const closers = [releaseOnce(stdout.readEnd), releaseOnce(stderr.readEnd)]
  return {
    ...(sink === undefined ? {} : { stdin: sink }),
    stdout: pipeSource(stdout),
    stderr: pipeSource(stderr),
    done: () => exitStatus(process),
    close: () => {
      sink?.end()
      for (const close of closers) close()
    },
  }
}

function releaseOnce(file: OpenFile): () => void {
  let isOpen = true
  return () => {
    if (isOpen) file.release()
    isOpen = false
  }
}

function pipeSource(pipe: Pipe): ByteSource {
  return { read: () => pipe.readEnd.read(READ_BYTES) }
}

function pipeSink(pipe: Pipe): ByteSink {
  let hasEnded = false
  return {
    *write(bytes): Task {
      try {
        if (!hasEnded) yield* pipe.writeEnd.write(bytes)
      } catch (error) {
        // The program no longer reads; what is typed goes nowhere.
        if (!(error instanceof OsError)) throw error
      }
    },
    end: () => {
      if (!hasEnded) pipe.writeEnd.release()
      hasEnded = true
    },
  }
}

function* exitStatus(process: OsProcess): Task<Status> {
  return codeStatus(exitCodeOf(yield* process.wait()))
}

/** What channel 3 carries at the end. */
function codeStatus(code: number): Status {
  if (code === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

function missingProgram(options: EndpointOptions, exec: ExecOptions): RemoteStreams {
  const name = exec.command[0] ?? ''
  const cause = name.includes('/')
    ? `exec: "${name}": stat ${name}: no such file or directory`
    : `exec: "${name}": executable file not found in $PATH`
  const isOld = options.dialect.runtimeScheme === 'docker'
  // Docker wrote its complaint to the stream and exited with 126.
  const text = isOld
    ? `OCI runtime exec failed: exec failed: container_linux.go:348: starting container process caused "${cause.replaceAll('"', '\\"')}": unknown\r\n`
    : ''
  const message = `error executing command in container: failed to exec in container: failed to start exec "${containerId(options.random)}": OCI runtime exec failed: exec failed: unable to start container process: ${cause}`
  const status = isOld ? codeStatus(126) : internalError(message).status
  return {
    ...(exec.stdin ? { stdin: { write: ignore, end: () => {} } } : {}),
    stdout: bytesSource(encodeUtf8(text)),
    stderr: bytesSource(new Uint8Array(0)),
    // oxlint-disable-next-line require-yield -- there is nothing to wait for
    *done(): Task<Status> {
      return status
    },
    close: () => {},
  }
}

// oxlint-disable-next-line no-empty-function -- nobody reads
function* ignore(): Task {}

function bytesSource(bytes: Uint8Array): ByteSource {
  let isDone = bytes.length === 0
  return {
    // oxlint-disable-next-line require-yield -- everything is there
    *read(): Task<Uint8Array | undefined> {
      if (isDone) return undefined
      isDone = true
      return bytes
    },
  }
}

function execWithTerminal(
  options: EndpointOptions,
  run: ContainerRun,
  exec: ExecOptions,
): RemoteStreams {
  const terminal = new Terminal({ columns: 80, rows: 24, processes: run.host.processes })
  const files = new Map<number, OpenFile>([0, 1, 2].map((fd) => [fd, terminal.file]))
  const process = execInContainer(run, exec.command, files, { tty: true })
  if (process === undefined) return missingProgram(options, exec)
  terminal.foregroundGroup = process.pgid
  const output = terminalOutput(terminal)
  process.onExit(() => output.close())
  return {
    ...terminalStreams(terminal, output),
    done: () => exitStatus(process),
    close: () => {
      output.close()
      terminal.hangUp()
    },
  }
}

function terminalOutput(terminal: Terminal): Channel<Uint8Array> {
  const output = new Channel<Uint8Array>()
  terminal.onOutput((text) => {
    if (!output.isClosed) output.push(encodeUtf8(text))
  })
  return output
}

function terminalStreams(
  terminal: Terminal,
  output: Channel<Uint8Array>,
): Pick<RemoteStreams, 'stdin' | 'stdout' | 'resize'> & {
  stdin: ByteSink
  stdout: ByteSource
  resize: (columns: number, rows: number) => void
} {
  return {
    stdin: {
      // oxlint-disable-next-line require-yield -- a terminal takes every key
      *write(bytes): Task {
        terminal.input(decodeUtf8(bytes))
      },
      end: () => {},
    },
    stdout: { read: () => output.take() },
    resize: (columns, rows) => terminal.resize(columns, rows),
  }
}

function attachReply(
  options: EndpointOptions,
  pod: ApiPod,
  container: string,
  attach: AttachOptions,
): ApiReply {
  const run = runningContainer(options, pod, container)
  if (run === undefined) {
    return refusal(
      plainError(
        `container ${container} not found in pod ${pod.metadata?.name}_${pod.metadata?.namespace}`,
      ).status,
    )
  }
  return { type: 'stream', code: 101, start: () => attachStreams(run, attach) }
}

function attachStreams(run: ContainerRun, attach: AttachOptions): RemoteStreams {
  const { terminal, log, process } = run
  const done = function* (): Task<Status> {
    if (process !== undefined) yield* process.wait()
    // The exit code is told by the Pod's status, not by the stream.
    return codeStatus(0)
  }
  if (terminal !== undefined) {
    const output = terminalOutput(terminal)
    log.onClose(() => output.close())
    const streams = terminalStreams(terminal, output)
    return {
      stdout: streams.stdout,
      resize: streams.resize,
      ...(attach.stdin ? { stdin: streams.stdin } : {}),
      done,
      close: () => {
        output.close()
        if (run.spec.stdinOnce === true) terminal.hangUp()
      },
    }
  }
  const outputs = { 1: new Channel<Uint8Array>(), 2: new Channel<Uint8Array>() }
  const stop = log.onEntry((entry, stream) => {
    if (!outputs[stream].isClosed) outputs[stream].push(entry.bytes)
  })
  const closeOutputs = () => {
    stop()
    outputs[1].close()
    outputs[2].close()
  }
  log.onClose(closeOutputs)
  const stdin = attach.stdin && run.stdin !== undefined ? attachedInput(run, run.stdin) : undefined
  return {
    ...(stdin === undefined ? {} : { stdin }),
    stdout: { read: () => outputs[1].take() },
    stderr: { read: () => outputs[2].take() },
    done,
    close: () => {
      closeOutputs()
      stdin?.end()
    },
  }
}

function attachedInput(run: ContainerRun, pipe: Pipe): ByteSink {
  const sink = pipeSink(pipe)
  // Without stdinOnce the input stays open for the next one who attaches.
  return run.spec.stdinOnce === true ? sink : { write: sink.write, end: () => {} }
}

function logReply(
  options: EndpointOptions,
  pod: ApiPod,
  container: string,
  log: LogOptions,
): ApiReply {
  const record = workerOf(options, pod)?.record(container)
  const name = pod.metadata?.name ?? ''
  if (log.previous) {
    const previous =
      record?.current?.state === 'running' ? record.previous : (record?.previous ?? record?.current)
    if (previous === undefined) {
      return refusal(
        badRequest(`previous terminated container "${container}" in pod "${name}" not found`)
          .status,
      )
    }
    return textReply(previous, log, options.simulation.unixMs)
  }
  const run = record?.current
  if (run === undefined) {
    const reason = waitingReason(pod, container, record?.waiting?.reason)
    const message = `container "${container}" in pod "${name}" is waiting to start: ${reason}`
    return refusal(badRequest(message).status)
  }
  if (!log.follow || run.log.isClosed) return textReply(run, log, options.simulation.unixMs)
  return { type: 'stream', code: 200, start: () => followLog(run, log, options.simulation) }
}

function waitingReason(pod: ApiPod, container: string, reason: string | undefined): string {
  if (reason === 'ErrImagePull') return "image can't be pulled"
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image'
  if (reason !== undefined) return reason
  const hasInit = (pod.spec?.initContainers ?? []).some((one) => one.name !== container)
  return hasInit ? 'PodInitializing' : 'ContainerCreating'
}

function selection(log: LogOptions, unixMs: number) {
  const since =
    log.sinceSeconds !== undefined
      ? unixMs - log.sinceSeconds * 1000
      : log.sinceTime === undefined
        ? undefined
        : Date.parse(log.sinceTime)
  return {
    timestamps: log.timestamps,
    ...(log.tailLines === undefined ? {} : { tailLines: log.tailLines }),
    ...(since === undefined ? {} : { sinceUnixMs: since }),
    ...(log.limitBytes === undefined ? {} : { limitBytes: log.limitBytes }),
  }
}

function textReply(run: ContainerRun, log: LogOptions, unixMs: number): ApiReply {
  const headers = { 'content-type': 'text/plain' }
  const body = selectLog(run.log.entries, selection(log, unixMs))
  return { type: 'text', code: 200, headers, body }
}

function followLog(run: ContainerRun, log: LogOptions, simulation: Simulation): RemoteStreams {
  const output = new Channel<Uint8Array>()
  let leftBytes = log.limitBytes ?? Infinity
  const push = (bytes: Uint8Array) => {
    if (output.isClosed || bytes.length === 0) return
    const part = bytes.subarray(0, leftBytes)
    leftBytes -= part.length
    if (part.length > 0) output.push(part)
    if (leftBytes <= 0) output.close()
  }
  push(selectLog(run.log.entries, selection(log, simulation.unixMs)))
  const stop = run.log.onEntry((entry: LogEntry) => {
    push(log.timestamps ? selectLog([entry], { timestamps: true }) : entry.bytes)
  })
  run.log.onClose(() => output.close())
  return {
    stdout: { read: () => output.take() },
    *done(): Task<Status> {
      yield* suspend<void>((wake) => {
        const cancel = run.log.onClose(() => wake())
        return cancel
      })
      return codeStatus(0)
    },
    close: () => {
      stop()
      output.close()
    },
  }
}

function forwardReply(options: EndpointOptions, pod: ApiPod, port: number): ApiReply {
  const sandbox = workerOf(options, pod)?.sandbox
  if (sandbox === undefined) {
    const phase = pod.status?.phase ?? 'Pending'
    const message = `unable to forward port because pod is not running. Current status=${phase}`
    return refusal(plainError(message).status)
  }
  return {
    type: 'stream',
    code: 101,
    start: () => forwardPort(sandbox, port, options.simulation),
  }
}
