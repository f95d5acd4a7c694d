import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, required } from '#sim/apimachinery/field-errors.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { internalPodSpec } from './internal-form.ts'
import { unifiedDiff } from './unified-diff.ts'
import { listOf } from './pod-spec/defaults.ts'

const CHANGE_TEXT =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/**
 * What may change of a Pod that exists: images, a shorter deadline, more tolerations, fewer gates.
 * Upstream: pkg/apis/core/validation/validation.go (ValidatePodUpdate).
 */
export function validatePodUpdate(spec: Draft, oldSpec: Draft, errors: FieldError[]): void {
  for (const member of ['containers', 'initContainers']) {
    if (listOf(spec, member).length === listOf(oldSpec, member).length) continue
    errors.push(forbidden(`spec.${member}`, 'pod updates may not add or remove containers'))
    return
  }
  validateImages(spec, errors)
  validateDeadline(spec.activeDeadlineSeconds, oldSpec.activeDeadlineSeconds, errors)
  validateGates(spec, oldSpec, errors)
  validateTolerations(spec, oldSpec, errors)
  const comparable = unlessChangeable(spec, oldSpec)
  if (semanticallyEqual(comparable, oldSpec)) return
  errors.push(
    forbidden(
      'spec',
      `${CHANGE_TEXT}\n${unifiedDiff(internalPodSpec(oldSpec), internalPodSpec(comparable))}`,
    ),
  )
}

function validateImages(spec: Draft, errors: FieldError[]): void {
  for (const member of ['containers', 'initContainers']) {
    for (const [index, container] of listOf(spec, member).entries()) {
      if (!container.image) errors.push(required(`spec.${member}[${index}].image`))
    }
  }
}

function validateDeadline(
  after: number | undefined,
  before: number | undefined,
  errors: FieldError[],
): void {
  const field = 'spec.activeDeadlineSeconds'
  if (before === undefined || before === after) return
  if (after === undefined) {
    errors.push(invalid(field, null, 'must not update from a positive integer to nil value'))
  } else if (after > before) {
    errors.push(invalid(field, after, 'must be less than or equal to previous value'))
  }
}

function validateGates(spec: Draft, oldSpec: Draft, errors: FieldError[]): void {
  const before = new Set(listOf(oldSpec, 'schedulingGates').map((gate) => gate.name))
  for (const [index, gate] of listOf(spec, 'schedulingGates').entries()) {
    if (before.has(gate.name)) continue
    errors.push(
      forbidden(
        `spec.schedulingGates[${index}].name`,
        'only deletion is allowed, but found new scheduling gate',
      ),
    )
  }
}

/** Tolerations may be added; of those there were only the seconds may change. */
function validateTolerations(spec: Draft, oldSpec: Draft, errors: FieldError[]): void {
  const all = listOf(spec, 'tolerations')
  const isKept = listOf(oldSpec, 'tolerations').every((before) =>
    all.some((one) =>
      semanticallyEqual(
        { ...one, tolerationSeconds: undefined },
        { ...before, tolerationSeconds: undefined },
      ),
    ),
  )
  if (isKept) return
  errors.push(
    forbidden(
      'spec.tolerations',
      'existing toleration can not be modified except its tolerationSeconds',
    ),
  )
}

/** The new spec with what may change set back to what it was. */
function unlessChangeable(spec: Draft, oldSpec: Draft): Draft {
  const comparable: Draft = { ...spec }
  for (const member of ['containers', 'initContainers']) {
    if (spec[member] === undefined) continue
    comparable[member] = listOf(spec, member).map((container, index) => ({
      ...container,
      image: oldSpec[member]?.[index]?.image,
    }))
  }
  comparable.activeDeadlineSeconds = oldSpec.activeDeadlineSeconds
  comparable.tolerations = oldSpec.tolerations
  comparable.schedulingGates = oldSpec.schedulingGates
  if (oldSpec.terminationGracePeriodSeconds < 0 && spec.terminationGracePeriodSeconds === 1) {
    comparable.terminationGracePeriodSeconds = oldSpec.terminationGracePeriodSeconds
  }
  if (listOf(oldSpec, 'schedulingGates').length > 0) {
    // Simplified: a gated Pod's node selection may change in any way, not only be tightened.
    comparable.nodeSelector = oldSpec.nodeSelector
    comparable.affinity = oldSpec.affinity
  }
  return comparable
}
