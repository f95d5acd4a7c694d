import { CliError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { splitChanges } from '../metadata-change.ts'
import { amountsFrom } from '../quantities.ts'
import type { Verb } from '../verb.ts'
import { changeContainers, changePodSpecs, requireTarget, SET_FLAGS } from './set/change.ts'
import { env } from './set/env.ts'
import { selector } from './set/selector.ts'

const IMAGE = { done: 'image updated', failing: 'image update to pod template:' }
const ACCOUNT = {
  done: 'serviceaccount updated',
  failing: 'ServiceAccountName',
  isAlwaysSent: true,
}
const RESOURCES = {
  done: 'resource requirements updated',
  failing: 'resources update to pod template',
}

const image: Verb = {
  name: 'image',
  summary: 'Update the image of a pod template',
  usage: 'set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ...',
  flags: SET_FLAGS,
  *run(cli) {
    const { words, changes } = splitChanges(cli.args, { accepts: (word) => word.includes('=') })
    requireTarget(cli, words)
    if (changes.set.size === 0) throw new CliError('at least one image update is required')
    yield* changePodSpecs(cli, words, IMAGE, (spec) =>
      [...changes.set].reduce(
        (changed, [name, value]) =>
          changeContainers(changed, name, (container) => ({ ...container, image: value })),
        spec,
      ),
    )
  },
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
    const limits = amountsFrom(cli.flags.string('limits'))
    const requests = amountsFrom(cli.flags.string('requests'))
    if (Object.keys(limits).length + Object.keys(requests).length === 0) {
      throw new CliError(
        'you must specify an update to requests or limits (in the form of --requests/--limits)',
      )
    }
    yield* changePodSpecs(cli, cli.args, RESOURCES, (spec) =>
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
    yield* changePodSpecs(cli, words, ACCOUNT, (spec) => ({
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
  subcommands: [env, image, resources, selector, serviceAccount],
}
