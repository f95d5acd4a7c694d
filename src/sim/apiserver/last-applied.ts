import { isObject } from '#sim/apimachinery/equality.ts'
import { FieldSet } from '#sim/apimachinery/field-set.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { compareValues, fieldsOfDocument, type Shape } from '#sim/apimachinery/typed-value.ts'
import type { Draft } from './resource.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
/** Only kubectl's own appliers go over from applying on the client's side. */
const MANAGER = 'kubectl'

/**
 * What kubectl may take without a conflict: the fields that it applied on the client's side
 * before, as its annotation tells, and that are still as it left them.
 * Upstream: apimachinery/pkg/util/managedfields, lastappliedmanager.go.
 */
export function takenOver(manager: string, live: object, shape: Shape): FieldSet {
  const text = manager === MANAGER ? annotationOf(live) : undefined
  const applied = text === undefined ? undefined : parsed(text)
  if (applied === undefined) return new FieldSet()
  const { changed, removed } = compareValues(applied, live, shape)
  return fieldsOfDocument(applied, shape).difference(changed).difference(removed)
}

/** Keeps the annotation true, for a kubectl that applies on its own side again. */
export function updateLastApplied(manager: string, draft: Draft, document: Draft): void {
  if (manager !== MANAGER || annotationOf(draft) === undefined) return
  const { metadata, ...rest } = document
  const { annotations, ...others } = isObject(metadata) ? metadata : {}
  const { [LAST_APPLIED]: _own, ...left } = isObject(annotations) ? annotations : {}
  const kept = annotations === undefined ? others : { ...others, annotations: left }
  draft['metadata'].annotations = {
    ...draft['metadata'].annotations,
    [LAST_APPLIED]: `${goJson({ ...rest, metadata: kept })}\n`,
  }
}

function annotationOf(object: object): string | undefined {
  const { annotations } =
    (object as { metadata?: { annotations?: Record<string, string> } }).metadata ?? {}
  return annotations?.[LAST_APPLIED]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
