import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, tooLong } from '#sim/apimachinery/field-errors.ts'
import { configKeyFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource, memberOf } from './define.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'

const DATA_BYTES_MAX = 1024 * 1024

function validate(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  const { data = {}, binaryData = {} } = object
  let size = 0
  for (const key in data) {
    validateConfigKey(key, errors)
    if (key in binaryData) {
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    size += byteLength(data[key])
  }
  for (const key in binaryData) {
    validateConfigKey(key, errors, 'binaryData')
    size += base64Bytes(binaryData[key])
  }
  if (size > DATA_BYTES_MAX) errors.push(tooLong('[]', DATA_BYTES_MAX))
  return errors
}

export function validateConfigKey(key: string, errors: FieldError[], member = 'data'): void {
  for (const text of configKeyFaults(key)) errors.push(invalid(`${member}[${key}]`, key, text))
}

/** As many bytes as UTF-8 takes; only long texts are worth the count. */
export function byteLength(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) bytes += 2
    else if (code >= 0x80) bytes += 1
  }
  return bytes
}

export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** Once immutable, for ever so; shared with Secrets. */
export function validateImmutable(
  object: Draft,
  old: KubeObject,
  members: readonly string[],
  errors: FieldError[],
): void {
  if (memberOf(old, 'immutable') !== true) return
  if (object.immutable !== true) {
    errors.push(forbidden('immutable', 'field is immutable when `immutable` is set'))
  }
  for (const member of members) {
    if (!semanticallyEqual(object[member] ?? {}, memberOf(old, member) ?? {})) {
      errors.push(forbidden(member, 'field is immutable when `immutable` is set'))
    }
  }
}

export const configMap = defineResource({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  validate,
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    validateImmutable(object, old, ['data', 'binaryData'], errors)
    errors.push(...validateObjectMeta(object.metadata, true, 'subdomain'), ...validate(object))
    return errors
  },
  columns: [
    NAME_COLUMN,
    column(
      'Data',
      "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => {
    const keys = (member: string) => Object.keys(memberOf(object, member) ?? {}).length
    return [object.metadata.name, keys('data') + keys('binaryData'), age(object, unixMs)]
  },
})
