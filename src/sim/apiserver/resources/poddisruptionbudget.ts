import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, unsupported } from '#sim/apimachinery/field-errors.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, integer, NAME_COLUMN } from './columns.ts'
import {
  bumpGeneration,
  defineResource,
  shareUnchangedSpec,
  keepStatus,
  memberOf,
  plainStatus,
  startGeneration,
} from './define.ts'
import { validateLabelSelector } from './label-selectors.ts'
import { notAbove100Percent, notNegative, notNegativeIntOrPercent } from './numbers.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget']
const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const

function validate({ spec = {} }: Draft): FieldError[] {
  const errors: FieldError[] = []
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
    }
    errors.push(invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set'))
  }
  for (const member of ['minAvailable', 'maxUnavailable']) {
    notNegativeIntOrPercent(`spec.${member}`, spec[member], errors)
    notAbove100Percent(`spec.${member}`, spec[member], errors)
  }
  if (selector !== undefined) validateLabelSelector(selector, 'spec.selector', errors)
  if (
    unhealthyPodEvictionPolicy !== undefined &&
    !EVICTION_POLICIES.includes(unhealthyPodEvictionPolicy)
  ) {
    errors.push(
      unsupported('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, EVICTION_POLICIES),
    )
  }
  return errors
}

export const podDisruptionBudget = defineResource({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  prepareForCreate: (draft) => {
    startGeneration(draft)
    draft.spec ??= {}
    draft.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
  },
  prepareForUpdate: (draft, old) => {
    keepStatus(draft, old)
    bumpGeneration(draft, old, shareUnchangedSpec(draft, old))
  },
  validate,
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validate(object),
  ],
  status: plainStatus((object) => {
    const errors: FieldError[] = []
    for (const member of COUNTS) notNegative(`status.${member}`, object.status?.[member], errors)
    return errors
  }),
  columns: [
    NAME_COLUMN,
    column('Min Available', 'The minimum number of pods that must be available.'),
    column('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
    integer('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.'),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec')
    return [
      object.metadata.name,
      String(spec?.minAvailable ?? 'N/A'),
      String(spec?.maxUnavailable ?? 'N/A'),
      memberOf(object, 'status')?.disruptionsAllowed ?? 0,
      age(object, unixMs),
    ]
  },
})
