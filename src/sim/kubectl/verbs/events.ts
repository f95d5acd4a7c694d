import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../errors.ts'
import { interval } from '../describe/events.ts'
import { at, type Manifest, namespaceOf } from '../manifest.ts'
import { printerFor } from '../output/printers.ts'
import { TableWriter } from '../output/tab-writer.ts'
import { ALL_NAMESPACES_FLAG, OUTPUT_FLAGS, type Verb } from '../verb.ts'
import { watchUntilInterrupted } from '../watching.ts'

export const events: Verb = {
  name: 'events',
  summary: 'List events',
  usage:
    'events [(-o|--output=)json|yaml|name] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  since: '1.36',
  flags: [
    ...OUTPUT_FLAGS,
    ALL_NAMESPACES_FLAG,
    { name: 'for', type: 'string', usage: 'Only about this object: TYPE/NAME' },
    { name: 'types', type: 'list', usage: 'Only of these types: Normal, Warning' },
    { name: 'watch', short: 'w', type: 'bool', usage: 'Also show what comes' },
    { name: 'no-headers', type: 'bool', usage: 'Leave out the header' },
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Ignored' },
  ],
  run: runEvents,
}

function* runEvents(cli: Cli): Task<number | void> {
  const { flags } = cli
  const path = flags.bool('all-namespaces')
    ? '/api/v1/events'
    : `/api/v1/namespaces/${cli.namespace}/events`
  const query = yield* selectorQuery(cli)
  const list = yield* cli.request('GET', path, { query: [...query, ['limit', '500']] })
  const found = ((list['items'] ?? []) as Manifest[])
    .filter((event) => isWanted(cli, event))
    .sort((a, b) => latest(a) - latest(b))
  const printer = printerFor(cli)
  if (found.length === 0 && !flags.bool('watch')) {
    yield* cli.err(
      flags.bool('all-namespaces')
        ? 'No events found.\n'
        : `No events found in ${cli.namespace} namespace.\n`,
    )
    return
  }
  if (printer !== undefined) {
    const items = found.map((event) => ({ ...event, apiVersion: 'v1', kind: 'Event' }))
    yield* cli.out(printer.print({ apiVersion: 'v1', items, kind: 'EventList', metadata: {} }))
    return
  }
  const writer = new TableWriter({ minWidth: 6, padding: 3, remembers: true })
  const header = [
    ...(flags.bool('all-namespaces') ? ['NAMESPACE'] : []),
    ...['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
  ]
  let rows = found.map((event) => cells(cli, event))
  if (!flags.bool('no-headers')) rows = [header, ...rows]
  yield* cli.out(writer.format(rows))
  if (!flags.bool('watch')) return
  const version = String(list['metadata']?.resourceVersion ?? '')
  return yield* watchUntilInterrupted(cli, {
    path,
    query: [...query, ['resourceVersion', version]],
    *onEvent({ type, object }) {
      const event = object as unknown as Manifest
      if (type !== 'DELETED' && isWanted(cli, event))
        yield* cli.out(writer.format([cells(cli, event)]))
    },
  })
}

function* selectorQuery(cli: Cli): Task<[string, string][]> {
  const about = cli.flags.string('for')
  if (about === '') return []
  const [type, name] = about.split('/')
  if (type === undefined || name === undefined) {
    throw new CliError(`--for must be in resource/name form`)
  }
  const discovery = yield* cli.discovery()
  const { kind } = discovery.find(type)
  return [['fieldSelector', `involvedObject.kind=${kind},involvedObject.name=${name}`]]
}

function isWanted(cli: Cli, event: Manifest): boolean {
  const types = cli.flags.strings('types').map((type) => type.toLowerCase())
  return types.length === 0 || types.includes(String(event['type']).toLowerCase())
}

function latest(event: Manifest): number {
  const time = event['series']?.lastObservedTime ?? event['lastTimestamp'] ?? event['eventTime']
  return Date.parse(String(time ?? '')) || 0
}

function cells(cli: Cli, event: Manifest): string[] {
  const object = event['involvedObject'] ?? {}
  return [
    ...(cli.flags.bool('all-namespaces') ? [namespaceOf(event) ?? ''] : []),
    interval(event, { unixMs: cli.unixMs, dialect: cli.dialect }),
    String(event['type'] ?? ''),
    String(event['reason'] ?? ''),
    `${at(object, 'kind')}/${at(object, 'name')}`,
    String(event['message'] ?? '').trim(),
  ]
}
