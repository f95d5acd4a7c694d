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
  // Only beside another clause that the router lets pass.
  'application/*': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
}
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const PRODUCED: readonly string[] = ['application/json', 'application/yaml', PROTOBUF]
const PRODUCED_WITH_STREAMS: readonly string[] = [
  ...PRODUCED,
  'application/json;stream=watch',
  `${PROTOBUF};stream=watch`,
]

/** What is asked for, as far as the forms of its answer depend on it. */
export type AnswerKind = 'object' | 'collection' | 'list' | 'watch'

/** The first clause that can be met. Internal calls are always plain JSON. */
export function representationFor(accept: string | undefined, kind: AnswerKind): Representation {
  if (accept === undefined || accept.trim() === '') return PLAIN
  if (!passesRouter(accept))
    throw noRepresentation(kind === 'list' || kind === 'watch' ? PRODUCED_WITH_STREAMS : PRODUCED)
  const clauses = parseAccept(accept)
  for (const clause of clauses) {
    const form = formOf(clause, kind)
    if (form !== undefined) return form
  }
  // Clients that want nothing but protobuf decode what they get by its media type.
  if (clauses.some(({ type }) => type === PROTOBUF)) return PLAIN
  throw notAcceptable()
}

/** The router looks before anything else does, and knows neither quality nor partial wildcards. */
function passesRouter(accept: string): boolean {
  return accept.split(',').some((clause) => {
    const type = (clause.split(';')[0] ?? '').trim()
    return type === '*/*' || PRODUCED.includes(type)
  })
}

/** Errors are never transformed; they are YAML where that is the first that can be met. */
export function errorForm(accept: string | undefined): Representation {
  if (accept === undefined) return PLAIN
  const clause = parseAccept(accept).find(
    ({ type, parameters }) => type in ENCODINGS && !parameters.has('as'),
  )
  return { ...PLAIN, encoding: ENCODINGS[clause?.type ?? ''] ?? 'json' }
}

function formOf(clause: AcceptClause, kind: AnswerKind): Representation | undefined {
  const isWatch = kind === 'watch'
  const encoding = ENCODINGS[clause.type]
  if (encoding === undefined || (isWatch && encoding === 'yaml')) return undefined
  const as = clause.parameters.get('as')
  if (as === undefined) return { encoding, transform: 'none', version: 'v1' }
  const version = clause.parameters.get('v')
  if (!TRANSFORMS.has(as) || clause.parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  const isListForm = as === 'PartialObjectMetadataList'
  if (as !== 'Table' && isListForm !== (kind === 'list' || kind === 'collection')) return undefined
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
