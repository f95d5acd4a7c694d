import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import { formatLabels, formatLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, integer, NAME_COLUMN, textOr, wide } from './columns.ts'
import {
  bumpGeneration,
  defineResource,
  shareUnchangedSpec,
  keepStatus,
  memberOf,
  plainStatus,
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
  setTemplateDefaults,
  validateSelectorUnchanged,
  validateCollisionCount,
  validateStatusCounts,
  validateTemplateLabels,
  validateWorkloadSelector,
} from './workload.ts'

/** Upstream: pkg/apis/apps/v1/defaults.go (SetDefaults_DaemonSet). */
function setDefaults(draft: Draft): void {
  draft.spec ??= {}
  const { spec } = draft
  spec.updateStrategy ??= {}
  spec.updateStrategy.type ||= 'RollingUpdate'
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {}
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
  setTemplateDefaults(spec)
}

function validateSpec(spec: Draft): FieldError[] {
  const errors: FieldError[] = []
  if (validateWorkloadSelector(spec, 'daemonset', '', errors)) {
    validateTemplateLabels(spec, errors)
  }
  validatePodTemplate(spec.template, 'spec.template', errors)
  validateWorkloadRestarts(spec.template, 'DaemonSet', errors)
  notNegative('spec.minReadySeconds', spec.minReadySeconds, errors)
  validateStrategy(spec.updateStrategy, errors)
  notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit, errors)
  return errors
}

function validateStrategy({ type, rollingUpdate }: Draft, errors: FieldError[]): void {
  const field = 'spec.updateStrategy.rollingUpdate'
  if (type === 'OnDelete') return
  if (type !== 'RollingUpdate') {
    errors.push(unsupported('spec.updateStrategy.type', type, ['OnDelete', 'RollingUpdate']))
  } else if (rollingUpdate === undefined) errors.push(required(field))
  else {
    for (const member of ['maxUnavailable', 'maxSurge']) {
      notNegativeIntOrPercent(`${field}.${member}`, rollingUpdate[member], errors)
      notAbove100Percent(`${field}.${member}`, rollingUpdate[member], errors)
    }
    const unavailable = intOrPercentValue(rollingUpdate.maxUnavailable)
    const surge = intOrPercentValue(rollingUpdate.maxSurge)
    if (unavailable > 0 && surge > 0) {
      errors.push(
        invalid(
          `${field}.maxSurge`,
          rollingUpdate.maxSurge,
          'may not be set when maxUnavailable is non-zero',
        ),
      )
    } else if (unavailable === 0 && surge === 0) {
      errors.push(required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
    }
  }
}

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const

export const daemonSet = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  setDefaults,
  prepareForCreate: (draft) => {
    startGeneration(draft)
    draft.status = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    }
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
  status: plainStatus((object, old) => {
    const errors: FieldError[] = []
    validateStatusCounts(object.status, COUNTS, errors)
    validateCollisionCount(object, old, errors)
    return errors
  }),
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
      'The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
    ),
    integer(
      'Current',
      'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
    ),
    integer(
      'Ready',
      'numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.',
    ),
    integer('Up-to-date', 'The total number of nodes that are running updated daemon pod'),
    integer(
      'Available',
      'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)',
    ),
    column(
      'Node Selector',
      "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
    ),
    AGE_COLUMN,
    CONTAINERS_COLUMN,
    IMAGES_COLUMN,
    wide(
      'Selector',
      "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec')
    const status = memberOf(object, 'status')
    return [
      object.metadata.name,
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      textOr(formatLabels(spec?.template?.spec?.nodeSelector), '<none>'),
      age(object, unixMs),
      ...containerCells(object),
      textOr(formatLabelSelector(spec?.selector), '<none>'),
    ]
  },
})
