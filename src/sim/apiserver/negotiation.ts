import { noRepresentation, notAcceptable } from '#sim/apimachinery/statuses.ts'

/** The form in which an answer is wanted. */
export type Representation = {
  readonly encoding: 'json' | 'yaml'
  readonly transform: 'none' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  /** Of meta.k8s.io. */
  readonly version: 'v1' | 'v1beta1'
}

export type AcceptClause = {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

const PLAIN: Representation = { encoding: 'json', transform: 'none', version: 'v1' }

const TRANSFORMS = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'])
const ENCODINGS: Readonly<Record<string, 'json' | 'yaml'>> = {
  '*/*': 'json',
  'application/*': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
}
const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** The first clause that can be met. Errors and internal calls are always plain JSON. */
export function representationFor(
  accept: string | undefined,
  isCollection: boolean,
  isWatch: boolean,
): Representation {
  if (accept === undefined || accept.trim() === '') return PLAIN
  const clauses = parseAccept(accept)
  for (const clause of clauses) {
    const form = formOf(clause, isCollection, isWatch)
    if (form !== undefined) return form
  }
  // Clients that want nothing but protobuf decode what they get by its media type.
  if (clauses.some(({ type }) => type === PROTOBUF)) return PLAIN
  throw clauses.some(({ type }) => type in ENCODINGS) ? notAcceptable() : noRepresentation()
}

function formOf(
  clause: AcceptClause,
  isCollection: boolean,
  isWatch: boolean,
): Representation | undefined {
  const encoding = ENCODINGS[clause.type]
  if (encoding === undefined || (isWatch && encoding === 'yaml')) return undefined
  const as = clause.parameters.get('as')
  if (as === undefined) return { encoding, transform: 'none', version: 'v1' }
  const version = clause.parameters.get('v')
  if (!TRANSFORMS.has(as) || clause.parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  const isListForm = as === 'PartialObjectMetadataList'
  if (as !== 'Table' && isListForm !== (isCollection && !isWatch)) return undefined
  return { encoding, transform: as as Representation['transform'], version }
}

/** Clauses by quality, concrete types before wildcards, else as written. */
export function parseAccept(accept: string): AcceptClause[] {
  const clauses = accept.split(',').flatMap((text) => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim())
    if (type === '') return []
    const parameters = new Map(
      rest.map((part) => {
        const [key = '', value = ''] = part.split('=')
        return [key.trim().toLowerCase(), value.trim()] as const
      }),
    )
    const quality = Number(parameters.get('q') ?? '1')
    return [{ type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality }]
  })
  return clauses
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || wildness(a) - wildness(b))
}

function wildness({ type }: AcceptClause): number {
  if (type === '*/*') return 2
  return type.endsWith('/*') ? 1 : 0
}
