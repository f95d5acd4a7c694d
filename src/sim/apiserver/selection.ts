import { type FieldSelector, parseFieldSelector } from '#sim/apimachinery/field-selector.ts'
import { matchesSelector, parseLabelSelector, type Selector } from '#sim/apimachinery/selector.ts'
import { type KubeObject, objectKey } from '#sim/apimachinery/objects.ts'
import { badRequest } from '#sim/apimachinery/statuses.ts'
import type { ResourceDefinition } from './resource.ts'

type FieldGetter = (object: KubeObject) => string

/** Which objects of a resource a list, watch or deletecollection is about. */
export type Selection = {
  readonly namespace: string | undefined
  readonly name: string | undefined
  /** The key of the only object that can match, if there is but one. */
  readonly key: string | undefined
  readonly labels: Selector
  readonly fields: readonly CompiledField[]
  readonly matches: (object: KubeObject) => boolean
}

export type CompiledField = {
  readonly field: string
  readonly isEqual: boolean
  readonly value: string
  readonly get: FieldGetter
}

export type SelectionRequest = {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

/** Parses and compiles selectors; throws a 400 for what cannot be selected by. */
export function compileSelection(
  definition: ResourceDefinition,
  request: SelectionRequest,
): Selection {
  const labels = parseLabelSelector(request.labelSelector ?? '')
  const fields = compileFields(definition, parseFieldSelector(request.fieldSelector ?? ''))
  const { namespace } = request
  let name = request.name
  for (const { field, isEqual, value } of fields)
    if (field === 'metadata.name' && isEqual) name ??= value
  const isKeyKnown = name !== undefined && (namespace !== undefined || !definition.namespaced)
  return {
    namespace,
    name,
    key: isKeyKnown
      ? objectKey({
          metadata: { name: name ?? '', ...(namespace === undefined ? {} : { namespace }) },
        })
      : undefined,
    labels,
    fields,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (request.name === undefined || object.metadata.name === request.name) &&
      fields.every(({ get, isEqual, value }) => (get(object) === value) === isEqual) &&
      (labels.length === 0 || matchesSelector(labels, object.metadata.labels)),
  }
}

function compileFields(definition: ResourceDefinition, selector: FieldSelector): CompiledField[] {
  return selector.map((requirement) => {
    const get = fieldGetter(definition, requirement.field)
    return { ...requirement, get }
  })
}

function fieldGetter(definition: ResourceDefinition, field: string): FieldGetter {
  if (field === 'metadata.name') return (object) => object.metadata.name
  if (field === 'metadata.namespace') return (object) => object.metadata.namespace ?? ''
  const own = definition.fieldSelectors
  if (own !== undefined && Object.hasOwn(own, field)) {
    const get = own[field]
    if (get !== undefined) return get
  }
  if (own !== undefined && Object.keys(own).length > 0)
    throw badRequest(`field label not supported: ${field}`)
  throw badRequest(
    `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  )
}
