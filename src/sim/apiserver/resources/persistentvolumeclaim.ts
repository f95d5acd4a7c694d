import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden } from '#sim/apimachinery/field-errors.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { compareQuantities } from '#sim/apimachinery/quantity.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { forbidden as forbiddenStatus } from '#sim/apimachinery/statuses.ts'
import type { Draft, RequestContext } from '../resource.ts'
import {
  fractionalByteWarnings,
  setClaimDefaults,
  shortAccessModes,
  validateClaimSpec,
} from './claim-spec.ts'
import { checkLimits } from '../limit-ranger.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN, textOr, wide } from './columns.ts'
import { internalForm } from './internal-form.ts'
import { unifiedDiff } from './unified-diff.ts'
import { defineResource, keepStatus, memberOf, plainStatus } from './define.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'
import { roundResourceList } from './pod-spec/defaults.ts'
import { isDefaultClass } from './storageclass.ts'

const PROTECTION = 'kubernetes.io/pvc-protection'
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'

function setDefaults(draft: Draft): void {
  draft.spec ??= {}
  setClaimDefaults(draft)
  draft.status ??= {}
  draft.status.phase ||= 'Pending'
  if (draft.status.capacity !== undefined) roundResourceList(draft.status.capacity)
}

/** Protection against deletion while in use, and the class of those that name none. */
function admitCreate(draft: Draft, context: RequestContext): void {
  const { metadata, spec } = draft
  const finalizers: readonly string[] = metadata.finalizers ?? []
  if (!finalizers.includes(PROTECTION)) metadata.finalizers = [...finalizers, PROTECTION]
  if (spec.storageClassName !== undefined || metadata.annotations?.[BETA_CLASS]) return
  const defaults = context.list('storageclasses.storage.k8s.io').filter(isDefaultClass)
  const newest = defaults.toSorted(byAge)[0]
  if (newest !== undefined) spec.storageClassName = newest.metadata.name
}

/** Of several default classes the newest counts. */
function byAge(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata, b.metadata]
  if (left.creationTimestamp !== right.creationTimestamp) {
    return left.creationTimestamp < right.creationTimestamp ? 1 : -1
  }
  return left.name < right.name ? -1 : 1
}

/** Only a class that allows it lets its claims grow. */
function admitUpdate(draft: Draft, old: KubeObject, context: RequestContext): void {
  const before = memberOf(old, 'spec')?.resources?.requests?.storage
  const after = draft.spec?.resources?.requests?.storage
  if (before === undefined || after === undefined || compareQuantities(after, before) <= 0) return
  // An unbound claim cannot grow at all, which is validation's to say.
  if (memberOf(old, 'status')?.phase !== 'Bound') return
  const className = classOf(old)
  const storageClass =
    className === ''
      ? undefined
      : context.lookup('storageclasses.storage.k8s.io', undefined, className)
  if (storageClass !== undefined && memberOf(storageClass, 'allowVolumeExpansion') === true) return
  throw forbiddenStatus(
    { group: '', resource: 'persistentvolumeclaims' },
    old.metadata.name,
    'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  )
}

function classOf(claim: KubeObject): string {
  return claim.metadata.annotations?.[BETA_CLASS] ?? memberOf(claim, 'spec')?.storageClassName ?? ''
}

const SPEC = 'PersistentVolumeClaimSpec'
const IMMUTABLE_TEXT =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

function validateUpdate(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
  validateClaimSpec(object.spec, 'spec', errors)
  const oldSpec = memberOf(old, 'spec')
  const isBound = memberOf(old, 'status')?.phase === 'Bound'
  const comparable = unlessChangeable(object.spec, oldSpec, isBound)
  if (!semanticallyEqual(comparable, oldSpec)) {
    errors.push(
      forbidden(
        'spec',
        `${IMMUTABLE_TEXT}\n${unifiedDiff(internalForm(oldSpec, SPEC), internalForm(comparable, SPEC))}`,
      ),
    )
  }
  validateGrowth(object, old, isBound, errors)
  return errors
}

/** The new spec with what may change set back to what it was. */
function unlessChangeable(spec: Draft, oldSpec: Draft, isBound: boolean): Draft {
  const comparable = { ...spec }
  if (!oldSpec.volumeName) restore(comparable, oldSpec, 'volumeName')
  if (oldSpec.storageClassName === undefined) restore(comparable, oldSpec, 'storageClassName')
  if (isBound) {
    comparable.resources = { ...spec.resources, requests: oldSpec.resources?.requests }
    restore(comparable, oldSpec, 'volumeAttributesClassName')
  }
  return comparable
}

function restore(spec: Draft, oldSpec: Draft, member: string): void {
  if (oldSpec[member] === undefined) delete spec[member]
  else spec[member] = oldSpec[member]
}

function validateGrowth(object: Draft, old: KubeObject, isBound: boolean, errors: FieldError[]) {
  const before = memberOf(old, 'spec')?.resources?.requests?.storage
  const after = object.spec.resources?.requests?.storage
  if (!isBound || before === undefined || after === undefined) return
  if (compareQuantities(after, before) >= 0) return
  const capacity = memberOf(old, 'status')?.capacity?.storage
  if (capacity !== undefined && compareQuantities(after, capacity) > 0) return
  errors.push(
    forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'),
  )
}

export const persistentVolumeClaim = defineResource({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  setDefaults,
  admitCreate,
  admitUpdate,
  admitValidated: (object, old, context) => {
    if (old?.metadata.deletionTimestamp === undefined)
      checkLimits('persistentvolumeclaims', object, context)
  },
  prepareForCreate: (draft) => {
    draft.status = { phase: 'Pending' }
  },
  prepareForUpdate: keepStatus,
  validate: (object) => {
    const errors: FieldError[] = []
    validateClaimSpec(object.spec, 'spec', errors)
    return errors
  },
  validateUpdate,
  status: plainStatus(),
  warnings: (object, old) => [
    ...fractionalByteWarnings(object.spec, 'spec'),
    ...(old === undefined && object.metadata.annotations?.[BETA_CLASS] !== undefined
      ? [
          `metadata.annotations[${BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`,
        ]
      : []),
  ],
  columns: [
    NAME_COLUMN,
    column('Status', 'phase represents the current phase of PersistentVolumeClaim.'),
    column(
      'Volume',
      'volumeName is the binding reference to the PersistentVolume backing this claim.',
    ),
    column('Capacity', 'capacity represents the actual resources of the underlying volume.'),
    column(
      'Access Modes',
      'accessModes contains the actual access modes the volume backing the PVC has. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1',
    ),
    column('StorageClass', 'StorageClass of the pvc'),
    column('VolumeAttributesClass', 'VolumeAttributesClass of the pvc'),
    AGE_COLUMN,
    wide(
      'VolumeMode',
      'volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.',
    ),
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec')
    const status = memberOf(object, 'status')
    const isBound = Boolean(spec?.volumeName)
    return [
      object.metadata.name,
      object.metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      spec?.volumeName ?? '',
      isBound ? (status?.capacity?.storage ?? '0') : '',
      isBound ? shortAccessModes(status?.accessModes) : '',
      classOf(object),
      textOr(spec?.volumeAttributesClassName, '<unset>'),
      age(object, unixMs),
      spec?.volumeMode ?? '<unset>',
    ]
  },
})
