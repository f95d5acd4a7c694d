import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, required } from '#sim/apimachinery/field-errors.ts'
import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import { compareQuantities, isNegativeQuantity } from '#sim/apimachinery/quantity.ts'
import { isExtendedResource } from '#sim/apimachinery/quota/resource-list.ts'
import type { Draft } from '../../resource.ts'

const FOR_CONTAINERS = new Set(['cpu', 'memory', 'ephemeral-storage'])
/** Names without a prefix that mean something somewhere. */
const STANDARD = new Set([
  ...FOR_CONTAINERS,
  'storage',
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
])

export function validateResources(
  resources: Draft | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (resources === undefined) return
  const { limits, requests } = resources
  for (const name in limits) {
    validateAmount(name, limits[name], `${field}.limits[${name}]`, errors)
  }
  for (const name in requests) {
    const amount = requests[name]
    validateAmount(name, amount, `${field}.requests[${name}]`, errors)
    validateAgainstLimit(name, amount, limits?.[name], field, errors)
  }
  const names = Object.keys({ ...limits, ...requests })
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    errors.push(forbidden(field, 'HugePages require cpu or memory'))
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-')
}

function validateAmount(name: string, amount: string, field: string, errors: FieldError[]): void {
  if (!FOR_CONTAINERS.has(name)) validateResourceName(name, field, errors)
  if (isNegativeQuantity(amount)) {
    errors.push(invalid(field, amount, 'must be greater than or equal to 0'))
  }
  if (isExtendedResource(name) && amount.endsWith('m'))
    errors.push(invalid(field, amount, 'must be an integer'))
}

function validateResourceName(name: string, field: string, errors: FieldError[]): void {
  const faults = qualifiedNameFaults(name)
  for (const text of faults) errors.push(invalid(field, name, text))
  if (faults.length > 0 || name.includes('/') || isHugePages(name)) return
  if (!STANDARD.has(name)) {
    errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'))
  }
  errors.push(invalid(field, name, 'must be a standard resource for containers'))
}

function validateAgainstLimit(
  name: string,
  request: string,
  limit: string | undefined,
  field: string,
  errors: FieldError[],
): void {
  const mayExceed = !isExtendedResource(name) && !isHugePages(name)
  if (limit === undefined) {
    if (mayExceed) return
    errors.push(required(`${field}.limits`, 'Limit must be set for non overcommitable resources'))
    return
  }
  const difference = compareQuantities(request, limit)
  if (difference !== 0 && !mayExceed) {
    errors.push(invalid(`${field}.requests`, request, `must be equal to ${name} limit of ${limit}`))
  } else if (difference > 0) {
    errors.push(
      invalid(
        `${field}.requests`,
        request,
        `must be less than or equal to ${name} limit of ${limit}`,
      ),
    )
  }
}
