import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required } from '#sim/apimachinery/field-errors.ts'
import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource, keepSpec, keepStatus, memberOf } from './define.ts'
import { internalForm } from './internal-form.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'

function validate({ spec = {} }: Draft): FieldError[] {
  const errors: FieldError[] = []
  if (!spec.attacher) errors.push(required('spec.attacher'))
  else {
    const attacher: string = spec.attacher.toLowerCase()
    for (const text of qualifiedNameFaults(attacher))
      errors.push(invalid('spec.attacher', attacher, text))
  }
  const source = spec.source ?? {}
  if (!source.persistentVolumeName && source.inlineVolumeSpec === undefined) {
    errors.push(
      required(
        'spec.source',
        'must specify exactly one of inlineVolumeSpec and persistentVolumeName',
      ),
    )
  }
  if (!spec.nodeName) errors.push(required('spec.nodeName'))
  return errors
}

export const volumeAttachment = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  prepareForCreate: (draft) => {
    draft.status = { attached: false }
  },
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    errors.push(...validate(object))
    if (!semanticallyEqual(object.spec, memberOf(old, 'spec'))) {
      const shown = internalForm(object.spec, 'VolumeAttachmentSpec')
      errors.push(invalid('spec', shown, 'field is immutable'))
    }
    return errors
  },
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: (object, old) => validateObjectMetaUpdate(object.metadata, old.metadata),
  },
  columns: [
    NAME_COLUMN,
    column(
      'Attacher',
      'attacher indicates the name of the volume driver that MUST handle this request. This is the name returned by GetPluginName().',
    ),
    column('PV', 'persistentVolumeName represents the name of the persistent volume to attach.'),
    column('Node', 'nodeName represents the node that the volume should be attached to.'),
    column(
      'Attached',
      'attached indicates the volume is successfully attached. This field must only be set by the entity completing the attach operation, i.e. the external-attacher.',
      { type: 'boolean' },
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec')
    return [
      object.metadata.name,
      spec?.attacher ?? '',
      spec?.source?.persistentVolumeName ?? '',
      spec?.nodeName ?? '',
      memberOf(object, 'status')?.attached ?? false,
      age(object, unixMs),
    ]
  },
})
