import { AGE_COLUMN, age, NAME_COLUMN } from './columns.ts'
import { defineResource } from './define.ts'

export const serviceAccount = defineResource({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  columns: [NAME_COLUMN, AGE_COLUMN],
  row: (object, unixMs) => [object.metadata.name, age(object, unixMs)],
})
