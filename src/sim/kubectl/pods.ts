import type { Task } from '#sim/kernel/process.ts'
import { formatLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { Cli } from './cli.ts'
import { type ApiResource, resourcePath } from './discovery.ts'
import { CliError } from './errors.ts'
import { annotationsOf, at, type Manifest, nameOf, namespaceOf } from './manifest.ts'

export const POD_RESOURCE = {
  group: '',
  version: 'v1',
  name: 'pods',
  singular: 'pod',
  kind: 'Pod',
  namespaced: true,
  shortNames: ['po'],
  categories: ['all'],
  verbs: [],
  subresources: [],
} as const satisfies ApiResource

export function podPath(pod: Manifest, sub?: string): string {
  return resourcePath(POD_RESOURCE, {
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    ...(sub === undefined ? {} : { sub }),
  })
}

/** The label query of what a workload or Service selects. */
export function selectorOf(object: Manifest): string | undefined {
  const selector = at(object, 'spec', 'selector')
  if (typeof selector !== 'object' || selector === null) return undefined
  if (object['kind'] !== 'Service' && object['kind'] !== 'ReplicationController') {
    return formatLabelSelector(selector)
  }
  return formatLabelSelector({ matchLabels: selector as Record<string, string> })
}

/** Pods that an object stands for: itself, or what it selects. */
export function* podsOf(cli: Cli, resource: ApiResource, object: Manifest): Task<Manifest[]> {
  if (resource.name === 'pods') return [object]
  const selector = selectorOf(object)
  if (selector === undefined || selector === '') {
    throw new CliError(`cannot get the logs from ${apiKind(object)}: selector is empty`)
  }
  const list = yield* cli.request(
    'GET',
    resourcePath(POD_RESOURCE, { namespace: namespaceOf(object) }),
    { query: [['labelSelector', selector]] },
  )
  return ((list['items'] ?? []) as Manifest[]).map((pod) => ({
    ...pod,
    apiVersion: 'v1',
    kind: 'Pod',
  }))
}

function apiKind(object: Manifest): string {
  return `*${String(object['apiVersion'] ?? '').replace('/', '.')}.${object['kind']}`
}

type Rank = (pod: Manifest) => number

const isUnassigned: Rank = (pod) => (at(pod, 'spec', 'nodeName') === undefined ? 1 : 0)
const phaseRank: Rank = (pod) =>
  ['Running', 'Unknown', 'Pending'].indexOf(String(at(pod, 'status', 'phase') ?? 'Unknown'))
const isUnready: Rank = (pod) => (isPodReady(pod) ? 0 : 1)
const isDeleting: Rank = (pod) => (at(pod, 'metadata', 'deletionTimestamp') === undefined ? 0 : 1)
const readySince: Rank = (pod) => (isPodReady(pod) ? Date.parse(readyTime(pod)) : 0)
const createdAt: Rank = (pod) => Date.parse(String(at(pod, 'metadata', 'creationTimestamp') ?? ''))
const restarts: Rank = (pod) => {
  const statuses = (at(pod, 'status', 'containerStatuses') ?? []) as Manifest[]
  return Math.max(0, ...statuses.map((status) => Number(status['restartCount'] ?? 0)))
}

/** Best first: the Pod whose log somebody who names a workload wants to see. */
export function forLogs(pods: readonly Manifest[]): Manifest[] {
  return ranked(pods, [
    isUnassigned,
    phaseRank,
    isUnready,
    readySince,
    (pod) => -restarts(pod),
    createdAt,
  ])
}

/** Best first: the Pod to open a session in. */
export function forSession(pods: readonly Manifest[]): Manifest[] {
  return ranked(pods, [
    isUnassigned,
    phaseRank,
    isUnready,
    isDeleting,
    readySince,
    restarts,
    createdAt,
  ])
}

function ranked(pods: readonly Manifest[], ranks: readonly Rank[]): Manifest[] {
  return pods.toSorted((a, b) => {
    for (const rank of ranks) {
      const difference = rank(a) - rank(b)
      if (difference !== 0) return difference
    }
    return 0
  })
}

function readyTime(pod: Manifest): string {
  const conditions = (at(pod, 'status', 'conditions') ?? []) as Manifest[]
  return String(conditions.find(({ type }) => type === 'Ready')?.['lastTransitionTime'] ?? '')
}

export function isPodReady(pod: Manifest): boolean {
  const conditions = (at(pod, 'status', 'conditions') ?? []) as Manifest[]
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

export function isCompleted(pod: Manifest): boolean {
  const phase = at(pod, 'status', 'phase')
  return phase === 'Succeeded' || phase === 'Failed'
}

export function containerNames(pod: Manifest, list: string): string[] {
  return ((at(pod, 'spec', list) ?? []) as Manifest[]).map(({ name }) => String(name))
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container'

/** The container a command goes to, with the note kubectl makes where it had to choose. */
export function* chooseContainer(
  cli: Cli,
  pod: Manifest,
  options: { readonly asked: string; readonly isQuiet: boolean },
): Task<string> {
  const containers = containerNames(pod, 'containers')
  const all = [
    ...containers,
    ...containerNames(pod, 'ephemeralContainers').map((name) => `${name} (ephem)`),
    ...containerNames(pod, 'initContainers').map((name) => `${name} (init)`),
  ]
  if (options.asked !== '') {
    if (all.some((name) => name.split(' ')[0] === options.asked)) return options.asked
    throw new CliError(
      `container ${options.asked} is not valid for pod ${nameOf(pod)} out of: ${all.join(', ')}`,
    )
  }
  const annotated = annotationsOf(pod)[DEFAULT_CONTAINER]
  if (annotated !== undefined && containers.includes(annotated)) return annotated
  const [first = ''] = containers
  if (all.length > 1 && !options.isQuiet) {
    yield* cli.err(
      cli.isOld
        ? `Defaulting container name to ${first}.\nUse 'kubectl describe pod/${nameOf(pod)} -n ${cli.namespace}' to see all of the containers in this pod.\n`
        : `Defaulted container "${first}" out of: ${all.join(', ')}\n`,
    )
  }
  return first
}
