import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, throwCollected } from '../errors.ts'
import { withLastApplied } from '../last-applied.ts'
import { annotationsOf, LAST_APPLIED } from '../manifest.ts'
import { readManifests } from '../manifests.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'
import { dryRunOf, dryRunQuery, resultLine } from '../results.ts'
import { selectTargets } from '../selection.ts'
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  FILE_FLAGS,
  OUTPUT_FLAGS,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'

export const setLastApplied: Verb = {
  name: 'set-last-applied',
  summary:
    'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  usage: 'apply set-last-applied -f FILENAME',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    { name: 'create-annotation', type: 'bool', usage: 'Also where there was none' },
  ],
  run: runSet,
}

export const viewLastApplied: Verb = {
  name: 'view-last-applied',
  summary: 'View the latest last-applied-configuration annotations of a resource/object',
  usage: 'apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  flags: [
    ...FILE_FLAGS,
    ALL_FLAG,
    SELECTOR_FLAG,
    { name: 'output', short: 'o', type: 'string', default: 'yaml', usage: 'yaml or json' },
  ],
  run: runView,
}

function* runSet(cli: Cli): Task {
  const dryRun = yield* dryRunOf(cli)
  const errors: Error[] = []
  const manifests = yield* readManifests(cli, (error) => errors.push(error))
  throwCollected(errors)
  for (const manifest of manifests) {
    const path = resourcePath(manifest.resource, manifest)
    const live = yield* cli.request('GET', path)
    if (annotationsOf(live)[LAST_APPLIED] === undefined && !cli.flags.bool('create-annotation')) {
      throw new CliError(
        `no last-applied-configuration annotation found on resource: ${manifest.name}, to create the annotation, run the command with --create-annotation`,
      )
    }
    const value = annotationsOf(withLastApplied(manifest.object))[LAST_APPLIED]
    if (dryRun !== 'client') {
      yield* cli.request('PATCH', path, {
        query: dryRunQuery(dryRun),
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { [LAST_APPLIED]: value } } },
      })
    }
    yield* cli.out(resultLine(cli, manifest, 'configured', dryRun))
  }
}

function* runView(cli: Cli): Task {
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    fetch: true,
    typeMeansAll: true,
    onError: (error) => errors.push(error),
  })
  for (const { object = {}, name } of targets) {
    const text = annotationsOf(object)[LAST_APPLIED]
    if (text === undefined) {
      errors.push(
        new CliError(`no last-applied-configuration annotation found on resource: ${name}`),
      )
      continue
    }
    const manifest: unknown = JSON.parse(text)
    const isJson = cli.flags.string('output') === 'json'
    yield* cli.out(isJson ? `${goJson(manifest, 4)}\n` : toYaml(manifest))
  }
  throwCollected(errors)
}
