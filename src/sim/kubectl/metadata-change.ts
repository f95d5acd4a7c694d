import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from './cli.ts'
import { resourcePath } from './discovery.ts'
import { CliError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import { dryRunQuery, type DryRun } from './results.ts'
import type { Target } from './selection.ts'

export type KeyChanges = {
  readonly set: ReadonlyMap<string, string>
  readonly removed: readonly string[]
}

export type SplitOptions = {
  readonly accepts?: (word: string) => boolean
  /** What cannot be changed in two ways at once. */
  readonly clash?: (keys: readonly string[]) => string
}

const LABEL_CLASH = 'a label in the same command'

/** Splits arguments into resource words and changes: `a=b` sets, `a-` removes. */
export function splitChanges(
  args: readonly string[],
  { accepts = () => true, clash = () => LABEL_CLASH }: SplitOptions = {},
): { readonly words: string[]; readonly changes: KeyChanges; readonly isMixed: boolean } {
  const words: string[] = []
  const set = new Map<string, string>()
  const removed: string[] = []
  let isMixed = false
  for (const arg of args) {
    const equals = arg.indexOf('=')
    if (equals > 0 && accepts(arg)) set.set(arg.slice(0, equals), arg.slice(equals + 1))
    else if (
      arg.endsWith('-') &&
      arg.length > 1 &&
      !arg.includes('/', arg.length - 1) &&
      accepts(arg)
    ) {
      removed.push(arg.slice(0, -1))
    } else {
      words.push(arg)
      isMixed ||= set.size > 0 || removed.length > 0
    }
  }
  const both = removed.filter((key) => set.has(key))
  if (both.length > 0) throw new CliError(`can not both modify and remove ${clash(both)}`)
  return { words, changes: { set, removed }, isMixed }
}

/** What the changes make of labels or annotations. */
export function changedPairs(
  pairs: Readonly<Record<string, string>>,
  { set, removed }: KeyChanges,
): Record<string, string> {
  const changed = { ...pairs, ...Object.fromEntries(set) }
  for (const key of removed) delete changed[key]
  return changed
}

/** Sends changed labels or annotations as a merge patch. */
export function patchMetadata(
  cli: Cli,
  target: Target,
  member: 'labels' | 'annotations',
  { set, removed }: KeyChanges,
  dryRun: DryRun,
): Task<Manifest> {
  const version = cli.flags.string('resource-version')
  return cli.request('PATCH', resourcePath(target.resource, target), {
    query: [...dryRunQuery(dryRun), ['fieldManager', cli.flags.string('field-manager')]],
    contentType: 'application/merge-patch+json',
    body: {
      metadata: {
        [member]: {
          ...Object.fromEntries(set),
          ...Object.fromEntries(removed.map((key) => [key, null])),
        },
        ...(version === '' ? {} : { resourceVersion: version }),
      },
    },
  })
}
