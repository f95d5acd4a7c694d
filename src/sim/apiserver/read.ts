import type { KubeObject } from '#sim/apimachinery/objects.ts'
import {
  badRequest,
  expired,
  invalid,
  notFound,
  resourceVersionTooLarge,
} from '#sim/apimachinery/statuses.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden as forbiddenField, unsupported } from '#sim/apimachinery/field-errors.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import { intParameter, type Scope, versionParameter } from './scope.ts'
import { compileSelection, type Selection } from './selection.ts'
import { byKey } from './resource-store.ts'

/** A page of objects, before it takes the form that was asked for. */
export type ListResult = {
  readonly type: 'list'
  readonly items: readonly KubeObject[]
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
}

export function handleGet(scope: Scope): KubeObject {
  const version = versionParameter(scope.query, 'plain')
  checkNotFuture(scope, version)
  const object = scope.stored
  if (object === undefined) throw notFound(scope.resource.where, scope.name)
  return object
}

export function handleList(scope: Scope): ListResult {
  checkListOptions(scope)
  const selection = selectionOf(scope)
  const limit = Math.max(0, intParameter(scope.query, 'limit') ?? 0)
  const version = scope.query.get('resourceVersion') ?? ''
  const token = scope.query.get('continue') ?? ''
  if (token !== '') return nextPage(scope, selection, limit, token)
  const asked = versionParameter(scope.query, 'list')
  checkNotFuture(scope, asked)
  const { revision } = scope.server.storage
  const isExact =
    scope.query.get('resourceVersionMatch') === 'Exact' ||
    (asked > 0 && limit > 0 && !scope.query.get('resourceVersionMatch'))
  if (isExact && asked > 0)
    return page(scope, selection, limit, asked, stateAt(scope, selection, asked), '')
  const items = scope.resource.store.select(selection)
  return page(scope, selection, version === '0' ? 0 : limit, revision, items, '')
}

export function selectionOf(scope: Scope): Selection {
  return compileSelection(scope.resource.definition, {
    namespace: scope.namespace,
    name: scope.info.name,
    labelSelector: scope.query.get('labelSelector'),
    fieldSelector: scope.query.get('fieldSelector'),
  })
}

function checkNotFuture(scope: Scope, version: number): void {
  const { revision } = scope.server.storage
  if (version > revision) throw resourceVersionTooLarge(String(version), String(revision))
}

function checkListOptions(scope: Scope): void {
  const { query } = scope
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  const isContinued = (query.get('continue') ?? '') !== ''
  if (isContinued && version !== '')
    throw badRequest('specifying resource version is not allowed when using continue')
  const errors: FieldError[] = []
  const field = 'resourceVersionMatch'
  if (match !== '') {
    if (version === '') {
      const why = 'resourceVersionMatch is forbidden unless resourceVersion is provided'
      errors.push(forbiddenField(field, why))
    }
    if (isContinued) {
      const why = 'resourceVersionMatch is forbidden when continue is provided'
      errors.push(forbiddenField(field, why))
    }
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(unsupported(field, match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && version === '0') {
      const why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
      errors.push(forbiddenField(field, why))
    }
  }
  if (query.get('sendInitialEvents') !== undefined)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
  intParameter(query, 'timeoutSeconds')
}

/** The next chunk as of the first one's revision, as long as the history reaches back so far. */
function nextPage(scope: Scope, selection: Selection, limit: number, token: string): ListResult {
  const { revision: asked, start } = decodeContinue(token)
  const { revision: now } = scope.server.storage
  if (asked < 0)
    return page(scope, selection, limit, now, scope.resource.store.select(selection), start)
  const before = rewound(scope, selection, asked)
  if (before === undefined) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      encodeContinue(-1, start),
    )
  }
  return page(scope, selection, limit, asked, before, start)
}

function page(
  scope: Scope,
  selection: Selection,
  limit: number,
  revision: number,
  all: readonly KubeObject[],
  start: string,
): ListResult {
  const rest = start === '' ? all : all.filter((object) => keyIn(scope, object) >= start)
  const resourceVersion = String(revision)
  if (limit === 0 || rest.length <= limit)
    return { type: 'list', items: rest, metadata: { resourceVersion } }
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const hasSelectors = selection.labels.length > 0 || selection.fields.length > 0
  return {
    type: 'list',
    items,
    metadata: {
      resourceVersion,
      continue: encodeContinue(revision, last === undefined ? '' : `${keyIn(scope, last)}\0`),
      ...(hasSelectors ? {} : { remainingItemCount: rest.length - limit }),
    },
  }
}

/** The key of an object relative to the collection asked for. */
function keyIn(scope: Scope, { metadata }: KubeObject): string {
  return scope.namespace === undefined && metadata.namespace !== undefined
    ? `${metadata.namespace}/${metadata.name}`
    : metadata.name
}

function stateAt(scope: Scope, selection: Selection, revision: number): readonly KubeObject[] {
  const state = rewound(scope, selection, revision)
  if (state === undefined) throw expired('The resourceVersion for the provided list is too old.')
  return state
}

/** What the selection matched at a past revision, by undoing the changes since. */
function rewound(
  scope: Scope,
  selection: Selection,
  revision: number,
): readonly KubeObject[] | undefined {
  const { store } = scope.resource
  const changes = store.changesSince(revision)
  if (changes === undefined) return undefined
  if (changes.length === 0) return store.select(selection)
  const before = new Map<string, KubeObject | undefined>()
  for (const { old, object } of changes) {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`
    if (!before.has(key)) before.set(key, old)
  }
  const unchanged = store
    .select(selection)
    .filter(({ metadata }) => !before.has(`${metadata.namespace ?? ''}/${metadata.name}`))
  const restored = [...before.values()].filter(
    (object): object is KubeObject => object !== undefined && selection.matches(object),
  )
  return [...unchanged, ...restored].sort(byKey)
}
