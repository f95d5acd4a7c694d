import type { ResourceDefinition } from '../resource.ts'
import { AGE_COLUMN, age, NAME_COLUMN } from './columns.ts'
import { defineResource } from './define.ts'

type Names = Pick<
  ResourceDefinition,
  'group' | 'kind' | 'plural' | 'singular' | 'shortNames' | 'categories'
>

/**
 * Kinds that clients list among others, as `apply --prune` and `cluster-info dump` do, and take
 * to be there. There are never any: nothing here would run them, so creating one is refused.
 */
export const listedOnly: readonly ResourceDefinition[] = [
  {
    group: '',
    kind: 'ReplicationController',
    plural: 'replicationcontrollers',
    singular: 'replicationcontroller',
    shortNames: ['rc'],
    categories: ['all'],
  },
  {
    group: 'batch',
    kind: 'CronJob',
    plural: 'cronjobs',
    singular: 'cronjob',
    shortNames: ['cj'],
    categories: ['all'],
  },
  {
    group: 'batch',
    kind: 'Job',
    plural: 'jobs',
    singular: 'job',
    shortNames: [],
    categories: ['all'],
  },
  {
    group: 'networking.k8s.io',
    kind: 'Ingress',
    plural: 'ingresses',
    singular: 'ingress',
    shortNames: ['ing'],
  },
].map((names: Names) =>
  defineResource({
    ...names,
    version: 'v1',
    namespaced: true,
    verbs: ['get', 'list', 'watch'],
    columns: [NAME_COLUMN, AGE_COLUMN],
    row: (object, unixMs) => [object.metadata.name, age(object, unixMs)],
  }),
)
