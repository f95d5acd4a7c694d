import { type Document, parseAllDocuments, type Tags, type YAMLParseError } from 'yaml'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from './cli.ts'
import { type ApiResource } from './discovery.ts'
import { CliError } from './errors.ts'
import { type Manifest, nameOf, namespaceOf } from './manifest.ts'

/** One object read from a file, with the file's name as messages show it. */
export type SourcedManifest = {
  readonly source: string
  readonly object: Manifest
}

export type ResolvedManifest = SourcedManifest & {
  readonly resource: ApiResource
  readonly namespace: string | undefined
  readonly name: string
}

const EXTENSIONS = ['.json', '.yaml', '.yml']

/**
 * Reads what `-f` names: files, folders, `-`. Documents that cannot be used are reported through
 * `onError`, in their turn; the others still count.
 */
export function* readManifests(
  cli: Cli,
  onError: (error: CliError) => void,
): Task<ResolvedManifest[]> {
  if (cli.flags.has('kustomize') && cli.flags.isSet('kustomize')) {
    refuseKustomize(cli, cli.flags.string('kustomize'))
  }
  const isRecursive = cli.flags.has('recursive') && cli.flags.bool('recursive')
  const files = cli.flags.strings('filename').flatMap((path) => expandPath(cli, path, isRecursive))
  const found: ResolvedManifest[] = []
  const discovery = yield* cli.discovery()
  for (const path of files) {
    const text = yield* cli.readText(path)
    const source = path === '-' ? 'STDIN' : path
    for (const object of parseObjects(text, source, onError)) {
      const problem = headProblem(object)
      if (problem !== undefined) {
        onError(
          new CliError(
            `error validating "${source}": error validating data: ${problem}; if you choose to ignore these errors, turn validation off with --validate=false`,
          ),
        )
        continue
      }
      const resource = discovery.byKind(object['apiVersion'], object['kind'])
      if (resource === undefined) onError(unknownKind(cli, object, source))
      else found.push(resolve(cli, { object, source }, resource))
    }
  }
  return found
}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** There is no kustomize; a folder without its file is refused in the real one's words. */
export function refuseKustomize(cli: Cli, directory: string): never {
  const path = cli.proc.resolvePath(directory)
  const isThere = KUSTOMIZATIONS.some((name) => cli.files.kind(`${path}/${name}`) === 'file')
  if (isThere) throw new CliError('kustomize is not simulated here')
  throw new CliError(
    `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${path}'`,
  )
}

function resolve(
  cli: Cli,
  { object, source }: SourcedManifest,
  resource: ApiResource,
): ResolvedManifest {
  if (!resource.namespaced) {
    return { object, source, resource, namespace: undefined, name: nameOf(object) }
  }
  const own = namespaceOf(object)
  if (own !== undefined && own !== cli.namespace && cli.isNamespaceAsked) {
    throw new CliError(
      `the namespace from the provided object "${own}" does not match the namespace "${cli.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
    )
  }
  const namespace = own ?? cli.namespace
  const filled = { ...object, metadata: { ...object['metadata'], namespace } }
  return { object: filled, source, resource, namespace, name: nameOf(object) }
}

function expandPath(cli: Cli, path: string, isRecursive: boolean): string[] {
  if (path === '-') return [path]
  if (/^https?:\/\//.test(path))
    throw new CliError(`reading ${path} over the network is not simulated here`)
  const absolute = cli.proc.resolvePath(path)
  const kind = cli.files.kind(absolute)
  if (kind === undefined) throw new CliError(`the path "${path}" does not exist`)
  if (kind === 'file') return [path]
  const found = filesBelow(cli, path, isRecursive)
  if (found.length > 0) return found
  throw new CliError(`error reading [${path}]: recognized file extensions are [.json .yaml .yml]`)
}

function filesBelow(cli: Cli, directory: string, isRecursive: boolean): string[] {
  return cli.files.list(cli.proc.resolvePath(directory)).flatMap((name) => {
    const path = directory.endsWith('/') ? directory + name : `${directory}/${name}`
    if (cli.files.kind(cli.proc.resolvePath(path)) === 'directory') {
      return isRecursive ? filesBelow(cli, path, true) : []
    }
    return EXTENSIONS.some((extension) => name.endsWith(extension)) ? [path] : []
  })
}

function parseObjects(
  text: string,
  source: string,
  onError: (error: CliError) => void,
): Manifest[] {
  const found: Manifest[] = []
  for (const document of parseYamlDocuments(text)) {
    const [problem] = document.errors
    if (problem !== undefined) {
      onError(
        new CliError(
          `error parsing ${source}: error converting YAML to JSON: ${yamlProblem(problem)}`,
        ),
      )
      continue
    }
    const value: unknown = document.toJS({ maxAliasCount: 10_000 })
    if (value === null || value === undefined) continue
    if (typeof value !== 'object' || Array.isArray(value)) {
      onError(
        new CliError(
          `error parsing ${source}: json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`,
        ),
      )
      continue
    }
    found.push(...withListsExpanded(value))
  }
  return found
}

function withListsExpanded(object: Manifest): Manifest[] {
  const isList = String(object['kind'] ?? '').endsWith('List') && Array.isArray(object['items'])
  return isList ? object['items'].flatMap(withListsExpanded) : [object]
}

/** Parses by the rules of YAML 1.1, as kubectl does: `yes` is true, `0755` is octal. */
export function parseYamlDocuments(text: string): Document[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    uniqueKeys: false,
    logLevel: 'error',
    customTags: (tags: Tags) => tags.filter(isKnownToGo),
  })
  return Array.isArray(documents) ? (documents as Document[]) : []
}

// Dates and base-60 numbers stay strings there.
function isKnownToGo(tag: Tags[number]): boolean {
  if (typeof tag === 'string') return tag !== 'timestamp' && !tag.endsWith('Time')
  if (tag.tag === 'tag:yaml.org,2002:timestamp') return false
  return !('format' in tag && tag.format === 'TIME')
}

/** A parser's complaint in the words of Go's YAML. */
export function yamlProblem(problem: YAMLParseError): string {
  const line = problem.linePos?.[0].line ?? 1
  const words: Readonly<Record<string, string>> = {
    BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
    TAB_AS_INDENT: 'found character that cannot start any token',
    BAD_SCALAR_START: 'found character that cannot start any token',
    BAD_ALIAS: 'unknown anchor',
    MISSING_CHAR: 'did not find expected key',
    UNEXPECTED_TOKEN: 'did not find expected key',
  }
  return `yaml: line ${line}: ${words[problem.code] ?? 'did not find expected key'}`
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

function headProblem(object: Manifest): string | undefined {
  const missing = ['apiVersion', 'kind'].filter((field) => (object[field] ?? '') === '')
  if (missing.length === 0) return undefined
  const texts = missing.map((field) => `${field} not set`)
  return texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
}

function unknownKind(cli: Cli, object: Manifest, source: string): CliError {
  const what = `no matches for kind "${object['kind']}" in version "${object['apiVersion']}"`
  if (cli.isOld) return new CliError(`unable to recognize "${source}": ${what}`)
  return new CliError(
    `resource mapping not found for name: "${nameOf(object)}" namespace: "${namespaceOf(object) ?? ''}" from "${source}": ${what}\nensure CRDs are installed first`,
  )
}
