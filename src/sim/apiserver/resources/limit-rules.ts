import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { duplicate, forbidden, invalid, required } from '#sim/apimachinery/field-errors.ts'
import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import { compareQuantities, quantityMillis } from '#sim/apimachinery/quantity.ts'
import type { ResourceList } from '#sim/apimachinery/quota/resource-list.ts'
import type { Draft } from '../resource.ts'

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim']
const AMOUNTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

/** The bounds of a limit range must leave room. Upstream: ValidateLimitRange. */
export function validateLimits(limits: readonly Draft[]): readonly FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, limit] of limits.entries()) {
    const path = `spec.limits[${index}]`
    const type: string = limit['type'] ?? ''
    errors.push(...typeErrors(`${path}.type`, type))
    if (seen.has(type)) errors.push(duplicate(`${path}.type`, type))
    seen.add(type)
    if (type === 'Pod') {
      for (const member of ['default', 'defaultRequest']) {
        if (Object.keys(limit[member] ?? {}).length === 0) continue
        errors.push(forbidden(`${path}.${member}`, "may not be specified when `type` is 'Pod'"))
      }
    }
    const storage = (limit['min'] ?? {}).storage ?? (limit['max'] ?? {}).storage
    if (type === 'PersistentVolumeClaim' && storage === undefined) {
      const why = 'either minimum or maximum storage value is required, but neither was provided'
      errors.push(required(`${path}.limits`, why))
    }
    const names = new Set(AMOUNTS.flatMap((member) => Object.keys(limit[member] ?? {})))
    for (const name of [...names].toSorted()) errors.push(...amountErrors(path, limit, name))
  }
  return errors
}

function typeErrors(path: string, type: string): FieldError[] {
  const faults = qualifiedNameFaults(type).map((fault) => invalid(path, type, fault))
  if (faults.length > 0 || type.includes('/') || TYPES.includes(type)) return faults
  return [invalid(path, type, 'must be a standard limit type or fully qualified')]
}

function amountErrors(path: string, limit: Draft, name: string): FieldError[] {
  const [max, min, bound, request, ratio] = AMOUNTS.map(
    (member) => ((limit[member] ?? {}) as ResourceList)[name],
  )
  const errors: FieldError[] = []
  /** Complains at a member where the first amount is more than the second. */
  const order = (
    member: string,
    [low, lowWords]: [string | undefined, string],
    [high, highWords]: [string | undefined, string],
    shown: string | undefined,
  ): void => {
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) return
    const why = `${lowWords} value ${low} is greater than ${highWords} value ${high}`
    errors.push(invalid(`${path}.${member}[${name}]`, shown, why))
  }
  order('min', [min, 'min'], [max, 'max'], min)
  order('defaultRequest', [min, 'min'], [request, 'default request'], request)
  order('defaultRequest', [request, 'default request'], [max, 'max'], request)
  order('defaultRequest', [request, 'default request'], [bound, 'default limit'], request)
  order('default', [min, 'min'], [bound, 'default'], min)
  order('default', [bound, 'default'], [max, 'max'], max)
  errors.push(...ratioErrors(`${path}.maxLimitRequestRatio[${name}]`, ratio, min, max))
  return errors
}

function ratioErrors(
  path: string,
  ratio: string | undefined,
  min: string | undefined,
  max: string | undefined,
): FieldError[] {
  if (ratio === undefined) return []
  if (compareQuantities(ratio, '1') < 0) {
    return [invalid(path, ratio, `ratio ${ratio} is less than 1`)]
  }
  if (min === undefined || max === undefined || quantityMillis(min) === 0) return []
  const room = quantityMillis(max) / quantityMillis(min)
  if (quantityMillis(ratio) / 1000 <= room) return []
  return [invalid(path, ratio, `ratio ${ratio} is greater than max/min = ${room.toFixed(6)}`)]
}
