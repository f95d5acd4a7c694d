import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid } from '#sim/apimachinery/field-errors.ts'

/** Rules for numbers and percentages that many kinds share; an absent value is fine. */

export function notNegative(field: string, value: number | undefined, errors: FieldError[]): void {
  if (value !== undefined && value !== null && value < 0) {
    errors.push(invalid(field, value, 'must be greater than or equal to 0'))
  }
}

export function positive(field: string, value: number | undefined, errors: FieldError[]): void {
  if (value !== undefined && value !== null && value <= 0) {
    errors.push(invalid(field, value, 'must be greater than 0'))
  }
}

export function inRange(
  field: string,
  value: number | undefined,
  min: number,
  max: number,
  errors: FieldError[],
): void {
  if (value !== undefined && value !== null && (value < min || value > max)) {
    errors.push(invalid(field, value, `must be between ${min} and ${max}, inclusive`))
  }
}

const PERCENT = /^[0-9]+%$/
const PERCENT_TEXT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** A count or a percentage. */
export function notNegativeIntOrPercent(
  field: string,
  value: number | string | undefined,
  errors: FieldError[],
): void {
  if (value === undefined || value === null) return
  if (typeof value === 'number') notNegative(field, value, errors)
  else if (!PERCENT.test(value)) errors.push(invalid(field, value, PERCENT_TEXT))
}

export function notAbove100Percent(
  field: string,
  value: number | string | undefined,
  errors: FieldError[],
): void {
  if (typeof value === 'string' && PERCENT.test(value) && Number.parseInt(value, 10) > 100) {
    errors.push(invalid(field, value, 'must not be greater than 100%'))
  }
}

/** What a count or percentage comes to as a number, percentages by their figure. */
export function intOrPercentValue(value: number | string | undefined): number {
  if (typeof value === 'string') return PERCENT.test(value) ? Number.parseInt(value, 10) : 0
  return value ?? 0
}
