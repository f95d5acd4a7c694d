import { isObject } from '#sim/apimachinery/equality.ts'
import { goQuote } from '#sim/apimachinery/quote.ts'
import { badRequest } from '#sim/apimachinery/statuses.ts'
import { bodyText, readBody, shownStart, unreadableKind, unrecognized } from './body.ts'
import { jsonKind } from './decode-errors.ts'
import type { ExpectedKind } from './expected-kind.ts'
import type { Draft } from './resource.ts'
import type { Scope } from './scope.ts'

/** The body of a request that asks for something other than to store an object. */
export function readRequestObject(scope: Scope, expected: ExpectedKind): Draft {
  const body = readBody(scope, expected.kind)
  if (body === undefined)
    throw unreadableKind(expected.kind, 'unexpected end of JSON input', '<empty>')
  const value = body.value ?? {}
  checkKind(scope, value, expected)
  return value
}

/** kind and apiVersion may be left out of a body; what it names must be what the path means. */
export function checkKind(
  scope: Scope,
  value: unknown,
  expected: ExpectedKind,
): asserts value is Draft {
  if (!isObject(value)) {
    const shown = jsonKind(value)
    throw unreadableKind(
      expected.kind,
      `json: cannot unmarshal ${shown} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      shownBody(scope, value),
    )
  }
  const givenKind = value['kind'] ?? ''
  const givenVersion = value['apiVersion'] ?? ''
  if (typeof givenKind !== 'string' || typeof givenVersion !== 'string') {
    const member = typeof givenKind === 'string' ? 'apiVersion' : 'kind'
    throw unreadableKind(
      expected.kind,
      `json: cannot unmarshal ${jsonKind(value[member])} into Go struct field .${member} of type string`,
      shownBody(scope, value),
    )
  }
  const kind = givenKind === '' ? expected.kind : givenKind
  const version = givenVersion === '' ? expected.apiVersions[0] : givenVersion
  if (kind === expected.kind && expected.apiVersions.includes(version)) return
  if (version.split('/').length > 2) {
    const why = `unexpected GroupVersion string: ${version}`
    throw unrecognized(expected.kind, why, shownBody(scope, value))
  }
  const short = version.slice(version.indexOf('/') + 1)
  const why = scope.registry.hasKind(version, kind)
    ? `converting (${short}.${kind}) to (${expected.internal}): unknown conversion`
    : `no kind ${goQuote(kind)} is registered for version ${goQuote(version)} in scheme "pkg/api/legacyscheme/scheme.go:30"`
  throw badRequest(`${kind} in version "${short}" cannot be handled as a ${expected.kind}: ${why}`)
}

function shownBody(scope: Scope, value: unknown): string {
  return shownStart(bodyText(scope) ?? JSON.stringify(value))
}
