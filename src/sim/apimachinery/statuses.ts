import type { FieldError } from './field-error.ts'
import type { Json } from './objects.ts'
import { type Status, type StatusCause, StatusError } from './status.ts'

/** A resource as messages name it: `pods`, `statefulsets.apps`. */
export type GroupResource = { readonly group: string; readonly resource: string }

function qualified({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`
}

export type FailureParts = {
  readonly code: number
  readonly reason?: string
  readonly message: string
  readonly details?: NonNullable<Status['details']>
  readonly metadata?: { readonly [key: string]: Json }
}

/** A failure with its members in the order of the wire. */
export function failure(parts: FailureParts): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: parts.metadata ?? {},
    status: 'Failure',
    message: parts.message,
    ...(parts.reason === undefined ? {} : { reason: parts.reason }),
    ...(parts.details === undefined ? {} : { details: parts.details }),
    code: parts.code,
  })
}

function detailsOf(
  where: GroupResource,
  name: string,
  more: Partial<NonNullable<Status['details']>> = {},
): NonNullable<Status['details']> {
  return {
    ...(name === '' ? {} : { name }),
    ...(where.group === '' ? {} : { group: where.group }),
    ...(where.resource === '' ? {} : { kind: where.resource }),
    ...more,
  }
}

export function notFound(where: GroupResource, name: string): StatusError {
  return failure({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(where)} "${name}" not found`,
    details: detailsOf(where, name),
  })
}

export function alreadyExists(
  where: GroupResource,
  name: string,
  isBeingDeleted = false,
): StatusError {
  const prefix = isBeingDeleted ? 'object is being deleted: ' : ''
  return failure({
    code: 409,
    reason: 'AlreadyExists',
    message: `${prefix}${qualified(where)} "${name}" already exists`,
    details: detailsOf(where, name),
  })
}

/** All tries of generateName collided. */
export function generateNameConflict(where: GroupResource, name: string): StatusError {
  return failure({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualified(where)} "${name}" already exists, the server was not able to generate a unique name for the object`,
    details: detailsOf(where, name, { retryAfterSeconds: 1 }),
  })
}

export function conflict(where: GroupResource, name: string, why: string): StatusError {
  return failure({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(where)} "${name}": ${why}`,
    details: detailsOf(where, name),
  })
}

export const MODIFIED_MESSAGE =
  'the object has been modified; please apply your changes to the latest version and try again'

function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${error.message}`
}

export function invalid(
  where: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map(fieldErrorText))]
  const kind = where.group === '' ? where.kind : `${where.kind}.${where.group}`
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const causes: StatusCause[] = errors.map((error) => ({
    reason: error.type,
    message: error.message,
    field: error.field,
  }))
  return failure({
    code: 422,
    reason: 'Invalid',
    message: `${kind} "${name}" is invalid: ${text}`,
    details: {
      ...detailsOf({ group: where.group, resource: where.kind }, name),
      ...(causes.length === 0 ? {} : { causes }),
    },
  })
}

export function forbidden(
  where: GroupResource,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): StatusError {
  const subject =
    where.resource === ''
      ? 'forbidden'
      : name === ''
        ? `${qualified(where)} is forbidden`
        : `${qualified(where)} "${name}" is forbidden`
  return failure({
    code: 403,
    reason: 'Forbidden',
    message: `${subject}: ${why}`,
    details: detailsOf(where, name, causes === undefined ? {} : { causes }),
  })
}

export function badRequest(message: string): StatusError {
  return failure({ code: 400, reason: 'BadRequest', message })
}

export function methodNotAllowed(): StatusError {
  return failure({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  })
}

export function unknownResource(): StatusError {
  return failure({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  })
}

export function unsupportedMediaType(): StatusError {
  return failure({
    code: 415,
    reason: 'UnsupportedMediaType',
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  })
}

/** A patch of no known type. */
export function unsupportedPatchType(): StatusError {
  return failure({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: '415: Unsupported Media Type',
    details: {},
  })
}

export function notAcceptable(): StatusError {
  return failure({
    code: 406,
    reason: 'NotAcceptable',
    message:
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  })
}

/** No clause of the Accept header names a media type that the route produces at all. */
export function noRepresentation(produced: readonly string[]): StatusError {
  return failure({
    code: 406,
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${produced.join(', ')}`,
    details: {},
  })
}

export function bodyTooLarge(limit: number): StatusError {
  return failure({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${limit}`,
  })
}

export function expired(message: string, continueToken?: string): StatusError {
  return failure({
    code: 410,
    reason: 'Expired',
    message,
    ...(continueToken === undefined ? {} : { metadata: { continue: continueToken } }),
  })
}

export function resourceVersionTooLarge(asked: string, now: string): StatusError {
  return failure({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${now}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  })
}

/** An error of the server's own code that no reason classifies. */
export function plainError(message: string): StatusError {
  return failure({ code: 500, message })
}

export function internalError(text: string): StatusError {
  return failure({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${text}`,
    details: { causes: [{ message: text }] },
  })
}

export function success(details?: Status['details'], code?: number): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details === undefined ? {} : { details }),
    ...(code === undefined ? {} : { code }),
  }
}
