import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { templateLines } from '../../describe/containers.ts'
import { Page } from '../../describe/page.ts'
import { kindLabel } from '../../discovery.ts'
import { CliError, collect, throwCollected } from '../../errors.ts'
import type { Manifest } from '../../manifest.ts'
import { TableWriter } from '../../output/tab-writer.ts'
import { selectTargets, type Target } from '../../selection.ts'
import { FILE_FLAGS, OUTPUT_FLAGS, SELECTOR_FLAG, type Verb } from '../../verb.ts'
import { type Revision, revisionsOf, unsupported } from './revisions.ts'

export const history: Verb = {
  name: 'history',
  summary: 'View rollout history',
  usage: 'rollout history (TYPE NAME | TYPE/NAME) [flags]',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    SELECTOR_FLAG,
    { name: 'revision', type: 'int', default: '0', usage: 'Show this revision in detail' },
  ],
  run: runHistory,
}

function* runHistory(cli: Cli): Task {
  const errors: Error[] = []
  if (cli.args.length === 0 && !cli.flags.isSet('filename')) {
    throw new CliError('required resource not specified')
  }
  const targets = yield* selectTargets(cli, {
    fetch: true,
    typeMeansAll: true,
    onError: (error) => errors.push(error),
  })
  for (const target of targets) {
    try {
      const revisions = yield* revisionsOf(cli, target)
      if (revisions === undefined) throw unsupported('history', target)
      yield* cli.out(cli.isOld ? oldHistory(cli, target, revisions) : shown(cli, target, revisions))
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function shown(cli: Cli, { resource, name }: Target, revisions: readonly Revision[]): string {
  const asked = cli.flags.int('revision')
  const subject = `${kindLabel(resource)}/${name}`
  if (revisions.length === 0) {
    const which = asked > 0 ? `with revision #${asked}` : ''
    return `${subject} ${which}\nNo rollout history found.\n`
  }
  if (asked > 0) {
    const found = revisions.find(({ number }) => number === asked)
    if (found === undefined) throw new CliError('unable to find the specified revision')
    return `${subject} with revision #${asked}\n${templateText(cli, found.template)}\n`
  }
  const rows = revisions.map(({ number, changeCause }) => [String(number), changeCause])
  const writer = new TableWriter({ minWidth: 0, padding: 2, remembers: false })
  return `${subject} \n${writer.format([['REVISION', 'CHANGE-CAUSE'], ...rows])}\n`
}

// As 1.10 printed it, zeros included: it sized its list and then appended to it.
function oldHistory(cli: Cli, { resource, name }: Target, revisions: readonly Revision[]): string {
  const asked = cli.flags.int('revision')
  const suffix = asked > 0 ? ` with revision #${asked}` : ''
  const numbers = [...revisions.map(() => 0), ...revisions.map(({ number }) => number)]
  return `${resource.name} "${name}"${suffix}\nREVISION\n${numbers.map((number) => `${number}\n`).join('')}\n`
}

/** A Pod template with its tabs left as they are. */
export function templateText(cli: Cli, template: Manifest): string {
  const page = new Page({ unixMs: cli.unixMs, dialect: cli.dialect })
  templateLines(page, template)
  return page.rawText()
}
