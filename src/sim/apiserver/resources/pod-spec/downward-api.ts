import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { Draft } from '../../resource.ts'

/** What a Pod can be told about itself, as a variable and as a file. */

const KNOWN_FIELDS = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.host',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
])

export const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
export const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

const SUBSCRIPTED = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/

export function validateFieldRef(
  ref: Draft,
  allowed: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  const path: string = ref.fieldPath ?? ''
  if (path === '') {
    errors.push(required(`${field}.fieldPath`))
    return
  }
  const key = SUBSCRIPTED.exec(path)?.[2]
  if (key !== undefined) {
    for (const text of qualifiedNameFaults(key.toLowerCase()))
      errors.push(invalid(field, key, text))
  } else if (!KNOWN_FIELDS.has(path)) {
    errors.push(
      invalid(
        `${field}.fieldPath`,
        path,
        `error converting fieldPath: field label not supported: ${path}`,
      ),
    )
  } else if (!allowed.includes(path) && path !== 'spec.host') {
    errors.push(unsupported(`${field}.fieldPath`, path, allowed))
  }
}

export function validateResourceFieldRef(
  ref: Draft,
  isInVolume: boolean,
  field: string,
  errors: FieldError[],
): void {
  if (isInVolume && !ref.containerName) errors.push(required(`${field}.containerName`))
  if (!ref.resource) errors.push(required(`${field}.resource`))
  else if (
    !RESOURCES.includes(ref.resource) &&
    !/^(?:limits|requests)\.hugepages-/.test(ref.resource)
  ) {
    errors.push(unsupported(`${field}.resource`, ref.resource, RESOURCES))
  }
}
