import type { ApiReply } from '#sim/apimachinery/request.ts'
import { extraResources } from './discovery-extras.ts'
import { parseAccept } from './negotiation.ts'
import type { Registry } from './registry.ts'

export type DiscoveryResource = {
  readonly name: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Groups by priority: the first that knows a bare resource name wins. */
const GROUP_ORDER = [
  '',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'storage.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
]

type GroupVersion = { readonly group: string; readonly version: string }

/** Everything the server says about what it serves. */
export class Discovery {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** Undefined when the path is none of discovery. */
  answer(path: string, accept: string): ApiReply | undefined {
    const [root, group, version, ...rest] = path.split('/').filter((part) => part !== '')
    if (root === 'api') {
      if (group === undefined)
        return wantsAggregated(accept) ? this.#aggregated(true) : json(coreVersions())
      if (group === 'v1' && version === undefined)
        return this.#resourceList({ group: '', version: 'v1' })
      return undefined
    }
    if (root !== 'apis' || rest.length > 0) return undefined
    if (group === undefined)
      return wantsAggregated(accept) ? this.#aggregated(false) : json(this.#groupList())
    const versions = this.#versionsOf(group)
    if (versions.length === 0) return undefined
    if (version === undefined)
      return json({ kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(versions) })
    const found = versions.find((one) => one.version === version)
    return found === undefined ? undefined : this.#resourceList(found)
  }

  /** Paths of the root document, sorted. */
  paths(): string[] {
    const groups = this.#groupVersions().filter(({ group }) => group !== '')
    const named = groups.flatMap(({ group, version }) => [
      `/apis/${group}`,
      `/apis/${group}/${version}`,
    ])
    const fixed = [
      '/api',
      '/api/v1',
      '/apis',
      '/healthz',
      '/livez',
      '/openapi/v2',
      '/openapi/v3',
      '/readyz',
      '/version',
    ]
    return [...new Set([...fixed, ...named])].sort()
  }

  groupVersions(): readonly GroupVersion[] {
    return this.#groupVersions()
  }

  #groupVersions(): GroupVersion[] {
    const found = new Map<string, GroupVersion>()
    const add = (group: string, version: string) =>
      found.set(`${group}/${version}`, { group, version })
    for (const { definition } of this.#registry.resources) add(definition.group, definition.version)
    for (const { group, version } of extraResources) add(group, version)
    const rank = ({ group }: GroupVersion) => {
      const at = GROUP_ORDER.indexOf(group)
      return at < 0 ? GROUP_ORDER.length : at
    }
    return [...found.values()].sort((a, b) => rank(a) - rank(b) || (a.version < b.version ? 1 : -1))
  }

  #versionsOf(group: string): GroupVersion[] {
    return this.#groupVersions().filter((one) => one.group === group && group !== '')
  }

  #groupList(): object {
    const groups = [...new Set(this.#groupVersions().map(({ group }) => group))]
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groups
        .filter((group) => group !== '')
        .map((group) => groupEntry(this.#versionsOf(group))),
    }
  }

  #resourceList(of: GroupVersion): ApiReply {
    const groupVersion = of.group === '' ? of.version : `${of.group}/${of.version}`
    return json({
      kind: 'APIResourceList',
      // The core group's list lacks it; clients have learned to live with that.
      ...(of.group === '' ? {} : { apiVersion: 'v1' }),
      groupVersion,
      resources: this.resourcesOf(of),
    })
  }

  /** Resources and subresources of a group version, sorted by name. */
  resourcesOf({ group, version }: GroupVersion): DiscoveryResource[] {
    const found: DiscoveryResource[] = []
    for (const { definition } of this.#registry.resources) {
      if (definition.group !== group || definition.version !== version) continue
      const { plural, singular, namespaced, kind, verbs, shortNames, categories } = definition
      found.push({
        name: plural,
        singularName: singular,
        namespaced,
        kind,
        verbs: [...verbs].sort(),
        ...(shortNames.length === 0 ? {} : { shortNames }),
        ...(categories === undefined || categories.length === 0 ? {} : { categories }),
      })
      const sub = (name: string, more: Partial<DiscoveryResource>) =>
        found.push({
          name: `${plural}/${name}`,
          singularName: '',
          namespaced,
          kind,
          verbs: ['get', 'patch', 'update'],
          ...more,
        })
      if (definition.status !== undefined) sub('status', {})
      if (definition.scale !== undefined)
        sub('scale', { group: 'autoscaling', version: 'v1', kind: 'Scale' })
    }
    for (const extra of extraResources) {
      const isHere = extra.group === group && extra.version === version
      if (!isHere || extra.resource === undefined) continue
      const parent = extra.resource.name.split('/')[0] ?? ''
      const isSubresource = extra.resource.name.includes('/')
      if (!isSubresource || this.#registry.find(group, version, parent) !== undefined)
        found.push(extra.resource)
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #aggregated(isCore: boolean): ApiReply {
    const groups = isCore
      ? ['']
      : [...new Set(this.#groupVersions().map(({ group }) => group))].filter(
          (group) => group !== '',
        )
    const items = groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: (group === '' ? [{ group, version: 'v1' }] : this.#versionsOf(group)).map(
        (one) => ({
          version: one.version,
          resources: aggregatedResources(this.resourcesOf(one)),
          freshness: 'Current',
        }),
      ),
    }))
    return {
      type: 'object',
      code: 200,
      headers: { 'content-type': AGGREGATED, vary: 'Accept', 'cache-control': 'public' },
      body: {
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
        metadata: {},
        items,
      },
    }
  }
}

function wantsAggregated(accept: string): boolean {
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== 'application/json' && type !== '*/*') continue
    if (!parameters.has('as')) return false
    const isDiscovery =
      parameters.get('g') === 'apidiscovery.k8s.io' &&
      parameters.get('as') === 'APIGroupDiscoveryList'
    if (isDiscovery && parameters.get('v') === 'v2') return true
  }
  return false
}

function aggregatedResources(resources: readonly DiscoveryResource[]): object[] {
  const subresources = resources.filter(({ name }) => name.includes('/'))
  const kindOf = ({ group = '', version = '', kind }: DiscoveryResource) => ({
    group,
    version,
    kind,
  })
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => {
      const own = subresources.filter(({ name }) => name.startsWith(`${resource.name}/`))
      return {
        resource: resource.name,
        responseKind: kindOf(resource),
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: resource.singularName,
        verbs: resource.verbs,
        ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories === undefined ? {} : { categories: resource.categories }),
        ...(own.length === 0
          ? {}
          : {
              subresources: own.map((one) => ({
                subresource: one.name.slice(resource.name.length + 1),
                responseKind: kindOf(one),
                verbs: one.verbs,
              })),
            }),
      }
    })
}

function json(body: unknown): ApiReply {
  return { type: 'object', code: 200, body }
}

/**
 * What the server advertises: the secure port of its own configuration, whatever address a proxy
 * such as ours lends it. No client dials it.
 */
const ADVERTISED_ADDRESS = '127.0.0.1:16443'

function coreVersions(): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: ADVERTISED_ADDRESS }],
  }
}

function groupEntry(versions: readonly GroupVersion[]): object {
  const entries = versions.map(({ group, version }) => ({
    groupVersion: `${group}/${version}`,
    version,
  }))
  return { name: versions[0]?.group, versions: entries, preferredVersion: entries[0] }
}
