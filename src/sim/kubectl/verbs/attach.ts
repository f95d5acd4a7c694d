import type { Task } from '#sim/kernel/process.ts'
import { attachTo, sessionEndedLine } from '../attach.ts'
import type { Cli } from '../cli.ts'
import { CliError, ExitError } from '../errors.ts'
import { at, type Manifest } from '../manifest.ts'
import { chooseContainer, isCompleted } from '../pods.ts'
import { canUseTty, exitCodeOf } from '../session.ts'
import type { Verb } from '../verb.ts'
import { sessionPod } from './exec.ts'

export const attach: Verb = {
  name: 'attach',
  summary: 'Attach to a running container',
  usage: 'attach (POD | TYPE/NAME) -c CONTAINER',
  flags: [
    { name: 'container', short: 'c', type: 'string', usage: 'Name of the container' },
    { name: 'stdin', short: 'i', type: 'bool', usage: 'Pass standard input to the container' },
    { name: 'tty', short: 't', type: 'bool', usage: 'Standard input is a terminal' },
    { name: 'quiet', short: 'q', type: 'bool', usage: 'Print only the output of the container' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', usage: 'Ignored' },
  ],
  run: runAttach,
}

function* runAttach(cli: Cli): Task<number> {
  const { flags } = cli
  const [word] = cli.args
  if (word === undefined) throw new CliError('at least 1 argument is required for attach')
  if (cli.args.length > 1)
    throw new CliError('expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw too many')
  const pod = yield* sessionPod(cli, word)
  if (isCompleted(pod)) {
    throw new CliError(
      `cannot attach a container in a completed pod; current phase is ${at(pod, 'status', 'phase')}`,
    )
  }
  const isQuiet = flags.bool('quiet')
  const container = yield* chooseContainer(cli, pod, { asked: flags.string('container'), isQuiet })
  let tty = yield* canUseTty(cli, flags.bool('tty'))
  if (tty && !hasTty(pod, container)) {
    yield* cli.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`)
    tty = false
  }
  const stdin = flags.bool('stdin')
  const status = yield* attachTo(cli, { pod, container, stdin, tty, isQuiet })
  const code = exitCodeOf(status)
  if (code === undefined) throw new CliError(status.message ?? 'the connection was lost')
  if (code !== 0) throw new ExitError(code, `command terminated with exit code ${code}`)
  if (stdin && tty && !isQuiet) yield* cli.out(sessionEndedLine(cli, pod, container))
  return 0
}

function hasTty(pod: Manifest, container: string): boolean {
  const containers = (at(pod, 'spec', 'containers') ?? []) as Manifest[]
  return containers.some(({ name, tty }) => name === container && tty === true)
}
