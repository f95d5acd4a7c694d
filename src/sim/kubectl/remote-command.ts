import { concatBytes, decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { join } from '#sim/kernel/waits.ts'
import type { ByteSource } from '#sim/apimachinery/request.ts'
import type { Cli } from './cli.ts'
import { CliError } from './errors.ts'
import { exitCodeOf } from './session.ts'

export type RemoteResult = {
  readonly code: number
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** Runs a command in a container to its end and keeps what it printed. */
export function* runCommand(
  cli: Cli,
  request: {
    readonly path: string
    readonly container: string
    readonly command: readonly string[]
    readonly input?: Uint8Array
  },
): Task<RemoteResult> {
  const reply = yield* cli.send('GET', request.path, {
    query: [
      ...request.command.map((word) => ['command', word] as const),
      ['container', request.container],
      ...(request.input === undefined ? [] : ([['stdin', 'true']] as const)),
      ['stdout', 'true'],
      ['stderr', 'true'],
    ],
    headers: { connection: 'Upgrade', upgrade: 'websocket' },
  })
  if (reply.type !== 'stream') throw new CliError('the server did not open a stream')
  const streams = reply.start()
  const out: Uint8Array[] = []
  const err: Uint8Array[] = []
  const { kernel } = cli.proc
  const readers = [gather(streams.stdout, out), gather(streams.stderr, err)].map((task, at) =>
    kernel.simulation.spawn(task, {
      name: `${kernel.name}/output-${at}`,
      periodic: kernel.periodic,
    }),
  )
  try {
    if (request.input !== undefined && streams.stdin !== undefined) {
      yield* streams.stdin.write(request.input)
      streams.stdin.end()
    }
    const status = yield* streams.done()
    for (const reader of readers) yield* join(reader)
    const code = exitCodeOf(status)
    if (code === undefined) throw new CliError(status.message ?? 'the command could not be run')
    return { code, stdout: concatBytes(out), stderr: decodeUtf8(concatBytes(err)) }
  } finally {
    for (const reader of readers) reader.kill()
    streams.close()
  }
}

function* gather(source: ByteSource | undefined, into: Uint8Array[]): Task {
  if (source === undefined) return
  for (;;) {
    const bytes = yield* source.read()
    if (bytes === undefined) return
    into.push(bytes)
  }
}
