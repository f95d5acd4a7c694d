import { StatusError } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from './cli.ts'
import { type ApiResource, resourcePath } from './discovery.ts'
import { CliError, collect } from './errors.ts'
import { type Manifest, nameOf, namespaceOf } from './manifest.ts'
import { readManifests } from './manifests.ts'
import { readNamed } from './named.ts'

/** One object a verb acts on: named, listed, or read from a file. */
export type Target = {
  readonly resource: ApiResource
  readonly namespace: string | undefined
  readonly name: string
  /** The server's state, where a list brought it along. */
  readonly object?: Manifest
  /** What the file says, where it came from one. */
  readonly local?: Manifest
  readonly source?: string
}

export type ResourceWords = {
  readonly resources: readonly ApiResource[]
  /** Pairs in the order they were asked for; empty when only types were named. */
  readonly named: readonly { readonly resource: ApiResource; readonly name: string }[]
  readonly hasCategory: boolean
}

const MIXED_FORMS =
  "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"

export const NOTHING_SELECTED = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

/** Reads `TYPE NAME…`, `TYPE/NAME…` and `TYPE,TYPE`. */
export function* readResourceWords(cli: Cli, words: readonly string[]): Task<ResourceWords> {
  if (words.some((word) => word.includes('/'))) return yield* readSlashForms(cli, words)
  const [types, ...names] = words
  if (types === undefined) return { resources: [], named: [], hasCategory: false }
  const discovery = yield* cli.discovery()
  const resources = discovery.findAll(types)
  if (names.includes('')) throw new CliError('resource name may not be empty')
  return {
    resources,
    named: resources.flatMap((resource) => names.map((name) => ({ resource, name }))),
    hasCategory: types.split(',').some((word) => discovery.isCategory(word)),
  }
}

function* readSlashForms(cli: Cli, words: readonly string[]): Task<ResourceWords> {
  const discovery = yield* cli.discovery()
  const named = words.map((word) => {
    const parts = word.split('/')
    if (parts.length === 1) throw new CliError(MIXED_FORMS)
    if (parts.length > 2) {
      throw new CliError('arguments in resource/name form may not have more than one slash')
    }
    const [type = '', name = ''] = parts
    if (type === '' || name === '') {
      throw new CliError('arguments in resource/name form must have a single resource and name')
    }
    return { resource: discovery.find(type), name }
  })
  const resources = [...new Set(named.map(({ resource }) => resource))]
  return { resources, named, hasCategory: false }
}

export type SelectOptions = {
  readonly words?: readonly string[]
  /** A type without names stands for all of its objects. */
  readonly typeMeansAll?: boolean
  readonly onError: (error: Error) => void
  /** `--selector` means something else in this verb. */
  readonly ignoresSelector?: boolean
  /** Named objects are read, so that `object` is always there. */
  readonly fetch?: boolean
}

/** The targets of a verb by arguments, files and selectors, in the order kubectl visits them. */
export function* selectTargets(cli: Cli, options: SelectOptions): Task<Target[]> {
  const words = options.words ?? cli.args
  const { flags } = cli
  const hasFiles = flags.has('filename') && flags.isSet('filename')
  const selector =
    flags.has('selector') && options.ignoresSelector !== true ? flags.string('selector') : ''
  const fieldSelector = flags.has('field-selector') ? flags.string('field-selector') : ''
  const isAll = flags.has('all') && flags.bool('all')
  const isEverywhere = flags.has('all-namespaces') && flags.bool('all-namespaces')
  if (isAll && selector !== '') {
    throw new CliError("setting 'all' parameter but found a non empty selector. ")
  }
  if (hasFiles) return yield* fileTargets(cli, options, selector)
  if (words.length === 0) throw new CliError(NOTHING_SELECTED)
  const { resources, named } = yield* readResourceWords(cli, words)
  const isSelecting = selector !== '' || fieldSelector !== ''
  if (named.length > 0) {
    if (isSelecting) throw new CliError('name cannot be provided when a selector is specified')
    if (isEverywhere && named.some(({ resource }) => resource.namespaced)) {
      throw new CliError('a resource cannot be retrieved by name across all namespaces')
    }
    return yield* namedTargets(cli, named, options)
  }
  if (!isSelecting && !isAll && options.typeMeansAll !== true) {
    throw new CliError('resource(s) were provided, but no name was specified')
  }
  return yield* listedTargets(cli, resources, { selector, fieldSelector, isEverywhere })
}

function* namedTargets(
  cli: Cli,
  named: ResourceWords['named'],
  options: SelectOptions,
): Task<Target[]> {
  const targets: Target[] = []
  for (const { resource, name } of named) {
    const target: Target = {
      resource,
      name,
      namespace: resource.namespaced ? cli.namespace : undefined,
    }
    const found = yield* fetched(cli, target, options)
    if (found !== undefined) targets.push(found)
  }
  return targets
}

function* fetched(cli: Cli, target: Target, options: SelectOptions): Task<Target | undefined> {
  if (options.fetch !== true) return target
  const errors: Error[] = []
  try {
    return { ...target, object: yield* readNamed(cli, target) }
  } catch (error) {
    collect(errors, error)
    for (const one of errors) options.onError(one)
    return undefined
  }
}

function* fileTargets(cli: Cli, options: SelectOptions, selector: string): Task<Target[]> {
  const manifests = yield* readManifests(cli, options.onError)
  const targets: Target[] = []
  for (const { resource, namespace, name, object, source } of manifests) {
    if (selector !== '' && !matchesSimply(object, selector)) continue
    const target = { resource, namespace, name, local: object, source }
    const found = yield* fetched(cli, target, options)
    if (found !== undefined) targets.push(found)
  }
  return targets
}

/** Label selectors for objects that exist only in a file: equality, sets and existence. */
function matchesSimply(object: Manifest, selector: string): boolean {
  const labels: Record<string, string> = object['metadata']?.labels ?? {}
  return selector.split(/,(?![^(]*\))/).every((part) => {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(part)
    if (set !== null) {
      const isIn = (set[3] ?? '').split(',').some((value) => value.trim() === labels[set[1] ?? ''])
      return set[2] === 'in' ? isIn : !isIn
    }
    const equality = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(part)
    if (equality !== null) {
      const isEqual = labels[equality[1] ?? ''] === (equality[3] ?? '')
      return equality[2] === '!=' ? !isEqual : isEqual
    }
    const name = part.trim()
    return name.startsWith('!') ? !(name.slice(1) in labels) : name in labels
  })
}

export function* listedTargets(
  cli: Cli,
  resources: readonly ApiResource[],
  options: {
    readonly selector: string
    readonly fieldSelector: string
    readonly isEverywhere: boolean
  },
): Task<Target[]> {
  const targets: Target[] = []
  for (const resource of resources) {
    const namespace = options.isEverywhere ? undefined : cli.namespace
    const list = yield* listObjects(cli, resource, namespace, options)
    for (const item of (list['items'] ?? []) as Manifest[]) {
      const object = {
        ...item,
        apiVersion: item['apiVersion'] ?? list['apiVersion'],
        kind: resource.kind,
      }
      targets.push({ resource, object, name: nameOf(item), namespace: namespaceOf(item) })
    }
  }
  return targets
}

/** One list; where a selector is at fault, the message says which. */
function* listObjects(
  cli: Cli,
  resource: ApiResource,
  namespace: string | undefined,
  options: { readonly selector: string; readonly fieldSelector: string },
): Task<Manifest> {
  try {
    return yield* cli.request('GET', resourcePath(resource, { namespace }), {
      query: listQuery(options),
    })
  } catch (error) {
    throw explainedListError(error, resource, options)
  }
}

export function explainedListError(
  error: unknown,
  { group, version, name }: ApiResource,
  { selector, fieldSelector }: { readonly selector: string; readonly fieldSelector: string },
): unknown {
  if (!(error instanceof StatusError) || error.reason !== 'BadRequest') return error
  const subject = `"${group}/${version}, Resource=${name}"`
  const message = `Unable to find ${subject} that match label selector "${selector}", field selector "${fieldSelector}": ${error.message}`
  return new StatusError({ ...error.status, message })
}

export function listQuery(options: {
  readonly selector: string
  readonly fieldSelector: string
}): [string, string][] {
  const query: [string, string][] = []
  if (options.selector !== '') query.push(['labelSelector', options.selector])
  if (options.fieldSelector !== '') query.push(['fieldSelector', options.fieldSelector])
  query.push(['limit', '500'])
  return query
}
