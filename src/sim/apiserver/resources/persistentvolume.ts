import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import { sortKeys } from '#sim/apimachinery/go-json.ts'
import { dnsSubdomainFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { isPositiveQuantity } from '#sim/apimachinery/quantity.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { internalForm } from './internal-form.ts'
import { unifiedDiff } from './unified-diff.ts'
import { shortAccessModes, validateAccessModes } from './claim-spec.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN, textOr, wide } from './columns.ts'
import { defineResource, keepSpec, keepStatus, memberOf } from './define.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'
import { roundResourceList } from './pod-spec/defaults.ts'
import { validateNodeSelector } from './pod-spec/scheduling.ts'

const PROTECTION = 'kubernetes.io/pv-protection'
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'

/** In the order in which validation looks at them. */
const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const

function setDefaults(draft: Draft): void {
  draft.spec ??= {}
  const { spec } = draft
  spec.persistentVolumeReclaimPolicy ||= 'Retain'
  spec.volumeMode ??= 'Filesystem'
  if (spec.hostPath !== undefined) spec.hostPath.type ??= ''
  if (spec.capacity !== undefined) roundResourceList(spec.capacity)
  draft.status ??= {}
  draft.status.phase ||= 'Pending'
}

function validateSpec(spec: Draft): FieldError[] {
  const errors: FieldError[] = []
  if ((spec.accessModes ?? []).length === 0) errors.push(required('spec.accessModes'))
  validateAccessModes(spec.accessModes ?? [], 'spec.accessModes', errors)
  validateCapacity(spec.capacity, errors)
  const policy = spec.persistentVolumeReclaimPolicy
  if (policy !== 'Delete' && policy !== 'Recycle' && policy !== 'Retain') {
    errors.push(
      unsupported('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']),
    )
  }
  validateSource(spec, errors)
  if (spec.nodeAffinity !== undefined) {
    if (spec.nodeAffinity.required === undefined) {
      const why = 'must specify required node constraints'
      errors.push(required('spec.nodeAffinity.required', why))
    } else validateNodeSelector(spec.nodeAffinity.required, 'spec.nodeAffinity.required', errors)
  }
  if (spec.hostPath?.path === '/' && policy === 'Recycle') {
    const why = "may not be 'recycle' for a hostPath mount of '/'"
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', why))
  }
  if (spec.storageClassName) {
    for (const text of dnsSubdomainFaults(spec.storageClassName)) {
      errors.push(invalid('spec.storageClassName', spec.storageClassName, text))
    }
  }
  if (spec.volumeMode !== 'Block' && spec.volumeMode !== 'Filesystem') {
    errors.push(unsupported('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']))
  }
  return errors
}

function validateCapacity(capacity: Draft | undefined, errors: FieldError[]): void {
  const names = Object.keys(capacity ?? {})
  if (names.length === 0) errors.push(required('spec.capacity'))
  if (names.length !== 1 || names[0] !== 'storage') {
    errors.push(unsupported('spec.capacity', sortKeys(capacity ?? null), ['storage']))
  }
  for (const name of names) {
    const amount = capacity?.[name]
    if (!isPositiveQuantity(amount)) {
      errors.push(invalid(`spec.capacity[${name}]`, amount, 'must be greater than zero'))
    }
  }
}

function validateSource(spec: Draft, errors: FieldError[]): void {
  const given = SOURCES.filter((source) => spec[source] !== undefined)
  if (given.length === 0) errors.push(required('spec', 'must specify a volume type'))
  for (const [index, source] of given.entries()) {
    const field = `spec.${source}`
    if (index > 0) errors.push(forbidden(field, 'may not specify more than 1 volume type'))
    else validateOneSource(source, spec, field, errors)
  }
}

function validateOneSource(source: string, spec: Draft, field: string, errors: FieldError[]): void {
  const details = spec[source]
  const demand = (member: string) => {
    if (!details[member]) errors.push(required(`${field}.${member}`))
  }
  switch (source) {
    case 'hostPath':
      demand('path')
      if (details.path?.split('/').includes('..')) {
        errors.push(invalid(`${field}.path`, details.path, "must not contain '..'"))
      }
      break
    case 'local':
      demand('path')
      if (spec.nodeAffinity === undefined) {
        errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'))
      }
      break
    case 'nfs':
      demand('server')
      demand('path')
      break
    case 'csi':
      demand('driver')
      demand('volumeHandle')
      break
    default:
  }
}

function validateUpdate(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
  errors.push(...validateSpec(object.spec))
  const oldSpec = memberOf(old, 'spec')
  const [before, after] = [sourceOf(oldSpec), sourceOf(object.spec)]
  if (!semanticallyEqual(before, after)) {
    errors.push(
      forbidden(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(internalForm(before, SOURCE), internalForm(after, SOURCE))}`,
      ),
    )
  }
  if (object.spec.volumeMode !== oldSpec.volumeMode) {
    errors.push(invalid('volumeMode', object.spec.volumeMode, 'field is immutable'))
  }
  const affinity = oldSpec.nodeAffinity
  if (affinity !== undefined && !semanticallyEqual(affinity, object.spec.nodeAffinity)) {
    errors.push(
      invalid(
        'spec.nodeAffinity',
        object.spec.nodeAffinity === undefined
          ? null
          : internalForm(object.spec.nodeAffinity, 'VolumeNodeAffinity'),
        'field is immutable, except for updating from beta label to GA',
      ),
    )
  }
  return errors
}

const SOURCE = 'PersistentVolumeSource'

function sourceOf(spec: Draft): Draft {
  const source: Draft = {}
  for (const name of SOURCES) if (spec[name] !== undefined) source[name] = spec[name]
  return source
}

export const persistentVolume = defineResource({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  namespaced: false,
  setDefaults,
  admitCreate: ({ metadata }) => {
    const finalizers: readonly string[] = metadata.finalizers ?? []
    if (!finalizers.includes(PROTECTION)) metadata.finalizers = [...finalizers, PROTECTION]
  },
  prepareForCreate: (draft, context) => {
    draft.status = { phase: 'Pending', lastPhaseTransitionTime: context.timestamp }
  },
  prepareForUpdate: keepStatus,
  validate: (object) => validateSpec(object.spec),
  validateUpdate,
  status: {
    prepareForUpdate: (draft, old, context) => {
      keepSpec(draft, old)
      const before = memberOf(old, 'status')
      const after = draft.status ?? {}
      if (after.phase === before?.phase) return
      if (after.lastPhaseTransitionTime !== before?.lastPhaseTransitionTime) return
      draft.status = { ...after, lastPhaseTransitionTime: context.timestamp }
    },
    validateUpdate: (object, old) => validateObjectMetaUpdate(object.metadata, old.metadata),
  },
  columns: [
    NAME_COLUMN,
    column(
      'Capacity',
      "capacity is the description of the persistent volume's resources and capacity. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
    ),
    column(
      'Access Modes',
      'accessModes contains all ways the volume can be mounted. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes',
    ),
    column(
      'Reclaim Policy',
      'persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim. Valid options are Retain (default for manually created PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by the volume plugin underlying this PersistentVolume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming',
    ),
    column(
      'Status',
      'phase indicates if a volume is available, bound to a claim, or released by a claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase',
    ),
    column(
      'Claim',
      'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding',
    ),
    column('StorageClass', 'StorageClass of the pv'),
    column('VolumeAttributesClass', 'VolumeAttributesClass of the pv'),
    column(
      'Reason',
      'reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.',
    ),
    AGE_COLUMN,
    wide(
      'VolumeMode',
      'volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state. Value of Filesystem is implied when not included in spec.',
    ),
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec')
    const status = memberOf(object, 'status')
    const claim = spec?.claimRef
    return [
      object.metadata.name,
      spec?.capacity?.storage ?? '0',
      shortAccessModes(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      object.metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`,
      object.metadata.annotations?.[BETA_CLASS] ?? spec?.storageClassName ?? '',
      textOr(spec?.volumeAttributesClassName, '<unset>'),
      status?.reason ?? '',
      age(object, unixMs),
      spec?.volumeMode ?? '<unset>',
    ]
  },
})
