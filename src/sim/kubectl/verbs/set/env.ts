import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { CliError } from '../../errors.ts'
import { at, type Manifest } from '../../manifest.ts'
import { type KeyChanges, splitChanges } from '../../metadata-change.ts'
import { selectTargets, type Target } from '../../selection.ts'
import type { Verb } from '../../verb.ts'
import {
  changeContainers,
  changePodSpecs,
  containersOf,
  hasContainer,
  requireTarget,
  SET_FLAGS,
} from './change.ts'

export const env: Verb = {
  name: 'env',
  summary: 'Update environment variables on a pod template',
  usage: 'set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  flags: [
    ...SET_FLAGS,
    { name: 'env', short: 'e', type: 'strings', usage: 'A variable: KEY=VALUE' },
    { name: 'containers', short: 'c', type: 'string', default: '*', usage: 'Which containers' },
    { name: 'list', type: 'bool', usage: 'Show the variables instead' },
  ],
  *run(cli) {
    const { words, changes } = splitChanges([...cli.args, ...cli.flags.strings('env')], {
      clash: () => 'the same environment variable in the same command',
    })
    requireTarget(cli, words)
    if (cli.flags.bool('list')) return yield* listVariables(cli, words)
    if (cli.isOld && changes.set.size === 0 && changes.removed.length === 0) {
      throw new CliError('at least one environment variable must be provided')
    }
    yield* changeVariables(cli, words, changes)
  },
}

function* changeVariables(cli: Cli, words: readonly string[], changes: KeyChanges): Task {
  const container = cli.flags.string('containers')
  const without: Target[] = []
  yield* changePodSpecs(
    cli,
    words,
    { done: 'env updated', failing: 'env update to pod template:' },
    (spec, target) => {
      if (!hasContainer(spec, container)) {
        without.push(target)
        return spec
      }
      return changeContainers(spec, container, (one) => {
        const variables = changedEnv(one['env'] ?? [], changes)
        return variables.length === 0 && one['env'] === undefined ? one : { ...one, env: variables }
      })
    },
  )
  for (const { resource, name } of without) {
    yield* cli.err(
      `Warning: ${resource.kind}/${name} does not have any containers matching "${container}"\n`,
    )
  }
}

function changedEnv(variables: readonly Manifest[], { set, removed }: KeyChanges): Manifest[] {
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

function* listVariables(cli: Cli, words: readonly string[]): Task {
  const asked = cli.flags.string('containers')
  const targets = yield* selectTargets(cli, {
    words,
    fetch: true,
    onError: (error) => {
      throw error
    },
  })
  for (const { resource, name, object } of targets) {
    const spec = at(object, ...(resource.kind === 'Pod' ? ['spec'] : ['spec', 'template', 'spec']))
    for (const container of containersOf((spec ?? {}) as Manifest)) {
      if (asked !== '*' && container['name'] !== asked) continue
      const lines = ((container['env'] ?? []) as Manifest[]).map(variableLine)
      const head = `# ${resource.kind} ${name}, container ${container['name']}`
      yield* cli.out([head, ...lines].map((line) => `${line}\n`).join(''))
    }
  }
}

function variableLine({ name, value = '', valueFrom }: Manifest): string {
  return valueFrom === undefined ? `${name}=${value}` : `# ${name} from ${sourceText(valueFrom)}`
}

function sourceText(from: Manifest): string {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = from
  if (fieldRef !== undefined) return `field path ${fieldRef.fieldPath}`
  if (resourceFieldRef !== undefined) return `resource field ${resourceFieldRef.resource}`
  if (configMapKeyRef !== undefined)
    return `configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`
  return `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`
}
