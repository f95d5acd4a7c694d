import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import type { ApiResource } from '../discovery.ts'
import { CliError, ExitError } from '../errors.ts'
import { Explanation, OldExplanation } from '../explanation.ts'
import type { Manifest } from '../manifest.ts'
import type { Verb } from '../verb.ts'

export const explain: Verb = {
  name: 'explain',
  summary: 'Get documentation for a resource',
  usage: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group]',
  flags: [
    { name: 'recursive', type: 'bool', usage: 'Show the fields of fields too' },
    { name: 'api-version', type: 'string', usage: 'Ignored: there is one version of each' },
    { name: 'output', short: 'o', type: 'string', default: 'plaintext', usage: 'Ignored' },
  ],
  run: runExplain,
}

function* runExplain(cli: Cli): Task {
  const [path] = cli.args
  if (path === undefined) {
    throw new CliError(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
    )
  }
  const [type = '', ...fields] = path.split('.')
  const resource = yield* findType(cli, type)
  const root =
    resource.group === '' ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`
  const document = yield* cli.request('GET', `/openapi/v3/${root}`)
  const schemas: Record<string, Manifest> = document['components']?.schemas ?? {}
  const top = Object.entries(schemas).find(([, schema]) =>
    (schema['x-kubernetes-group-version-kind'] ?? []).some(
      ({ kind, group }: Manifest) => kind === resource.kind && group === resource.group,
    ),
  )
  if (top === undefined) throw new CliError(`couldn't find resource for "${resource.kind}"`)
  const isRecursive = cli.flags.bool('recursive')
  const text = new (cli.isOld ? OldExplanation : Explanation)(schemas, isRecursive).text(
    top[1],
    fields,
  )
  // Today's kubectl has printed the head before it looks for the field.
  if (text !== undefined || !cli.isOld) yield* cli.out(headText(cli, resource))
  if (text === undefined) throw new CliError(`field "${fields.at(-1) ?? ''}" does not exist`)
  yield* cli.out(text)
}

function* findType(cli: Cli, type: string): Task<ApiResource> {
  const discovery = yield* cli.discovery()
  try {
    return discovery.find(type)
  } catch (error) {
    if (error instanceof CliError) throw new ExitError(1, error.message)
    throw error
  }
}

function headText(cli: Cli, { group, kind, version }: ApiResource): string {
  if (cli.isOld)
    return `KIND:     ${kind}\nVERSION:  ${group === '' ? version : `${group}/${version}`}\n\n`
  return `${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${kind}\nVERSION:    ${version}\n\n`
}
