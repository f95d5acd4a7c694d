import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource, keepStatus, memberOf, plainStatus } from './define.ts'
import { roundResourceList } from './pod-spec/defaults.ts'
import { validateQuotaSpec } from './quota-rules.ts'

export const resourceQuota = defineResource({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  setDefaults: (draft) => {
    if (draft.spec?.hard !== undefined) roundResourceList(draft.spec.hard)
  },
  prepareForCreate: (draft) => {
    draft.status = {}
  },
  prepareForUpdate: keepStatus,
  validate: (object) => validateQuotaSpec(object.spec ?? {}),
  status: plainStatus(),
  columns: [
    NAME_COLUMN,
    column(
      'Request',
      'Request represents a minimum amount of cpu/memory that a container may consume.',
    ),
    column(
      'Limit',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => {
    const hard = memberOf(object, 'status')?.hard ?? {}
    const used = memberOf(object, 'status')?.used ?? {}
    const shown = Object.keys(hard)
      .toSorted()
      .map((name) => ({ name, text: `${name}: ${used[name] ?? '0'}/${hard[name]}` }))
    const isLimit = (name: string) => name.startsWith('limits.')
    const join = (limits: boolean) =>
      shown
        .filter(({ name }) => isLimit(name) === limits)
        .map(({ text }) => text)
        .join(', ')
    return [object.metadata.name, join(false), join(true), age(object, unixMs)]
  },
})
