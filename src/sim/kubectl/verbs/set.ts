import type { Cli } from '../cli.ts'
import { CliError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { splitChanges } from '../metadata-change.ts'
import { NOTHING_SELECTED } from '../selection.ts'
import type { Verb } from '../verb.ts'
import { labelsFrom } from './create/generate.ts'
import { changeContainers, changePodSpecs, SET_FLAGS } from './set/change.ts'

const image: Verb = {
  name: 'image',
  summary: 'Update the image of a pod template',
  usage: 'set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ...',
  flags: SET_FLAGS,
  *run(cli) {
    const { words, changes } = splitChanges(cli.args, (word) => word.includes('='))
    requireTarget(cli, words)
    if (changes.set.size === 0) throw new CliError('at least one image update is required')
    yield* changePodSpecs(cli, words, 'image updated', (spec) =>
      [...changes.set].reduce(
        (changed, [name, value]) =>
          changeContainers(changed, name, (container) => ({ ...container, image: value })),
        spec,
      ),
    )
  },
}

const env: Verb = {
  name: 'env',
  summary: 'Update environment variables on a pod template',
  usage: 'set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  flags: [
    ...SET_FLAGS,
    { name: 'env', short: 'e', type: 'strings', usage: 'A variable: KEY=VALUE' },
    { name: 'containers', short: 'c', type: 'string', default: '*', usage: 'Which containers' },
  ],
  *run(cli) {
    const { words, changes } = splitChanges([...cli.args, ...cli.flags.strings('env')])
    requireTarget(cli, words)
    if (changes.set.size === 0 && changes.removed.length === 0) {
      throw new CliError('at least one environment variable must be provided')
    }
    yield* changePodSpecs(cli, words, 'env updated', (spec) =>
      changeContainers(spec, cli.flags.string('containers'), (container) => ({
        ...container,
        env: changedEnv(container['env'] ?? [], changes.set, changes.removed),
      })),
    )
  },
}

function changedEnv(
  variables: readonly Manifest[],
  set: ReadonlyMap<string, string>,
  removed: readonly string[],
): Manifest[] {
  const kept = variables
    .filter(({ name }) => !removed.includes(name))
    .map((variable) =>
      set.has(variable['name'])
        ? { name: variable['name'], value: set.get(variable['name']) }
        : variable,
    )
  const added = [...set]
    .filter(([name]) => !variables.some((variable) => variable['name'] === name))
    .map(([name, value]) => ({ name, value }))
  return [...kept, ...added]
}

const resources: Verb = {
  name: 'resources',
  summary: 'Update resource requests/limits on objects with pod templates',
  usage: 'set resources (-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS])',
  flags: [
    ...SET_FLAGS,
    { name: 'limits', type: 'string', usage: 'cpu=100m,memory=256Mi' },
    { name: 'requests', type: 'string', usage: 'cpu=100m,memory=256Mi' },
    { name: 'containers', short: 'c', type: 'string', default: '*', usage: 'Which containers' },
  ],
  *run(cli) {
    requireTarget(cli, cli.args)
    const limits = labelsFrom(cli.flags.string('limits'))
    const requests = labelsFrom(cli.flags.string('requests'))
    if (Object.keys(limits).length + Object.keys(requests).length === 0) {
      throw new CliError(
        'you must specify an update to requests or limits (in the form of --requests/--limits)',
      )
    }
    yield* changePodSpecs(cli, cli.args, 'resource requirements updated', (spec) =>
      changeContainers(spec, cli.flags.string('containers'), (container) => {
        const before: Manifest = container['resources'] ?? {}
        return {
          ...container,
          resources: {
            ...merged(before, 'limits', limits),
            ...merged(before, 'requests', requests),
          },
        }
      }),
    )
  },
}

function merged(before: Manifest, member: string, added: Record<string, string>): Manifest {
  const amounts = { ...before[member], ...added }
  return Object.keys(amounts).length === 0 ? {} : { [member]: amounts }
}

const serviceAccount: Verb = {
  name: 'serviceaccount',
  aliases: ['sa'],
  summary: 'Update the service account of a resource',
  usage: 'set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  flags: SET_FLAGS,
  *run(cli) {
    const words = cli.args.slice(0, -1)
    const name = cli.args.at(-1)
    if (name === undefined) throw new CliError('serviceaccount is required')
    requireTarget(cli, words)
    yield* changePodSpecs(cli, words, 'serviceaccount updated', (spec) => ({
      ...spec,
      serviceAccount: name,
      serviceAccountName: name,
    }))
  },
}

export const set: Verb = {
  name: 'set',
  summary: 'Set specific features on objects',
  usage: 'set SUBCOMMAND',
  flags: [],
  bareHelp: 'stdout',
  subcommands: [env, image, resources, serviceAccount],
}

function requireTarget(cli: Cli, words: readonly string[]): void {
  if (words.length === 0 && !cli.flags.isSet('filename')) throw new CliError(NOTHING_SELECTED)
}
