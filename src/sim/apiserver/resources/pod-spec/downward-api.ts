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
  } else validateDivisor(ref, field, errors)
}

const BYTES = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei'
const DIVISORS: Readonly<Record<string, { choices: string; named: string }>> = {
  cpu: { choices: '1m and 1', named: 'cpu' },
  memory: { choices: BYTES, named: 'memory' },
  'ephemeral-storage': { choices: BYTES, named: 'local ephemeral storage' },
}

function validateDivisor(ref: Draft, field: string, errors: FieldError[]): void {
  const rule = DIVISORS[String(ref.resource).split('.')[1] ?? '']
  const divisor: string = ref.divisor ?? '0'
  if (rule === undefined || divisor === '0') return
  if (rule.choices.split(/, | and /).includes(divisor)) return
  const why = `only divisor's values ${rule.choices} are supported with the ${rule.named} resource`
  errors.push(invalid(`${field}.divisor`, divisor, why))
}
