import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { CliError, collect, isNotFound, throwCollected } from '../errors.ts'
import { at, type Manifest } from '../manifest.ts'
import { readNamed } from '../named.ts'
import { asText, JsonPath, relaxedJsonPath } from '../output/jsonpath.ts'
import { printerFor } from '../output/printers.ts'
import { resultLine } from '../results.ts'
import { readResourceWords, selectTargets, type Target } from '../selection.ts'
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  OUTPUT_FLAGS,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'
import { followObject } from '../watching.ts'

export const wait: Verb = {
  name: 'wait',
  summary: 'Experimental: Wait for a specific condition on one or many resources',
  usage:
    'wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)])',
  since: '1.36',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    {
      name: 'for',
      type: 'strings',
      usage: 'delete, create, condition=NAME[=VALUE] or jsonpath={.path}[=VALUE]',
    },
    { name: 'timeout', type: 'duration', default: '30s', usage: 'How long to wait; 0 looks once' },
  ],
  run: runWait,
}

const WEEK_MS = 7 * 24 * 3_600_000

/** Looks at an object, undefined where there is none, and tells whether it is as wanted. */
type Test = {
  readonly kind: 'create' | 'delete' | 'state'
  readonly holds: (object: Manifest) => boolean
}

function* runWait(cli: Cli): Task {
  const { flags } = cli
  const test = parseTest(flags.strings('for'))
  const timeout = flags.durationMs('timeout')
  const deadline = cli.unixMs + (timeout < 0 ? WEEK_MS : timeout)
  const errors: Error[] = []
  const targets = yield* waitTargets(cli, test, errors)
  const printer = printerFor(cli)
  for (const target of targets) {
    try {
      const object = yield* awaited(cli, target, test, { deadline, isOnce: timeout === 0 })
      yield* cli.out(
        printer === undefined ? resultLine(cli, target, 'condition met') : printer.print(object),
      )
    } catch (error) {
      collect(errors, error)
    }
  }
  const isSelecting = flags.string('selector') !== '' || flags.bool('all')
  if (targets.length === 0 && errors.length === 0 && isSelecting && test.kind !== 'delete') {
    throw new CliError('no matching resources found')
  }
  throwCollected(errors)
}

function parseTest(words: readonly string[]): Test {
  const [word] = words
  if (word === undefined) throw new CliError('unrecognized condition: []')
  if (word === 'delete') return { kind: 'delete', holds: () => false }
  if (word === 'create') return { kind: 'create', holds: () => true }
  const condition = /^condition=([^=]+)(?:=(.*))?$/.exec(word)
  if (condition !== null) {
    const wanted = (condition[2] ?? 'true').toLowerCase()
    return { kind: 'state', holds: (object) => hasCondition(object, condition[1] ?? '', wanted) }
  }
  if (!word.startsWith('jsonpath=')) throw new CliError(`unrecognized condition: "${word}"`)
  return jsonPathTest(word.slice('jsonpath='.length))
}

function jsonPathTest(text: string): Test {
  const match = /^(\{.*?\}|[^=]+)(?:=(.*))?$/s.exec(text.replace(/^'|'$/g, ''))
  if (match === null) throw new CliError('jsonpath wait condition cannot be empty')
  const path = new JsonPath(relaxedJsonPath((match[1] ?? '').replace(/^'|'$/g, '')))
  const wanted = match[2]
  return {
    kind: 'state',
    holds: (object) => {
      const [value] = path.find(object).flat()
      if (value === undefined) return false
      return wanted === undefined || asText(value) === wanted.replace(/^["']|["']$/g, '')
    },
  }
}

function hasCondition(object: Manifest, name: string, wanted: string): boolean {
  const conditions = (at(object, 'status', 'conditions') ?? []) as Manifest[]
  const found = conditions.find(({ type }) => String(type).toLowerCase() === name.toLowerCase())
  if (found === undefined || String(found['status']).toLowerCase() !== wanted) return false
  // A condition about an older spec does not count.
  const generation = Number(at(object, 'metadata', 'generation') ?? 0)
  const observed = Number(
    found['observedGeneration'] ?? at(object, 'status', 'observedGeneration') ?? generation,
  )
  return observed >= generation
}

function* waitTargets(cli: Cli, test: Test, errors: Error[]): Task<Target[]> {
  if (test.kind !== 'create') {
    const targets = yield* selectTargets(cli, {
      fetch: true,
      onError: (error) => {
        if (!(test.kind === 'delete' && isNotFound(error))) errors.push(error)
      },
    })
    return targets
  }
  const { named } = yield* readResourceWords(cli, cli.args)
  return named.map(({ resource, name }) => ({
    resource,
    name,
    namespace: resource.namespaced ? cli.namespace : undefined,
  }))
}

function* awaited(
  cli: Cli,
  target: Target,
  test: Test,
  limits: { readonly deadline: number; readonly isOnce: boolean },
): Task<Manifest> {
  const uid = target.object?.['metadata']?.uid
  // oxlint-disable-next-line require-yield -- looking takes no time
  function* look(object: Manifest | undefined): Task<Manifest | undefined> {
    if (test.kind === 'delete') {
      const isSame = object !== undefined && (uid === undefined || object['metadata']?.uid === uid)
      return isSame ? undefined : {}
    }
    return object !== undefined && test.holds(object) ? object : undefined
  }
  // Once the time is up, nobody looks any more: not even whether it is as wanted already.
  if (!limits.isOnce && cli.unixMs >= limits.deadline) throw timedOut(target)
  const present = target.object === undefined ? undefined : yield* look(target.object)
  if (present !== undefined) return present
  if (limits.isOnce && test.kind !== 'create') yield* refuseOnce(cli, target)
  const timeoutMs = Math.max(0, limits.deadline - cli.unixMs)
  const found = yield* followObject(cli, target, { timeoutMs }, look)
  if (found !== undefined) return found
  if (test.kind === 'create') throw new CliError('timed out waiting for the condition')
  throw timedOut(target)
}

function timedOut({ resource, name }: Target): CliError {
  return new CliError(`timed out waiting for the condition on ${resource.name}/${name}`)
}

function* refuseOnce(cli: Cli, target: Target): Task {
  yield* readNamed(cli, target)
  throw new CliError(`condition not met for ${target.resource.name}/${target.name}`)
}
