import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import { Query } from './request-info.ts'
import type { ServerState } from './server-state.ts'
import { SERVER_VERSION } from './version.ts'

const TEXT = { 'content-type': 'text/plain; charset=utf-8' }
const HEALTH = { ...TEXT, 'x-content-type-options': 'nosniff' }
const HEALTH_CHECKS = ['ping', 'log', 'etcd', 'poststarthook/start-apiserver-admission-initializer']

/** Paths that are no resources: discovery, health, version, schemas. */
export function handleNonResource(server: ServerState, request: ApiRequest): ApiReply {
  const path = request.path.length > 1 ? request.path.replace(/\/+$/, '') : request.path
  const accept = request.headers?.['accept'] ?? ''
  const [, root = '', check] = path.split('/')
  switch (root) {
    case '':
      return { type: 'object', code: 200, body: { paths: server.discovery.paths() } }
    case 'version':
      return { type: 'object', code: 200, body: SERVER_VERSION }
    case 'healthz':
    case 'livez':
    case 'readyz':
      return health(root, check, new Query(request.query))
    case 'api':
    case 'apis':
      return server.discovery.answer(path, accept) ?? pageNotFound()
    case 'openapi':
      return server.openapi.answer(path, request) ?? pageNotFound()
    default:
      return pageNotFound()
  }
}

function health(root: string, check: string | undefined, query: Query): ApiReply {
  if (check !== undefined && !HEALTH_CHECKS.includes(check)) return pageNotFound()
  if (check !== undefined || !query.flag('verbose'))
    return { type: 'text', code: 200, headers: HEALTH, body: 'ok' }
  const excluded = query.all('exclude')
  const lines = HEALTH_CHECKS.map((name) =>
    excluded.includes(name) ? `[+]${name} excluded: ok\n` : `[+]${name} ok\n`,
  )
  const unknown = excluded.filter((name) => !HEALTH_CHECKS.includes(name))
  if (unknown.length > 0) {
    const named = unknown.map((name) => JSON.stringify(name)).join(',')
    lines.push(`warn: some health checks cannot be excluded: no matches for ${named}\n`)
  }
  const body = `${lines.join('')}${root} check passed\n`
  return { type: 'text', code: 200, headers: HEALTH, body }
}

function pageNotFound(): ApiReply {
  return {
    type: 'text',
    code: 404,
    headers: { ...TEXT, 'x-content-type-options': 'nosniff' },
    body: '404 page not found\n',
  }
}
