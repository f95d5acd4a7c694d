import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { qualifiedPlural, resourcePath } from '../../discovery.ts'
import { CliError, collect, throwCollected } from '../../errors.ts'
import { at } from '../../manifest.ts'
import { ResultPrinter } from '../../results.ts'
import { selectTargets, type Target } from '../../selection.ts'
import { FILE_FLAGS, managerFlag, OUTPUT_FLAGS, SELECTOR_FLAG, type Verb } from '../../verb.ts'
import { nothingFound } from '../get.ts'

const FLAGS = [...FILE_FLAGS, ...OUTPUT_FLAGS, SELECTOR_FLAG, managerFlag('kubectl-rollout')]

export const restart: Verb = {
  name: 'restart',
  summary: 'Restart a resource',
  usage: 'rollout restart RESOURCE',
  since: '1.36',
  flags: FLAGS,
  run: (cli) =>
    switchEach(cli, 'restarted', (target) => {
      if (!['StatefulSet', 'Deployment', 'DaemonSet'].includes(target.resource.kind)) {
        throw refused(cli, target, 'restarting')
      }
      if (at(target.object, 'spec', 'paused') === true) {
        throw new CliError(
          `${subject(cli, target)} can't restart paused deployment (run rollout resume first)`,
        )
      }
      const restartedAt = new Date(cli.unixMs).toISOString().replace(/\.\d+Z$/, 'Z')
      const annotations = { 'kubectl.kubernetes.io/restartedAt': restartedAt }
      return { spec: { template: { metadata: { annotations } } } }
    }),
}

export const pause: Verb = {
  name: 'pause',
  summary: 'Mark the provided resource as paused',
  usage: 'rollout pause RESOURCE',
  flags: FLAGS,
  run: (cli) =>
    switchEach(cli, 'paused', (target) => {
      if (target.resource.kind !== 'Deployment') throw refused(cli, target, 'pausing')
      if (at(target.object, 'spec', 'paused') === true) {
        throw new CliError(`${subject(cli, target)} is already paused`)
      }
      return { spec: { paused: true } }
    }),
}

export const resume: Verb = {
  name: 'resume',
  summary: 'Resume a paused resource',
  usage: 'rollout resume RESOURCE',
  flags: FLAGS,
  run: (cli) =>
    switchEach(cli, 'resumed', (target) => {
      if (target.resource.kind !== 'Deployment') throw refused(cli, target, 'resuming')
      if (at(target.object, 'spec', 'paused') !== true) {
        throw new CliError(`${subject(cli, target)} is not paused`)
      }
      return { spec: { paused: null } }
    }),
}

function subject(cli: Cli, { resource, name }: Target): string {
  return `${cli.isOld ? resource.name : qualifiedPlural(resource)} "${name}"`
}

function refused(cli: Cli, target: Target, doing: string): CliError {
  return new CliError(`${subject(cli, target)} ${doing} is not supported`)
}

function* switchEach(cli: Cli, done: string, patchFor: (target: Target) => unknown): Task {
  if (cli.args.length === 0 && !cli.flags.isSet('filename')) {
    throw new CliError('required resource not specified')
  }
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    fetch: true,
    typeMeansAll: true,
    onError: (error) => errors.push(error),
  })
  const printer = new ResultPrinter(cli, 'none')
  for (const target of targets) {
    try {
      const after = yield* cli.request('PATCH', resourcePath(target.resource, target), {
        query: [['fieldManager', cli.flags.string('field-manager')]],
        contentType: 'application/strategic-merge-patch+json',
        body: patchFor(target),
      })
      yield* printer.print(target, done, after)
    } catch (error) {
      collect(errors, error)
    }
  }
  if (targets.length === 0 && errors.length === 0) {
    const discovery = yield* cli.discovery()
    yield* cli.err(`${nothingFound(cli, discovery.findAll(cli.args[0] ?? ''))}\n`)
  }
  throwCollected(errors)
}
