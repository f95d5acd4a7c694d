import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, WatchEvent } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'
import { canonicalObject } from './canonical.ts'
import type { Representation } from './negotiation.ts'
import type { ListResult } from './read.ts'
import { shown } from './registry.ts'
import type { Scope } from './scope.ts'
import { TableBuilder } from './tables.ts'

export type Result = KubeObject | Status | ListResult

/** A handler's result in the form that was asked for. */
export function render(scope: Scope, form: Representation, code: number, result: Result): ApiReply {
  return encode(form, code, shape(scope, form, result))
}

/** A body as JSON value, or as YAML text if that was asked for. */
export function encode(form: Representation, code: number, body: unknown): ApiReply {
  if (form.encoding === 'json') return { type: 'object', code, body }
  return {
    type: 'text',
    code,
    headers: { 'content-type': 'application/yaml' },
    body: toYaml(body),
  }
}

function isList(result: Result): result is ListResult {
  return 'type' in result && result.type === 'list'
}

function isStatus(result: Exclude<Result, ListResult>): result is Status {
  return result.kind === 'Status'
}

function shape(scope: Scope, form: Representation, result: Result): unknown {
  if (isList(result)) return shapeList(scope, form, result)
  if (isStatus(result)) return result
  switch (form.transform) {
    case 'none':
      return present(scope, result)
    case 'Table':
      return new TableBuilder(scope, form).ofObject(result)
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return partial(scope, form, result)
  }
}

/** What leaves the process carries managedFields; what stays in it is the stored object itself. */
function present(scope: Scope, object: KubeObject): KubeObject {
  const { resource, server } = scope
  return shown(
    resource,
    scope.isInternal ? object : server.ownership.present(resource.stored, object),
  )
}

function shapeList(scope: Scope, form: Representation, list: ListResult): unknown {
  const { definition, apiVersion } = scope.resource
  const { items, metadata } = list
  switch (form.transform) {
    case 'none':
      return {
        kind: `${definition.kind}List`,
        apiVersion,
        metadata,
        items: internalItems(scope, items) ?? items.map((item) => listItem(present(scope, item))),
      }
    case 'Table':
      return new TableBuilder(scope, form).ofList(list)
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${form.version}`,
        metadata,
        items: items.map((item) => partial(scope, form, item)),
      }
  }
}

function internalItems(
  { isInternal, resource }: Scope,
  items: readonly KubeObject[],
): readonly KubeObject[] | undefined {
  if (!isInternal) return undefined
  return resource.definition.view === undefined ? items : items.map((item) => shown(resource, item))
}

/** Items of lists do not repeat what the list says of them all. */
function listItem(object: KubeObject): unknown {
  const { kind: _kind, apiVersion: _apiVersion, ...members } = object
  return members
}

function partial(scope: Scope, form: Representation, object: KubeObject): KubeObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata: present(scope, object).metadata,
  }
}

/** On the wire a bookmark is an object of which nothing is known, with what that always shows. */
function skeleton({ resource }: Scope, { type, object }: WatchEvent): WatchEvent {
  const { definition, apiVersion, struct } = resource
  if (struct === undefined) return { type, object }
  const { metadata } = object
  const bare = canonicalObject({ metadata }, { apiVersion, kind: definition.kind, struct })
  return { type, object: { ...bare, metadata } }
}

/** What a watch does to its events; undefined where objects go out as they are. */
export function watchTransform(
  scope: Scope,
  form: Representation,
): ((event: WatchEvent) => WatchEvent) | undefined {
  if (form.transform === 'Table') {
    const tables = new TableBuilder(scope, form)
    return (event) => {
      if (event.type === 'ERROR') return event
      const { type, object } = event
      return { type, object: type === 'BOOKMARK' ? tables.bookmark(object) : tables.next(object) }
    }
  }
  if (form.transform !== 'none') {
    return (event) =>
      event.type === 'ERROR'
        ? event
        : { type: event.type, object: partial(scope, form, event.object) }
  }
  if (scope.isInternal && scope.resource.definition.view === undefined) return undefined
  const plain = (event: WatchEvent): WatchEvent => {
    if (event.type === 'ERROR') return event
    if (event.type === 'BOOKMARK') return scope.isInternal ? event : skeleton(scope, event)
    return { type: event.type, object: present(scope, event.object) }
  }
  if (scope.isInternal) return plain
  const { wireEvents } = scope.resource
  return (event) => {
    const known = wireEvents.get(event)
    if (known !== undefined) return known
    const made = plain(event)
    wireEvents.set(event, made)
    return made
  }
}
