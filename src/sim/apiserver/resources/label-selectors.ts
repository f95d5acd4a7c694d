import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, required } from '#sim/apimachinery/field-errors.ts'
import { labelValueFaults, qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { Draft } from '../resource.ts'
import { validateLabels } from './object-meta.ts'

/** Upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go (ValidateLabelSelector). */
export function validateLabelSelector(selector: Draft, field: string, errors: FieldError[]): void {
  if (selector.matchLabels !== undefined) {
    validateLabels(selector.matchLabels, `${field}.matchLabels`, errors)
  }
  for (const [index, one] of (selector.matchExpressions ?? []).entries()) {
    validateRequirement(one, `${field}.matchExpressions[${index}]`, errors)
  }
}

function validateRequirement(one: Draft, field: string, errors: FieldError[]): void {
  if (!validateValues(one, field, errors)) {
    errors.push(invalid(`${field}.operator`, one.operator ?? '', 'not a valid selector operator'))
  }
  for (const text of qualifiedNameFaults(one.key ?? '')) {
    errors.push(invalid(`${field}.key`, one.key ?? '', text))
  }
  for (const [index, value] of (one.values ?? []).entries()) {
    for (const text of labelValueFaults(value)) {
      errors.push(invalid(`${field}.values[${index}]`, value, text))
    }
  }
}

/**
 * How many values the operators take that selectors of labels and of nodes share. False for an
 * operator that is none of them.
 */
export function validateValues(one: Draft, field: string, errors: FieldError[]): boolean {
  const values: readonly string[] = one.values ?? []
  switch (one.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(
          required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
        )
      }
      return true
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(
          forbidden(
            `${field}.values`,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        )
      }
      return true
    default:
      return false
  }
}
