import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import { deepEqual } from '#sim/apimachinery/equality.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, collect, throwCollected, UsageError } from '../errors.ts'
import { at, type Manifest } from '../manifest.ts'
import { dryRunOf, dryRunQuery, resultLine } from '../results.ts'
import { selectTargets, type Target } from '../selection.ts'
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  managerFlag,
  OUTPUT_FLAGS,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'

export const taint: Verb = {
  name: 'taint',
  summary: 'Update the taints on one or more nodes',
  usage: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  flags: [
    ...OUTPUT_FLAGS,
    ALL_FLAG,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    managerFlag('kubectl-taint'),
    { name: 'overwrite', type: 'bool', usage: 'Replace taints that are there already' },
  ],
  run: runTaint,
}

type Taint = { readonly key: string; readonly value?: string; readonly effect: string }

type Changes = { readonly add: readonly Taint[]; readonly remove: readonly Taint[] }

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function* runTaint(cli: Cli): Task {
  const [type, ...rest] = cli.args
  if (type === undefined)
    throw new CliError('one or more resources must be specified as <resource> <name>')
  if (!/^(no|nodes?)$/.test(type.split('/')[0] ?? '')) {
    throw new CliError(`invalid resource type ${type}, only node types are supported`)
  }
  const isChange = (word: string): boolean => /[=:]/.test(word) || word.endsWith('-')
  const names = rest.filter((word) => !isChange(word))
  const changes = parseTaints(rest.filter(isChange))
  if (changes.add.length === 0 && changes.remove.length === 0) {
    throw new CliError('at least one taint update is required')
  }
  const dryRun = yield* dryRunOf(cli)
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    words: ['nodes', ...names],
    fetch: true,
    onError: (error) => errors.push(error),
  })
  for (const target of targets) {
    try {
      const { taints, done } = changed(cli, target, changes)
      if (dryRun !== 'client') {
        yield* cli.request('PATCH', resourcePath(target.resource, { name: target.name }), {
          query: [...dryRunQuery(dryRun), ['fieldManager', cli.flags.string('field-manager')]],
          contentType: 'application/strategic-merge-patch+json',
          body: { spec: { taints: taints.length === 0 ? null : taints } },
        })
      }
      // This verb's line has no suffix for dry runs.
      yield* cli.out(resultLine(cli, target, done))
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function parseTaints(words: readonly string[]): Changes {
  const add: Taint[] = []
  const remove: Taint[] = []
  for (const word of words) {
    if (word.endsWith('-')) {
      const [key = '', effect = ''] = word.slice(0, -1).split(':')
      remove.push({ key: key.split('=')[0] ?? '', effect: checkedEffect(effect, true) })
    } else add.push(parseTaint(word))
  }
  return { add, remove }
}

function parseTaint(word: string): Taint {
  const [left = '', effect] = word.split(':')
  if (effect === undefined) {
    const faults = qualifiedNameFaults(left)
    throw new UsageError(`invalid taint spec: ${word}, ${faults.join('; ')}`)
  }
  const [key = '', value] = left.split('=')
  return { key, ...(value === undefined ? {} : { value }), effect: checkedEffect(effect, false) }
}

function checkedEffect(effect: string, mayBeEmpty: boolean): string {
  if (EFFECTS.includes(effect) || (mayBeEmpty && effect === '')) return effect
  throw new UsageError(`invalid taint effect: ${effect}, unsupported taint effect`)
}

function changed(
  cli: Cli,
  target: Target,
  { add, remove }: Changes,
): { readonly taints: Manifest[]; readonly done: string } {
  const before = (at(target.object, 'spec', 'taints') ?? []) as Manifest[]
  const isSame = (taint: Manifest, other: Taint): boolean =>
    taint['key'] === other.key && (other.effect === '' || taint['effect'] === other.effect)
  const taken = add.filter((taint) => before.some((old) => isSame(old, taint)))
  if (taken.length > 0 && !cli.flags.bool('overwrite')) {
    const keys = taken.map(({ key }) => key).join(',')
    throw new CliError(
      `node ${target.name} already has ${keys} taint(s) with same effect(s) and --overwrite is false`,
    )
  }
  for (const gone of remove) {
    if (before.some((taint) => isSame(taint, gone))) continue
    throw new CliError(
      `taint "${gone.key}${gone.effect === '' ? '' : `:${gone.effect}`}" not found`,
    )
  }
  const kept = before.filter((taint) => ![...add, ...remove].some((other) => isSame(taint, other)))
  const taints = [...add.map((one) => ({ ...one })), ...kept]
  const isModified = taken.some((taint) => !before.some((old) => deepEqual(old, taint)))
  return { taints, done: isModified ? 'modified' : add.length > 0 ? 'tainted' : 'untainted' }
}
