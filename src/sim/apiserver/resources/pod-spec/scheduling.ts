import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { duplicate, invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import { labelValueFaults, qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { Draft } from '../../resource.ts'
import { validateLabelSelector, validateValues } from '../label-selectors.ts'
import { listOf } from './defaults.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const INCLUSION_POLICIES = ['Honor', 'Ignore']
const WHEN_UNSATISFIABLE = ['DoNotSchedule', 'ScheduleAnyway']
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'

export function validateTolerations(all: readonly Draft[], field: string, errors: FieldError[]) {
  for (const [index, toleration] of all.entries()) {
    validateToleration(toleration, `${field}[${index}]`, errors)
  }
}

function validateToleration(toleration: Draft, field: string, errors: FieldError[]): void {
  const { key, operator = '', value = '', effect = '', tolerationSeconds } = toleration
  if (key) labelName(key, `${field}.key`, errors)
  else if (operator !== 'Exists') {
    errors.push(
      invalid(
        `${field}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    )
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      invalid(
        `${field}.effect`,
        effect,
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      ),
    )
  }
  if (operator === 'Equal' || operator === '') {
    for (const text of labelValueFaults(value)) {
      errors.push(invalid(`${field}.operator`, value, text))
    }
  } else if (operator !== 'Exists') {
    errors.push(unsupported(`${field}.operator`, operator, ['Equal', 'Exists']))
  } else if (value !== '') {
    errors.push(
      invalid(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'"),
    )
  }
  if (effect !== '' && !EFFECTS.includes(effect)) {
    errors.push(unsupported(`${field}.effect`, effect, EFFECTS))
  }
}

export function validateSpread(all: readonly Draft[], field: string, errors: FieldError[]): void {
  const seen = new Set<string>()
  for (const [index, constraint] of all.entries()) {
    const path = `${field}[${index}]`
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', labelSelector } = constraint
    if (maxSkew <= 0) errors.push(invalid(`${path}.maxSkew`, maxSkew, 'must be greater than zero'))
    if (topologyKey === '') errors.push(required(`${path}.topologyKey`, 'can not be empty'))
    if (!WHEN_UNSATISFIABLE.includes(whenUnsatisfiable)) {
      errors.push(unsupported(`${path}.whenUnsatisfiable`, whenUnsatisfiable, WHEN_UNSATISFIABLE))
    }
    validateDomains(constraint, path, errors)
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
    if (seen.has(pair)) {
      errors.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, pair))
    }
    seen.add(pair)
    if (labelSelector !== undefined) {
      validateLabelSelector(labelSelector, `${path}.labelSelector`, errors)
    }
  }
}

function validateDomains(constraint: Draft, field: string, errors: FieldError[]): void {
  const { minDomains, whenUnsatisfiable } = constraint
  if (minDomains !== undefined && minDomains <= 0)
    errors.push(invalid(`${field}.minDomains`, minDomains, 'must be greater than zero'))
  if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
    const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`
    errors.push(invalid(`${field}.minDomains`, minDomains, why))
  }
  for (const member of ['nodeAffinityPolicy', 'nodeTaintsPolicy']) {
    const policy = constraint[member]
    if (policy !== undefined && !INCLUSION_POLICIES.includes(policy))
      errors.push(unsupported(`${field}.${member}`, policy, INCLUSION_POLICIES))
  }
}

export function validateAffinity(affinity: Draft, field: string, errors: FieldError[]): void {
  if (affinity.nodeAffinity !== undefined) {
    validateNodeAffinity(affinity.nodeAffinity, `${field}.nodeAffinity`, errors)
  }
  for (const member of ['podAffinity', 'podAntiAffinity']) {
    const terms = affinity[member]
    if (terms === undefined) continue
    for (const [index, term] of listOf(terms, REQUIRED).entries()) {
      validatePodTerm(term, `${field}.${member}.${REQUIRED}[${index}]`, errors)
    }
    for (const [index, weighted] of listOf(terms, PREFERRED).entries()) {
      const path = `${field}.${member}.${PREFERRED}[${index}]`
      validateWeight(weighted.weight, path, errors)
      validatePodTerm(weighted.podAffinityTerm ?? {}, `${path}.podAffinityTerm`, errors)
    }
  }
}

function validateWeight(weight: number | undefined, field: string, errors: FieldError[]): void {
  const value = weight ?? 0
  if (value >= 1 && value <= 100) return
  errors.push(invalid(`${field}.weight`, value, 'must be in the range 1-100'))
}

function validatePodTerm(term: Draft, field: string, errors: FieldError[]): void {
  if (term.labelSelector !== undefined) {
    validateLabelSelector(term.labelSelector, `${field}.labelSelector`, errors)
  }
  if (term.namespaceSelector !== undefined) {
    validateLabelSelector(term.namespaceSelector, `${field}.namespaceSelector`, errors)
  }
  const key: string = term.topologyKey ?? ''
  if (key === '') errors.push(required(`${field}.topologyKey`, 'can not be empty'))
  labelName(key, `${field}.topologyKey`, errors)
}

function validateNodeAffinity(affinity: Draft, field: string, errors: FieldError[]): void {
  const selector = affinity[REQUIRED]
  if (selector !== undefined) validateNodeSelector(selector, `${field}.${REQUIRED}`, errors)
  for (const [index, preferred] of listOf(affinity, PREFERRED).entries()) {
    const path = `${field}.${PREFERRED}[${index}]`
    validateWeight(preferred.weight, path, errors)
    validateNodeTerm(preferred.preference ?? {}, `${path}.preference`, errors)
  }
}

export function validateNodeSelector(selector: Draft, field: string, errors: FieldError[]): void {
  const path = `${field}.nodeSelectorTerms`
  const terms = listOf(selector, 'nodeSelectorTerms')
  if (terms.length === 0) errors.push(required(path, 'must have at least one node selector term'))
  for (const [index, term] of terms.entries()) validateNodeTerm(term, `${path}[${index}]`, errors)
}

function validateNodeTerm(term: Draft, field: string, errors: FieldError[]): void {
  for (const [index, one] of listOf(term, 'matchExpressions').entries()) {
    validateNodeRequirement(one, `${field}.matchExpressions[${index}]`, errors)
  }
  for (const [index, one] of listOf(term, 'matchFields').entries()) {
    const path = `${field}.matchFields[${index}]`
    if (one.key !== 'metadata.name') {
      errors.push(invalid(`${path}.key`, one.key ?? '', 'not a valid field selector key'))
    }
  }
}

function validateNodeRequirement(one: Draft, field: string, errors: FieldError[]): void {
  if (one.operator === 'Gt' || one.operator === 'Lt') {
    if (one.values?.length !== 1) {
      errors.push(
        required(
          `${field}.values`,
          "must be specified single value when `operator` is 'Lt' or 'Gt'",
        ),
      )
    }
  } else if (!validateValues(one, field, errors)) {
    errors.push(invalid(`${field}.operator`, one.operator ?? '', 'not a valid selector operator'))
  }
  labelName(one.key ?? '', `${field}.key`, errors)
}

function labelName(name: string, field: string, errors: FieldError[]): void {
  for (const text of qualifiedNameFaults(name)) errors.push(invalid(field, name, text))
}
