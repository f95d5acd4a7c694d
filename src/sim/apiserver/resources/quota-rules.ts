import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required } from '#sim/apimachinery/field-errors.ts'
import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import { isNegativeQuantity, quantityMillis } from '#sim/apimachinery/quantity.ts'
import { computeNames } from '#sim/apimachinery/quota/usage.ts'
import type { Draft } from '../resource.ts'
import { listOf } from './pod-spec/defaults.ts'

const COUNTS: ReadonlySet<string> = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
])
const POD_COMPUTE = computeNames(['cpu', 'memory'])
const STANDARD: ReadonlySet<string> = new Set([
  ...COUNTS,
  ...POD_COMPUTE,
  ...computeNames(['ephemeral-storage']),
  'requests.storage',
])
const SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
]
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

/** Upstream: ValidateResourceQuotaSpec. */
export function validateQuotaSpec(spec: Draft): readonly FieldError[] {
  const hard: Readonly<Record<string, string>> = spec['hard'] ?? {}
  const errors = Object.entries(hard).flatMap(([name, amount]) => hardErrors(name, amount))
  const scopes: readonly string[] = spec['scopes'] ?? []
  errors.push(...scopeErrors('spec.scopes', scopes, hard, scopes))
  const expressions = listOf(spec['scopeSelector'], 'matchExpressions')
  if (spec['scopeSelector'] !== undefined) {
    const path = 'spec.scopeSelector.matchExpressions'
    const names = expressions.map(({ scopeName }) => scopeName as string)
    errors.push(...scopeErrors(`${path}.scopeName`, names, hard, spec['scopeSelector']))
    for (const { scopeName, operator, values = [] } of expressions)
      errors.push(...operatorErrors(path, scopeName, operator, values))
  }
  return errors
}

function hardErrors(name: string, amount: string): FieldError[] {
  const path = `spec.hard[${name}]`
  const errors = qualifiedNameFaults(name).map((fault) => invalid(path, name, fault))
  const isKnown = name.includes('/') || STANDARD.has(name) || /^(requests\.)?hugepages-/.test(name)
  if (errors.length === 0 && !isKnown)
    errors.push(invalid(path, name, 'must be a standard resource for quota'))
  if (isNegativeQuantity(amount))
    errors.push(invalid(path, amount, 'must be greater than or equal to 0'))
  if (COUNTS.has(name) && quantityMillis(amount) % 1000 !== 0)
    errors.push(invalid(path, amount, 'must be an integer'))
  return errors
}

function scopeErrors(
  path: string,
  scopes: readonly string[],
  hard: Readonly<Record<string, string>>,
  shown: unknown,
): FieldError[] {
  const errors: FieldError[] = []
  for (const scope of new Set(scopes)) {
    if (!SCOPES.includes(scope)) errors.push(invalid(path, shown, 'unsupported scope'))
    for (const name of Object.keys(hard)) {
      const isPossible = name === 'pods' || (scope !== 'BestEffort' && POD_COMPUTE.includes(name))
      if (STANDARD.has(name) && !isPossible)
        errors.push(invalid(path, shown, 'unsupported scope applied to resource'))
    }
  }
  for (const pair of CONFLICTS) {
    if (pair.every((scope) => scopes.includes(scope)))
      errors.push(invalid(path, shown, 'conflicting scopes'))
  }
  return errors
}

function operatorErrors(
  path: string,
  scope: string,
  operator: string,
  values: readonly string[],
): FieldError[] {
  const takesValues = operator === 'In' || operator === 'NotIn'
  if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator))
    return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
  if (scope !== 'PriorityClass' && operator !== 'Exists')
    return [
      invalid(
        `${path}.operator`,
        operator,
        "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    ]
  if (takesValues && values.length === 0)
    return [
      required(
        `${path}.values`,
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ),
    ]
  if (!takesValues && values.length > 0)
    return [
      invalid(
        `${path}.values`,
        values,
        "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector",
      ),
    ]
  return []
}
