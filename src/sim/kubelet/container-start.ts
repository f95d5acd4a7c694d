import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import { NullFile } from '#sim/kernel/os/open-files.ts'
import { Pipe } from '#sim/kernel/os/pipe.ts'
import { Terminal } from '#sim/kernel/os/tty.ts'
import type { OpenFile, Program } from '#sim/kernel/os/types.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { sleep } from '#sim/kernel/waits.ts'
import { ConfigError, containerEnv, expandVariables } from './container-env.ts'
import { exitCodeOf } from './container-exec.ts'
import { ContainerHost, type ContainerMount, readTextOr } from './container-host.ts'
import { ContainerLog, logLines } from './container-log.ts'
import type { ContainerRun } from './container-run.ts'
import { ImageError, type LocalImage } from './image-puller.ts'
import { containerId, type NodeContext } from './node-context.ts'
import { containerMounts, type PodVolume } from './pod-volumes.ts'
import type { Sandbox } from './sandbox.ts'

/** Why a container could not be started: what its status says while it waits. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
  readonly reason: string
  /** A life that ended before it began, where the runtime got that far. */
  readonly run: ContainerRun | undefined

  constructor(reason: string, message: string, run?: ContainerRun) {
    super(message)
    this.reason = reason
    this.run = run
  }
}

export type StartOptions = {
  readonly pod: Pod
  readonly container: core.Container
  readonly isInit: boolean
  readonly sandbox: Sandbox
  readonly volumes: ReadonlyMap<string, PodVolume>
  readonly restartCount: number
  readonly context: NodeContext
  readonly tell: (event: RecordedEvent) => void
  readonly onExit: (run: ContainerRun) => void
}

const TERMINATION_MESSAGE_MAX = 4096
const FALLBACK_LINES_MAX = 80
const FALLBACK_BYTES_MAX = 2048

/** Pulls, creates and starts one container. Throws StartFailure. */
export function* startContainer(options: StartOptions): Task<ContainerRun> {
  const { container, context, tell } = options
  const local = yield* pulled(options)
  const env = environment(options, local)
  const run = newRun(options, local, env)
  const startMs = context.timings.createAndStartMs()
  yield* sleep(startMs / 2)
  tell({ type: 'Normal', reason: 'Created', message: context.dialect.created })
  yield* sleep(startMs / 2)
  const argv = commandOf(container, local, (name) => env.get(name))
  const program = run.host.command(argv[0] ?? '')
  if (program === undefined) throw cannotStart(options, run, argv[0] ?? '')
  start(options, run, program, argv)
  tell({ type: 'Normal', reason: 'Started', message: context.dialect.started })
  return run
}

function* pulled(options: StartOptions): Task<LocalImage> {
  const { pod, container, context, tell } = options
  try {
    return yield* context.puller.ensure(pod, container, tell)
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    tell({ type: 'Warning', reason: 'Failed', message: `Error: ${error.reason}` })
    throw new StartFailure(error.reason, error.message)
  }
}

function environment(options: StartOptions, local: LocalImage): Map<string, string> {
  const { pod, container, context, sandbox, tell } = options
  try {
    return containerEnv(container, local.image, {
      pod,
      podIp: sandbox.ip,
      nodeIp: context.nodeNetwork.ip,
      hostname: sandbox.hostname,
      client: context.client,
      services: () => context.network.zone.services(),
      clusterServiceIp: context.apiServiceIp,
    })
  } catch (error) {
    const problem =
      error instanceof ConfigError
        ? error.message
        : error instanceof StatusError
          ? 'failed to sync configmap cache: timed out waiting for the condition'
          : undefined
    if (problem === undefined) throw error
    tell({ type: 'Warning', reason: 'Failed', message: `Error: ${problem}` })
    throw new StartFailure('CreateContainerConfigError', problem)
  }
}

function commandOf(
  container: core.Container,
  local: LocalImage,
  lookup: (name: string) => string | undefined,
): readonly string[] {
  const { image } = local
  const command = container.command ?? image.entrypoint
  // A command of one's own leaves the image's arguments behind.
  const args = container.args ?? (container.command === undefined ? image.command : [])
  return [...command, ...args].map((word) => expandVariables(word, lookup))
}

function newRun(
  options: StartOptions,
  local: LocalImage,
  env: ReadonlyMap<string, string>,
): ContainerRun {
  const { container, context, sandbox } = options
  const { simulation } = context
  const host = new ContainerHost({
    simulation,
    hostname: sandbox.hostname,
    image: local.image,
    mounts: mountsOf(options, env),
    network: sandbox.host,
  })
  return {
    id: containerId(context.random),
    name: container.name,
    spec: container,
    imageName: local.name,
    imageId: local.id,
    image: local.image,
    restartCount: options.restartCount,
    log: new ContainerLog(simulation),
    host,
    createdAtUnixMs: simulation.unixMs,
    env,
    state: 'created',
    startedAtUnixMs: 0,
    finishedAtUnixMs: 0,
    exitCode: 0,
    reason: '',
    message: '',
    process: undefined,
    stdin: undefined,
    terminal: undefined,
    hasRunPostStart: false,
  }
}

function mountsOf(
  options: StartOptions,
  env: ReadonlyMap<string, string>,
): readonly ContainerMount[] {
  const { container, context, sandbox, volumes } = options
  const own = containerMounts(container, volumes, context.simulation, (text) =>
    expandVariables(text, (name) => env.get(name)),
  )
  const files = [...sandbox.files.paths].map((path) => ({
    path,
    readOnly: false,
    inode: () => sandbox.files.inode(path),
    source: '/dev/sda1',
  }))
  // A volume mounted over one of the Pod's files wins.
  const taken = new Set(own.map((mount) => mount.path))
  return [...files.filter((mount) => !taken.has(mount.path)), ...own]
}

function cannotStart(options: StartOptions, run: ContainerRun, name: string): StartFailure {
  const { context, tell } = options
  const { simulation, dialect } = context
  const cause = name.includes('/')
    ? `exec: "${name}": stat ${name}: no such file or directory`
    : `exec: "${name}": executable file not found in $PATH`
  const message =
    dialect.runtimeScheme === 'containerd'
      ? `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${cause}`
      : `oci runtime error: container_linux.go:247: starting container process caused "${cause.replaceAll('"', '\\"')}"`
  run.state = 'exited'
  run.startedAtUnixMs = 0
  run.finishedAtUnixMs = simulation.unixMs
  run.exitCode = 128
  run.reason = 'StartError'
  run.message = `${message}: unknown`
  run.log.close()
  tell({ type: 'Warning', reason: 'Failed', message: `Error: ${message}` })
  return new StartFailure('RunContainerError', message, run)
}

function start(
  options: StartOptions,
  run: ContainerRun,
  program: Program,
  argv: readonly string[],
): void {
  const { container, context } = options
  run.state = 'running'
  run.startedAtUnixMs = context.simulation.unixMs
  const process = run.host.processes.spawn({
    host: run.host,
    program,
    argv,
    env: run.env,
    cwd: container.workingDir ?? run.image.workingDir,
    files: openFiles(container, run),
    group: 'new',
    // A server's own waits must not keep the world from rest; a person at a prompt may.
    periodic: !options.isInit && container.stdin !== true,
  })
  run.process = process
  const place = { pod: options.pod, node: context.nodeName, container: container.name }
  context.onContainer({ ...place, isRunning: true })
  if (run.terminal !== undefined) run.terminal.foregroundGroup = process.pgid
  process.onExit((status) => {
    context.onContainer({ ...place, isRunning: false })
    run.state = 'exited'
    run.finishedAtUnixMs = context.simulation.unixMs
    run.exitCode = exitCodeOf(status)
    run.message = terminationMessage(run)
    run.terminal?.hangUp()
    run.log.close()
    options.onExit(run)
  })
}

function openFiles(container: core.Container, run: ContainerRun): ReadonlyMap<number, OpenFile> {
  if (container.tty === true) {
    const terminal = new Terminal({ columns: 80, rows: 24, processes: run.host.processes })
    terminal.onOutput((text) => run.log.write(1, encodeUtf8(text)))
    run.terminal = terminal
    return new Map([0, 1, 2].map((fd) => [fd, terminal.file]))
  }
  let input: OpenFile = NULL_FILE
  if (container.stdin === true) {
    run.stdin = new Pipe()
    run.stdin.writeEnd.retain()
    input = run.stdin.readEnd
  }
  return new Map([
    [0, input],
    [1, run.log.file(1)],
    [2, run.log.file(2)],
  ])
}

const NULL_FILE = new NullFile()

function terminationMessage(run: ContainerRun): string {
  const { terminationMessagePath = '/dev/termination-log', terminationMessagePolicy } = run.spec
  const fs = run.host.builtFs
  const written = fs === undefined ? '' : readTextOr(fs, terminationMessagePath)
  if (written !== '') return written.slice(0, TERMINATION_MESSAGE_MAX)
  if (terminationMessagePolicy !== 'FallbackToLogsOnError' || run.exitCode === 0) return ''
  const lines = logLines(run.log.entries).slice(-FALLBACK_LINES_MAX)
  return lines
    .map((line) => line.text)
    .join('')
    .slice(-FALLBACK_BYTES_MAX)
}
