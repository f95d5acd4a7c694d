import { KUBERNETES_BUILD } from '#sim/apimachinery/build.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { type ApiResource, apiVersionOf, qualifiedPlural } from '../discovery.ts'
import { CliError, UsageError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { TableWriter } from '../output/tab-writer.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'
import type { Verb } from '../verb.ts'

export const apiResources: Verb = {
  name: 'api-resources',
  summary: 'Print the supported API resources on the server',
  usage: 'api-resources',
  since: '1.36',
  flags: [
    { name: 'output', short: 'o', type: 'string', usage: 'wide, name, json or yaml' },
    { name: 'api-group', type: 'string', usage: 'Only this group' },
    {
      name: 'namespaced',
      type: 'bool',
      default: 'true',
      usage: 'Only namespaced ones, or only others',
    },
    { name: 'verbs', type: 'list', usage: 'Only those with all these verbs' },
    { name: 'categories', type: 'list', usage: 'Only those in all these categories' },
    { name: 'no-headers', type: 'bool', usage: 'Leave out the header' },
    { name: 'sort-by', type: 'string', usage: 'name or kind' },
    { name: 'cached', type: 'bool', usage: 'Ignored' },
  ],
  run: runApiResources,
}

function* runApiResources(cli: Cli): Task {
  const { flags } = cli
  if (cli.args.length > 0) throw new UsageError(`unexpected arguments: [${cli.args.join(' ')}]`)
  const discovery = yield* cli.discovery()
  const output = flags.string('output')
  const resources = sorted(
    cli,
    discovery.resources.filter((resource) => isWanted(cli, resource)),
  )
  if (output === 'name') {
    yield* cli.out(resources.map((resource) => `${qualifiedPlural(resource)}\n`).join(''))
    return
  }
  if (output === 'json' || output === 'yaml') {
    const list = {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: '',
      resources: resources.map(listed),
    }
    yield* cli.out(output === 'json' ? `${goJson(list, 4)}\n` : toYaml(list))
    return
  }
  if (output !== '' && output !== 'wide') throw new CliError(`--output ${output} is not available`)
  const isWide = output === 'wide'
  const header = [
    'NAME',
    'SHORTNAMES',
    'APIVERSION',
    'NAMESPACED',
    'KIND',
    ...(isWide ? ['VERBS', 'CATEGORIES'] : []),
  ]
  const rows = resources.map((resource) => [
    resource.name,
    resource.shortNames.join(','),
    apiVersionOf(resource),
    String(resource.namespaced),
    resource.kind,
    ...(isWide ? [resource.verbs.join(','), resource.categories.join(',')] : []),
  ])
  const writer = new TableWriter({ minWidth: 6, padding: 3, remembers: false })
  yield* cli.out(writer.format(flags.bool('no-headers') ? rows : [header, ...rows]))
}

function isWanted({ flags }: Cli, resource: ApiResource): boolean {
  const { verbs, categories } = resource
  if (flags.isSet('api-group') && resource.group !== flags.string('api-group')) return false
  if (flags.isSet('namespaced') && resource.namespaced !== flags.bool('namespaced')) return false
  return (
    flags.strings('verbs').every((verb) => verbs.includes(verb)) &&
    flags.strings('categories').every((category) => categories.includes(category))
  )
}

function sorted(cli: Cli, resources: readonly ApiResource[]): ApiResource[] {
  const by = cli.flags.string('sort-by')
  const key = (resource: ApiResource): string =>
    by === 'kind'
      ? resource.kind
      : by === 'name'
        ? resource.name
        : `${resource.group} ${resource.name}`
  return resources.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

function listed(resource: ApiResource): Manifest {
  return {
    name: resource.name,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    group: resource.group,
    version: resource.version,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
  }
}

export const apiVersions: Verb = {
  name: 'api-versions',
  summary: 'Print the supported API versions on the server, in the form of "group/version"',
  usage: 'api-versions',
  flags: [],
  *run(cli) {
    if (cli.args.length > 0) throw new UsageError(`unexpected arguments: [${cli.args.join(' ')}]`)
    const { groupVersions } = yield* cli.discovery()
    const lines = [...new Set(groupVersions)].sort().map((version) => `${version}\n`)
    yield* cli.out(lines.join(''))
  },
}

export const clusterInfo: Verb = {
  name: 'cluster-info',
  summary: 'Display cluster information',
  usage: 'cluster-info',
  flags: [],
  run: runClusterInfo,
}

function* runClusterInfo(cli: Cli): Task {
  if (cli.args[0] === 'dump') throw new CliError('cluster-info dump is not simulated here')
  const { server } = cli.config
  const master = cli.isOld ? 'Kubernetes master' : 'Kubernetes control plane'
  const paint = (text: string, color: number): string =>
    cli.proc.files.get(1)?.tty === undefined ? text : `\u001b[0;${color}m${text}\u001b[0m`
  const line = (name: string, address: string): string =>
    `${paint(name, 32)} is running at ${paint(address, 33)}\n`
  const services = yield* cli.request('GET', '/api/v1/namespaces/kube-system/services', {
    query: [['labelSelector', 'kubernetes.io/cluster-service=true']],
  })
  const lines = ((services['items'] ?? []) as Manifest[]).map(({ metadata, spec }) => {
    const name = cli.isOld ? 'KubeDNS' : (metadata.labels?.['kubernetes.io/name'] ?? metadata.name)
    const port = spec?.ports?.[0]?.name
    return line(
      name,
      `${server}/api/v1/namespaces/kube-system/services/${metadata.name}${port === undefined ? '' : `:${port}`}/proxy`,
    )
  })
  yield* cli.out(
    `${line(master, server)}${lines.join('')}\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`,
  )
}

export const version: Verb = {
  name: 'version',
  summary: 'Print the client and server version information',
  usage: 'version',
  flags: [
    { name: 'client', type: 'bool', usage: 'Only the client' },
    { name: 'short', type: 'bool', usage: 'Only of old: just the number' },
    { name: 'output', short: 'o', type: 'string', usage: 'yaml or json' },
  ],
  run: runVersion,
}

const KUSTOMIZE_VERSION = 'v5.8.1'

function* runVersion(cli: Cli): Task {
  const { flags } = cli
  if (cli.isOld) {
    yield* oldVersion(cli)
    return
  }
  if (flags.isSet('short')) throw new CliError('unknown flag: --short')
  const output = flags.string('output')
  if (output !== '' && output !== 'yaml' && output !== 'json') {
    throw new CliError(`--output must be 'yaml' or 'json'`)
  }
  const server = flags.bool('client') ? undefined : yield* cli.request('GET', '/version')
  if (output === '') {
    const serverLine = server === undefined ? '' : `Server Version: ${server['gitVersion']}\n`
    yield* cli.out(
      `Client Version: ${KUBERNETES_BUILD.gitVersion}\nKustomize Version: ${KUSTOMIZE_VERSION}\n${serverLine}`,
    )
    return
  }
  const document = {
    clientVersion: versionInfo(KUBERNETES_BUILD),
    kustomizeVersion: KUSTOMIZE_VERSION,
    ...(server === undefined ? {} : { serverVersion: versionInfo(server) }),
  }
  yield* cli.out(
    output === 'json' ? `${JSON.stringify(document, undefined, 2)}\n` : toYaml(document),
  )
}

const VERSION_MEMBERS = [
  ...['major', 'minor', 'emulationMajor', 'emulationMinor'],
  ...['minCompatibilityMajor', 'minCompatibilityMinor', 'gitVersion', 'gitCommit'],
  ...['gitTreeState', 'buildDate', 'goVersion', 'compiler', 'platform'],
]

/** In the order of the type's members, in which JSON shows them. */
function versionInfo(facts: Manifest): Manifest {
  const known = VERSION_MEMBERS.filter((member) => facts[member] !== undefined)
  return Object.fromEntries(known.map((member) => [member, facts[member]]))
}

function* oldVersion(cli: Cli): Task {
  const facts =
    'GitCommit:"fc32d2f3698e36b93322a3465f63a14e9f0eaead", GitTreeState:"clean", BuildDate:"2018-03-26T16:55:54Z", GoVersion:"go1.9.3", Compiler:"gc", Platform:"linux/amd64"'
  const isShort = cli.flags.bool('short')
  for (const side of cli.flags.bool('client') ? ['Client'] : ['Client', 'Server']) {
    yield* cli.out(
      isShort
        ? `${side} Version: v1.10.0\n`
        : `${side} Version: version.Info{Major:"1", Minor:"10", GitVersion:"v1.10.0", ${facts}}\n`,
    )
  }
}
