import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { duplicate, invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource, memberOf } from './define.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'
import { listOf } from './pod-spec/defaults.ts'

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

/** Claims that name no class get this one. */
export function isDefaultClass(storageClass: KubeObject): boolean {
  const { annotations } = storageClass.metadata
  return DEFAULT_ANNOTATIONS.some((key) => annotations?.[key] === 'true')
}

function validate(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  if (!object.provisioner) errors.push(required('provisioner'))
  else {
    for (const text of qualifiedNameFaults(object.provisioner.toLowerCase())) {
      errors.push(invalid('provisioner', object.provisioner, text))
    }
  }
  if (object.parameters !== undefined && '' in object.parameters)
    errors.push(invalid('parameters', '', 'field can not be empty.'))
  if (object.reclaimPolicy !== 'Delete' && object.reclaimPolicy !== 'Retain') {
    errors.push(unsupported('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']))
  }
  const mode = object.volumeBindingMode
  if (mode !== 'Immediate' && mode !== 'WaitForFirstConsumer') {
    errors.push(unsupported('volumeBindingMode', mode, ['Immediate', 'WaitForFirstConsumer']))
  }
  validateTopologies(listOf(object, 'allowedTopologies'), errors)
  return errors
}

function validateTopologies(all: readonly Draft[], errors: FieldError[]): void {
  for (const [index, term] of all.entries()) {
    const keys = new Set<string>()
    for (const [at, one] of listOf(term, 'matchLabelExpressions').entries()) {
      const field = `allowedTopologies[${index}].matchLabelExpressions[${at}]`
      const key: string = one.key ?? ''
      const values: readonly string[] = one.values ?? []
      if (values.length === 0) errors.push(required(`${field}.values`))
      for (const [place, value] of values.entries()) {
        if (values.indexOf(value) < place)
          errors.push(duplicate(`${field}.values[${place}]`, value))
      }
      for (const text of qualifiedNameFaults(key)) errors.push(invalid(`${field}.key`, key, text))
      if (keys.has(key)) errors.push(duplicate(`${field}.key`, key))
      keys.add(key)
    }
  }
}

const IMMUTABLE = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode']

export const storageClass = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  namespaced: false,
  setDefaults: (draft) => {
    draft.reclaimPolicy ??= 'Delete'
    draft.volumeBindingMode ??= 'Immediate'
  },
  validate,
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    for (const member of IMMUTABLE) {
      if (semanticallyEqual(object[member], memberOf(old, member))) continue
      errors.push(invalid(member, object[member] ?? null, 'field is immutable'))
    }
    return errors
  },
  columns: [
    NAME_COLUMN,
    column('Provisioner', 'provisioner indicates the type of the provisioner.'),
    column(
      'ReclaimPolicy',
      'reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class. Defaults to Delete.',
    ),
    column(
      'VolumeBindingMode',
      'volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  When unset, VolumeBindingImmediate is used. This field is only honored by servers that enable the VolumeScheduling feature.',
    ),
    column(
      'AllowVolumeExpansion',
      'allowVolumeExpansion shows whether the storage class allow volume expand.',
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => {
    const { name } = object.metadata
    return [
      isDefaultClass(object) ? `${name} (default)` : name,
      String(memberOf(object, 'provisioner') ?? ''),
      String(memberOf(object, 'reclaimPolicy') ?? 'Delete'),
      String(memberOf(object, 'volumeBindingMode') ?? 'Immediate'),
      memberOf(object, 'allowVolumeExpansion') === true,
      age(object, unixMs),
    ]
  },
})
