import {
  type Connection,
  ERRNO_TEXT,
  OsError,
  type OsProcess,
  type Program,
} from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { networkOf } from './host-files.ts'
import { lastOf, parseOptions } from './options.ts'

/** nc of busybox, and of others as far as these options go. */
export const nc: Program = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'lvznkNu', valued: 'pwq' })
  if (options.unknown !== undefined || options.missing !== undefined) {
    yield* proc.write(2, `nc: unrecognized option: ${options.unknown ?? options.missing}\n`)
    return 1
  }
  const timeoutMs = Number(lastOf(options, 'w') ?? 0) * 1000
  if (options.values.has('l')) {
    const port = Number(lastOf(options, 'p') ?? options.operands.at(-1))
    return yield* serve(proc, port, options.values.has('k'))
  }
  const [name, portText] = options.operands
  if (name === undefined || portText === undefined) {
    yield* proc.write(2, 'Usage: nc [-lvznk] [-p PORT] [-w SEC] HOST PORT\n')
    return 1
  }
  const [ip] = yield* networkOf(proc).lookup(name)
  if (ip === undefined) {
    yield* proc.write(2, `nc: bad address '${name}'\n`)
    return 1
  }
  const isVerbose = options.values.has('v')
  const where = `${name} (${ip}:${portText})`
  try {
    const limits = timeoutMs > 0 ? { timeoutMs } : {}
    const connection = yield* networkOf(proc).connect(ip, Number(portText), limits)
    if (isVerbose) yield* proc.write(2, `${where} open\n`)
    if (options.values.has('z')) connection.destroy()
    else yield* converse(proc, connection)
    return 0
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const text = error.code === 'ETIMEDOUT' && timeoutMs > 0 ? 'timed out' : ERRNO_TEXT[error.code]
    if (text === 'timed out') yield* proc.write(2, 'nc: timed out\n')
    else if (!options.values.has('z') || isVerbose) yield* proc.write(2, `nc: ${where}: ${text}\n`)
    return 1
  }
}

/** telnet of busybox, without the negotiation of options. */
export const telnet: Program = function* (proc) {
  const [, name, portText = '23'] = proc.argv
  if (name === undefined) {
    yield* proc.write(2, 'Usage: telnet HOST [PORT]\n')
    return 1
  }
  const [ip] = yield* networkOf(proc).lookup(name)
  if (ip === undefined) {
    yield* proc.write(2, `telnet: bad address '${name}'\n`)
    return 1
  }
  try {
    const connection = yield* networkOf(proc).connect(ip, Number(portText))
    yield* proc.write(
      1,
      `Connected to ${name}\n\nEntering character mode\nEscape character is '^]'.\n\n`,
    )
    yield* converse(proc, connection)
    yield* proc.write(1, 'Connection closed by foreign host\n')
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const text = ERRNO_TEXT[error.code]
    yield* proc.write(2, `telnet: can't connect to remote host (${ip}): ${text}\n`)
  }
  return 1
}

function* serve(proc: OsProcess, port: number, isLasting: boolean): Task<number> {
  const listener = networkOf(proc).listen(port)
  try {
    do {
      const connection = yield* listener.accept()
      if (connection === undefined) return 1
      yield* converse(proc, connection)
    } while (isLasting)
    return 0
  } finally {
    listener.close()
  }
}

/** Standard input goes out, what comes in is written; ends when the other side does. */
function* converse(proc: OsProcess, connection: Connection): Task {
  const sending = proc.host.simulation.spawn(send(proc, connection), {
    name: `${proc.argv[0]}/send`,
    periodic: proc.kernel.periodic,
    onError: () => connection.end(),
  })
  try {
    for (;;) {
      const chunk = yield* connection.read()
      if (chunk === undefined) return
      yield* proc.writeBytes(1, chunk)
    }
  } finally {
    sending.kill()
    connection.destroy()
  }
}

function* send(proc: OsProcess, connection: Connection): Task {
  if (!proc.files.has(0)) return connection.end()
  for (;;) {
    const chunk = yield* proc.read(0)
    if (chunk === undefined) return connection.end()
    yield* connection.write(chunk)
  }
}
