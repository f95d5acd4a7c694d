import type { KubeObject, ObjectMeta } from '#sim/apimachinery/objects.ts'
import { badRequest } from '#sim/apimachinery/statuses.ts'
import { canonicalObject } from './canonical.ts'
import type { Representation } from './negotiation.ts'
import type { ListResult } from './read.ts'
import { shown } from './registry.ts'
import type { TableColumn } from './resource.ts'
import type { Scope } from './scope.ts'

type IncludeObject = 'None' | 'Metadata' | 'Object'

const FALLBACK_COLUMNS: readonly TableColumn[] = [
  { name: 'Name', type: 'string', format: 'name', description: 'Name of the object', priority: 0 },
  {
    name: 'Created At',
    type: 'date',
    format: '',
    description: 'When the object was created',
    priority: 0,
  },
]

/** Builds the Tables of one request: one for an answer, one an event for a watch. */
export class TableBuilder {
  readonly #scope: Scope
  readonly #form: Representation
  readonly #include: IncludeObject
  #hasSentColumns = false

  constructor(scope: Scope, form: Representation) {
    this.#scope = scope
    this.#form = form
    this.#include = includeObject(scope.query.get('includeObject') ?? '')
  }

  ofObject(object: KubeObject): KubeObject {
    return this.#table({ resourceVersion: object.metadata.resourceVersion }, [object], true)
  }

  ofList(list: ListResult): KubeObject {
    return this.#table(list.metadata, list.items, true)
  }

  /** The table of a watch event; only the first says what the columns are. */
  next(object: KubeObject): KubeObject {
    const isFirst = !this.#hasSentColumns
    this.#hasSentColumns = true
    return this.#table({ resourceVersion: object.metadata.resourceVersion }, [object], isFirst)
  }

  /** A bookmark is the table of an object that has nothing but a version. */
  bookmark(object: KubeObject): KubeObject {
    const { definition, struct } = this.#scope.resource.stored
    const type = {
      apiVersion: object.apiVersion,
      kind: definition.kind,
      ...(struct === undefined ? {} : { struct }),
    }
    const told: Partial<ObjectMeta> & { resourceVersion: string } = object.metadata
    const metadata = { name: '', creationTimestamp: '', uid: '', ...told }
    return this.next({ ...canonicalObject({ metadata }, type), metadata })
  }

  #table(metadata: object, objects: readonly KubeObject[], hasColumns: boolean): KubeObject {
    const table = {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${this.#form.version}`,
      metadata,
      columnDefinitions: hasColumns ? this.#columns : null,
      rows: objects.map((object) => this.#row(object)),
    }
    // A Table travels where objects do; what it lacks of one, its readers do not expect.
    return table as unknown as KubeObject
  }

  get #columns(): readonly TableColumn[] {
    const { columns } = this.#scope.resource.definition
    return columns.length === 0 ? FALLBACK_COLUMNS : columns
  }

  #row(object: KubeObject): object {
    const conditions = finishedConditions(object)
    const whole = () => this.#object(object)
    return {
      cells: this.#cells(object),
      ...(conditions === undefined ? {} : { conditions }),
      // Worked out when someone reads it: printing ten thousand Pods takes no managedFields.
      get object() {
        return whole()
      },
    }
  }

  #cells(object: KubeObject): readonly unknown[] {
    const { columns, row } = this.#scope.resource.definition
    if (columns.length === 0) return [object.metadata.name, object.metadata.creationTimestamp]
    return row(object, this.#scope.server.simulation.unixMs)
  }

  #object(object: KubeObject): unknown {
    if (this.#include === 'None') return null
    const { resource, server, isInternal } = this.#scope
    const whole = shown(
      resource,
      isInternal ? object : server.ownership.present(resource.stored, object),
    )
    if (this.#include === 'Object') return whole
    return {
      kind: 'PartialObjectMetadata',
      apiVersion: `meta.k8s.io/${this.#form.version}`,
      metadata: whole.metadata,
    }
  }
}

/** How much of the object each row of a Table carries. */
export function includeObject(text: string): IncludeObject {
  if (text === '') return 'Metadata'
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`,
  )
}

/** Rows of finished Pods say so, for printers that hide them. */
function finishedConditions(object: KubeObject): readonly object[] | undefined {
  if (object.kind !== 'Pod') return undefined
  const { status } = object as KubeObject & { status?: { phase?: string } }
  const completed = { type: 'Completed', status: 'True' }
  if (status?.phase === 'Succeeded')
    return [{ ...completed, reason: 'Succeeded', message: 'The pod has completed successfully.' }]
  if (status?.phase === 'Failed')
    return [{ ...completed, reason: 'Failed', message: 'The pod failed.' }]
  return undefined
}
