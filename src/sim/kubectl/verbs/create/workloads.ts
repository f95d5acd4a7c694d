import type { Cli } from '../../cli.ts'
import { CliError, UsageError } from '../../errors.ts'
import type { Verb } from '../../verb.ts'
import { createGenerated, GENERATOR_FLAGS, onlyName } from './generate.ts'

export const deployment: Verb = {
  name: 'deployment',
  aliases: ['deploy'],
  summary: 'Create a deployment with the specified name',
  usage: 'create deployment NAME --image=image -- [COMMAND] [args...]',
  flags: [
    ...GENERATOR_FLAGS,
    { name: 'image', type: 'list', required: true, usage: 'Image to run' },
    { name: 'replicas', short: 'r', type: 'int32', default: '1', usage: 'How many Pods' },
    { name: 'port', type: 'int32', default: '-1', usage: 'Port the container exposes' },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const images = cli.flags.strings('image')
    const command = commandOf(cli)
    if (images.length > 1 && command.length > 0) {
      throw new CliError('cannot specify multiple --image options and command')
    }
    const port = cli.flags.int('port')
    const labels = { app: name }
    yield* createGenerated(cli, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { labels, name },
      spec: {
        replicas: cli.flags.int('replicas'),
        selector: { matchLabels: labels },
        strategy: {},
        template: {
          metadata: { labels },
          spec: {
            containers: images.map((image) => ({
              ...(command.length === 0 ? {} : { command }),
              image,
              name: containerName(image),
              ...(port < 0 ? {} : { ports: [{ containerPort: port }] }),
              resources: {},
            })),
          },
        },
      },
      status: {},
    })
  },
}

export const job: Verb = {
  name: 'job',
  summary: 'Create a job with the specified name',
  usage: 'create job NAME --image=image -- [COMMAND] [args...]',
  flags: [
    ...GENERATOR_FLAGS,
    { name: 'image', type: 'string', usage: 'Image to run' },
    { name: 'from', type: 'string', usage: 'Not simulated' },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const image = cli.flags.string('image')
    if (cli.flags.isSet('from')) throw new CliError('create job --from is not simulated here')
    if (image === '') throw new UsageError('either --image or --from must be specified')
    const command = commandOf(cli)
    yield* createGenerated(cli, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        template: {
          metadata: {},
          spec: {
            containers: [
              { ...(command.length === 0 ? {} : { command }), image, name, resources: {} },
            ],
            restartPolicy: 'Never',
          },
        },
      },
      status: {},
    })
  },
}

function commandOf(cli: Cli): string[] {
  return cli.args.slice(cli.flags.dashAt ?? cli.args.length)
}

function containerName(image: string): string {
  const last = image.split('/').at(-1) ?? image
  return (last.split(/[:@]/)[0] ?? last).replaceAll('_', '-')
}
