import type { FieldError } from './field-error.ts'

/**
 * Builders of validation complaints, worded as field.Error words them.
 * Upstream: apimachinery/pkg/util/validation/field/errors.go.
 */

/** A value as complaints show it: strings quoted, numbers bare, everything else as JSON. */
export function shownValue(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value)
}

export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, message: withDetail('Required value', detail) }
}

export function invalid(field: string, value: unknown, detail = ''): FieldError {
  const message = withDetail(`Invalid value: ${shownValue(value)}`, detail)
  return { type: 'FieldValueInvalid', field, message }
}

export function unsupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const choices = supported.map((choice) => JSON.stringify(choice)).join(', ')
  const message = `Unsupported value: ${shownValue(value)}: supported values: ${choices}`
  return { type: 'FieldValueNotSupported', field, message }
}

/** The value names something that is not there. */
export function unknownName(field: string, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field, message: `Not found: ${shownValue(value)}` }
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${shownValue(value)}` }
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: withDetail('Forbidden', detail) }
}

export function tooLong(field: string, bytes: number): FieldError {
  return {
    type: 'FieldValueTooLong',
    field,
    message: `Too long: may not be more than ${bytes} bytes`,
  }
}

export function tooMany(field: string, count: number, max: number): FieldError {
  return {
    type: 'FieldValueTooMany',
    field,
    message: `Too many: ${count}: must have at most ${max} items`,
  }
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`
}
