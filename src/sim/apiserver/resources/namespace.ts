import type { FieldError } from '#sim/apimachinery/field-error.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { validateFinalizerName, validateObjectMetaUpdate } from './object-meta.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource, keepMember, keepSpec, keepStatus, memberOf } from './define.ts'

const NAME_LABEL = 'kubernetes.io/metadata.name'

/** The label by which selectors find a namespace by name: there, whatever a client does to it. */
function setDefaults(draft: Draft): void {
  const { metadata } = draft
  if (!metadata?.name || metadata.labels?.[NAME_LABEL] === metadata.name) return
  metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name }
}

function keepFinalizers(draft: Draft, old: KubeObject): void {
  keepMember(draft, old, 'spec')
  keepStatus(draft, old)
}

export const namespace = defineResource({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  namespaced: false,
  nameRule: 'label',
  setDefaults,
  prepareForCreate: (draft) => {
    // A name that was generated is known only now.
    setDefaults(draft)
    draft.status = { phase: 'Active' }
    const finalizers: readonly string[] = draft.spec?.finalizers ?? []
    if (finalizers.includes('kubernetes')) return
    draft.spec = { ...draft.spec, finalizers: [...finalizers, 'kubernetes'] }
  },
  prepareForUpdate: keepFinalizers,
  validate: (object) => {
    const errors: FieldError[] = []
    for (const name of object.spec?.finalizers ?? [])
      validateFinalizerName(name, 'spec.finalizers', errors)
    return errors
  },
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: (object, old) => validateObjectMetaUpdate(object.metadata, old.metadata),
  },
  fieldSelectors: {
    'status.phase': (object) => memberOf(object, 'status')?.phase ?? '',
    name: (object) => object.metadata.name,
  },
  columns: [NAME_COLUMN, column('Status', 'The status of the namespace'), AGE_COLUMN],
  row: (object, unixMs) => [
    object.metadata.name,
    memberOf(object, 'status')?.phase ?? '',
    age(object, unixMs),
  ],
})
