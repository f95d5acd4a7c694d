import { deepCopy } from '#sim/apimachinery/equality.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { canonicalObject } from '../canonical.ts'
import { decode } from '../decode.ts'
import type { Draft, RequestContext, ResourceDefinition } from '../resource.ts'
import { structOf } from '../schema.ts'
import { resourceDefinitions } from './registry.ts'

/** Drives declarations as the server does, without a server: for tests. */

function definitionOf(apiVersion: string, kind: string): ResourceDefinition {
  const found = resourceDefinitions.find(
    (one) => apiVersionOf(one) === apiVersion && one.kind === kind,
  )
  if (found === undefined) throw new Error(`no declaration of ${apiVersion} ${kind}`)
  return found
}

export function apiVersionOf({ group, version }: ResourceDefinition): string {
  return group === '' ? version : `${group}/${version}`
}

/** What is stored beside the object, by resource and name. */
type World = Readonly<Record<string, readonly KubeObject[]>>

const FRESH_NAMESPACE: World = {
  serviceaccounts: [{ metadata: { name: 'default' } } as unknown as KubeObject],
}

/** A context of a fresh namespace with its service account, and addresses enough. */
export function newContext(
  world: World = {},
  overrides: Partial<RequestContext> = {},
): RequestContext {
  const stored = { ...FRESH_NAMESPACE, ...world }
  let taken = 0
  return {
    now: 0 as RequestContext['now'],
    timestamp: '2026-01-01T00:00:00Z',
    user: 'kubernetes-admin',
    isDryRun: false,
    featureEnabled: () => false,
    lookup: (resource, _namespace, name) =>
      stored[resource]?.find((one) => one.metadata.name === name),
    list: (resource) => stored[resource] ?? [],
    warn: () => {},
    randomSuffix: () => 'xxxxx',
    allocate: (pool, wanted) =>
      wanted ?? (pool === 'nodePort' ? String(30_000 + taken++) : '10.96.1.1'),
    ...overrides,
  }
}

export type Outcome = {
  readonly object: Draft
  readonly errors: readonly FieldError[]
  readonly warnings: readonly string[]
}

export function create(body: Draft, context: RequestContext = newContext()): Outcome {
  const definition = definitionOf(body.apiVersion, body.kind)
  const draft = decoded(definition, body)
  definition.setDefaults(draft, context)
  definition.admitCreate?.(draft, context)
  definition.prepareForCreate(draft, context)
  const errors = definition.validate(draft, context)
  const warnings = definition.warnings?.(draft, undefined, context) ?? []
  return { object: canonical(definition, draft), errors, warnings }
}

/** Replaces a stored object by what `change` makes of a copy of it. */
export function update(
  stored: Draft,
  change: (draft: Draft) => void,
  subresource?: 'status',
  context: RequestContext = newContext(),
): Outcome {
  const definition = definitionOf(stored.apiVersion, stored.kind)
  const old = stored as unknown as KubeObject
  const body = deepCopy(stored)
  change(body)
  const draft = decoded(definition, body)
  const rules = subresource === undefined ? definition : definition.status
  if (rules === undefined) throw new Error(`${stored.kind} has no status subresource`)
  if (subresource === undefined) {
    definition.setDefaults(draft, context)
    definition.admitUpdate?.(draft, old, context)
  }
  rules.prepareForUpdate(draft, old, context)
  const errors = rules.validateUpdate(draft, old, context)
  const warnings = definition.warnings?.(draft, old, context) ?? []
  return { object: canonical(definition, draft), errors, warnings }
}

function decoded(definition: ResourceDefinition, body: Draft): Draft {
  const { draft } = decode(body, structOf(definition.group, definition.kind))
  draft.metadata ??= {}
  if (definition.namespaced) draft.metadata.namespace = 'default'
  return draft
}

function canonical(definition: ResourceDefinition, draft: Draft): Draft {
  const struct = structOf(definition.group, definition.kind)
  const type = { apiVersion: apiVersionOf(definition), kind: definition.kind }
  const object = canonicalObject(draft, struct === undefined ? type : { ...type, struct })
  return JSON.parse(JSON.stringify(object))
}

/** Complaints as the server prints them. */
export function texts(errors: readonly FieldError[]): string[] {
  return errors.map(({ field, message }) => `${field}: ${message}`)
}
