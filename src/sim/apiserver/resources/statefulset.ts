import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, unsupported } from '#sim/apimachinery/field-errors.ts'
import { dnsLabelFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft, RequestContext } from '../resource.ts'
import { fractionalByteWarnings, setClaimDefaults, validateClaimSpec } from './claim-spec.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
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
import { listOf } from './pod-spec/defaults.ts'
import { podSpecWarnings } from './pod-spec/warnings.ts'
import { validatePodTemplate, validateWorkloadRestarts } from './pod-template.ts'
import {
  CONTAINERS_COLUMN,
  containerCells,
  IMAGES_COLUMN,
  SCALE,
  setTemplateDefaults,
  validateCollisionCount,
  validateStatusBounds,
  validateStatusCounts,
  validateTemplateLabels,
  validateWorkloadSelector,
} from './workload.ts'

const MAX_UNAVAILABLE_GATE = 'MaxUnavailableStatefulSet'

/** Upstream: pkg/apis/apps/v1/defaults.go (SetDefaults_StatefulSet). */
function setDefaults(draft: Draft, context: RequestContext): void {
  draft.spec ??= {}
  const { spec } = draft
  spec.podManagementPolicy ||= 'OrderedReady'
  setUpdateStrategyDefaults(spec, context)
  spec.persistentVolumeClaimRetentionPolicy ??= {}
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  setTemplateDefaults(spec)
  for (const template of listOf(spec, 'volumeClaimTemplates')) setClaimTemplateDefaults(template)
}

/**
 * Only a strategy whose type was left out gets its parameters; one that says RollingUpdate and
 * nothing else stays so, and Pods are re-created by another rule then.
 */
function setUpdateStrategyDefaults(spec: Draft, context: RequestContext): void {
  spec.updateStrategy ??= {}
  const strategy = spec.updateStrategy
  if (!strategy.type) {
    strategy.type = 'RollingUpdate'
    strategy.rollingUpdate ??= {}
  }
  if (strategy.type !== 'RollingUpdate' || strategy.rollingUpdate === undefined) return
  strategy.rollingUpdate.partition ??= 0
  if (context.featureEnabled(MAX_UNAVAILABLE_GATE)) strategy.rollingUpdate.maxUnavailable ??= 1
}

/** Claim templates come back as whole objects. */
function setClaimTemplateDefaults(template: Draft): void {
  template.apiVersion ??= 'v1'
  template.kind ??= 'PersistentVolumeClaim'
  template.spec ??= {}
  setClaimDefaults(template)
  template.status ??= {}
  template.status.phase ??= 'Pending'
}

function prepareForCreate(draft: Draft, context: RequestContext): void {
  startGeneration(draft)
  draft.status = { replicas: 0, availableReplicas: 0 }
  dropMaxUnavailable(draft, undefined, context)
}

function prepareForUpdate(draft: Draft, old: KubeObject, context: RequestContext): void {
  keepStatus(draft, old)
  dropMaxUnavailable(draft, old, context)
  bumpGeneration(draft, old, shareUnchangedSpec(draft, old))
}

/** Behind its gate the field does not exist, unless it is stored already. */
function dropMaxUnavailable(
  draft: Draft,
  old: KubeObject | undefined,
  context: RequestContext,
): void {
  const rollingUpdate = draft.spec.updateStrategy.rollingUpdate
  if (rollingUpdate?.maxUnavailable === undefined) return
  if (context.featureEnabled(MAX_UNAVAILABLE_GATE)) return
  const stored = old === undefined ? undefined : memberOf(old, 'spec')?.updateStrategy.rollingUpdate
  if (stored?.maxUnavailable !== undefined) return
  delete rollingUpdate.maxUnavailable
}

/** Upstream: pkg/apis/apps/validation/validation.go (ValidateStatefulSetSpec), in its order. */
function validateSpec(spec: Draft, isCreate: boolean, checkTemplate: boolean): FieldError[] {
  const errors: FieldError[] = []
  validatePolicies(spec, errors)
  if (isCreate) {
    for (const [index, template] of listOf(spec, 'volumeClaimTemplates').entries()) {
      validateClaimSpec(template.spec, `spec.volumeClaimTemplates[${index}].spec`, errors)
    }
  }
  notNegative('spec.replicas', spec.replicas, errors)
  notNegative('spec.minReadySeconds', spec.minReadySeconds, errors)
  notNegative('spec.ordinals.start', spec.ordinals?.start, errors)
  if (isCreate && spec.serviceName) {
    for (const text of dnsLabelFaults(spec.serviceName)) {
      errors.push(invalid('spec.serviceName', spec.serviceName, text))
    }
  }
  if (validateWorkloadSelector(spec, 'statefulset', '', errors)) {
    validateTemplateLabels(spec, errors)
    if (checkTemplate) {
      validatePodTemplate(spec.template, 'spec.template', errors, templateWithClaims(spec))
    }
  }
  validateWorkloadRestarts(spec.template, 'StatefulSet', errors)
  return errors
}

function validatePolicies(spec: Draft, errors: FieldError[]): void {
  const policy = spec.podManagementPolicy
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"))
  }
  validateUpdateStrategy(spec.updateStrategy, errors)
  for (const member of ['whenDeleted', 'whenScaled']) {
    const value = spec.persistentVolumeClaimRetentionPolicy?.[member]
    if (value === 'Retain' || value === 'Delete') continue
    const field = `spec.persistentVolumeClaimRetentionPolicy.${member}`
    errors.push(unsupported(field, value ?? '', ['Retain', 'Delete']))
  }
}

function validateUpdateStrategy(strategy: Draft, errors: FieldError[]): void {
  const { type, rollingUpdate } = strategy
  if (type === 'OnDelete') {
    if (rollingUpdate === undefined) return
    errors.push(
      invalid(
        'spec.updateStrategy.rollingUpdate',
        internalRollingUpdate(rollingUpdate),
        "only allowed for updateStrategy 'RollingUpdate'",
      ),
    )
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate !== undefined) validateRollingUpdate(rollingUpdate, errors)
  } else {
    const shown = { Type: type, RollingUpdate: internalRollingUpdate(rollingUpdate) }
    errors.push(invalid('spec.updateStrategy', shown, "must be 'RollingUpdate' or 'OnDelete'"))
  }
}

/** As the server's own type names the members, for it has no names of JSON. */
function internalRollingUpdate(rollingUpdate: Draft | undefined): Draft | null {
  if (rollingUpdate === undefined) return null
  return {
    Partition: rollingUpdate.partition ?? 0,
    MaxUnavailable: rollingUpdate.maxUnavailable ?? null,
  }
}

function validateRollingUpdate(rollingUpdate: Draft, errors: FieldError[]): void {
  const field = 'spec.updateStrategy.rollingUpdate'
  notNegative(`${field}.partition`, rollingUpdate.partition, errors)
  const { maxUnavailable } = rollingUpdate
  if (maxUnavailable === undefined) return
  notNegativeIntOrPercent(`${field}.maxUnavailable`, maxUnavailable, errors)
  if (intOrPercentValue(maxUnavailable) === 0) {
    errors.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'cannot be 0'))
  }
  notAbove100Percent(`${field}.maxUnavailable`, maxUnavailable, errors)
}

/**
 * The template as a Pod will have it: the controller sets hostname and subdomain, and puts a
 * volume for each claim template in the place of any volume of that name.
 */
function templateWithClaims(spec: Draft): Draft {
  const { hostname: _hostname, subdomain: _subdomain, ...podSpec } = spec.template?.spec ?? {}
  const claims = listOf(spec, 'volumeClaimTemplates')
  if (claims.length === 0) return podSpec
  const names = new Set(claims.map((claim) => claim.metadata?.name))
  const volumes = [...names].map((name) => ({
    name: name ?? '',
    persistentVolumeClaim: { claimName: name || 'unnamed' },
  }))
  const others = listOf(podSpec, 'volumes').filter((volume) => !names.has(volume.name))
  return { ...podSpec, volumes: [...volumes, ...others] }
}

const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]
const CHANGE_TEXT =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

function validateUpdate(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
  const oldSpec = memberOf(old, 'spec') ?? {}
  if (object.spec === oldSpec) return errors
  // A stored set that would not pass today can still be edited.
  const checkTemplate =
    !semanticallyEqual(object.spec.template, oldSpec.template) &&
    validateSpec(oldSpec, false, true).length === 0
  errors.push(...validateSpec(object.spec, false, checkTemplate))
  if (!semanticallyEqual(withoutChangeable(object.spec), withoutChangeable(oldSpec))) {
    errors.push(forbidden('spec', CHANGE_TEXT))
  }
  return errors
}

function withoutChangeable(spec: Draft): Draft {
  const rest = { ...spec }
  for (const member of CHANGEABLE) delete rest[member]
  return rest
}

const COUNTS = [
  'replicas',
  'readyReplicas',
  'currentReplicas',
  'updatedReplicas',
  'availableReplicas',
  'observedGeneration',
  'collisionCount',
] as const

const BOUNDS = [
  ['readyReplicas', 'replicas'],
  ['currentReplicas', 'replicas'],
  ['updatedReplicas', 'replicas'],
  ['availableReplicas', 'replicas'],
  ['availableReplicas', 'readyReplicas'],
] as const

function validateStatus(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors: FieldError[] = []
  validateStatusCounts(object.status, COUNTS, errors)
  validateStatusBounds(object.status, BOUNDS, errors)
  validateCollisionCount(object, old, errors)
  return errors
}

function warnings(object: Draft, old: KubeObject | undefined): readonly string[] {
  const found: string[] = []
  if (old === undefined || object.metadata.generation !== old.metadata.generation) {
    podSpecWarnings(object.spec.template, 'spec.template', found)
  }
  const between = old === undefined ? '' : '.Spec'
  for (const [index, template] of listOf(object.spec, 'volumeClaimTemplates').entries()) {
    found.push(
      ...fractionalByteWarnings(template.spec, `spec.volumeClaimTemplates[${index}]${between}`),
    )
  }
  if (object.spec.revisionHistoryLimit < 0) {
    found.push(
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    )
  }
  return found
}

export const statefulSet = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  nameRule: 'label',
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  validate: (object) => validateSpec(object.spec, true, true),
  validateUpdate,
  status: plainStatus(validateStatus),
  scale: SCALE,
  warnings,
  columns: [
    NAME_COLUMN,
    column('Ready', 'Number of the pod with ready state'),
    AGE_COLUMN,
    CONTAINERS_COLUMN,
    IMAGES_COLUMN,
  ],
  row: (object, unixMs) => {
    const ready = `${memberOf(object, 'status')?.readyReplicas ?? 0}/${memberOf(object, 'spec')?.replicas ?? 0}`
    return [object.metadata.name, ready, age(object, unixMs), ...containerCells(object)]
  },
})
