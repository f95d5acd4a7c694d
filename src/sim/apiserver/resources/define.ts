import type { FieldError } from '#sim/apimachinery/field-error.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft, RequestContext, ResourceDefinition } from '../resource.ts'
import { type NameRule, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'

const FULL_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const

type Defaulted =
  | 'verbs'
  | 'shortNames'
  | 'setDefaults'
  | 'prepareForCreate'
  | 'prepareForUpdate'
  | 'validate'
  | 'validateUpdate'

/**
 * What a kind says about itself; the rest is what most kinds do. `validate` and `validateUpdate`
 * speak of everything but metadata, whose rules are added here.
 */
type Declaration = Omit<ResourceDefinition, Defaulted> & Partial<ResourceDefinition>

export function defineResource(declaration: Declaration): ResourceDefinition {
  const { validate, validateUpdate, namespaced, nameRule = 'subdomain' } = declaration
  return {
    verbs: FULL_VERBS,
    shortNames: [],
    setDefaults: doNothing,
    prepareForCreate: doNothing,
    prepareForUpdate: doNothing,
    ...declaration,
    validate: (object, context) =>
      join(validateObjectMeta(object.metadata, namespaced, nameRule), validate?.(object, context)),
    validateUpdate: validateUpdate ?? updateRule(validate, namespaced, nameRule),
  }
}

/** What most kinds check of an update: the rules of metadata, and all rules of a new object. */
function updateRule(
  validate: ResourceDefinition['validate'] | undefined,
  namespaced: boolean,
  nameRule: NameRule,
): ResourceDefinition['validateUpdate'] {
  return (object, old, context) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateObjectMeta(object.metadata, namespaced, nameRule),
    ...(validate?.(object, context) ?? []),
  ]
}

function join(meta: FieldError[], rest: readonly FieldError[] | undefined): readonly FieldError[] {
  if (rest === undefined || rest.length === 0) return meta
  return meta.length === 0 ? rest : [...meta, ...rest]
}

function doNothing(): void {}

/** A member of a stored object whose kind says nothing about it. */
export function memberOf(object: KubeObject, name: string): Draft[string] {
  return (object as unknown as Draft)[name]
}

/** Sets or, when there is nothing to keep, removes a member. */
export function keepMember(draft: Draft, old: KubeObject, name: string): void {
  const kept = memberOf(old, name)
  if (kept === undefined) delete draft[name]
  else draft[name] = kept
}

/** A main-resource write keeps the stored status. */
export function keepStatus(draft: Draft, old: KubeObject): void {
  keepMember(draft, old, 'status')
}

/** A status write keeps the stored spec. */
export function keepSpec(draft: Draft, old: KubeObject): void {
  keepMember(draft, old, 'spec')
}

export function startGeneration(draft: Draft): void {
  draft.metadata.generation = 1
}

export function keepGeneration(draft: Draft, old: KubeObject): void {
  const generation = old.metadata.generation
  if (generation === undefined) delete draft.metadata.generation
  else draft.metadata.generation = generation
}

/** The generation counts changes of the desired state, whatever the client says it is. */
export function bumpGeneration(draft: Draft, old: KubeObject, isChanged: boolean): void {
  draft.metadata.generation = (old.metadata.generation ?? 0) + (isChanged ? 1 : 0)
}

/**
 * Whether the spec changed. One that did not is put back as it is stored, so that what follows
 * has nothing to look at and the two versions share it.
 */
export function shareUnchangedSpec(draft: Draft, old: KubeObject): boolean {
  const before = memberOf(old, 'spec')
  if (!semanticallyEqual(draft.spec, before)) return true
  draft.spec = before
  return false
}

/** A status subresource that takes the status and the metadata, and keeps the spec. */
export function plainStatus(
  validateStatus?: (
    object: Draft,
    old: KubeObject,
    context: RequestContext,
  ) => readonly FieldError[],
): NonNullable<ResourceDefinition['status']> {
  return {
    prepareForUpdate: (draft, old) => {
      keepSpec(draft, old)
      keepGeneration(draft, old)
    },
    validateUpdate: (object, old, context) => [
      ...(validateStatus?.(object, old, context) ?? []),
      ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ],
  }
}
