import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required } from '#sim/apimachinery/field-errors.ts'
import { formatLabelSelector, matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { dnsLabelFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft, ResourceDefinition, TableColumn } from '../resource.ts'
import { wide } from './columns.ts'
import { memberOf } from './define.ts'
import { validateLabelSelector } from './label-selectors.ts'
import { notNegative } from './numbers.ts'
import { listOf, setPodSpecDefaults } from './pod-spec/defaults.ts'

/** What StatefulSets, Deployments, ReplicaSets and DaemonSets have in common. */

export function setTemplateDefaults(spec: Draft): void {
  spec.template ??= {}
  spec.template.spec ??= {}
  setPodSpecDefaults(spec.template.spec)
}

export const SCALE: NonNullable<ResourceDefinition['scale']> = {
  specReplicasPath: ['spec', 'replicas'],
  statusReplicasPath: ['status', 'replicas'],
  selector: (object) => formatLabelSelector(memberOf(object, 'spec')?.selector),
}

export const CONTAINERS_COLUMN: TableColumn = wide(
  'Containers',
  'Names of each container in the template.',
)
export const IMAGES_COLUMN: TableColumn = wide(
  'Images',
  'Images referenced by each container in the template.',
)

/** The cells of the two columns above. */
export function containerCells(object: KubeObject): [names: string, images: string] {
  const containers = listOf(memberOf(object, 'spec')?.template?.spec, 'containers')
  return [
    containers.map((container) => container.name).join(','),
    containers.map((container) => container.image).join(','),
  ]
}

/**
 * The selector of a workload: there, not empty, well formed. False if it cannot be used, which
 * is complained about once more with the kind's own words.
 */
export function validateWorkloadSelector(
  spec: Draft,
  emptyFor: string,
  whenUnusable: string,
  errors: FieldError[],
): boolean {
  const selector = spec.selector
  if (selector === undefined || selector === null) {
    errors.push(required('spec.selector'))
    return true
  }
  const before = errors.length
  validateLabelSelector(selector, 'spec.selector', errors)
  const isUsable = errors.length === before
  if (isEmptySelector(selector)) {
    errors.push(invalid('spec.selector', {}, `empty selector is invalid for ${emptyFor}`))
  }
  if (!isUsable) errors.push(invalid('spec.selector', selector, whenUnusable))
  return isUsable
}

function isEmptySelector(selector: Draft): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  )
}

/** A workload that would not recognise its own Pods is refused. */
export function validateTemplateLabels(spec: Draft, errors: FieldError[]): void {
  const { selector } = spec
  const labels = spec.template?.metadata?.labels
  const selectsAll = selector !== undefined && isEmptySelector(selector)
  if (selectsAll || matchesLabelSelector(selector, labels)) return
  errors.push(
    invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
  )
}

/** A selector that changed would let go of what the workload owns. */
export function validateSelectorUnchanged(
  object: Draft,
  old: KubeObject,
  errors: FieldError[],
): void {
  if (semanticallyEqual(object.spec.selector, memberOf(old, 'spec')?.selector)) return
  errors.push(invalid('spec.selector', object.spec.selector, 'field is immutable'))
}

/** Counts in a status: none negative, none above what it is part of. */
export function validateStatusCounts(
  status: Draft | undefined,
  members: readonly string[],
  errors: FieldError[],
): void {
  for (const member of members) notNegative(`status.${member}`, status?.[member], errors)
}

export function validateStatusBounds(
  status: Draft | undefined,
  bounds: readonly (readonly [member: string, bound: string])[],
  errors: FieldError[],
): void {
  for (const [member, bound] of bounds) {
    const count = status?.[member] ?? 0
    if (count <= (status?.[bound] ?? 0)) continue
    errors.push(invalid(`status.${member}`, count, `cannot be greater than status.${bound}`))
  }
}

/** collisionCount keeps names of revisions apart: it never goes back. */
export function validateCollisionCount(object: Draft, old: KubeObject, errors: FieldError[]): void {
  const before = memberOf(old, 'status')?.collisionCount
  if (before === undefined) return
  const after = object.status?.collisionCount
  if (after === undefined || after < before) {
    errors.push(invalid('status.collisionCount', after ?? null, 'cannot be decremented'))
  }
}

/** Names of workloads become parts of names of Pods. */
export function nameWarnings(object: Draft): string[] {
  const faults = dnsLabelFaults(object.metadata.name ?? '')
  if (faults.length === 0) return []
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`,
  ]
}
