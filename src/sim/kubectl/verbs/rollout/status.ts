import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { CliError, collect, throwCollected, UsageError } from '../../errors.ts'
import { at, type Manifest } from '../../manifest.ts'
import { selectTargets, type Target } from '../../selection.ts'
import { FILE_FLAGS, SELECTOR_FLAG, type Verb } from '../../verb.ts'
import { followObject } from '../../watching.ts'
import { nothingFound } from '../get.ts'

export const status: Verb = {
  name: 'status',
  summary: 'Show the status of the rollout',
  usage: 'rollout status (TYPE NAME | TYPE/NAME) [flags]',
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    { name: 'watch', short: 'w', type: 'bool', default: 'true', usage: 'Watch until it is done' },
    { name: 'revision', type: 'int', default: '0', usage: 'Only of this revision' },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'How long to watch; 0 is without limit',
    },
  ],
  run: runStatus,
}

type Progress = { readonly line: string; readonly isDone: boolean }

function* runStatus(cli: Cli): Task {
  const { flags } = cli
  if (cli.args.length === 0 && !flags.isSet('filename')) {
    throw cli.isOld
      ? new UsageError('Required resource not specified.')
      : new CliError('required resource not specified')
  }
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    fetch: true,
    typeMeansAll: true,
    onError: (error) => errors.push(error),
  })
  if (targets.length === 0 && errors.length === 0) {
    const discovery = yield* cli.discovery()
    yield* cli.err(`${nothingFound(cli, discovery.findAll(cli.args[0] ?? ''))}\n`)
    return
  }
  for (const target of targets) {
    try {
      yield* follow(cli, target)
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function* follow(cli: Cli, target: Target): Task {
  const viewer = VIEWERS[target.resource.kind]
  if (viewer === undefined) {
    throw new CliError(`no status viewer has been implemented for ${target.resource.kind}`)
  }
  const { flags } = cli
  function* look(object: Manifest | undefined): Task<true | undefined> {
    if (object === undefined) throw new CliError('object has been deleted')
    const { line, isDone } = viewer?.(cli, object) ?? { line: '', isDone: true }
    yield* cli.out(`${line}\n`)
    return isDone || !flags.bool('watch') ? true : undefined
  }
  const timeoutMs = flags.durationMs('timeout')
  const isDone = yield* followObject(cli, target, timeoutMs > 0 ? { timeoutMs } : {}, look)
  if (isDone === undefined) throw new CliError('timed out waiting for the condition')
}

function number(object: Manifest, ...path: string[]): number {
  return Number(at(object, ...path) ?? 0)
}

function isUnobserved(object: Manifest): boolean {
  return number(object, 'status', 'observedGeneration') < number(object, 'metadata', 'generation')
}

function statefulSet(cli: Cli, set: Manifest): Progress {
  const strategy = at(set, 'spec', 'updateStrategy')
  if (at(strategy, 'type') !== 'RollingUpdate') {
    throw new CliError(
      cli.isOld
        ? `${String(at(strategy, 'type'))} updateStrategy does not have a Status\``
        : 'rollout status is only available for RollingUpdate strategy type',
    )
  }
  const waiting = (line: string): Progress => ({ line, isDone: false })
  const replicas = number(set, 'spec', 'replicas')
  const updated = number(set, 'status', 'updatedReplicas')
  if (number(set, 'status', 'observedGeneration') === 0 || isUnobserved(set)) {
    return waiting('Waiting for statefulset spec update to be observed...')
  }
  const missing = replicas - number(set, 'status', 'readyReplicas')
  if (missing > 0) return waiting(`Waiting for ${missing} pods to be ready...`)
  const rolling = at(strategy, 'rollingUpdate')
  if (rolling !== undefined) {
    const wanted = replicas - Number(at(rolling, 'partition') ?? 0)
    if (updated < wanted) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updated} out of ${wanted} new pods have been updated...`,
      )
    }
    return {
      line: `partitioned roll out complete: ${updated} new pods have been updated...`,
      isDone: true,
    }
  }
  const revision = String(at(set, 'status', 'updateRevision') ?? '')
  if (revision !== at(set, 'status', 'currentRevision')) {
    return waiting(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${revision}...`,
    )
  }
  return {
    line: `statefulset rolling update complete ${number(set, 'status', 'currentReplicas')} pods at revision ${revision}...`,
    isDone: true,
  }
}

function deployment(_: Cli, object: Manifest): Progress {
  const name = JSON.stringify(at(object, 'metadata', 'name'))
  const waiting = (text: string): Progress => ({ line: text, isDone: false })
  if (isUnobserved(object)) return waiting('Waiting for deployment spec update to be observed...')
  const conditions = (at(object, 'status', 'conditions') ?? []) as Manifest[]
  if (conditions.some(({ reason }) => reason === 'ProgressDeadlineExceeded')) {
    throw new CliError(`deployment ${name} exceeded its progress deadline`)
  }
  const wanted = number(object, 'spec', 'replicas')
  const all = number(object, 'status', 'replicas')
  const updated = number(object, 'status', 'updatedReplicas')
  const available = number(object, 'status', 'availableReplicas')
  const head = `Waiting for deployment ${name} rollout to finish:`
  if (updated < wanted) {
    return waiting(`${head} ${updated} out of ${wanted} new replicas have been updated...`)
  }
  if (all > updated)
    return waiting(`${head} ${all - updated} old replicas are pending termination...`)
  if (available < updated) {
    return waiting(`${head} ${available} of ${updated} updated replicas are available...`)
  }
  return { line: `deployment ${name} successfully rolled out`, isDone: true }
}

function daemonSet(_: Cli, object: Manifest): Progress {
  const name = JSON.stringify(at(object, 'metadata', 'name'))
  const waiting = (line: string): Progress => ({ line, isDone: false })
  if (isUnobserved(object)) return waiting('Waiting for daemon set spec update to be observed...')
  const wanted = number(object, 'status', 'desiredNumberScheduled')
  const updated = number(object, 'status', 'updatedNumberScheduled')
  const available = number(object, 'status', 'numberAvailable')
  const head = `Waiting for daemon set ${name} rollout to finish:`
  if (updated < wanted)
    return waiting(`${head} ${updated} out of ${wanted} new pods have been updated...`)
  if (available < wanted)
    return waiting(`${head} ${available} of ${wanted} updated pods are available...`)
  return { line: `daemon set ${name} successfully rolled out`, isDone: true }
}

const VIEWERS: Readonly<Record<string, (cli: Cli, object: Manifest) => Progress>> = {
  StatefulSet: statefulSet,
  Deployment: deployment,
  DaemonSet: daemonSet,
}
