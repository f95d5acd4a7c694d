import { isObject } from '#sim/apimachinery/equality.ts'
import { invalid as invalidField } from '#sim/apimachinery/field-errors.ts'
import { invalid, notFound } from '#sim/apimachinery/statuses.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { checkMediaType } from './body.ts'
import { readRequestObject } from './body-kind.ts'
import type { ExpectedKind } from './expected-kind.ts'
import { base64 } from './protobuf.ts'
import type { Draft } from './resource.ts'
import { type Scope, writeOptions } from './scope.ts'
import { timestampOf } from './server-state.ts'

const DEFAULT_SECONDS = 3600
const MAX_SECONDS = 2 ** 32
const MIN_SECONDS = 600
const TOKEN_REQUEST: ExpectedKind = {
  kind: 'TokenRequest',
  apiVersions: ['authentication.k8s.io/v1'],
  internal: 'authentication.TokenRequest',
}

/**
 * A token for a ServiceAccount. Simplified: shaped as a JWT, its signature is random and nobody
 * checks it, as every request here is let in.
 */
export function handleToken(scope: Scope): Draft {
  checkMediaType(scope)
  writeOptions(scope, 'CreateOptions')
  const body = readRequestObject(scope, TOKEN_REQUEST)
  const account = scope.stored
  if (account === undefined) throw notFound(scope.resource.where, scope.name)
  const spec = isObject(body['spec']) ? body['spec'] : {}
  const seconds = Number(spec['expirationSeconds'] ?? DEFAULT_SECONDS)
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    const bound = seconds < MIN_SECONDS ? 'less than 10 minutes' : 'larger than 2^32 seconds'
    const why = `may not specify a duration ${bound}`
    const error = invalidField('spec.expirationSeconds', seconds, why)
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [error])
  }
  const { server, namespace = '', name } = scope
  const audiences = (spec['audiences'] as string[] | undefined) ?? [
    'https://kubernetes.default.svc',
  ]
  const issued = Math.floor(server.simulation.unixMs / 1000)
  const claims = {
    aud: audiences,
    exp: issued + seconds,
    iat: issued,
    iss: 'https://kubernetes.default.svc.cluster.local',
    'kubernetes.io': { namespace, serviceaccount: { name, uid: account.metadata.uid } },
    sub: `system:serviceaccount:${namespace}:${name}`,
  }
  const token = [{ alg: 'RS256', kid: 'simulated' }, claims, server.newUid()]
    .map((part) => segment(JSON.stringify(part)))
    .join('.')
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: server.timestamp },
    spec: {
      audiences,
      expirationSeconds: seconds,
      boundObjectRef: spec['boundObjectRef'] ?? null,
    },
    status: { token, expirationTimestamp: timestampOf((issued + seconds) * 1000) },
  }
}

function segment(text: string): string {
  return base64(encodeUtf8(text)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
