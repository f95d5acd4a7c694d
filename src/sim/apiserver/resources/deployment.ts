import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, unsupported } from '#sim/apimachinery/field-errors.ts'
import { formatLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN, wide } from './columns.ts'
import {
  bumpGeneration,
  defineResource,
  shareUnchangedSpec,
  keepGeneration,
  keepSpec,
  keepStatus,
  memberOf,
  startGeneration,
} from './define.ts'
import {
  intOrPercentValue,
  notAbove100Percent,
  notNegative,
  notNegativeIntOrPercent,
} from './numbers.ts'
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
  validateCollisionCount,
  validateSelectorUnchanged,
  validateStatusBounds,
  validateStatusCounts,
  validateTemplateLabels,
  validateWorkloadSelector,
} from './workload.ts'

/** Upstream: pkg/apis/apps/v1/defaults.go (SetDefaults_Deployment). */
function setDefaults(draft: Draft): void {
  draft.spec ??= {}
  const { spec } = draft
  spec.replicas ??= 1
  spec.strategy ??= {}
  spec.strategy.type ||= 'RollingUpdate'
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {}
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
    spec.strategy.rollingUpdate.maxSurge ??= '25%'
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  setTemplateDefaults(spec)
}

function validateSpec(spec: Draft): FieldError[] {
  const errors: FieldError[] = []
  notNegative('spec.replicas', spec.replicas, errors)
  if (validateWorkloadSelector(spec, 'deployment', 'invalid label selector', errors)) {
    validateTemplateLabels(spec, errors)
    validatePodTemplate(spec.template, 'spec.template', errors)
    validateWorkloadRestarts(spec.template, 'ReplicaSet', errors)
  }
  validateStrategy(spec.strategy, errors)
  notNegative('spec.minReadySeconds', spec.minReadySeconds, errors)
  notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit, errors)
  const deadline = spec.progressDeadlineSeconds
  notNegative('spec.progressDeadlineSeconds', deadline, errors)
  if (deadline <= (spec.minReadySeconds ?? 0)) {
    errors.push(
      invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'),
    )
  }
  return errors
}

function validateStrategy(strategy: Draft, errors: FieldError[]): void {
  const { type, rollingUpdate } = strategy
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return
    errors.push(
      forbidden(
        'spec.strategy.rollingUpdate',
        "may not be specified when strategy `type` is 'Recreate'",
      ),
    )
  } else if (type === 'RollingUpdate') {
    validateRollingUpdate(rollingUpdate ?? {}, errors)
  } else {
    const internal = rollingUpdate && {
      MaxUnavailable: rollingUpdate.maxUnavailable ?? 0,
      MaxSurge: rollingUpdate.maxSurge ?? 0,
    }
    const shown = { Type: type, RollingUpdate: internal ?? null }
    errors.push(unsupported('spec.strategy', shown, ['Recreate', 'RollingUpdate']))
  }
}

function validateRollingUpdate({ maxUnavailable, maxSurge }: Draft, errors: FieldError[]): void {
  const field = 'spec.strategy.rollingUpdate'
  notNegativeIntOrPercent(`${field}.maxUnavailable`, maxUnavailable, errors)
  notNegativeIntOrPercent(`${field}.maxSurge`, maxSurge, errors)
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0) {
    errors.push(
      invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
    )
  }
  notAbove100Percent(`${field}.maxUnavailable`, maxUnavailable, errors)
}

const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
] as const
const BOUNDS = [
  ['updatedReplicas', 'replicas'],
  ['readyReplicas', 'replicas'],
  ['availableReplicas', 'replicas'],
  ['availableReplicas', 'readyReplicas'],
] as const

export const deployment = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  setDefaults,
  prepareForCreate: (draft) => {
    startGeneration(draft)
    draft.status = {}
  },
  prepareForUpdate: (draft, old) => {
    keepStatus(draft, old)
    const isChanged = shareUnchangedSpec(draft, old)
    const isAnnotated = !semanticallyEqual(
      draft.metadata.annotations ?? {},
      old.metadata.annotations ?? {},
    )
    bumpGeneration(draft, old, isChanged || isAnnotated)
  },
  validate: (object) => validateSpec(object.spec),
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    if (object.spec === memberOf(old, 'spec')) return errors
    errors.push(...validateSpec(object.spec))
    validateSelectorUnchanged(object, old, errors)
    return errors
  },
  status: {
    prepareForUpdate: (draft, old) => {
      keepSpec(draft, old)
      keepGeneration(draft, old)
      if (old.metadata.labels === undefined) delete draft.metadata.labels
      else draft.metadata.labels = old.metadata.labels
    },
    validateUpdate: (object, old) => {
      const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
      validateStatusCounts(object.status, COUNTS, errors)
      validateStatusBounds(object.status, BOUNDS, errors)
      validateCollisionCount(object, old, errors)
      return errors
    },
  },
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
    column('Ready', 'Number of the pod with ready state'),
    column(
      'Up-to-date',
      'Total number of non-terminating pods targeted by this deployment that have the desired template spec.',
    ),
    column(
      'Available',
      'Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.',
    ),
    AGE_COLUMN,
    CONTAINERS_COLUMN,
    IMAGES_COLUMN,
    wide(
      'Selector',
      "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.",
    ),
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec')
    const status = memberOf(object, 'status')
    return [
      object.metadata.name,
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age(object, unixMs),
      ...containerCells(object),
      formatLabelSelector(spec?.selector),
    ]
  },
})
