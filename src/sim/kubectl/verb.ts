import type { Task } from '#sim/kernel/process.ts'
import type { Cli, Dialect } from './cli.ts'
import type { FlagSpec } from './flags.ts'

/** One verb, or a group of them. `run` returns the exit code, 0 if it returns nothing. */
export type Verb = {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** The words behind `kubectl`, for the usage line. */
  readonly usage: string
  readonly flags: readonly FlagSpec[]
  /** Undefined where the verb is only a group. */
  readonly run?: (cli: Cli) => Task<number | void>
  readonly subcommands?: readonly Verb[]
  /** Words that other tools use for this, for suggestions. */
  readonly suggestFor?: readonly string[]
  /** The first kubectl here that has it; all have it unless given. */
  readonly since?: Dialect
  /** Takes any flags at all: for verbs that only say that they are not here. */
  readonly takesAnything?: boolean
  /** Where a bare group prints its help, and that it fails. */
  readonly bareHelp?: 'stdout' | 'stderr'
}

export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  {
    name: 'namespace',
    short: 'n',
    type: 'string',
    usage: 'If present, the namespace scope of the request',
  },
  { name: 'context', type: 'string', usage: 'The kubeconfig context to use' },
  { name: 'kubeconfig', type: 'string', usage: 'Path of the kubeconfig file' },
  { name: 'cluster', type: 'string', usage: 'The kubeconfig cluster to use' },
  { name: 'user', type: 'string', usage: 'The kubeconfig user to use' },
  { name: 'server', short: 's', type: 'string', usage: 'The address of the API server' },
  { name: 'token', type: 'string', usage: 'Bearer token; ignored' },
  { name: 'insecure-skip-tls-verify', type: 'bool', usage: 'Ignored: there is no TLS' },
  {
    name: 'request-timeout',
    type: 'string',
    default: '0',
    usage: 'How long to wait for one request',
  },
  { name: 'as', type: 'string', usage: 'The user to act as' },
  { name: 'v', short: 'v', type: 'int', default: '0', usage: 'Log verbosity; ignored' },
  { name: 'warnings-as-errors', type: 'bool', usage: 'Exit with 1 if the server warned' },
  { name: 'help', short: 'h', type: 'bool', usage: 'Show help' },
]

export const FILE_FLAGS: readonly FlagSpec[] = [
  {
    name: 'filename',
    short: 'f',
    type: 'list',
    usage: 'Files or folders that hold the objects; - is standard input',
  },
  {
    name: 'recursive',
    short: 'R',
    type: 'bool',
    usage: 'Also look into folders below the given ones',
  },
  { name: 'kustomize', short: 'k', type: 'string', usage: 'Not simulated' },
]

export const OUTPUT_FLAGS: readonly FlagSpec[] = [
  {
    name: 'output',
    short: 'o',
    type: 'string',
    usage: 'Output format: json, yaml, kyaml, name, wide, jsonpath, go-template, custom-columns, …',
  },
  { name: 'template', type: 'string', usage: 'Template for -o go-template and the like' },
  { name: 'show-managed-fields', type: 'bool', usage: 'Keep managedFields in JSON and YAML' },
]

export const DRY_RUN_FLAG: FlagSpec = {
  name: 'dry-run',
  type: 'string',
  default: 'none',
  whenBare: 'unchanged',
  usage: 'none, server or client: show what would be done without doing it',
}

export const SELECTOR_FLAG: FlagSpec = {
  name: 'selector',
  short: 'l',
  type: 'string',
  usage: 'Label query, such as app=nginx,tier in (a,b)',
}

export const ALL_FLAG: FlagSpec = {
  name: 'all',
  type: 'bool',
  usage: 'All objects of the given types in the namespace',
}

export const ALL_NAMESPACES_FLAG: FlagSpec = {
  name: 'all-namespaces',
  short: 'A',
  type: 'bool',
  usage: 'Objects of every namespace',
}

export const FIELD_SELECTOR_FLAG: FlagSpec = {
  name: 'field-selector',
  type: 'string',
  usage: 'Field query, such as status.phase=Running',
}

export const RECORD_FLAG: FlagSpec = {
  name: 'record',
  type: 'bool',
  deprecated: '--record will be removed in the future',
  usage: 'Keep the command line in an annotation',
}

export function managerFlag(manager: string): FlagSpec {
  return {
    name: 'field-manager',
    type: 'string',
    default: manager,
    usage: 'Name used to track field ownership',
  }
}

export const VALIDATE_FLAG: FlagSpec = {
  name: 'validate',
  type: 'string',
  default: 'strict',
  whenBare: 'strict',
  usage: 'strict, warn or ignore: what to do about unknown fields',
}
