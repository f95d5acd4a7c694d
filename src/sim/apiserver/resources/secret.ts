import { decodeBase64, encodeBase64 } from '#sim/apimachinery/base64.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required, tooLong } from '#sim/apimachinery/field-errors.ts'
import { JsonSyntaxError, parseJson } from '../json-text.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { base64Bytes, validateConfigKey, validateImmutable } from './configmap.ts'
import { defineResource, memberOf } from './define.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'

const DATA_BYTES_MAX = 1024 * 1024

/** stringData is a way in, never out. */
function setDefaults(draft: Draft): void {
  draft.type ||= 'Opaque'
  if (draft.stringData === undefined) return
  const data: Draft = { ...draft.data }
  for (const key in draft.stringData) data[key] = encodeBase64(draft.stringData[key])
  draft.data = data
  delete draft.stringData
}

/** What each type has to hold. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

const JSON_KEYS: ReadonlySet<string> = new Set(['.dockerconfigjson', '.dockercfg'])

/** The words of the parser, but nothing of the secret. */
function validateJson(encoded: string, field: string, errors: FieldError[]): void {
  try {
    parseJson(decodeBase64(encoded))
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    errors.push(invalid(field, '<secret contents redacted>', error.message))
  }
}

function validate(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  const data: Draft = object.data ?? {}
  let size = 0
  for (const key in data) {
    validateConfigKey(key, errors)
    size += base64Bytes(data[key])
  }
  if (size > DATA_BYTES_MAX) errors.push(tooLong('data', DATA_BYTES_MAX))
  for (const key of REQUIRED_KEYS[object.type] ?? []) {
    if (data[key] === undefined) errors.push(required(`data[${key}]`))
    else if (JSON_KEYS.has(key)) validateJson(data[key], `data[${key}]`, errors)
  }
  if (object.type === 'kubernetes.io/basic-auth') {
    if (data.username === undefined && data.password === undefined) {
      errors.push(required('data[username]'), required('data[password]'))
    }
  }
  if (object.type === 'kubernetes.io/service-account-token') {
    if (!object.metadata.annotations?.[SERVICE_ACCOUNT]) {
      errors.push(required(`metadata.annotations[${SERVICE_ACCOUNT}]`))
    }
  }
  return errors
}

const SERVICE_ACCOUNT = 'kubernetes.io/service-account.name'

export const secret = defineResource({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  setDefaults,
  validate,
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    if (object.type !== memberOf(old, 'type')) {
      errors.push(invalid('type', object.type, 'field is immutable'))
    }
    validateImmutable(object, old, ['data'], errors)
    errors.push(...validateObjectMeta(object.metadata, true, 'subdomain'), ...validate(object))
    return errors
  },
  fieldSelectors: { type: (object) => String(memberOf(object, 'type') ?? '') },
  columns: [
    NAME_COLUMN,
    column(
      'Type',
      'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
    ),
    column(
      'Data',
      "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => [
    object.metadata.name,
    String(memberOf(object, 'type') ?? ''),
    Object.keys(memberOf(object, 'data') ?? {}).length,
    age(object, unixMs),
  ],
})
