import { StatusError } from '#sim/apimachinery/status.ts'
import type { Process, Task } from '#sim/kernel/process.ts'
import { join } from '#sim/kernel/waits.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, isNotFound, UsageError } from '../errors.ts'
import { readLog, writeLog } from '../log-reading.ts'
import { type Manifest, nameOf } from '../manifest.ts'
import { type Named, readNamed } from '../named.ts'
import { chooseContainer, containerNames, forLogs, POD_RESOURCE, podsOf } from '../pods.ts'
import { readResourceWords } from '../selection.ts'
import { SELECTOR_FLAG, type Verb } from '../verb.ts'
import { nothingFound } from './get.ts'

export const logs: Verb = {
  name: 'logs',
  aliases: ['log'],
  summary: 'Print the logs for a container in a pod',
  usage: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  flags: [
    SELECTOR_FLAG,
    { name: 'follow', short: 'f', type: 'bool', usage: 'Go on as the log grows' },
    { name: 'previous', short: 'p', type: 'bool', usage: 'The log of the instance before' },
    { name: 'container', short: 'c', type: 'string', usage: 'Name of the container' },
    { name: 'all-containers', type: 'bool', usage: 'The logs of all containers' },
    { name: 'all-pods', type: 'bool', usage: 'The logs of all Pods of the workload' },
    { name: 'tail', type: 'int', default: '-1', usage: 'Lines from the end; -1 is all' },
    { name: 'since', type: 'duration', default: '0s', usage: 'Only what is younger than this' },
    { name: 'since-time', type: 'string', usage: 'Only what was written after this time' },
    { name: 'timestamps', type: 'bool', usage: 'A time in front of each line' },
    { name: 'prefix', type: 'bool', usage: 'Pod and container in front of each line' },
    { name: 'limit-bytes', type: 'int', default: '0', usage: 'At most so many bytes' },
    { name: 'max-log-requests', type: 'int', default: '5', usage: 'Logs to follow at once' },
    { name: 'ignore-errors', type: 'bool', usage: 'Go on after an error of one log' },
    { name: 'pod-running-timeout', type: 'duration', default: '20s', usage: 'Ignored' },
  ],
  run: runLogs,
}

type LogSource = { readonly pod: Manifest; readonly container: string }

function* runLogs(cli: Cli): Task {
  checkFlags(cli)
  const { flags } = cli
  const pods = yield* chosenPods(cli)
  if (pods === undefined) return
  const sources: LogSource[] = []
  for (const pod of pods) sources.push(...(yield* sourcesOf(cli, pod)))
  const isPrefixed = flags.bool('prefix') || flags.bool('all-pods')
  if (!flags.bool('follow') || sources.length === 1) {
    for (const source of sources) yield* showOne(cli, source, isPrefixed)
    return
  }
  const limit = flags.int('max-log-requests')
  if (sources.length > limit) {
    throw new CliError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
    )
  }
  yield* followAll(cli, sources, isPrefixed)
}

function checkFlags(cli: Cli): void {
  const { flags, args } = cli
  const hasSelector = flags.string('selector') !== ''
  if (args.length === 0 && !hasSelector) {
    const usage = cli.isOld
      ? "expected 'logs (POD | TYPE/NAME) [CONTAINER_NAME]'."
      : "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'."
    throw new UsageError(`${usage}\nPOD or TYPE/NAME is a required argument for the logs command`)
  }
  if (hasSelector && args.length > 0) {
    throw new UsageError('only a selector (-l) or a POD name is allowed')
  }
  if (cli.isOld && hasSelector && flags.bool('follow')) {
    throw new UsageError('only one of follow (-f) or selector (-l) is allowed')
  }
  if (flags.isSet('since') && flags.isSet('since-time')) {
    throw new CliError('at most one of `sinceTime` or `sinceSeconds` may be specified')
  }
  if (flags.isSet('tail') && flags.int('tail') < -1) {
    throw new CliError('--tail must be greater than or equal to -1')
  }
  if (args.length > 2)
    throw new UsageError("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.")
}

function* chosenPods(cli: Cli): Task<Manifest[] | undefined> {
  const selector = cli.flags.string('selector')
  if (selector !== '') {
    const path = resourcePath(POD_RESOURCE, { namespace: cli.namespace })
    const list = yield* cli.request('GET', path, { query: [['labelSelector', selector]] })
    const pods = ((list['items'] ?? []) as Manifest[]).map((pod) => ({ ...pod, kind: 'Pod' }))
    if (pods.length > 0) return pods
    yield* cli.err(`${nothingFound(cli, [POD_RESOURCE])}\n`)
    return undefined
  }
  const word = cli.args[0] ?? ''
  const { named } = yield* readResourceWords(cli, word.includes('/') ? [word] : ['pods', word])
  const [wanted] = named
  if (wanted === undefined) return []
  const object = yield* readTarget(cli, wanted)
  if (wanted.resource.name === 'pods') return [object]
  const pods = forLogs(yield* podsOf(cli, wanted.resource, object))
  const [best] = pods
  if (best === undefined) throw new CliError('timed out waiting for the condition')
  if (cli.flags.bool('all-pods')) return pods
  if (pods.length > 1) yield* cli.err(`Found ${pods.length} pods, using pod/${nameOf(best)}\n`)
  return [best]
}

function* readTarget(cli: Cli, wanted: Pick<Named, 'resource' | 'name'>): Task<Manifest> {
  try {
    return yield* readNamed(cli, { ...wanted, namespace: cli.namespace })
  } catch (error) {
    if (!isNotFound(error) || cli.isOld) throw error
    throw new CliError(
      `error from server (NotFound): ${error.message} in namespace "${cli.namespace}"`,
    )
  }
}

function* sourcesOf(cli: Cli, pod: Manifest): Task<LogSource[]> {
  const { flags } = cli
  if (flags.bool('all-containers')) {
    return ['initContainers', 'containers', 'ephemeralContainers']
      .flatMap((list) => containerNames(pod, list))
      .map((container) => ({ pod, container }))
  }
  const asked = flags.string('container') || (cli.args[1] ?? '')
  const containers = containerNames(pod, 'containers')
  if (cli.isOld && asked === '' && containers.length > 1) {
    throw new StatusError({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      reason: 'BadRequest',
      message: `a container name must be specified for pod ${nameOf(pod)}, choose one of: [${containers.join(' ')}]`,
      code: 400,
    })
  }
  const isQuiet = flags.string('selector') !== '' || flags.bool('all-pods')
  return [{ pod, container: yield* chooseContainer(cli, pod, { asked, isQuiet }) }]
}

function logQuery(cli: Cli, container: string): [string, string][] {
  const { flags } = cli
  const query: [string, string][] = [['container', container]]
  // A selector finds many Pods, so by default only the end of each is shown.
  const tail = flags.isSet('tail') ? flags.int('tail') : flags.string('selector') === '' ? -1 : 10
  if (flags.bool('follow')) query.push(['follow', 'true'])
  if (flags.int('limit-bytes') > 0) query.push(['limitBytes', flags.string('limit-bytes')])
  if (flags.bool('previous')) query.push(['previous', 'true'])
  if (flags.isSet('since')) {
    query.push(['sinceSeconds', String(Math.ceil(flags.durationMs('since') / 1000))])
  }
  if (flags.isSet('since-time')) query.push(['sinceTime', flags.string('since-time')])
  if (tail >= 0) query.push(['tailLines', String(tail)])
  if (flags.bool('timestamps')) query.push(['timestamps', 'true'])
  return query
}

function* showOne(cli: Cli, { pod, container }: LogSource, isPrefixed: boolean): Task {
  const prefix = isPrefixed ? `[pod/${nameOf(pod)}/${container}] ` : ''
  try {
    yield* writeLog(cli, yield* readLog(cli, pod, logQuery(cli, container)), prefix)
  } catch (error) {
    if (!(error instanceof StatusError) || !cli.flags.bool('ignore-errors')) throw error
    yield* cli.out(`error: ${error.message}\n`)
  }
}

function* followAll(cli: Cli, sources: readonly LogSource[], isPrefixed: boolean): Task {
  const { kernel } = cli.proc
  const children: Process[] = sources.map((source, at) =>
    kernel.simulation.spawn(showOne(cli, source, isPrefixed), {
      name: `${kernel.name}/log-${at}`,
      periodic: kernel.periodic,
      onError: () => {},
    }),
  )
  try {
    for (const child of children) {
      const exit = yield* join(child)
      if (exit.type === 'threw') throw exit.error
    }
  } finally {
    for (const child of children) child.kill()
  }
}
