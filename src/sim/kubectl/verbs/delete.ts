import type { Task } from '#sim/kernel/process.ts'
import { sleep } from '#sim/kernel/waits.ts'
import type { Cli } from '../cli.ts'
import { kindLabel, resourcePath } from '../discovery.ts'
import { CliError, collect, FlagError, isNotFound, throwCollected, withSource } from '../errors.ts'
import { parseBool } from '../flags.ts'
import { at, type Manifest } from '../manifest.ts'
import { type DryRun, dryRunOf, dryRunSuffix, resultLine } from '../results.ts'
import { selectTargets, type Target } from '../selection.ts'
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  DRY_RUN_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'
import { followObject } from '../watching.ts'

export const remove: Verb = {
  name: 'delete',
  summary:
    'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  usage: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  suggestFor: ['rm', 'remove'],
  flags: [
    ...FILE_FLAGS,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    DRY_RUN_FLAG,
    {
      name: 'cascade',
      type: 'string',
      default: 'background',
      whenBare: 'background',
      usage: 'background, orphan or foreground: what becomes of dependents',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: '-1',
      usage: 'Seconds to end well; -1 is the default of the object',
    },
    { name: 'force', type: 'bool', usage: 'Remove at once, without waiting for the node' },
    { name: 'now', type: 'bool', usage: 'Ask for a grace period of 1 second' },
    { name: 'wait', type: 'bool', default: 'true', usage: 'Wait until the objects are gone' },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'How long to wait; 0 is without limit',
    },
    { name: 'ignore-not-found', type: 'bool', usage: 'A missing object is no error' },
    { name: 'interactive', short: 'i', type: 'bool', usage: 'Ask before deleting' },
    { name: 'output', short: 'o', type: 'string', usage: 'name: print only the names' },
  ],
  run: runDelete,
}

export const FORCE_WARNING =
  'Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.'

export type DeleteSettings = {
  readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan'
  /** -1: the object's own. */
  readonly graceSeconds: number
  readonly isForced: boolean
  readonly dryRun: DryRun
}

function* runDelete(cli: Cli): Task {
  const { flags } = cli
  const dryRun = yield* dryRunOf(cli)
  const settings = { ...graceOf(cli), propagationPolicy: yield* propagationOf(cli), dryRun }
  const output = flags.string('output')
  if (output !== '' && output !== 'name') {
    throw new CliError(`unexpected -o output mode: ${output}. We only support '-o name'`)
  }
  const isSelecting =
    flags.bool('all') || flags.string('selector') !== '' || flags.string('field-selector') !== ''
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, { onError: (error) => errors.push(error) })
  if (targets.length === 0) {
    throwCollected(errors)
    yield* cli.out('No resources found\n')
    return
  }
  if (flags.bool('interactive') && !(yield* isConfirmed(cli, targets))) {
    yield* cli.out('deletion is cancelled\n')
    return
  }
  if (settings.isForced && !cli.isOld) yield* cli.warn(FORCE_WARNING)
  if (settings.isForced && cli.isOld) yield* cli.err(`warning: ${FORCE_WARNING}\n`)
  const deleted: { readonly target: Target; readonly uid: string | undefined }[] = []
  for (const target of targets) {
    try {
      const reply = yield* deleteTarget(cli, target, settings)
      yield* cli.out(
        output === 'name'
          ? `${kindLabel(target.resource)}/${target.name}\n`
          : deletedLine(cli, target, settings),
      )
      deleted.push({ target, uid: uidOf(reply) })
    } catch (error) {
      if (isNotFound(error) && (isSelecting || flags.bool('ignore-not-found'))) continue
      collect(
        errors,
        withSource(error, reapsAtClient(cli, target) ? 'stopping' : 'deleting', target.source),
      )
    }
  }
  throwCollected(errors)
  // kubectl 1.10 never waited.
  if (!flags.bool('wait') || dryRun !== 'none' || cli.isOld) return
  for (const { target, uid } of deleted) yield* waitUntilGone(cli, target, uid)
}

function graceOf(cli: Cli): { graceSeconds: number; isForced: boolean } {
  const { flags } = cli
  const grace = flags.int('grace-period')
  if (flags.bool('now')) {
    if (grace !== -1) throw new CliError('--now and --grace-period cannot be specified together')
    return { graceSeconds: 1, isForced: false }
  }
  if (flags.bool('force') && grace > 0) {
    throw new CliError('--force and --grace-period greater than 0 cannot be specified together')
  }
  const isForced = flags.bool('force') && (grace === 0 || !cli.isOld)
  if (isForced) return { graceSeconds: 0, isForced }
  // Without --force nothing goes unseen: 0 becomes the shortest period that is one.
  return { graceSeconds: grace === 0 ? 1 : grace, isForced }
}

function* propagationOf(cli: Cli): Task<DeleteSettings['propagationPolicy']> {
  const value = cli.flags.string('cascade')
  const boolean = parseBool(value)
  if (boolean !== undefined) {
    const word = boolean ? 'background' : 'orphan'
    if (!cli.isOld) {
      yield* cli.err(
        `warning: --cascade=${value} is deprecated (boolean value) and can be replaced with --cascade=${word}.\n`,
      )
    }
    return boolean ? 'Background' : 'Orphan'
  }
  if (cli.isOld && cli.flags.isSet('cascade')) {
    throw new FlagError(
      `invalid argument "${value}" for "--cascade" flag: strconv.ParseBool: parsing "${value}": invalid syntax`,
    )
  }
  switch (value) {
    case 'background':
      return 'Background'
    case 'foreground':
      return 'Foreground'
    case 'orphan':
      return 'Orphan'
    default:
      throw new CliError(
        `invalid cascade value (${value}). Must be "background", "foreground", or "orphan"`,
      )
  }
}

function* isConfirmed(cli: Cli, targets: readonly Target[]): Task<boolean> {
  const lines = targets.map((target) => `${kindLabel(target.resource)}/${target.name}\n`).join('')
  yield* cli.out(
    `You are about to delete the following ${targets.length} resource(s):\n${lines}Do you want to continue? (y/N): `,
  )
  const answer = yield* cli.proc.readLine(0)
  return answer === 'y' || answer === 'Y'
}

function deletedLine(cli: Cli, target: Target, settings: DeleteSettings): string {
  const word = settings.isForced ? 'force deleted' : 'deleted'
  if (cli.isOld) return resultLine(cli, target, word, settings.dryRun)
  const where = target.namespace === undefined ? '' : ` from ${target.namespace} namespace`
  return `${kindLabel(target.resource)} "${target.name}" ${word}${where}${dryRunSuffix(settings.dryRun)}\n`
}

function* deleteTarget(cli: Cli, target: Target, settings: DeleteSettings): Task<Manifest> {
  if (settings.dryRun === 'client') return {}
  if (reapsAtClient(cli, target) && settings.propagationPolicy === 'Background') {
    yield* scaleToNothing(cli, target)
  }
  return yield* sendDelete(cli, target, settings)
}

export function sendDelete(cli: Cli, target: Target, settings: DeleteSettings): Task<Manifest> {
  return cli.request('DELETE', resourcePath(target.resource, target), {
    body: {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: settings.propagationPolicy,
      ...(settings.graceSeconds >= 0 ? { gracePeriodSeconds: settings.graceSeconds } : {}),
      ...(settings.dryRun === 'server' ? { dryRun: ['All'] } : {}),
    },
  })
}

const REAPED = ['statefulsets', 'deployments', 'replicasets', 'replicationcontrollers']
const REAP_TIMEOUT_MS = 300_000
const REAP_TIMEOUT_PER_REPLICA_MS = 10_000

function reapsAtClient(cli: Cli, { resource }: Target): boolean {
  return cli.isOld && REAPED.includes(resource.name)
}

// What cascading meant in 1.10: the client scales to 0 and waits, then deletes the empty shell.
function* scaleToNothing(cli: Cli, target: Target): Task {
  const path = resourcePath(target.resource, target)
  const before = yield* cli.request('GET', path)
  const replicas = Number(at(before, 'spec', 'replicas') ?? 1)
  const deadline = cli.unixMs + REAP_TIMEOUT_MS + REAP_TIMEOUT_PER_REPLICA_MS * replicas
  yield* cli.request('PATCH', `${path}/scale`, {
    contentType: 'application/merge-patch+json',
    body: { spec: { replicas: 0 } },
  })
  for (;;) {
    const now = yield* cli.request('GET', path)
    const isObserved =
      Number(at(now, 'status', 'observedGeneration') ?? 0) >=
      Number(at(now, 'metadata', 'generation') ?? 0)
    if (isObserved && Number(at(now, 'status', 'replicas') ?? 0) === 0) return
    if (cli.unixMs > deadline) throw new CliError('timed out waiting for the condition')
    yield* sleep(1000)
  }
}

function uidOf(reply: Manifest): string | undefined {
  const uid =
    reply['kind'] === 'Status' ? at(reply, 'details', 'uid') : at(reply, 'metadata', 'uid')
  return typeof uid === 'string' && uid !== '' ? uid : undefined
}

export function* waitUntilGone(cli: Cli, target: Target, uid: string | undefined): Task {
  const timeoutMs = cli.flags.has('timeout') ? cli.flags.durationMs('timeout') : 0
  // oxlint-disable-next-line require-yield -- looking takes no time
  function* look(object: Manifest | undefined): Task<true | undefined> {
    const isSame = object !== undefined && (uid === undefined || object['metadata']?.uid === uid)
    return isSame ? undefined : true
  }
  const isGone = yield* followObject(cli, target, timeoutMs > 0 ? { timeoutMs } : {}, look)
  if (isGone === true) return
  throw new CliError(
    `timed out waiting for the condition on ${target.resource.name}/${target.name}`,
  )
}
