import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource, memberOf } from './define.ts'
import { notNegative, positive } from './numbers.ts'

export const lease = defineResource({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  setDefaults: (draft) => {
    draft.spec ??= {}
    // Coordinated leader election is off by default, and its members are dropped then.
    delete draft.spec.strategy
    delete draft.spec.preferredHolder
  },
  validate: (object) => {
    const errors: FieldError[] = []
    positive('spec.leaseDurationSeconds', object.spec.leaseDurationSeconds, errors)
    notNegative('spec.leaseTransitions', object.spec.leaseTransitions, errors)
    return errors
  },
  columns: [
    NAME_COLUMN,
    column(
      'Holder',
      'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.',
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => [
    object.metadata.name,
    memberOf(object, 'spec')?.holderIdentity ?? '',
    age(object, unixMs),
  ],
})
