import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { GroupResource } from '#sim/apimachinery/statuses.ts'
import type { WatchEvent } from '#sim/apimachinery/request.ts'
import type { StructType } from '#sim/apimachinery/type-schema.ts'
import { invariant } from '#sim/kernel/invariant.ts'
import { type ExpectedKind, internalName } from './expected-kind.ts'
import { canonicalObject } from './canonical.ts'
import type { Draft, ResourceDefinition } from './resource.ts'
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
  /** What a body says it is, if it says anything. */
  readonly expected: ExpectedKind
  readonly where: GroupResource
  /** What is really stored: itself, unless this kind is a view of another. */
  readonly stored: Resource
  /** Events as the wire shows them, made once however many watch. */
  readonly wireEvents: WeakMap<WatchEvent, WatchEvent>
}

/** A stored object as a resource shows it. */
export function shown(resource: Resource, object: KubeObject): KubeObject {
  const { definition, struct, apiVersion } = resource
  if (definition.view === undefined) return object
  // Renamed members have places of their own in the order of the wire.
  const view = definition.view.fromStored(object) as unknown as Draft
  const type = { apiVersion, kind: definition.kind, ...(struct === undefined ? {} : { struct }) }
  return canonicalObject(view, type)
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

  constructor(definitions: readonly ResourceDefinition[], options: RegistryOptions) {
    const stored = definitions
      .filter(({ view }) => view === undefined)
      .map((definition) => newResource(definition, options))
    this.resources = definitions.map((definition) => {
      const { view } = definition
      if (view === undefined) return ofDefinition(stored, definition)
      const target = stored.find(
        (one) => one.definition.group === view.group && one.definition.plural === view.resource,
      )
      invariant(target !== undefined, `${definition.kind} is a view of nothing`)
      return newView(definition, target)
    })
    for (const resource of this.resources) {
      const { group, version, plural } = resource.definition
      this.#byPath.set(`${group}/${version}/${plural}`, resource)
      this.#byName.set(group === '' ? plural : `${plural}.${group}`, resource)
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
}

function ofDefinition(resources: readonly Resource[], definition: ResourceDefinition): Resource {
  const found = resources.find((one) => one.definition === definition)
  invariant(found !== undefined, `${definition.kind} has no store`)
  return found
}

function namesOf({ group, version, kind, plural }: ResourceDefinition) {
  const apiVersion = group === '' ? version : `${group}/${version}`
  return {
    struct: structOf(group, kind),
    apiVersion,
    expected: { kind, apiVersions: [apiVersion], internal: internalName(group, kind) } as const,
    where: { group, resource: plural },
  }
}

function newResource(definition: ResourceDefinition, options: RegistryOptions): Resource {
  return {
    definition,
    store: new ResourceStore(definition, options.logSize, options.firstRevision),
    hub: new WatchHub(options.delivery),
    wireEvents: new WeakMap(),
    ...namesOf(definition),
    get stored(): Resource {
      return this
    },
  }
}

function newView(definition: ResourceDefinition, stored: Resource): Resource {
  return {
    definition,
    store: stored.store,
    hub: stored.hub,
    wireEvents: new WeakMap(),
    ...namesOf(definition),
    stored,
  }
}
