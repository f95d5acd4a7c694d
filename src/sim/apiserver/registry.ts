import type { GroupResource } from '#sim/apimachinery/statuses.ts'
import type { StructType } from '#sim/apimachinery/type-schema.ts'
import type { ResourceDefinition } from './resource.ts'
import { ResourceStore } from './resource-store.ts'
import { structOf } from './schema.ts'
import { type WatchDelivery, WatchHub } from './watch-hub.ts'

/** A kind as the server runs it: its declaration, its objects and those who watch them. */
export type Resource = {
  readonly definition: ResourceDefinition
  readonly store: ResourceStore
  readonly hub: WatchHub
  readonly struct: StructType | undefined
  readonly apiVersion: string
  readonly where: GroupResource
}

export type RegistryOptions = {
  readonly delivery: WatchDelivery
  readonly logSize: number
  readonly firstRevision: number
}

/** All resources of one server, by path and by name. */
export class Registry {
  readonly resources: readonly Resource[]
  readonly #byPath = new Map<string, Resource>()
  readonly #byName = new Map<string, Resource>()
  readonly #groupVersions = new Set<string>()

  constructor(definitions: readonly ResourceDefinition[], options: RegistryOptions) {
    this.resources = definitions.map((definition) => newResource(definition, options))
    for (const resource of this.resources) {
      const { group, version, plural } = resource.definition
      this.#byPath.set(`${group}/${version}/${plural}`, resource)
      this.#groupVersions.add(`${group}/${version}`)
      this.#byName.set(resource.store.name, resource)
      if (!this.#byName.has(plural)) this.#byName.set(plural, resource)
    }
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`)
  }

  /** By `pods` or `statefulsets.apps`; a bare plural means the first group that has it. */
  named(name: string): Resource | undefined {
    return this.#byName.get(name)
  }

  /** The kinds of a group version, to tell a wrong kind from an unknown one. */
  hasKind(apiVersion: string, kind: string): boolean {
    return this.resources.some(
      (resource) => resource.apiVersion === apiVersion && resource.definition.kind === kind,
    )
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.#groupVersions.has(`${group}/${version}`)
  }
}

function newResource(definition: ResourceDefinition, options: RegistryOptions): Resource {
  const { group, version, kind, plural } = definition
  return {
    definition,
    store: new ResourceStore(definition, options.logSize, options.firstRevision),
    hub: new WatchHub(options.delivery),
    struct: structOf(group, kind),
    apiVersion: group === '' ? version : `${group}/${version}`,
    where: { group, resource: plural },
  }
}
