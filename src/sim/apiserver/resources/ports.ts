import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid } from '#sim/apimachinery/field-errors.ts'
import { portNameFaults } from '#sim/apimachinery/names.ts'

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

export const PORT_TEXT = 'must be between 1 and 65535, inclusive'

export function isPort(value: unknown): boolean {
  return typeof value === 'number' && value >= 1 && value <= 65535
}

/** A port by its number, or by the name that a container gives it. */
export function validatePortNumOrName(value: unknown, field: string, errors: FieldError[]): void {
  if (typeof value === 'string') {
    for (const text of portNameFaults(value)) errors.push(invalid(field, value, text))
  } else if (!isPort(value)) errors.push(invalid(field, value ?? 0, PORT_TEXT))
}
