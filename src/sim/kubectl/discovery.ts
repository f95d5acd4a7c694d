import { CliError } from './errors.ts'
import type { Manifest } from './manifest.ts'

export type ApiResource = {
  readonly group: string
  readonly version: string
  /** The plural, as paths use it. */
  readonly name: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: readonly string[]
}

/** What the server serves, in its order of priority. */
export class Discovery {
  readonly resources: readonly ApiResource[]
  readonly groupVersions: readonly string[]

  constructor(resources: readonly ApiResource[], groupVersions: readonly string[]) {
    this.resources = resources
    this.groupVersions = groupVersions
  }

  /** Finds a type as a person writes it: `pods`, `po`, `statefulset.apps`, `statefulset.v1.apps`. */
  find(word: string): ApiResource {
    const lower = word.toLowerCase()
    const [name = '', ...rest] = lower.split('.')
    const found =
      this.resources.find(
        (resource) =>
          isNamed(resource, name) &&
          (rest.length === 0 ||
            rest.join('.') === resource.group ||
            rest.join('.') ===
              (resource.group === '' ? resource.version : `${resource.version}.${resource.group}`)),
      ) ??
      this.resources.find(
        (resource) =>
          resource.shortNames.includes(word.split('.')[0] ?? '') &&
          (rest.length === 0 || rest.join('.') === resource.group),
      )
    if (found !== undefined) return found
    throw new CliError(`the server doesn't have a resource type "${word.split('.')[0]}"`)
  }

  /** Types of a comma list; a category such as `all` stands for its members. */
  findAll(words: string): ApiResource[] {
    return words.split(',').flatMap((word) => {
      const members = this.resources.filter(({ categories }) => categories.includes(word))
      return members.length > 0 ? members : [this.find(word)]
    })
  }

  isCategory(word: string): boolean {
    return this.resources.some(({ categories }) => categories.includes(word))
  }

  byKind(apiVersion: string, kind: string): ApiResource | undefined {
    return this.resources.find(
      (resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion,
    )
  }
}

export function apiVersionOf({ group, version }: Pick<ApiResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

export function apiGroupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** `statefulsets.apps`, `pods`. */
export function qualifiedPlural({ name, group }: Pick<ApiResource, 'name' | 'group'>): string {
  return group === '' ? name : `${name}.${group}`
}

/** `statefulset.apps`, `pod`: how result lines name a kind. */
export function kindLabel({ kind, group }: Pick<ApiResource, 'kind' | 'group'>): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`
}

export function resourcePath(
  resource: Pick<ApiResource, 'group' | 'version' | 'name' | 'namespaced'>,
  where: { readonly namespace?: string | undefined; readonly name?: string; readonly sub?: string },
): string {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`
  const scope =
    resource.namespaced && where.namespace !== undefined ? `/namespaces/${where.namespace}` : ''
  const name = where.name === undefined ? '' : `/${encodeURIComponent(where.name)}`
  const sub = where.sub === undefined ? '' : `/${where.sub}`
  return `${root}/${resource.version}${scope}/${resource.name}${name}${sub}`
}

function isNamed(resource: ApiResource, lower: string): boolean {
  return (
    resource.name === lower || resource.singular === lower || resource.kind.toLowerCase() === lower
  )
}

/** Reads the aggregated form of discovery. */
export function fromAggregated(documents: readonly Manifest[]): Discovery {
  const resources: ApiResource[] = []
  const groupVersions: string[] = []
  for (const group of documents.flatMap((document) => document['items'] ?? [])) {
    const name: string = group.metadata?.name ?? ''
    for (const { version, resources: entries } of group.versions ?? []) {
      groupVersions.push(apiVersionOf({ group: name, version }))
      for (const entry of entries ?? []) resources.push(aggregatedEntry(name, version, entry))
    }
  }
  return new Discovery(firstVersionOfEach(resources), groupVersions)
}

function aggregatedEntry(group: string, version: string, entry: Manifest): ApiResource {
  return {
    group,
    version,
    name: entry['resource'],
    singular: entry['singularResource'] ?? '',
    kind: entry['responseKind']?.kind ?? '',
    namespaced: entry['scope'] === 'Namespaced',
    shortNames: entry['shortNames'] ?? [],
    categories: entry['categories'] ?? [],
    verbs: entry['verbs'] ?? [],
    subresources: (entry['subresources'] ?? []).map((sub: Manifest) => sub['subresource']),
  }
}

/** Reads `APIResourceList`s, one a group version. */
export function fromLists(lists: readonly Manifest[]): Discovery {
  const resources: ApiResource[] = []
  for (const list of lists) {
    const groupVersion = String(list['groupVersion'])
    const slash = groupVersion.indexOf('/')
    const group = slash < 0 ? '' : groupVersion.slice(0, slash)
    const version = groupVersion.slice(slash + 1)
    const entries: Manifest[] = list['resources'] ?? []
    for (const entry of entries) {
      if (String(entry['name']).includes('/')) continue
      const subs = entries.filter((other) => String(other['name']).startsWith(`${entry['name']}/`))
      resources.push({
        group,
        version,
        name: entry['name'],
        singular: entry['singularName'] ?? '',
        kind: entry['kind'],
        namespaced: entry['namespaced'] === true,
        shortNames: entry['shortNames'] ?? [],
        categories: entry['categories'] ?? [],
        verbs: entry['verbs'] ?? [],
        subresources: subs.map((sub) => String(sub['name']).split('/')[1] ?? ''),
      })
    }
  }
  return new Discovery(
    firstVersionOfEach(resources),
    lists.map((list) => String(list['groupVersion'])),
  )
}

// A group may serve a resource in several versions; the first listed is the preferred one, but
// kinds of the others must still be found by their apiVersion, so they stay, behind.
function firstVersionOfEach(resources: readonly ApiResource[]): ApiResource[] {
  const seen = new Set<string>()
  const preferred: ApiResource[] = []
  const others: ApiResource[] = []
  for (const resource of resources) {
    const key = qualifiedPlural(resource)
    if (seen.has(key)) others.push(resource)
    else preferred.push(resource)
    seen.add(key)
  }
  return [...preferred, ...others]
}
