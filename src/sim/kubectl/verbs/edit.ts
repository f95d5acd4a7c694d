import { StatusError } from '#sim/apimachinery/status.ts'
import { deepEqual } from '#sim/apimachinery/equality.ts'
import { OsError } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { apiVersionOf, qualifiedPlural, resourcePath } from '../discovery.ts'
import { CliError, ExitError, throwCollected } from '../errors.ts'
import { type Manifest, withoutManagedFields } from '../manifest.ts'
import { parseYamlDocuments, yamlProblem } from '../manifests.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'
import { twoWayPatch } from '../patching/three-way.ts'
import { resultLine } from '../results.ts'
import { selectTargets, type Target } from '../selection.ts'
import {
  FILE_FLAGS,
  managerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  VALIDATE_FLAG,
  type Verb,
} from '../verb.ts'

export const edit: Verb = {
  name: 'edit',
  summary: 'Edit a resource on the server',
  usage: 'edit (RESOURCE/NAME | -f FILENAME)',
  flags: [...FILE_FLAGS, ...OUTPUT_FLAGS, RECORD_FLAG, VALIDATE_FLAG, managerFlag('kubectl-edit')],
  run: runEdit,
}

const HEAD = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`

function* runEdit(cli: Cli): Task {
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    fetch: true,
    typeMeansAll: true,
    onError: (error) => errors.push(error),
  })
  throwCollected(errors)
  for (const target of targets) yield* editOne(cli, target)
}

function* editOne(cli: Cli, target: Target): Task {
  const { resource, object = {} } = target
  const original: Manifest = {
    ...withoutManagedFields(object),
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  }
  const file = `/tmp/kubectl-edit-${editNumber(cli)}.yaml`
  let body = toYaml(original)
  let complaint: string | undefined
  for (;;) {
    const text = HEAD + (complaint ?? '') + body
    cli.writeText(file, text)
    yield* openEditor(cli, file)
    const edited = withoutComments(yield* cli.readText(file))
    if (edited === withoutComments(text)) {
      if (complaint === undefined) {
        yield* cli.err('Edit cancelled, no changes made.\n')
        return
      }
      yield* giveUp(cli, target, file)
    }
    if (edited.trim() === '' && complaint === undefined) {
      complaint = complaintText(target, ['edited file is empty'])
      body = edited
      continue
    }
    const problem = yield* save(cli, target, original, edited)
    if (problem === undefined) {
      yield* cli.out(resultLine(cli, target, 'edited'))
      return
    }
    if (problem.length === 0) {
      yield* cli.err('Edit cancelled, no changes made.\n')
      return
    }
    complaint = complaintText(target, problem)
    body = edited
  }
}

// The real one takes random digits; a name from the clock and the process id is as good here.
function editNumber(cli: Cli): string {
  return String((cli.unixMs % 1_000_000) * 1000 + (cli.proc.pid % 1000)).padStart(9, '0')
}

function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
}

function complaintText({ resource, name }: Target, problems: readonly string[]): string {
  const lines = problems.map((problem) => `# * ${problem}\n`).join('')
  return `# ${qualifiedPlural(resource)} "${name}" was not valid:\n${lines}#\n`
}

function* giveUp(cli: Cli, { resource, name }: Target, file: string): Task<never> {
  yield* cli.err(`error: ${qualifiedPlural(resource)} "${name}" is invalid\n`)
  throw new ExitError(
    1,
    `A copy of your changes has been stored to "${file}"\nerror: Edit cancelled, no valid changes were saved.`,
  )
}

/** Sends the changes. Undefined when they were taken, no lines when there were none. */
function* save(
  cli: Cli,
  target: Target,
  original: Manifest,
  text: string,
): Task<readonly string[] | undefined> {
  const [document] = parseYamlDocuments(text)
  const [problem] = document?.errors ?? []
  if (problem !== undefined) {
    return [
      `The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: ${yamlProblem(problem)}`,
    ]
  }
  const edited: unknown = document?.toJS()
  if (typeof edited !== 'object' || edited === null) return ['edited file is empty']
  if (deepEqual(edited, original)) return []
  try {
    yield* cli.request('PATCH', resourcePath(target.resource, target), {
      query: [
        ['fieldManager', cli.flags.string('field-manager')],
        ['fieldValidation', 'Strict'],
      ],
      contentType: 'application/strategic-merge-patch+json',
      body: twoWayPatch(original, edited),
    })
    return undefined
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const causes = error.status.details?.causes ?? []
    return error.reason === 'Invalid' && causes.length > 0
      ? causes.map(({ field, message }) => `${field}: ${message}`)
      : [error.message]
  }
}

/** Runs the editor on this process's own streams and waits for it. */
function* openEditor(cli: Cli, file: string): Task {
  const { proc } = cli
  const named = proc.env.get('KUBE_EDITOR') ?? proc.env.get('EDITOR') ?? 'vi'
  const line = named.trim() === '' ? 'vi' : named
  const [command = 'vi'] = line.split(/\s+/)
  // An editor with arguments, quotes or blanks is a matter for the shell.
  const shell = proc.host.command('sh') ?? proc.host.command('bash')
  const isPlain = /^[\w./-]+$/.test(line)
  const program = isPlain || shell === undefined ? proc.host.command(command) : shell
  if (
    program === undefined ||
    (!isPlain && proc.host.command(command) === undefined && !command.includes('/'))
  ) {
    throw new CliError(`unable to launch the editor "${line}"`)
  }
  const argv =
    isPlain || shell === undefined
      ? [...line.split(/\s+/), file]
      : ['sh', '-c', `${line} "${file}"`]
  try {
    const child = proc.host.processes.spawn({
      host: proc.host,
      program,
      argv,
      env: proc.env,
      cwd: proc.cwd,
      files: proc.files,
      parent: proc,
    })
    yield* child.wait()
  } catch (error) {
    if (error instanceof OsError) throw new CliError(`unable to launch the editor "${line}"`)
    throw error
  }
}
