import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, collect, isNotFound, throwCollected } from '../errors.ts'
import { withLastApplied } from '../last-applied.ts'
import { annotationsOf, LAST_APPLIED, type Manifest, withoutManagedFields } from '../manifest.ts'
import { readManifests, type ResolvedManifest } from '../manifests.ts'
import { unifiedDiff } from '../output/unified-diff.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'
import { threeWayPatch } from '../patching/three-way.ts'
import { FILE_FLAGS, managerFlag, SELECTOR_FLAG, type Verb } from '../verb.ts'

export const diff: Verb = {
  name: 'diff',
  summary: 'Diff the live version against a would-be applied version',
  usage: 'diff -f FILENAME',
  since: '1.36',
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    managerFlag('kubectl-client-side-apply'),
    { name: 'server-side', type: 'bool', usage: 'Compare with what a server-side apply would do' },
    { name: 'force-conflicts', type: 'bool', usage: 'With --server-side: take over fields' },
  ],
  run: runDiff,
}

function* runDiff(cli: Cli): Task<number> {
  if (!cli.flags.isSet('filename') && !cli.flags.isSet('kustomize')) {
    throw new CliError('must specify one of -f and -k')
  }
  const errors: Error[] = []
  let isDifferent = false
  for (const manifest of yield* readManifests(cli, (error) => errors.push(error))) {
    try {
      const live = yield* liveOf(cli, manifest)
      const merged = yield* mergedOf(cli, manifest, live)
      const text = diffText(cli, manifest, live, merged)
      isDifferent ||= text !== ''
      yield* cli.out(text)
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
  return isDifferent ? 1 : 0
}

function* liveOf(cli: Cli, manifest: ResolvedManifest): Task<Manifest | undefined> {
  try {
    return yield* cli.request('GET', resourcePath(manifest.resource, manifest))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** What the object would become, as the server itself says in a dry run. */
function* mergedOf(
  cli: Cli,
  manifest: ResolvedManifest,
  live: Manifest | undefined,
): Task<Manifest> {
  const query: [string, string][] = [
    ['dryRun', 'All'],
    ['fieldManager', cli.flags.string('field-manager')],
    ['fieldValidation', 'Strict'],
  ]
  const path = resourcePath(manifest.resource, manifest)
  if (cli.flags.bool('server-side')) {
    return yield* cli.request('PATCH', path, {
      query: [...query, ['force', String(cli.flags.bool('force-conflicts'))]],
      contentType: 'application/apply-patch+yaml',
      body: manifest.object,
    })
  }
  const modified = withLastApplied(manifest.object)
  if (live === undefined) {
    const collection = resourcePath(manifest.resource, { namespace: manifest.namespace })
    return yield* cli.request('POST', collection, { query, body: modified })
  }
  const lastApplied = annotationsOf(live)[LAST_APPLIED]
  const original = lastApplied === undefined ? {} : (JSON.parse(lastApplied) as Manifest)
  return yield* cli.request('PATCH', path, {
    query,
    contentType: 'application/strategic-merge-patch+json',
    body: threeWayPatch(original, modified, live),
  })
}

function diffText(
  cli: Cli,
  { resource, namespace, name }: ResolvedManifest,
  live: Manifest | undefined,
  merged: Manifest,
): string {
  const hunks = unifiedDiff(live === undefined ? '' : comparable(live), comparable(merged))
  if (hunks === '') return ''
  const group = resource.group === '' ? '' : `${resource.group}.`
  const file = `${group}${resource.version}.${resource.kind}.${namespace ?? ''}.${name}`
  const number = cli.unixMs % 1_000_000_000
  const [left, right] = [`/tmp/LIVE-${number}/${file}`, `/tmp/MERGED-${number}/${file}`]
  const time = new Date(cli.unixMs).toISOString().replace('T', ' ').replace('Z', '000000 +0000')
  return `diff -u -N ${left} ${right}\n--- ${left}\t${time}\n+++ ${right}\t${time}\n${hunks}`
}

// The annotation changes whenever anything does, and says nothing new.
function comparable(object: Manifest): string {
  const { [LAST_APPLIED]: _, ...annotations } = annotationsOf(object)
  const plain = withoutManagedFields(object)
  const { annotations: __, ...metadata } = plain['metadata'] ?? {}
  const shown = Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations }
  return toYaml({ ...plain, metadata: shown })
}
