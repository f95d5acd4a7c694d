import type { Status } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from './cli.ts'
import { readLog, writeLog } from './log-reading.ts'
import { type Manifest, nameOf } from './manifest.ts'
import { podPath } from './pods.ts'
import { runSession } from './session.ts'

const RECORDED_NOTICE =
  'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.'
const PROMPT_NOTICE = "If you don't see a command prompt, try pressing enter."

export type AttachRequest = {
  readonly pod: Manifest
  readonly container: string
  readonly stdin: boolean
  readonly tty: boolean
  readonly isQuiet: boolean
}

/** Joins a running container, as attach and an attached run do. */
export function* attachTo(cli: Cli, request: AttachRequest): Task<Status> {
  const { pod, container, stdin, tty, isQuiet } = request
  if (!cli.isOld) {
    // What was written before anybody listened, such as a shell's first prompt.
    yield* writeLog(cli, yield* readLog(cli, pod, [['container', container]]), '')
  }
  if (stdin && !isQuiet) {
    if (!cli.isOld) yield* cli.err(`${RECORDED_NOTICE}\n`)
    yield* cli.err(`${PROMPT_NOTICE}\n`)
  }
  return yield* runSession(cli, {
    path: podPath(pod, 'attach'),
    query: [['container', container]],
    stdin,
    tty,
  })
}

export function sessionEndedLine(cli: Cli, pod: Manifest, container: string): string {
  return cli.isOld
    ? `Session ended, resume using 'kubectl attach ${nameOf(pod)} -c ${container} -i -t' command when the pod is running\n`
    : `Session ended, resume using 'kubectl attach ${nameOf(pod)} -c ${container} -n ${cli.namespace} -i -t' command\n`
}
