import { CliError, UsageError } from '../errors.ts'
import { refuseKustomize } from '../manifests.ts'
import { globalOptionsHelp } from '../help.ts'
import type { Verb } from '../verb.ts'

/** Verbs the real program has and this one does not: they say so. */
function missing(name: string, summary: string, more: Partial<Verb> = {}): Verb {
  return {
    name,
    summary,
    usage: name,
    flags: [],
    takesAnything: true,
    // oxlint-disable-next-line require-yield -- refuses at once
    *run() {
      throw new CliError(`kubectl ${name} is not simulated here`)
    },
    ...more,
  }
}

export const autoscale = missing(
  'autoscale',
  'Auto-scale a deployment, replica set, stateful set, or replication controller',
)
export const certificate = missing('certificate', 'Modify certificate resources')
export const proxy = missing('proxy', 'Run a proxy to the Kubernetes API server')
export const debug = missing(
  'debug',
  'Create debugging sessions for troubleshooting workloads and nodes',
  { since: '1.36' },
)
export const kustomize: Verb = {
  name: 'kustomize',
  summary: 'Build a kustomization target from a directory or URL',
  usage: 'kustomize DIR',
  since: '1.36',
  flags: [],
  // oxlint-disable-next-line require-yield -- refuses at once
  *run(cli) {
    refuseKustomize(cli, cli.args[0] ?? '.')
  },
}

const TOP_FLAGS = [
  { name: 'all-namespaces', short: 'A', type: 'bool', usage: 'All namespaces' },
  { name: 'selector', short: 'l', type: 'string', usage: 'Label query' },
  { name: 'containers', type: 'bool', usage: 'Containers too' },
  { name: 'no-headers', type: 'bool', usage: 'Leave out the header' },
  { name: 'sort-by', type: 'string', usage: 'cpu or memory' },
] as const

function topOf(name: string, aliases: readonly string[]): Verb {
  return {
    name,
    aliases,
    summary: `Display resource (CPU/memory) usage of ${name}s`,
    usage: `top ${name} [NAME | -l label]`,
    flags: TOP_FLAGS,
    // oxlint-disable-next-line require-yield -- refuses at once
    *run(cli) {
      throw new CliError(
        cli.isOld
          ? 'Error from server (NotFound): the server could not find the requested resource (get services http:heapster:)'
          : 'Metrics API not available',
      )
    },
  }
}

/** There are no metrics in this cluster, as in any fresh one. */
export const top: Verb = {
  name: 'top',
  summary: 'Display resource (CPU/memory) usage',
  usage: 'top',
  suggestFor: ['stats'],
  flags: [],
  bareHelp: 'stderr',
  subcommands: [topOf('node', ['nodes', 'no']), topOf('pod', ['pods', 'po'])],
}

const SHELLS = ['bash', 'fish', 'powershell', 'zsh']

export const completion: Verb = {
  name: 'completion',
  summary: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  usage: 'completion SHELL',
  flags: [],
  *run(cli) {
    const [shell] = cli.args
    if (shell === undefined) throw new UsageError('Shell not specified.')
    if (!SHELLS.includes(shell)) throw new UsageError(`Unsupported shell type "${shell}".`)
    yield* cli.out(
      '# Completion of kubectl is built into the shell here; there is nothing to load.\n',
    )
  },
}

export const plugin: Verb = {
  name: 'plugin',
  summary: 'Provides utilities for interacting with plugins',
  usage: 'plugin',
  flags: [],
  bareHelp: 'stdout',
  subcommands: [
    {
      name: 'list',
      summary: 'List all visible plugin executables on the PATH',
      usage: 'plugin list',
      flags: [],
      // oxlint-disable-next-line require-yield -- refuses at once
      *run() {
        throw new CliError('unable to find any kubectl plugins in your PATH')
      },
    },
  ],
}

export const options: Verb = {
  name: 'options',
  summary: 'Print the list of flags inherited by all commands',
  usage: 'options',
  flags: [],
  *run(cli) {
    yield* cli.out(globalOptionsHelp())
  },
}
