import { StatusError } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { type ApiResource, apiVersionOf, resourcePath } from '../discovery.ts'
import { CliError, isNotFound, throwCollected, UsageError } from '../errors.ts'
import { describeAnything } from '../describe/anything.ts'
import { describeClaim } from '../describe/claim.ts'
import { eventLines } from '../describe/events.ts'
import { describeNode } from '../describe/node.ts'
import { Page } from '../describe/page.ts'
import {
  describeBudget,
  describeConfigMap,
  describeNamespace,
  describePriorityClass,
  describeSecret,
  describeServiceAccount,
} from '../describe/plain.ts'
import { describeLimitRange, describeQuota } from '../describe/quota.ts'
import { describePod } from '../describe/pod.ts'
import { describeEndpoints, describeEndpointSlice, describeService } from '../describe/service.ts'
import { describeStorageClass, describeVolume } from '../describe/storage.ts'
import {
  describeDaemonSet,
  describeDeployment,
  describeReplicaSet,
  describeStatefulSet,
} from '../describe/workloads.ts'
import { type Manifest, nameOf, namespaceOf } from '../manifest.ts'
import { selectorOf } from '../pods.ts'
import { listedTargets, readResourceWords, selectTargets, type Target } from '../selection.ts'
import { ALL_NAMESPACES_FLAG, FILE_FLAGS, SELECTOR_FLAG, type Verb } from '../verb.ts'
import { nothingFound } from './get.ts'

export const describe: Verb = {
  name: 'describe',
  summary: 'Show details of a specific resource or group of resources',
  usage: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  suggestFor: ['inspect'],
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    { name: 'show-events', type: 'bool', default: 'true', usage: 'Also show its events' },
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Ignored' },
  ],
  run: runDescribe,
}

function* runDescribe(cli: Cli): Task {
  if (cli.args.length === 0 && !cli.flags.isSet('filename')) yield* refuseNoType(cli)
  const errors: Error[] = []
  const targets = yield* findTargets(cli, errors)
  const [refused] = errors
  if (errors.length === 1 && isNotFound(refused) && cli.args.length === 2) {
    return yield* describeByPrefix(cli, refused)
  }
  // Of several objects, found or not, 1.36 leaves the events out.
  const showsEvents = cli.flags.isSet('show-events')
    ? cli.flags.bool('show-events')
    : cli.isOld || (errors.length === 0 && targets.length === 1)
  for (const [at, target] of targets.entries()) {
    if (at > 0) yield* cli.out('\n\n')
    yield* cli.out(yield* description(cli, target, showsEvents))
  }
  throwCollected(errors)
  // It speaks of the namespace even where the kind has none.
  if (targets.length === 0) yield* cli.err(`${nothingFound(cli, [])}\n`)
}

/** `TYPE NAME` of which there is none stands for all whose names begin so; of the two words alone. */
function* describeByPrefix(cli: Cli, refused: Error): Task {
  const [type = '', prefix = ''] = cli.args
  if (type.includes('/')) throw refused
  const { resources } = yield* readResourceWords(cli, [type])
  const [resource] = resources
  if (resource === undefined || resources.length > 1) {
    throw new CliError('you may only specify a single resource type')
  }
  const all = yield* listedTargets(cli, [resource], {
    selector: '',
    fieldSelector: '',
    isEverywhere: false,
  })
  const found = all.filter(({ name }) => name.startsWith(prefix))
  if (found.length === 0) throw refused
  const showsEvents = cli.isOld || (cli.flags.isSet('show-events') && cli.flags.bool('show-events'))
  for (const target of found) {
    yield* cli.out(`${yield* description(cli, target, showsEvents)}\n`)
  }
}

function* refuseNoType(cli: Cli): Task {
  if (!cli.isOld) {
    throw new CliError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    )
  }
  const { resources } = yield* cli.discovery()
  const lines = resources.map(({ name }) => `    * ${name}\n`).sort()
  yield* cli.err(
    `You must specify the type of resource to describe. Valid resource types include:\n\n    * all\n${lines.join('')}\n`,
  )
  throw new UsageError('Required resource not specified.')
}

function* findTargets(cli: Cli, errors: Error[]): Task<Target[]> {
  return yield* selectTargets(cli, {
    fetch: true,
    typeMeansAll: true,
    onError: (error) => errors.push(error),
  })
}

function* description(cli: Cli, target: Target, showsEvents: boolean): Task<string> {
  const { resource, object = {} } = target
  const page = new Page({ unixMs: cli.unixMs, dialect: cli.dialect })
  yield* describeObject(cli, page, resource, object)
  if (showsEvents && !WITHOUT_EVENTS.includes(resource.name)) {
    eventLines(page, yield* eventsOf(cli, resource, object))
  }
  return page.text()
}

const WITHOUT_EVENTS = ['namespaces', 'secrets', 'resourcequotas', 'limitranges']

function* describeObject(cli: Cli, page: Page, resource: ApiResource, object: Manifest): Task {
  switch (resource.kind) {
    case 'Pod':
      return describePod(page, object)
    case 'StatefulSet':
      return describeStatefulSet(page, object, yield* workloadContext(cli, object))
    case 'Deployment':
      return describeDeployment(page, object, yield* workloadContext(cli, object))
    case 'ReplicaSet':
      return describeReplicaSet(page, object, yield* workloadContext(cli, object))
    case 'DaemonSet':
      return describeDaemonSet(page, object, yield* workloadContext(cli, object))
    case 'PersistentVolumeClaim':
      return describeClaim(page, object, yield* listAll(cli, 'pods', namespaceOf(object)))
    case 'PersistentVolume':
      return describeVolume(page, object)
    case 'StorageClass':
      return describeStorageClass(page, object)
    case 'Service': {
      const selector = `kubernetes.io/service-name=${nameOf(object)}`
      const slices = yield* listAll(cli, 'endpointslices', namespaceOf(object), [
        ['labelSelector', selector],
      ])
      return describeService(page, object, slices)
    }
    case 'Endpoints':
      return describeEndpoints(page, object)
    case 'EndpointSlice':
      return describeEndpointSlice(page, object)
    case 'Node':
      return describeNode(page, object, yield* nodeContext(cli, object))
    case 'Namespace':
      return describeNamespace(page, object, {
        quotas: yield* listAll(cli, 'resourcequotas', nameOf(object)),
        ranges: yield* listAll(cli, 'limitranges', nameOf(object)),
      })
    case 'ResourceQuota':
      return describeQuota(page, object)
    case 'LimitRange':
      return describeLimitRange(page, object)
    case 'ConfigMap':
      return describeConfigMap(page, object)
    case 'Secret':
      return describeSecret(page, object)
    case 'ServiceAccount':
      return describeServiceAccount(page, object)
    case 'PriorityClass':
      return describePriorityClass(page, object)
    case 'PodDisruptionBudget':
      return describeBudget(page, object)
    default:
      return describeAnything(page, {
        ...object,
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
      })
  }
}

function* listAll(
  cli: Cli,
  type: string,
  namespace: string | undefined,
  query: readonly (readonly [string, string])[] = [],
): Task<Manifest[]> {
  const discovery = yield* cli.discovery()
  const list = yield* cli.request('GET', resourcePath(discovery.find(type), { namespace }), {
    query,
  })
  return (list['items'] ?? []) as Manifest[]
}

function* workloadContext(cli: Cli, object: Manifest) {
  const query = [['labelSelector', selectorOf(object) ?? '']] as const
  const namespace = namespaceOf(object)
  const pods = yield* listAll(cli, 'pods', namespace, query)
  const isDeployment = object['kind'] === 'Deployment'
  const replicaSets = isDeployment ? yield* listAll(cli, 'replicasets', namespace, query) : []
  return { pods, replicaSets }
}

function* nodeContext(cli: Cli, node: Manifest) {
  const name = nameOf(node)
  const pods = yield* listAll(cli, 'pods', undefined, [
    ['fieldSelector', `spec.nodeName=${name},status.phase!=Failed,status.phase!=Succeeded`],
  ])
  const discovery = yield* cli.discovery()
  try {
    const path = resourcePath(discovery.find('leases'), { namespace: 'kube-node-lease', name })
    return { pods, lease: yield* cli.request('GET', path) }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return { pods, lease: error }
  }
}

function* eventsOf(cli: Cli, resource: ApiResource, object: Manifest): Task<Manifest[]> {
  const namespace = namespaceOf(object)
  const uid = String(object['metadata']?.uid ?? '')
  // Events about a Node carry its name as uid when the kubelet wrote them.
  const queries = resource.kind === 'Node' ? [uid, nameOf(object)] : [uid]
  const found: Manifest[] = []
  for (const one of queries) {
    const selector = [
      `involvedObject.name=${nameOf(object)}`,
      ...(namespace === undefined ? [] : [`involvedObject.namespace=${namespace}`]),
      `involvedObject.kind=${resource.kind}`,
      `involvedObject.uid=${one}`,
    ].join(',')
    found.push(
      ...(yield* listAll(cli, 'events', namespace, [
        ['fieldSelector', selector],
        ['limit', '500'],
      ])),
    )
  }
  return found
}
