import { GLOBAL_FLAGS, type Verb } from './verb.ts'
import type { FlagSpec } from './flags.ts'

const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Basic Commands (Beginner):', ['create', 'expose', 'run', 'set']],
  ['Basic Commands (Intermediate):', ['explain', 'get', 'edit', 'delete']],
  ['Deploy Commands:', ['rollout', 'scale', 'autoscale']],
  [
    'Cluster Management Commands:',
    ['certificate', 'cluster-info', 'top', 'cordon', 'uncordon', 'drain', 'taint'],
  ],
  [
    'Troubleshooting and Debugging Commands:',
    [
      'describe',
      'logs',
      'attach',
      'exec',
      'port-forward',
      'proxy',
      'cp',
      'auth',
      'debug',
      'events',
    ],
  ],
  ['Advanced Commands:', ['diff', 'apply', 'patch', 'replace', 'wait', 'kustomize']],
  ['Settings Commands:', ['label', 'annotate', 'completion']],
  ['Other Commands:', ['api-resources', 'api-versions', 'config', 'plugin', 'version']],
]

/** The longest name at the root is `api-resources`. */
const ROOT_WIDTH = 13

const MORE = 'Use "kubectl <command> --help" for more information about a given command.'
const OPTIONS =
  'Use "kubectl options" for a list of global command-line options (applies to all commands).'

export function isHelpWord(word: string): boolean {
  return word === 'help' || word === '--help' || word === '-h'
}

export function rootHelp(verbs: readonly Verb[]): string {
  const blocks = GROUPS.map(([title, names]) => {
    const members = names.flatMap((name) => verbs.find((verb) => verb.name === name) ?? [])
    return members.length === 0 ? '' : `${title}\n${listing(members, ROOT_WIDTH)}\n`
  })
  return `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/

${blocks.join('')}Usage:
  kubectl [flags] [options]

${MORE}
${OPTIONS}
`
}

export function groupHelp(verb: Verb, path: string): string {
  return `${verb.summary}.

Available Commands:
${listing(verb.subcommands ?? [])}
Usage:
  kubectl ${path} SUBCOMMAND [options]

Use "kubectl ${path} <command> --help" for more information about a given command.
${OPTIONS}
`
}

export function verbHelp(verb: Verb, path: string): string {
  const options = verb.flags.filter(({ deprecated }) => deprecated === undefined)
  const subcommands =
    verb.subcommands === undefined ? '' : `Available Commands:\n${listing(verb.subcommands)}\n`
  const usage = verb.usage === '' ? `${path} [options]` : `${verb.usage} [options]`
  return `${verb.summary}.

${subcommands}${options.length === 0 ? '' : `Options:\n${flagList(options)}\n`}Usage:
  kubectl ${usage}

${OPTIONS}
`
}

export function globalOptionsHelp(): string {
  return `The following options can be passed to any command:\n\n${flagList(GLOBAL_FLAGS)}`
}

function listing(verbs: readonly Verb[], widthMin = 11): string {
  const width = Math.max(widthMin, ...verbs.map(({ name }) => name.length))
  return verbs.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}\n`).join('')
}

function flagList(flags: readonly FlagSpec[]): string {
  return flags
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      (flag) =>
        `    ${flag.short === undefined ? '' : `-${flag.short}, `}--${flag.name}=${shownDefault(flag)}:\n\t${flag.usage}\n`,
    )
    .join('\n')
}

function shownDefault({ type, default: value }: FlagSpec): string {
  switch (type) {
    case 'bool':
      return value ?? 'false'
    case 'strings':
    case 'list':
      return '[]'
    case 'int':
    case 'int32':
      return value ?? '0'
    case 'duration':
      return value ?? '0s'
    case 'string':
      return `'${value ?? ''}'`
  }
}
