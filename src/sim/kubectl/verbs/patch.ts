import { deepEqual } from '#sim/apimachinery/equality.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { type Cli, notSimulated } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, collect, throwCollected, UsageError } from '../errors.ts'
import { parseYamlDocuments } from '../manifests.ts'
import { readNamed } from '../named.ts'
import { type DryRun, dryRunOf, dryRunQuery, ResultPrinter } from '../results.ts'
import { selectTargets, type Target } from '../selection.ts'
import {
  DRY_RUN_FLAG,
  FILE_FLAGS,
  managerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  type Verb,
} from '../verb.ts'

export const patch: Verb = {
  name: 'patch',
  summary: 'Update fields of a resource',
  usage: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    managerFlag('kubectl-patch'),
    { name: 'patch', short: 'p', type: 'string', usage: 'The patch, JSON or YAML' },
    { name: 'patch-file', type: 'string', usage: 'A file that holds the patch' },
    { name: 'type', type: 'string', default: 'strategic', usage: 'strategic, merge or json' },
    { name: 'local', type: 'bool', usage: 'Not simulated' },
    { name: 'subresource', type: 'string', usage: 'The subresource to patch' },
  ],
  run: runPatch,
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

function* runPatch(cli: Cli): Task<number> {
  const { flags } = cli
  const text = yield* patchText(cli)
  const contentType = CONTENT_TYPES[flags.string('type').toLowerCase()]
  if (contentType === undefined) {
    throw new CliError(
      `--type must be one of [json merge strategic], not "${flags.string('type')}"`,
    )
  }
  if (flags.bool('local')) notSimulated('patch --local')
  const dryRun = yield* dryRunOf(cli)
  const body = patchBody(text)
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, { onError: (error) => errors.push(error) })
  let isAnyUnchanged = false
  // Neither kind of dry run shows in this verb's line.
  const printer = new ResultPrinter(cli, 'none')
  for (const target of targets) {
    try {
      const isChanged = yield* patchOne(cli, target, { body, contentType, dryRun, printer })
      isAnyUnchanged ||= !isChanged
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
  return isAnyUnchanged && cli.isOld ? 1 : 0
}

function* patchText(cli: Cli): Task<string> {
  const { flags } = cli
  if (flags.isSet('patch') && flags.isSet('patch-file')) {
    throw new CliError('cannot specify --patch and --patch-file together')
  }
  const text = flags.isSet('patch-file')
    ? yield* cli.readText(flags.string('patch-file'))
    : flags.string('patch')
  if (text !== '') return text
  if (cli.isOld) throw new UsageError('Must specify -p to patch')
  throw new CliError('must specify --patch or --patch-file containing the contents of the patch')
}

// What looks like JSON goes out as it is, faults included: the server says what is wrong with it.
function patchBody(text: string): unknown {
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    return encodeUtf8(text)
  }
  const [document] = parseYamlDocuments(text)
  const [problem] = document?.errors ?? []
  if (problem !== undefined) throw new CliError(`unable to parse "${text}": ${problem.message}`)
  const value: unknown = document?.toJS() ?? {}
  return typeof value === 'string' ? encodeUtf8(JSON.stringify(value)) : value
}

type PatchRequest = {
  readonly body: unknown
  readonly contentType: string
  readonly dryRun: DryRun
  readonly printer: ResultPrinter
}

function* patchOne(cli: Cli, target: Target, request: PatchRequest): Task<boolean> {
  const sub = cli.flags.string('subresource')
  const where = { ...target, ...(sub === '' ? {} : { sub }) }
  const path = resourcePath(target.resource, where)
  const before = yield* readNamed(cli, where)
  const after = yield* cli.request('PATCH', path, {
    // A client-side dry run asks the server too, or nobody could tell what the patch does.
    query: [
      ...dryRunQuery(request.dryRun === 'none' ? 'none' : 'server'),
      ['fieldManager', cli.flags.string('field-manager')],
    ],
    contentType: request.contentType,
    body: request.body,
  })
  const isChanged = request.dryRun !== 'none' || !deepEqual(before, after)
  const unchanged = cli.isOld ? 'not patched' : 'patched (no change)'
  yield* request.printer.print(target, isChanged ? 'patched' : unchanged, after)
  return isChanged
}
