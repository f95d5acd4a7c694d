import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required } from '#sim/apimachinery/field-errors.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource, memberOf } from './define.ts'
import { notNegative } from './numbers.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'

function validate(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  if (object.data === undefined || object.data === null) {
    errors.push(required('data', 'data is mandatory'))
  } else if (typeof object.data !== 'object' || Array.isArray(object.data)) {
    errors.push(required('data', 'data must be a valid JSON object'))
  }
  notNegative('revision', object.revision, errors)
  return errors
}

export const controllerRevision = defineResource({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  validate,
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    errors.push(...validate(object))
    const before = memberOf(old, 'data')
    // The bytes count, so does the order of members.
    if (object.data !== before && JSON.stringify(object.data) !== JSON.stringify(before)) {
      errors.push(invalid('data', object.data, 'field is immutable'))
    }
    return errors
  },
  columns: [
    NAME_COLUMN,
    column('Controller', 'Controller of the object'),
    column('Revision', 'Revision indicates the revision of the state represented by Data.'),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => {
    const owner = object.metadata.ownerReferences?.find((one) => one.controller === true)
    return [
      object.metadata.name,
      owner === undefined ? '<none>' : controllerCell(owner.apiVersion, owner.kind, owner.name),
      (memberOf(object, 'revision') as number | undefined) ?? 0,
      age(object, unixMs),
    ]
  },
})

/** `statefulset.apps/web` */
function controllerCell(apiVersion: string, kind: string, name: string): string {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : ['']
  const qualified = group === '' ? kind : `${kind}.${group}`
  return `${qualified.toLowerCase()}/${name}`
}
