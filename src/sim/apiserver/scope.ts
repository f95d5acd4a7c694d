import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid as invalidField, unsupported } from '#sim/apimachinery/field-errors.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiRequest } from '#sim/apimachinery/request.ts'
import { goQuote } from '#sim/apimachinery/quote.ts'
import { badRequest, failure, invalid } from '#sim/apimachinery/statuses.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Registry, Resource } from './registry.ts'
import { Query, type RequestInfo } from './request-info.ts'
import type { RequestContext } from './resource.ts'
import type { ServerState } from './server-state.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

/** Everything about one request while it is served. */
export class Scope {
  readonly server: ServerState
  readonly request: ApiRequest
  readonly info: RequestInfo
  readonly resource: Resource
  readonly query: Query
  readonly warnings: string[] = []
  /** What the audit log shows as the request's object. */
  requestObject: unknown
  #context: RequestContext | undefined

  constructor(server: ServerState, request: ApiRequest, info: RequestInfo, resource: Resource) {
    this.server = server
    this.request = request
    this.info = info
    this.resource = resource
    this.query = new Query(request.query)
  }

  get registry(): Registry {
    return this.server.registry
  }

  header(name: string): string {
    return this.request.headers?.[name] ?? ''
  }

  /**
   * Requests from inside the process name no Accept; they get stored objects as they are, shared
   * and without managedFields. Whoever names one gets what the wire would carry.
   */
  get isInternal(): boolean {
    return this.request.headers?.['accept'] === undefined
  }

  get namespace(): string | undefined {
    return this.info.namespace
  }

  get name(): string {
    return this.info.name ?? ''
  }

  warn(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text)
  }

  get context(): RequestContext {
    return (this.#context ??= this.server.contextFor(this))
  }

  /** The stored object that the path names. */
  get stored(): KubeObject | undefined {
    return this.resource.store.get(this.namespace, this.name)
  }
}

export type WriteOptions = {
  readonly isDryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
}

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn']
const MANAGER_BYTES_MAX = 128

/** Reads and checks the options that writes have in common. */
export function writeOptions(
  scope: Scope,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  more: readonly FieldError[] = [],
): WriteOptions {
  // The overwhelming case: a component that asks for nothing special.
  if (scope.query.isEmpty && more.length === 0) {
    const fieldManager = managerOf(scope.header('user-agent'))
    return { isDryRun: false, fieldManager, fieldValidation: 'Warn' }
  }
  const errors: FieldError[] = []
  const dryRuns = scope.query.all('dryRun').filter((value) => value !== '')
  errors.push(...more, ...dryRunErrors(dryRuns))
  const manager = scope.query.get('fieldManager') ?? ''
  if (encodeUtf8(manager).length > MANAGER_BYTES_MAX) {
    errors.push({
      type: 'FieldValueTooLong',
      field: 'fieldManager',
      message: `Too long: may not be more than ${MANAGER_BYTES_MAX} bytes`,
    })
  }
  for (const [index, character] of Array.from(manager).entries()) {
    if (/[\x20-\x7e\u{a1}-\u{10ffff}]/u.test(character)) continue
    const why = `should only contain printable characters: ${goQuote(character)} at position ${index}`
    errors.push(invalidField('fieldManager', manager, why))
  }
  const validation = scope.query.get('fieldValidation') ?? ''
  if (!FIELD_VALIDATIONS.includes(validation))
    errors.push(unsupported('fieldValidation', validation, FIELD_VALIDATIONS))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors)
  return {
    isDryRun: dryRuns.length > 0,
    fieldManager: manager === '' ? managerOf(scope.header('user-agent')) : manager,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
  }
}

export function dryRunErrors(dryRuns: readonly string[]): FieldError[] {
  if (dryRuns.every((value) => value === 'All')) return []
  return [unsupported('dryRun', dryRuns, ['All'])]
}

/** The writer's name where it gave none: its program's. */
function managerOf(userAgent: string): string {
  const program = userAgent.split('/')[0] ?? ''
  return program === '' ? 'unknown' : program.slice(0, MANAGER_BYTES_MAX)
}

/** An int64 parameter; undefined when absent. */
export function intParameter(query: Query, key: string): number | undefined {
  const text = query.get(key)
  if (text === undefined || text === '') return undefined
  if (!/^[+-]?\d+$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`)
  return Number(text)
}

export type VersionErrorStyle = 'plain' | 'list'

/** A resourceVersion parameter as a number; 0 when absent. */
export function versionParameter(query: Query, style: VersionErrorStyle): number {
  const text = query.get('resourceVersion') ?? ''
  if (text === '') return 0
  if (/^\d{1,20}$/.test(text)) return Number(text)
  const why = `resourceVersion: Invalid value: ${goQuote(text)}: strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`
  if (style === 'list') throw badRequest(`invalid resource version: ${why}`)
  throw failure({ code: 500, message: why })
}
