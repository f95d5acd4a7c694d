import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { CliError, ExitError, UsageError } from '../errors.ts'
import { at, type Manifest } from '../manifest.ts'
import { readNamed } from '../named.ts'
import { chooseContainer, forSession, isCompleted, podPath, podsOf } from '../pods.ts'
import { readResourceWords } from '../selection.ts'
import { canUseTty, exitCodeOf, runSession } from '../session.ts'
import { FILE_FLAGS, type Verb } from '../verb.ts'

export const exec: Verb = {
  name: 'exec',
  summary: 'Execute a command in a container',
  usage: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  flags: [
    ...FILE_FLAGS.filter(({ name }) => name === 'filename'),
    { name: 'container', short: 'c', type: 'string', usage: 'Name of the container' },
    { name: 'stdin', short: 'i', type: 'bool', usage: 'Pass standard input to the command' },
    { name: 'tty', short: 't', type: 'bool', usage: 'Standard input is a terminal' },
    { name: 'quiet', short: 'q', type: 'bool', usage: 'Print only the output of the command' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', usage: 'Ignored' },
  ],
  run: runExec,
}

function* runExec(cli: Cli): Task<number> {
  const { flags } = cli
  const command = cli.isOld ? oldCommand(cli) : commandWords(cli)
  const [target] = cli.args
  const pod = yield* sessionPod(cli, target ?? '')
  if (isCompleted(pod)) {
    throw new CliError(
      `cannot exec into a container in a completed pod; current phase is ${at(pod, 'status', 'phase')}`,
    )
  }
  const container = yield* chooseContainer(cli, pod, {
    asked: flags.string('container'),
    isQuiet: flags.bool('quiet'),
  })
  const tty = yield* canUseTty(cli, flags.bool('tty'))
  const status = yield* runSession(cli, {
    path: podPath(pod, 'exec'),
    query: [...command.map((word) => ['command', word] as const), ['container', container]],
    stdin: flags.bool('stdin'),
    tty,
  })
  const code = exitCodeOf(status)
  if (code === undefined) throw new CliError(status.message ?? 'the command could not be run')
  if (code !== 0) throw new ExitError(code, `command terminated with exit code ${code}`)
  return 0
}

function commandWords(cli: Cli): string[] {
  const { args, flags } = cli
  const before = flags.dashAt ?? args.length
  if (args.length === 0 || before === 0) {
    throw new CliError('pod, type/name or --filename must be specified')
  }
  if (before > 1) {
    throw new UsageError(
      'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
    )
  }
  const command = args.slice(1)
  if (command.length === 0) {
    throw new CliError('you must specify at least one command for the container')
  }
  return command
}

function oldCommand(cli: Cli): string[] {
  if (cli.args.length < 2) {
    throw new UsageError(
      "expected 'exec POD_NAME COMMAND [ARG1] [ARG2] ... [ARGN]'.\nPOD_NAME and COMMAND are required arguments for the exec command",
    )
  }
  return cli.args.slice(1)
}

/** The Pod a word means: its name, or the best Pod of `TYPE/NAME`. */
export function* sessionPod(cli: Cli, word: string): Task<Manifest> {
  const { named } = yield* readResourceWords(cli, word.includes('/') ? [word] : ['pods', word])
  const [wanted] = named
  if (wanted === undefined) throw new CliError('pod, type/name or --filename must be specified')
  const object = yield* readNamed(cli, { ...wanted, namespace: cli.namespace })
  const [pod] = forSession(yield* podsOf(cli, wanted.resource, object))
  if (pod === undefined) {
    throw new CliError(`timed out waiting for the condition`)
  }
  return pod
}
