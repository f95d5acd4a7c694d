import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, unsupported } from '#sim/apimachinery/field-errors.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, integer, NAME_COLUMN } from './columns.ts'
import { defineResource, memberOf, startGeneration } from './define.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'

/** The classes that every cluster has. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}
const HIGHEST_USER_PRIORITY = 1_000_000_000

function validate(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  const name: string = object.metadata.name ?? ''
  if (name.startsWith('system-')) {
    if (SYSTEM_PRIORITIES[name] !== (object.value ?? 0)) {
      errors.push(
        forbidden(
          'metadata.name',
          `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`,
        ),
      )
    }
  } else if (object.value > HIGHEST_USER_PRIORITY) {
    errors.push(
      forbidden(
        'value',
        `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`,
      ),
    )
  }
  const policy = object.preemptionPolicy
  if (policy !== 'PreemptLowerPriority' && policy !== 'Never') {
    errors.push(unsupported('preemptionPolicy', policy, ['PreemptLowerPriority', 'Never']))
  }
  return errors
}

export const priorityClass = defineResource({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  setDefaults: (draft) => {
    draft.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  prepareForCreate: startGeneration,
  prepareForUpdate: startGeneration,
  validate,
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    if ((object.value ?? 0) !== (memberOf(old, 'value') ?? 0)) {
      errors.push(forbidden('value', 'may not be changed in an update.'))
    }
    if (object.preemptionPolicy !== memberOf(old, 'preemptionPolicy')) {
      errors.push(invalid('preemptionPolicy', object.preemptionPolicy, 'field is immutable'))
    }
    return errors
  },
  columns: [
    NAME_COLUMN,
    integer(
      'Value',
      'value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.',
    ),
    column(
      'Global-Default',
      'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.',
      { type: 'boolean' },
    ),
    AGE_COLUMN,
    column(
      'PreemptionPolicy',
      'preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.',
    ),
  ],
  row: (object, unixMs) => [
    object.metadata.name,
    Number(memberOf(object, 'value') ?? 0),
    memberOf(object, 'globalDefault') === true,
    age(object, unixMs),
    String(memberOf(object, 'preemptionPolicy') ?? ''),
  ],
})
