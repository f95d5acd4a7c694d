import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { TableWriter } from '../output/tab-writer.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'
import type { Verb } from '../verb.ts'

const view: Verb = {
  name: 'view',
  summary: 'Display merged kubeconfig settings or a specified kubeconfig file',
  usage: 'config view',
  flags: [
    { name: 'output', short: 'o', type: 'string', default: 'yaml', usage: 'yaml or json' },
    { name: 'minify', type: 'bool', usage: 'Only what the current context uses' },
    { name: 'raw', type: 'bool', usage: 'Also show secrets' },
    { name: 'flatten', type: 'bool', usage: 'Ignored' },
  ],
  *run(cli) {
    const { document } = cli.config
    const shown = cli.flags.bool('raw') ? document : redacted(document)
    yield* cli.out(cli.flags.string('output') === 'json' ? `${goJson(shown, 4)}\n` : toYaml(shown))
  },
}

const SECRETS: Readonly<Record<string, string>> = {
  'certificate-authority-data': 'DATA+OMITTED',
  'client-certificate-data': 'DATA+OMITTED',
  'client-key-data': 'DATA+OMITTED',
  token: 'REDACTED',
  password: 'REDACTED',
}

function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, SECRETS[key] ?? redacted(member)]),
  )
}

const currentContext: Verb = {
  name: 'current-context',
  summary: 'Display the current-context',
  usage: 'config current-context',
  flags: [],
  *run(cli) {
    if (cli.config.context === '') throw new CliError('current-context is not set')
    yield* cli.out(`${cli.config.context}\n`)
  },
}

const getContexts: Verb = {
  name: 'get-contexts',
  summary: 'Describe one or many contexts',
  usage: 'config get-contexts [(-o|--output=)name)]',
  flags: [
    { name: 'output', short: 'o', type: 'string', usage: 'name' },
    { name: 'no-headers', type: 'bool', usage: 'Leave out the header' },
  ],
  *run(cli) {
    const contexts = cli.config.contexts.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    if (cli.flags.string('output') === 'name') {
      yield* cli.out(contexts.map(({ name }) => `${name}\n`).join(''))
      return
    }
    const rows = contexts.map(({ name, context }) => [
      name === cli.config.context ? '*' : '',
      name,
      String(context['cluster'] ?? ''),
      String(context['user'] ?? ''),
      String(context['namespace'] ?? ''),
    ])
    const writer = new TableWriter({ minWidth: cli.isOld ? 10 : 6, padding: 3, remembers: false })
    const header = ['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']
    yield* cli.out(writer.format(cli.flags.bool('no-headers') ? rows : [header, ...rows]))
  },
}

const useContext: Verb = {
  name: 'use-context',
  aliases: ['use'],
  summary: 'Set the current-context in a kubeconfig file',
  usage: 'config use-context CONTEXT_NAME',
  flags: [],
  *run(cli) {
    const name = cli.args[0] ?? ''
    if (!cli.config.contexts.some((context) => context.name === name)) {
      throw new CliError(`no context exists with the name: "${name}"`)
    }
    save(cli, { ...cli.config.document, 'current-context': name })
    yield* cli.out(`Switched to context "${name}".\n`)
  },
}

const setContext: Verb = {
  name: 'set-context',
  summary: 'Set a context entry in kubeconfig',
  usage:
    'config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  flags: [{ name: 'current', type: 'bool', usage: 'Change the current context' }],
  run: runSetContext,
}

function* runSetContext(cli: Cli): Task {
  const { flags, config } = cli
  const name = flags.bool('current') ? config.context : (cli.args[0] ?? '')
  if (name === '') throw new CliError('you must specify a non-empty context name or --current')
  const known = config.contexts.find((context) => context.name === name)
  const context: Manifest = { ...known?.context }
  for (const member of ['cluster', 'user', 'namespace']) {
    if (flags.isSet(member)) context[member] = flags.string(member)
  }
  const others = config.contexts.filter((one) => one.name !== name)
  const contexts = [...others, { name, context }].sort((a, b) => (a.name < b.name ? -1 : 1))
  save(cli, { ...config.document, contexts })
  yield* cli.out(`Context "${name}" ${known === undefined ? 'created' : 'modified'}.\n`)
}

const getClusters: Verb = {
  name: 'get-clusters',
  summary: 'Display clusters defined in the kubeconfig',
  usage: 'config get-clusters',
  flags: [],
  *run(cli) {
    const clusters = (cli.config.document['clusters'] ?? []) as Manifest[]
    yield* cli.out(`NAME\n${clusters.map(({ name }) => `${name}\n`).join('')}`)
  },
}

function save(cli: Cli, document: Manifest): void {
  cli.config.write(cli.files, document)
}

export const config: Verb = {
  name: 'config',
  summary: 'Modify kubeconfig files',
  usage: 'config SUBCOMMAND',
  flags: [],
  bareHelp: 'stderr',
  subcommands: [currentContext, getClusters, getContexts, setContext, useContext, view],
}
