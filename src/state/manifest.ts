import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import type { StatusCause } from '#sim/apimachinery/status.ts'
import type { ManifestObject } from './requests.ts'

/** A complaint about a manifest, at the place it is about; lines and columns count from 1. */
export type Marker = {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly message: string
}

export type ManifestDocument = {
  readonly object: ManifestObject
  /** Where in the text a field such as `spec.template.spec.containers[0].image` stands. */
  readonly markerAt: (field: string, message: string) => Marker
}

export type Manifest = {
  readonly documents: readonly ManifestDocument[]
  readonly markers: readonly Marker[]
}

/** The objects of a manifest with the places of their fields, or what is wrong with its text. */
export function readManifest(text: string): Manifest {
  const counter = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: counter })
  const documents: ManifestDocument[] = []
  const markers: Marker[] = []
  // An empty text is an empty list with properties of its own.
  for (const document of [...parsed]) {
    for (const error of document.errors) {
      markers.push(
        markerOf(counter, error.pos, withoutPlace(error.message.split('\n', 1)[0] ?? '')),
      )
    }
    if (document.errors.length > 0 || document.contents === null) continue
    const value: unknown = document.toJS()
    const root = document.contents
    if (value === null) continue
    const missing = missingField(value)
    if (missing !== undefined) {
      const range = root.range ?? [0, 0, 0]
      markers.push(markerOf(counter, [range[0], range[0] + 1], missing))
      continue
    }
    documents.push({
      // `missingField` has looked at what the type promises.
      object: value as ManifestObject,
      markerAt: (field, message) => markerOf(counter, rangeOf(root, fieldPath(field)), message),
    })
  }
  return { documents, markers }
}

/** The causes of a refusal as markers; without causes, the whole message at the kind. */
export function refusalMarkers(
  document: ManifestDocument,
  message: string,
  causes: readonly StatusCause[],
): readonly Marker[] {
  if (causes.length === 0) return [document.markerAt('kind', message)]
  return causes.map((cause) =>
    document.markerAt(cause.field ?? 'kind', `${cause.field ?? ''}: ${cause.message ?? message}`),
  )
}

function missingField(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'a manifest is a mapping'
  if (!('apiVersion' in value) || typeof value.apiVersion !== 'string') return 'apiVersion not set'
  if (!('kind' in value) || typeof value.kind !== 'string') return 'kind not set'
  const metadata = 'metadata' in value ? value.metadata : undefined
  if (typeof metadata !== 'object' || metadata === null || !('name' in metadata)) {
    return 'metadata.name not set'
  }
  return undefined
}

/** `spec.containers[0].ports["http"]` as keys and indexes. */
export function fieldPath(field: string): readonly (string | number)[] {
  const path: (string | number)[] = []
  for (const [, name, index, quoted] of field.matchAll(/([^.[\]]+)|\[(\d+)\]|\[([^\]]*)\]/g)) {
    if (name !== undefined) path.push(name)
    else if (index !== undefined) path.push(Number(index))
    else if (quoted !== undefined) path.push(quoted.replaceAll('"', ''))
  }
  return path
}

type Range = readonly [number, number]

/** As deep as the text goes along the path: a missing field is shown at what should hold it. */
function rangeOf(root: Node, path: readonly (string | number)[]): Range {
  let node: Node = root
  let range: Range = headOf(root)
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      if (pair === undefined) break
      // Nodes parsed from text are nodes; pairs type them as anything.
      range = headOf(pair.key as Node)
      if (pair.value === null) break
      node = pair.value as Node
    } else if (isSeq(node) && typeof part === 'number') {
      const item = node.items[part] as Node | undefined
      if (item === undefined) break
      node = item
      range = headOf(item)
    } else break
  }
  return isScalar(node) && node.range ? [node.range[0], node.range[1]] : range
}

function headOf(node: Node): Range {
  const [start, end] = node.range ?? [0, 1, 1]
  return isScalar(node) ? [start, end] : [start, Math.min(end, start + 1)]
}

function markerOf(counter: LineCounter, [start, end]: Range, message: string): Marker {
  const from = counter.linePos(start)
  const to = counter.linePos(Math.max(end, start + 1))
  return {
    line: Math.max(1, from.line),
    column: Math.max(1, from.col),
    endLine: Math.max(1, to.line),
    endColumn: Math.max(2, to.col),
    message,
  }
}

/** The parser ends its sentences with the place, which the marker tells already. */
function withoutPlace(message: string): string {
  return message.replace(/ at line \d+, column \d+:?$/, '')
}
