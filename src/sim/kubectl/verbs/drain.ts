import { StatusError } from '#sim/apimachinery/status.ts'
import type { Process, Task } from '#sim/kernel/process.ts'
import { join, sleep } from '#sim/kernel/waits.ts'
import type { Cli } from '../cli.ts'
import { CliError, collect, isNotFound } from '../errors.ts'
import { annotationsOf, at, type Manifest, nameOf, namespaceOf } from '../manifest.ts'
import { isCompleted, POD_RESOURCE, podPath } from '../pods.ts'
import { type DryRun, dryRunOf, dryRunQuery, resultLine } from '../results.ts'
import type { Target } from '../selection.ts'
import { DRY_RUN_FLAG, SELECTOR_FLAG, type Verb } from '../verb.ts'
import { mark, nodeTargets } from './nodes.ts'

export const drain: Verb = {
  name: 'drain',
  summary: 'Drain node in preparation for maintenance',
  usage: 'drain NODE',
  flags: [
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    { name: 'ignore-daemonsets', type: 'bool', usage: 'Leave Pods of DaemonSets alone' },
    { name: 'delete-emptydir-data', type: 'bool', usage: 'Go on although emptyDir data is lost' },
    { name: 'delete-local-data', type: 'bool', usage: 'The old name of --delete-emptydir-data' },
    { name: 'force', type: 'bool', usage: 'Also Pods that nothing will bring back' },
    { name: 'grace-period', type: 'int', default: '-1', usage: 'Seconds each Pod gets' },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'How long to try; 0 is without limit',
    },
    { name: 'pod-selector', type: 'string', usage: 'Only Pods with these labels' },
    { name: 'disable-eviction', type: 'bool', usage: 'Delete instead of evicting' },
    { name: 'skip-wait-for-delete-timeout', type: 'int', default: '0', usage: 'Ignored' },
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Ignored' },
  ],
  run: runDrain,
}

const RETRY_MS = 5000
const POLL_MS = 1000

function* runDrain(cli: Cli): Task<number> {
  const dryRun = yield* dryRunOf(cli)
  const errors: Error[] = []
  const nodes = yield* nodeTargets(cli, errors)
  if (errors.length > 0) throw errors[0]
  for (const node of nodes) yield* mark(cli, node, true, dryRun)
  const failed: { readonly name: string; readonly reason: string }[] = []
  for (const node of nodes) {
    try {
      yield* drainNode(cli, node, dryRun)
      yield* cli.out(resultLine(cli, node, 'drained', dryRun))
    } catch (error) {
      collect([], error)
      const reason = error instanceof Error ? error.message : String(error)
      failed.push({ name: node.name, reason })
      if (!cli.isOld) {
        yield* cli.err(
          `error: unable to drain node "${node.name}" due to error: ${reason}, continuing command...\n`,
        )
      } else yield* cli.err(`error: unable to drain node "${node.name}", aborting command...\n\n`)
    }
  }
  if (failed.length === 0) return 0
  const names = failed.map(({ name }) => ` ${name}\n`).join('')
  const reasons = failed.map(({ reason }) => `${cli.isOld ? 'error: ' : ''}${reason}\n`).join('')
  yield* cli.err(`There are pending nodes to be drained:\n${names}${reasons}`)
  return 1
}

function* drainNode(cli: Cli, node: Target, dryRun: DryRun): Task {
  const pods = yield* podsToGo(cli, node)
  if (dryRun === 'client') {
    for (const pod of pods)
      yield* cli.out(`evicting pod ${namespaceOf(pod)}/${nameOf(pod)} (dry run)\n`)
    return
  }
  const timeoutMs = cli.flags.durationMs('timeout')
  const deadline = timeoutMs > 0 ? cli.unixMs + timeoutMs : Infinity
  const { kernel } = cli.proc
  // All Pods go at the same time; a budget that allows one more only later holds up just that one.
  const evictions: Process[] = pods.map((pod) =>
    kernel.simulation.spawn(evictUntilGone(cli, pod, { deadline, dryRun }), {
      name: `${kernel.name}/evict-${nameOf(pod)}`,
      onError: () => {},
    }),
  )
  const stuck: { readonly pod: Manifest; readonly error: Error }[] = []
  try {
    for (const [at, eviction] of evictions.entries()) {
      const exit = yield* join(eviction)
      const pod = pods[at]
      if (exit.type === 'threw' && exit.error instanceof Error && pod !== undefined) {
        stuck.push({ pod, error: exit.error })
      }
    }
  } finally {
    for (const eviction of evictions) eviction.kill()
  }
  if (stuck.length === 0) return
  const reason = stuck.map(({ error }) => error.message).join(', ')
  const lines = stuck.map(({ pod }) => `pod/${nameOf(pod)}\n`).join('')
  yield* cli.err(
    `There are pending pods in node "${node.name}" when an error occurred: ${reason}\n${lines}`,
  )
  throw new CliError(reason)
}

type Filter = {
  readonly matches: (pod: Manifest) => boolean
  /** The flag that lets such Pods through. */
  readonly flag: string
  readonly refusal: string
  readonly warning: string
  /** Let through means left alone. */
  readonly skips?: boolean
}

function filters(cli: Cli): Filter[] {
  const local = cli.isOld ? 'delete-local-data' : 'delete-emptydir-data'
  const names = cli.isOld
  return [
    {
      matches: isOfDaemonSet,
      flag: 'ignore-daemonsets',
      refusal: names
        ? 'DaemonSet-managed pods (use --ignore-daemonsets to ignore)'
        : 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
      warning: names ? 'Ignoring DaemonSet-managed pods' : 'ignoring DaemonSet-managed Pods',
      skips: true,
    },
    {
      matches: (pod) => !isCompleted(pod) && hasLocalStorage(pod),
      flag: local,
      refusal: names
        ? 'pods with local storage (use --delete-local-data to override)'
        : 'cannot delete Pods with local storage (use --delete-emptydir-data to override)',
      warning: names ? 'Deleting pods with local storage' : 'deleting Pods with local storage',
    },
    {
      matches: (pod) => !isCompleted(pod) && !hasController(pod),
      flag: 'force',
      refusal: names
        ? 'pods not managed by ReplicationController, ReplicaSet, Job, DaemonSet or StatefulSet (use --force to override)'
        : 'cannot delete Pods that declare no controller (use --force to override)',
      warning: names
        ? 'Deleting pods not managed by ReplicationController, ReplicaSet, Job, DaemonSet or StatefulSet'
        : 'deleting Pods that declare no controller',
    },
  ]
}

function* podsToGo(cli: Cli, node: Target): Task<Manifest[]> {
  const selector = cli.flags.string('pod-selector')
  const list = yield* cli.request('GET', '/api/v1/pods', {
    query: [
      ['fieldSelector', `spec.nodeName=${node.name}`],
      ...(selector === '' ? [] : ([['labelSelector', selector]] as const)),
    ],
  })
  const isMirror = (pod: Manifest): boolean =>
    annotationsOf(pod)['kubernetes.io/config.mirror'] !== undefined
  let pods = ((list['items'] ?? []) as Manifest[]).filter((pod) => !isMirror(pod))
  const refusals: string[] = []
  const warnings: string[] = []
  for (const filter of filters(cli)) {
    const hits = pods.filter(filter.matches)
    if (hits.length === 0) continue
    const names = hits
      .map((pod) => (cli.isOld ? nameOf(pod) : `${namespaceOf(pod)}/${nameOf(pod)}`))
      .join(', ')
    if (!cli.flags.bool(filter.flag)) refusals.push(`${filter.refusal}: ${names}`)
    else warnings.push(`${filter.warning}: ${names}`)
    if (filter.skips === true) pods = pods.filter((pod) => !filter.matches(pod))
  }
  if (refusals.length > 0) throw new CliError(refusals.join(', '))
  if (warnings.length > 0) {
    yield* cli.err(`${cli.isOld ? 'WARNING' : 'Warning'}: ${warnings.join('; ')}\n`)
  }
  return pods
}

function owners(pod: Manifest): Manifest[] {
  return (at(pod, 'metadata', 'ownerReferences') ?? []) as Manifest[]
}

function hasController(pod: Manifest): boolean {
  return owners(pod).some(({ controller }) => controller === true)
}

function isOfDaemonSet(pod: Manifest): boolean {
  return owners(pod).some(({ controller, kind }) => controller === true && kind === 'DaemonSet')
}

function hasLocalStorage(pod: Manifest): boolean {
  return ((at(pod, 'spec', 'volumes') ?? []) as Manifest[]).some(
    ({ emptyDir }) => emptyDir !== undefined,
  )
}

function* evictUntilGone(
  cli: Cli,
  pod: Manifest,
  limits: { readonly deadline: number; readonly dryRun: DryRun },
): Task {
  const isDeleting = cli.flags.bool('disable-eviction')
  const where = `pods/"${nameOf(pod)}" -n "${namespaceOf(pod)}"`
  for (;;) {
    if (!cli.isOld && !isDeleting)
      yield* cli.out(`evicting pod ${namespaceOf(pod)}/${nameOf(pod)}\n`)
    try {
      yield* removePod(cli, pod, { isDeleting, dryRun: limits.dryRun })
      break
    } catch (error) {
      if (isNotFound(error)) break
      if (!(error instanceof StatusError) || error.code !== 429) throw error
      if (cli.unixMs + RETRY_MS > limits.deadline) {
        yield* waitUntilDeadline(cli, limits.deadline, error, where)
      }
      yield* cli.err(`error when evicting ${where} (will retry after 5s): ${error.message}\n`)
      yield* sleep(RETRY_MS)
    }
  }
  if (limits.dryRun !== 'none') return
  yield* waitForEnd(cli, pod, limits.deadline)
  const done = isDeleting ? 'deleted' : 'evicted'
  yield* cli.out(resultLine(cli, { resource: POD_RESOURCE, name: nameOf(pod) }, done))
}

// The refusal is still told; the time that is left is spent before giving up.
function* waitUntilDeadline(cli: Cli, deadline: number, error: Error, where: string): Task<never> {
  yield* cli.err(`error when evicting ${where} (will retry after 5s): ${error.message}\n`)
  yield* sleep(Math.max(0, deadline - cli.unixMs))
  yield* cli.out(`evicting pod ${where.replace(/^pods\/"(.*)" -n "(.*)"$/, '$2/$1')}\n`)
  const seconds = Math.round(cli.flags.durationMs('timeout') / 1000)
  throw new CliError(`error when evicting ${where}: global timeout reached: ${seconds}s`)
}

function* removePod(
  cli: Cli,
  pod: Manifest,
  options: { readonly isDeleting: boolean; readonly dryRun: DryRun },
): Task {
  const grace = cli.flags.int('grace-period')
  const deleteOptions = grace >= 0 ? { gracePeriodSeconds: grace } : {}
  if (options.isDeleting) {
    yield* cli.request('DELETE', podPath(pod), {
      query: dryRunQuery(options.dryRun),
      body: { kind: 'DeleteOptions', apiVersion: 'v1', ...deleteOptions },
    })
    return
  }
  yield* cli.request('POST', podPath(pod, 'eviction'), {
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: nameOf(pod), namespace: namespaceOf(pod) },
      deleteOptions: {
        ...deleteOptions,
        ...(options.dryRun === 'server' ? { dryRun: ['All'] } : {}),
      },
    },
  })
}

function* waitForEnd(cli: Cli, pod: Manifest, deadline: number): Task {
  for (;;) {
    try {
      const now = yield* cli.request('GET', podPath(pod))
      if (now['metadata']?.uid !== pod['metadata']?.uid) return
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
    if (cli.unixMs >= deadline) {
      const seconds = Math.round(cli.flags.durationMs('timeout') / 1000)
      throw new CliError(
        `error when waiting for pod "${nameOf(pod)}" in namespace "${namespaceOf(pod)}" to terminate: global timeout reached: ${seconds}s`,
      )
    }
    yield* sleep(POLL_MS)
  }
}
