import type { Cli } from '../cli.ts'
import { CliError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { labelsFrom } from './create/generate.ts'

/** The bare Pod that `run` makes of its flags. */
export function generatePod(cli: Cli, name: string): Manifest {
  const { flags } = cli
  const pod: Manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...annotated(cli), labels: labelsOfRun(cli, name), name },
    spec: { ...podSpec(cli, name), restartPolicy: flags.string('restart') },
    status: {},
  }
  const overrides = flags.string('overrides')
  return overrides === '' ? pod : merged(pod, parsedOverrides(overrides))
}

/** What `run` made of 2018, unless told otherwise. */
export function generateOldDeployment(cli: Cli, name: string): Manifest {
  const labels = labelsOfRun(cli, name)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { labels, name },
    spec: {
      replicas: cli.flags.int('replicas'),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(cli, name) },
    },
  }
}

export function generateJob(cli: Cli, name: string): Manifest {
  const labels = labelsOfRun(cli, name)
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { labels, name },
    spec: {
      template: {
        metadata: { labels },
        spec: { ...podSpec(cli, name), restartPolicy: 'OnFailure' },
      },
    },
  }
}

function labelsOfRun(cli: Cli, name: string): Record<string, string> {
  const labels = cli.flags.string('labels')
  return labels === '' ? { run: name } : labelsFrom(labels)
}

function annotated(cli: Cli): Manifest {
  const pairs = cli.flags.strings('annotations')
  return pairs.length === 0 ? {} : { annotations: labelsFrom(pairs.join(',')) }
}

function podSpec(cli: Cli, name: string): Manifest {
  const { flags } = cli
  const words = cli.args.slice(1)
  const stdin = flags.bool('stdin')
  const port = flags.string('port')
  const env = flags.strings('env').map(environmentEntry)
  return {
    containers: [
      {
        ...(words.length === 0 ? {} : { [flags.bool('command') ? 'command' : 'args']: words }),
        ...(env.length === 0 ? {} : { env }),
        image: flags.string('image'),
        ...(flags.string('image-pull-policy') === ''
          ? {}
          : { imagePullPolicy: flags.string('image-pull-policy') }),
        name,
        ...(port === '' ? {} : { ports: [{ containerPort: Number(port) }] }),
        resources: {},
        ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
        ...(stdin ? { stdin: true } : {}),
        ...(stdin && !flags.bool('leave-stdin-open') ? { stdinOnce: true } : {}),
        ...(flags.bool('tty') ? { tty: true } : {}),
      },
    ],
    dnsPolicy: 'ClusterFirst',
  }
}

function environmentEntry(text: string): Manifest {
  const equals = text.indexOf('=')
  if (equals <= 0) throw new CliError(`invalid env: ${text}`)
  return { name: text.slice(0, equals), value: text.slice(equals + 1) }
}

function parsedOverrides(text: string): Manifest {
  try {
    return JSON.parse(text) as Manifest
  } catch (error) {
    if (error instanceof SyntaxError) throw new CliError(`Invalid overrides: ${error.message}`)
    throw error
  }
}

/** A JSON merge patch applied. */
function merged(target: Manifest, patch: Manifest): Manifest {
  const out: Manifest = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key]
    else if (isMap(value) && isMap(out[key])) out[key] = merged(out[key], value)
    else out[key] = value
  }
  return out
}

function isMap(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
