import type { RemoteStreams } from '#sim/apimachinery/request.ts'
import { type Status, StatusError } from '#sim/apimachinery/status.ts'
import { type OpenFile, OsError } from '#sim/kernel/os/types.ts'
import type { Process, Task } from '#sim/kernel/process.ts'
import { join } from '#sim/kernel/waits.ts'
import type { Cli } from './cli.ts'
import { CliError } from './errors.ts'

export type SessionRequest = {
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly stdin: boolean
  readonly tty: boolean
}

/**
 * Whether a terminal can be had: asked for with `-t`, and standard input is one. Without one the
 * command goes on without, and says so.
 */
export function* canUseTty(cli: Cli, isAsked: boolean): Task<boolean> {
  if (!isAsked) return false
  if (cli.proc.files.get(0)?.tty !== undefined) return true
  yield* cli.err('Unable to use a TTY - input is not a terminal or the right kind of file\n')
  return false
}

/** Connects this process's streams to a remote command until it ends; returns its last word. */
export function* runSession(cli: Cli, request: SessionRequest): Task<Status> {
  const streams = yield* connect(cli, request)
  const stdin = cli.proc.files.get(0)
  const tty = request.tty ? stdin?.tty : undefined
  const wasRaw = tty?.isRaw === true
  const stopResize = tty?.onResize(() => streams.resize?.(tty.columns, tty.rows))
  if (tty !== undefined) {
    tty.setRaw(true)
    streams.resize?.(tty.columns, tty.rows)
  }
  const { simulation } = cli.proc.kernel
  const spawn = (task: Task, name: string): Process =>
    simulation.spawn(task, {
      name: `${cli.proc.kernel.name}/${name}`,
      periodic: cli.proc.kernel.periodic,
      onError: ignoreClosedPipe,
    })
  const outputs = [
    spawn(copyOut(streams.stdout, cli.proc.files.get(1)), 'stdout'),
    spawn(copyOut(streams.stderr, cli.proc.files.get(2)), 'stderr'),
  ]
  const input = request.stdin ? spawn(copyIn(stdin, streams), 'stdin') : undefined
  try {
    const status = yield* streams.done()
    for (const output of outputs) yield* join(output)
    return status
  } finally {
    input?.kill()
    for (const output of outputs) output.kill()
    streams.close()
    stopResize?.()
    tty?.setRaw(wasRaw)
  }
}

function ignoreClosedPipe(error: unknown): void {
  if (!(error instanceof OsError)) throw error
}

function* connect(cli: Cli, request: SessionRequest): Task<RemoteStreams> {
  try {
    const reply = yield* cli.send('GET', request.path, {
      query: [
        ...request.query,
        ...(request.stdin ? ([['stdin', 'true']] as const) : []),
        ['stdout', 'true'],
        ...(request.tty ? ([['tty', 'true']] as const) : ([['stderr', 'true']] as const)),
      ],
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    })
    if (reply.type === 'stream') return reply.start()
    throw new CliError('unable to upgrade connection: the server did not open a stream')
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const { message } = error
    const isWhole =
      message.startsWith('Internal error occurred: ') || message.startsWith('unable to upgrade')
    throw new CliError(isWhole ? message : `unable to upgrade connection: ${message}`)
  }
}

function* copyOut(
  from: { readonly read: () => Task<Uint8Array | undefined> } | undefined,
  to: OpenFile | undefined,
): Task {
  if (from === undefined) return
  for (;;) {
    const bytes = yield* from.read()
    if (bytes === undefined) return
    if (to !== undefined) yield* to.write(bytes)
  }
}

const CHUNK = 32_768

function* copyIn(from: OpenFile | undefined, streams: RemoteStreams): Task {
  for (;;) {
    const bytes = yield* from?.read(CHUNK) ?? ended()
    if (bytes === undefined) break
    yield* streams.stdin?.write(bytes) ?? dropped()
  }
  streams.stdin?.end()
}

// oxlint-disable-next-line require-yield -- a task that is done at once
function* ended(): Task<undefined> {
  return undefined
}

// oxlint-disable-next-line require-yield -- a task that is done at once
function* dropped(): Task {}

/** The exit code a final status carries; undefined where the command could not be run. */
export function exitCodeOf(status: Status): number | undefined {
  if (status.status === 'Success') return 0
  if (status.reason !== 'NonZeroExitCode') return undefined
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')
  return Number(cause?.message ?? '1')
}
