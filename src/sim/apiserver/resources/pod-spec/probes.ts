import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import type { Draft } from '../../resource.ts'
import { notNegative, positive } from '../numbers.ts'
import { validatePortNumOrName } from '../ports.ts'

const PROBE_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const
const HOOK_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const
const HEADER_NAME = /^[-A-Za-z0-9]+$/
const HEADER_TEXT =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
const NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
]

export function validateProbes(container: Draft, field: string, errors: FieldError[]): void {
  for (const member of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[member]
    if (probe === undefined) continue
    const path = `${field}.${member}`
    validateProbe(probe, path, errors)
    if (member === 'readinessProbe') {
      if (probe.terminationGracePeriodSeconds === undefined) continue
      errors.push(
        invalid(
          `${path}.terminationGracePeriodSeconds`,
          probe.terminationGracePeriodSeconds,
          'must not be set for readinessProbes',
        ),
      )
    } else if (probe.successThreshold !== 1) {
      errors.push(invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1'))
    }
  }
}

function validateProbe(probe: Draft, field: string, errors: FieldError[]): void {
  validateHandler(probe, PROBE_HANDLERS, field, errors)
  for (const member of NUMBERS) notNegative(`${field}.${member}`, probe[member], errors)
  positive(`${field}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, errors)
}

export function validateLifecycle(
  lifecycle: Draft | undefined,
  graceSeconds: number,
  field: string,
  errors: FieldError[],
): void {
  for (const member of ['postStart', 'preStop']) {
    const hook = lifecycle?.[member]
    if (hook === undefined) continue
    validateHandler(hook, HOOK_HANDLERS, `${field}.${member}`, errors)
    const seconds: number = hook.sleep?.seconds ?? 0
    if (seconds >= 0 && seconds <= Math.max(graceSeconds, 0)) continue
    const why = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`
    errors.push(invalid(`${field}.${member}.sleep`, seconds, why))
  }
}

function validateHandler(
  owner: Draft,
  handlers: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  let count = 0
  for (const handler of handlers) {
    if (owner[handler] === undefined) continue
    const path = `${field}.${handler}`
    if (count++ > 0) errors.push(forbidden(path, 'may not specify more than 1 handler type'))
    else validateAction(handler, owner[handler], path, errors)
  }
  if (count === 0) errors.push(required(field, 'must specify a handler type'))
}

function validateAction(handler: string, action: Draft, field: string, errors: FieldError[]): void {
  switch (handler) {
    case 'exec':
      if ((action.command ?? []).length === 0) errors.push(required(`${field}.command`))
      break
    case 'httpGet':
      if (!action.path) errors.push(required(`${field}.path`))
      validatePortNumOrName(action.port, `${field}.port`, errors)
      if (action.scheme !== 'HTTP' && action.scheme !== 'HTTPS') {
        errors.push(unsupported(`${field}.scheme`, action.scheme, ['HTTP', 'HTTPS']))
      }
      for (const { name = '' } of action.httpHeaders ?? []) {
        if (!HEADER_NAME.test(name)) errors.push(invalid(`${field}.httpHeaders`, name, HEADER_TEXT))
      }
      break
    case 'tcpSocket':
    case 'grpc':
      validatePortNumOrName(action.port, `${field}.port`, errors)
      break
    default:
  }
}
