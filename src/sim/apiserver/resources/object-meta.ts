import {
  dns1035LabelFaults,
  dnsLabelFaults,
  dnsSubdomainFaults,
  labelValueFaults,
  type NameCheck,
  pathSegmentFaults,
  qualifiedNameFaults,
} from '#sim/apimachinery/names.ts'
import { forbidden, invalid, required, tooLong } from '#sim/apimachinery/field-errors.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Draft, ResourceDefinition } from '../resource.ts'

/**
 * Rules for metadata. A kind's own validation applies them with its own rule for names; the server
 * applies them once more to every update, with the loosest rule, before the kind has its say (so
 * a fault that an update brings is counted several times among the causes, once in the message).
 * Upstream: apimachinery/pkg/api/validation/objectmeta.go.
 */
export type NameRule = NonNullable<ResourceDefinition['nameRule']>

const NAME_CHECKS: Readonly<Record<NameRule, NameCheck>> = {
  subdomain: dnsSubdomainFaults,
  label: dnsLabelFaults,
  label1035: dns1035LabelFaults,
  path: pathSegmentFaults,
}

const ANNOTATION_BYTES_MAX = 256 * 1024
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

export function validateObjectMeta(
  meta: Draft,
  namespaced: boolean,
  nameRule: NameRule,
  field = 'metadata',
  valid?: KubeObject['metadata'],
): FieldError[] {
  const errors: FieldError[] = []
  const check = NAME_CHECKS[nameRule]
  if (isSet(meta.generateName)) {
    // What is appended is always fine, and cutting the base may leave a hyphen at its end.
    for (const text of check(maskTrailingDash(meta.generateName))) {
      errors.push(invalid(`${field}.generateName`, meta.generateName, text))
    }
  }
  if (!isSet(meta.name)) {
    errors.push(required(`${field}.name`, 'name or generateName is required'))
  } else {
    for (const text of check(meta.name)) errors.push(invalid(`${field}.name`, meta.name, text))
  }
  if (namespaced && !isSet(meta.namespace)) errors.push(required(`${field}.namespace`))
  validateSharedMeta(meta, field, errors, valid)
  return errors
}

/** What an update may not change, and what has to hold of its metadata anyway. */
export function validateObjectMetaUpdate(meta: Draft, old: KubeObject['metadata']): FieldError[] {
  const errors: FieldError[] = []
  if (old.deletionTimestamp !== undefined) noNewFinalizers(meta, old, errors)
  for (const member of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    if ((meta[member] ?? '') !== (old[member] ?? '')) {
      errors.push(invalid(`metadata.${member}`, meta[member] ?? null, 'field is immutable'))
    }
  }
  validateSharedMeta(meta, 'metadata', errors, old)
  return errors
}

function noNewFinalizers(meta: Draft, old: KubeObject['metadata'], errors: FieldError[]): void {
  const added = ((meta.finalizers ?? []) as string[]).filter(
    (finalizer) => !old.finalizers?.includes(finalizer),
  )
  if (added.length === 0) return
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(', ')
  errors.push(
    forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
    ),
  )
}

/** Parts that are those of metadata known to be valid need no second look. */
function validateSharedMeta(
  meta: Draft,
  field: string,
  errors: FieldError[],
  valid: KubeObject['metadata'] | undefined,
): void {
  if (meta.generation < 0) {
    const why = 'must be greater than or equal to 0'
    errors.push(invalid(`${field}.generation`, meta.generation, why))
  }
  if (meta.labels !== undefined && meta.labels !== valid?.labels)
    validateLabels(meta.labels, `${field}.labels`, errors)
  if (meta.annotations !== undefined && meta.annotations !== valid?.annotations) {
    validateAnnotations(meta.annotations, `${field}.annotations`, errors)
  }
  if (meta.ownerReferences !== undefined && meta.ownerReferences !== valid?.ownerReferences) {
    validateOwnerReferences(meta.ownerReferences, `${field}.ownerReferences`, errors)
  }
  if (meta.finalizers !== undefined && meta.finalizers !== valid?.finalizers) {
    validateFinalizers(meta.finalizers, `${field}.finalizers`, errors)
  }
}

export function validateLabels(
  labels: Readonly<Record<string, string>>,
  field: string,
  errors: FieldError[],
): void {
  for (const key in labels) {
    for (const text of qualifiedNameFaults(key)) errors.push(invalid(field, key, text))
    const value = labels[key] ?? ''
    for (const text of labelValueFaults(value)) errors.push(invalid(field, value, text))
  }
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>>,
  field: string,
  errors: FieldError[],
): void {
  let size = 0
  for (const key in annotations) {
    for (const text of qualifiedNameFaults(key.toLowerCase()))
      errors.push(invalid(field, key, text))
    size += key.length + (annotations[key]?.length ?? 0)
  }
  if (size > ANNOTATION_BYTES_MAX) errors.push(tooLong(field, ANNOTATION_BYTES_MAX))
}

function validateFinalizers(finalizers: readonly string[], field: string, errors: FieldError[]) {
  for (const [index, finalizer] of finalizers.entries())
    validateFinalizerName(finalizer, `${field}[${index}]`, errors)
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const why = 'finalizer orphan and foregroundDeletion cannot be both set'
    errors.push(invalid(field, finalizers, why))
  }
}

export function validateFinalizerName(name: string, field: string, errors: FieldError[]): void {
  const faults = qualifiedNameFaults(name)
  for (const text of faults) errors.push(invalid(field, name, text))
  if (faults.length > 0 || name.includes('/') || STANDARD_FINALIZERS.has(name)) return
  const why = 'name is neither a standard finalizer name nor is it fully qualified'
  errors.push(invalid(field, name, why))
}

function validateOwnerReferences(owners: readonly Draft[], field: string, errors: FieldError[]) {
  let controller: string | undefined
  for (const owner of owners) {
    const apiVersion: string = owner.apiVersion ?? ''
    if (apiVersion === '' || apiVersion.split('/').length > 2) {
      errors.push(invalid(`${field}.apiVersion`, apiVersion, 'version must not be empty'))
    }
    for (const member of ['kind', 'name', 'uid']) {
      if (!isSet(owner[member])) errors.push(invalid(`${field}.${member}`, '', 'must not be empty'))
    }
    if (apiVersion === 'v1' && owner.kind === 'Event')
      errors.push(invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner'))
    if (owner.controller !== true) continue
    const shown = `${owner.kind}/${owner.name}`
    if (controller === undefined) controller = shown
    else {
      errors.push(
        invalid(
          field,
          owners.map((one) => ({ apiVersion: '', ...one })),
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${shown}`,
        ),
      )
    }
  }
}

export function isSet(value: unknown): value is string {
  return value !== undefined && value !== null && value !== ''
}

function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}
