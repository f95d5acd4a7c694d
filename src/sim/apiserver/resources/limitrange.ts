import type { Draft } from '../resource.ts'
import { column, NAME_COLUMN } from './columns.ts'
import { defineResource } from './define.ts'
import { validateLimits } from './limit-rules.ts'
import { listOf, roundResourceList } from './pod-spec/defaults.ts'

const AMOUNTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio']

/** What a container's limits say is also what it gets if it asks for nothing. */
function setLimitDefaults(limit: Draft): void {
  for (const member of AMOUNTS) if (limit[member] !== undefined) roundResourceList(limit[member])
  if (limit.type !== 'Container') return
  limit.default = { ...limit.max, ...limit.default }
  limit.defaultRequest = { ...limit.min, ...limit.defaultRequest }
  for (const name in limit.default) limit.defaultRequest[name] ??= limit.default[name]
}

export const limitRange = defineResource({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  setDefaults: (draft) => {
    for (const limit of listOf(draft.spec, 'limits')) setLimitDefaults(limit)
  },
  validate: (object) => validateLimits(listOf(object.spec, 'limits')),
  columns: [
    NAME_COLUMN,
    column(
      'Created At',
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
      { type: 'date' },
    ),
  ],
  row: (object) => [object.metadata.name, object.metadata.creationTimestamp],
})
