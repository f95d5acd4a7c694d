import type { RemoteCall } from '#sim/apimachinery/request.ts'
import type { Task } from '#sim/kernel/process.ts'
import { type Dialect, DISCOVERY_ACCEPT } from './cli.ts'
import {
  type ApiResource,
  type Discovery,
  fromAggregated,
  qualifiedPlural,
  resourcePath,
} from './discovery.ts'
import { CliError } from './errors.ts'
import type { FlagSpec } from './flags.ts'
import { at, type Manifest, nameOf } from './manifest.ts'
import { POD_RESOURCE } from './pods.ts'
import { ROOT_VERBS } from './root.ts'
import { GLOBAL_FLAGS, type Verb } from './verb.ts'

export type KubectlCompletionOptions = {
  readonly call: RemoteCall
  readonly user?: string
  readonly dialect: () => Dialect
}

/** The words of a kubectl command up to the cursor; the last is the one to complete. */
export type KubectlCompletionRequest = { readonly words: readonly string[] }

const FORMATS = [
  'json',
  'yaml',
  'kyaml',
  'name',
  'go-template',
  'go-template-file',
  'template',
  'templatefile',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'custom-columns',
  'custom-columns-file',
  'wide',
]

const BY_TYPE = [
  'get',
  'describe',
  'delete',
  'edit',
  'label',
  'annotate',
  'patch',
  'expose',
  'wait',
  'explain',
]
const BY_POD = ['logs', 'exec', 'attach', 'port-forward', 'debug']
const BY_NODE = ['cordon', 'uncordon', 'drain']
const POD_PREFIXES = [
  'daemonsets/',
  'deployments/',
  'pods/',
  'jobs/',
  'replicasets/',
  'replicationcontrollers/',
  'services/',
  'statefulsets/',
]
const ROLLOUT_TYPES = ['deployment', 'daemonset', 'statefulset']
const SCALE_TYPES = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset']

/**
 * What Tab offers behind `kubectl`; undefined leaves the word to names of files. Candidates that
 * do not begin with the word are the caller's to drop.
 */
export function createKubectlComplete(
  options: KubectlCompletionOptions,
): (request: KubectlCompletionRequest) => Task<readonly string[] | undefined> {
  const reader = new ServerReader(options)
  return function* ({ words }) {
    if (words[0] !== 'kubectl') return undefined
    try {
      return yield* candidates(reader, parse(words.slice(1), options.dialect()))
    } catch (error) {
      // A word that is no type yet has no completions; that is no reason to complain.
      if (error instanceof CliError) return []
      throw error
    }
  }
}

type Line = {
  /** The word under the cursor. */
  readonly word: string
  readonly verb: Verb | undefined
  readonly path: string
  readonly verbs: readonly Verb[]
  readonly args: readonly string[]
  readonly flagBefore: FlagSpec | undefined
  readonly namespace: string
  readonly isBehindDash: boolean
}

function parse(words: readonly string[], dialect: Dialect): Line {
  const word = words.at(-1) ?? ''
  let verbs = ROOT_VERBS.filter(({ since }) => since !== '1.36' || dialect === '1.36')
  let verb: Verb | undefined
  const path: string[] = []
  const args: string[] = []
  let namespace = 'default'
  let flagBefore: FlagSpec | undefined
  let isBehindDash = false
  for (const one of words.slice(0, -1)) {
    if (flagBefore !== undefined) {
      if (flagBefore.name === 'namespace') namespace = one
      flagBefore = undefined
    } else if (one === '--') isBehindDash = true
    else if (one.startsWith('-')) {
      flagBefore = openFlag(one, verb)
      const inline = /^(?:-n|--namespace)=(.+)$/.exec(one)
      namespace = inline?.[1] ?? namespace
    } else {
      const next =
        args.length === 0
          ? verbs.find(({ name, aliases }) => name === one || aliases?.includes(one) === true)
          : undefined
      if (next === undefined) args.push(one)
      else {
        verb = next
        path.push(next.name)
        verbs = [...(next.subcommands ?? [])]
      }
    }
  }
  return { word, verb, path: path.join(' '), verbs, args, flagBefore, namespace, isBehindDash }
}

function flagsOf(verb: Verb | undefined): readonly FlagSpec[] {
  return [...(verb?.flags ?? []), ...GLOBAL_FLAGS]
}

/** The flag whose value the next word is. */
function openFlag(word: string, verb: Verb | undefined): FlagSpec | undefined {
  if (word.includes('=')) return undefined
  const flag = flagsOf(verb).find(({ name, short }) =>
    word.startsWith('--') ? word === `--${name}` : short !== undefined && word.endsWith(short),
  )
  return flag === undefined || flag.type === 'bool' || flag.whenBare !== undefined
    ? undefined
    : flag
}

function* candidates(reader: ServerReader, line: Line): Task<readonly string[] | undefined> {
  const { word, verb, flagBefore, args } = line
  if (line.isBehindDash) return []
  if (flagBefore !== undefined) return yield* flagValues(reader, line, flagBefore)
  if (word.startsWith('-')) return flagWords(verb)
  if (verb === undefined || (line.verbs.length > 0 && args.length === 0)) {
    return line.verbs.map(({ name }) => name).sort()
  }
  const [root = ''] = line.path.split(' ')
  if (BY_NODE.includes(root)) return yield* reader.names('nodes', line)
  if (BY_POD.includes(root)) return args.length === 0 ? yield* podWords(reader, line) : []
  if (root === 'rollout') return yield* typeThenNames(reader, line, ROLLOUT_TYPES)
  if (root === 'scale') return yield* typeThenNames(reader, line, SCALE_TYPES)
  if (root === 'taint') return args.length === 0 ? ['nodes'] : yield* reader.names('nodes', line)
  if (root === 'set')
    return yield* typeThenNames(reader, line, [...ROLLOUT_TYPES, 'pod', 'replicaset'])
  if (BY_TYPE.includes(root)) return yield* typeThenNames(reader, line, yield* reader.types())
  return root === 'apply' || root === 'create' || root === 'cp' ? undefined : []
}

function flagWords(verb: Verb | undefined): string[] {
  return flagsOf(verb)
    .map(
      ({ name, type, whenBare }) =>
        `--${name}${type === 'bool' || whenBare !== undefined ? '' : '='}`,
    )
    .sort()
}

function* flagValues(
  reader: ServerReader,
  line: Line,
  flag: FlagSpec,
): Task<readonly string[] | undefined> {
  switch (flag.name) {
    case 'namespace':
      return yield* reader.names('namespaces', { ...line, args: [] })
    case 'output':
      return FORMATS
    case 'container':
      return yield* reader.containers(line.namespace, line.args[0] ?? '')
    case 'filename':
    case 'patch-file':
    case 'from-file':
    case 'kubeconfig':
      return undefined
    default:
      return []
  }
}

function* podWords(reader: ServerReader, line: Line): Task<string[]> {
  if (line.word.includes('/')) return yield* reader.slashNames(line)
  const pods = yield* reader.names('pods', line)
  return line.word === '' ? [...pods, ...POD_PREFIXES] : pods
}

function* typeThenNames(
  reader: ServerReader,
  line: Line,
  types: readonly string[],
): Task<readonly string[]> {
  const [type] = line.args
  if (line.word.includes('/')) return yield* reader.slashNames(line)
  if (type === undefined) return types
  if (type.includes('/')) return []
  return yield* reader.names(type, { ...line, args: line.args.slice(1) })
}

class ServerReader {
  readonly #options: KubectlCompletionOptions
  #discovery: Discovery | undefined

  constructor(options: KubectlCompletionOptions) {
    this.#options = options
  }

  *types(): Task<string[]> {
    const { resources } = yield* this.#found()
    return resources.filter(({ verbs }) => verbs.includes('list')).map(qualifiedPlural)
  }

  /** Names of a type's objects, those already given left out. */
  *names(type: string, { namespace, args }: Pick<Line, 'namespace' | 'args'>): Task<string[]> {
    const discovery = yield* this.#found()
    const names = yield* this.#list(discovery.find(type.split(',').at(-1) ?? type), namespace)
    return names.filter((name) => !args.includes(name))
  }

  *slashNames({ word, namespace }: Pick<Line, 'word' | 'namespace'>): Task<string[]> {
    const type = word.slice(0, word.indexOf('/'))
    const names = yield* this.names(type, { namespace, args: [] })
    return names.map((name) => `${type}/${name}`)
  }

  *containers(namespace: string, pod: string): Task<string[]> {
    const object = yield* this.#get(
      resourcePath(POD_RESOURCE, { namespace, name: pod.replace(/^pods?\//, '') }),
    )
    return ((at(object, 'spec', 'containers') ?? []) as Manifest[]).map(({ name }) => String(name))
  }

  *#list(resource: ApiResource, namespace: string): Task<string[]> {
    const list = yield* this.#get(resourcePath(resource, { namespace }))
    return ((list['items'] ?? []) as Manifest[]).map(nameOf)
  }

  *#found(): Task<Discovery> {
    this.#discovery ??= fromAggregated([
      yield* this.#get('/api', DISCOVERY_ACCEPT),
      yield* this.#get('/apis', DISCOVERY_ACCEPT),
    ])
    return this.#discovery
  }

  *#get(path: string, accept = 'application/json'): Task<Manifest> {
    const reply = yield* this.#options.call({
      method: 'GET',
      path,
      headers: { accept },
      user: this.#options.user ?? 'kubernetes-admin',
    })
    return reply.type === 'object' && reply.code < 400 ? (reply.body as Manifest) : {}
  }
}
