import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { formatLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, integer, NAME_COLUMN, textOr, wide } from './columns.ts'
import {
  bumpGeneration,
  defineResource,
  shareUnchangedSpec,
  keepStatus,
  memberOf,
  plainStatus,
  startGeneration,
} from './define.ts'
import { notNegative } from './numbers.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'
import { podSpecWarnings } from './pod-spec/warnings.ts'
import { validatePodTemplate, validateWorkloadRestarts } from './pod-template.ts'
import {
  CONTAINERS_COLUMN,
  containerCells,
  IMAGES_COLUMN,
  nameWarnings,
  SCALE,
  setTemplateDefaults,
  validateSelectorUnchanged,
  validateStatusBounds,
  validateStatusCounts,
  validateTemplateLabels,
  validateWorkloadSelector,
} from './workload.ts'

/** The text about an empty selector really speaks of a Deployment. */
function validateSpec(spec: Draft): FieldError[] {
  const errors: FieldError[] = []
  notNegative('spec.replicas', spec.replicas, errors)
  notNegative('spec.minReadySeconds', spec.minReadySeconds, errors)
  if (validateWorkloadSelector(spec, 'deployment', 'invalid label selector', errors)) {
    validateTemplateLabels(spec, errors)
    validatePodTemplate(spec.template, 'spec.template', errors)
    validateWorkloadRestarts(spec.template, 'ReplicaSet', errors)
  }
  return errors
}

const COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'terminatingReplicas',
  'observedGeneration',
] as const
const BOUNDS = [
  ['fullyLabeledReplicas', 'replicas'],
  ['readyReplicas', 'replicas'],
  ['availableReplicas', 'replicas'],
  ['availableReplicas', 'readyReplicas'],
] as const

export const replicaSet = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  setDefaults: (draft) => {
    draft.spec ??= {}
    draft.spec.replicas ??= 1
    setTemplateDefaults(draft.spec)
  },
  prepareForCreate: (draft) => {
    startGeneration(draft)
    draft.status = { replicas: 0 }
  },
  prepareForUpdate: (draft, old) => {
    keepStatus(draft, old)
    bumpGeneration(draft, old, shareUnchangedSpec(draft, old))
  },
  validate: (object) => validateSpec(object.spec),
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    if (object.spec === memberOf(old, 'spec')) return errors
    errors.push(...validateSpec(object.spec))
    validateSelectorUnchanged(object, old, errors)
    return errors
  },
  status: plainStatus((object) => {
    const errors: FieldError[] = []
    validateStatusCounts(object.status, COUNTS, errors)
    validateStatusBounds(object.status, BOUNDS, errors)
    return errors
  }),
  scale: SCALE,
  warnings: (object, old) => {
    const found = old === undefined ? nameWarnings(object) : []
    if (old === undefined || object.metadata.generation !== old.metadata.generation) {
      podSpecWarnings(object.spec.template, 'spec.template', found)
    }
    return found
  },
  columns: [
    NAME_COLUMN,
    integer(
      'Desired',
      'Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
    ),
    integer(
      'Current',
      'Replicas is the most recently observed number of non-terminating pods. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
    ),
    integer(
      'Ready',
      'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.',
    ),
    AGE_COLUMN,
    CONTAINERS_COLUMN,
    IMAGES_COLUMN,
    wide(
      'Selector',
      "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec')
    const status = memberOf(object, 'status')
    return [
      object.metadata.name,
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      age(object, unixMs),
      ...containerCells(object),
      textOr(formatLabelSelector(spec?.selector), '<none>'),
    ]
  },
})
