import {
  asRecord,
  COUNT,
  type Field,
  type Fields,
  FLAG,
  oneOf,
  optional,
  type Read,
  readRecord,
  SCALAR,
  shaped,
  TEXT,
} from './fields.ts'
import {
  type Check,
  type Condition,
  type Moment,
  type ObjectPath,
  VERDICT_ACTIONS,
  WRITE_VERBS,
} from './lesson.ts'

const OBJECT = shaped(/^([a-z]+)\/([a-z0-9.-]+)$/, 'pods/web-0')
const MOMENT = shaped(
  /^([a-z0-9.-]+) (created|running|ready|terminating|gone)$/,
  'web-0 ready',
) satisfies Field<readonly string[]>
const WITHIN = optional(oneOf(['step']))

/** Conditions whose whole value is one text. */
export const SHORT_CONDITIONS = {
  ready: TEXT,
  replaced: TEXT,
  kept: TEXT,
  exists: OBJECT,
  absent: OBJECT,
} as const satisfies Fields

export const LONG_CONDITIONS = {
  field: { object: OBJECT, path: TEXT, equals: SCALAR },
  count: {
    resource: TEXT,
    selector: optional(TEXT),
    path: optional(TEXT),
    value: optional(SCALAR),
    equals: COUNT,
  },
  // eslint-disable-next-line unicorn/no-thenable -- a word of the lesson's language; nothing awaits it
  order: { first: MOMENT, then: MOMENT, within: WITHIN },
  event: { about: OBJECT, reason: TEXT, contains: optional(TEXT), within: WITHIN },
  decision: {
    set: TEXT,
    pod: TEXT,
    action: oneOf(VERDICT_ACTIONS),
    why: optional(TEXT),
    within: WITHIN,
  },
  wrote: { by: TEXT, verb: oneOf(WRITE_VERBS), object: OBJECT, within: WITHIN },
  printed: { command: TEXT, text: TEXT },
  file: { path: TEXT, contains: TEXT },
  resolves: { name: TEXT, isNew: optional(FLAG) },
} as const satisfies Readonly<Record<string, Fields>>

const NAMES = [...Object.keys(SHORT_CONDITIONS), ...Object.keys(LONG_CONDITIONS)]

/** One entry of a `checks` block: a text and one condition by its name. Throws RangeError. */
export function parseCheck(entry: unknown, fallbackId: string): Check {
  const record = asRecord(entry, 'a check')
  const text = TEXT.read(record['text'], 'text of a check')
  const names = Object.keys(record).filter((key) => key !== 'text' && key !== 'id')
  const [name] = names
  if (name === undefined || names.length > 1) {
    const has = names.length === 0 ? 'none' : names.join(' and ')
    throw new RangeError(
      `the check "${text}" has ${has}; give it exactly one of ${NAMES.join(', ')}`,
    )
  }
  const id = record['id'] === undefined ? fallbackId : TEXT.read(record['id'], 'id of a check')
  return { id, text, condition: condition(name, record[name]) }
}

function condition(name: string, value: unknown): Condition {
  switch (name) {
    case 'ready':
    case 'replaced':
    case 'kept':
      return { type: name, pod: TEXT.read(value, name) }
    case 'exists':
    case 'absent':
      return { type: name, object: objectPath(OBJECT.read(value, name)) }
    case 'field': {
      const { object, path, equals } = readLong('field', value)
      return { type: 'field', object: objectPath(object), path, equals }
    }
    case 'count':
      return countCondition(readLong('count', value))
    case 'order': {
      const { first, then, within } = readLong('order', value)
      return {
        type: 'order',
        first: moment(first),
        second: moment(then),
        isWithinStep: within === 'step',
      }
    }
    case 'event': {
      const { about, reason, contains, within } = readLong('event', value)
      return {
        type: 'event',
        about: objectPath(about),
        reason,
        ...(contains === undefined ? {} : { contains }),
        isWithinStep: within === 'step',
      }
    }
    case 'decision': {
      const { set, pod, action, why, within } = readLong('decision', value)
      return {
        type: 'decision',
        set,
        pod,
        action,
        ...(why === undefined ? {} : { why }),
        isWithinStep: within === 'step',
      }
    }
    case 'wrote': {
      const { by, verb, object, within } = readLong('wrote', value)
      return {
        type: 'wrote',
        by,
        verb,
        object: objectPath(object),
        isWithinStep: within === 'step',
      }
    }
    case 'printed':
      return { type: 'printed', ...readLong('printed', value) }
    case 'file':
      return { type: 'file', ...readLong('file', value) }
    case 'resolves': {
      const { name: resolved, isNew } = readLong('resolves', value)
      return { type: 'resolves', name: resolved, isNew: isNew === true }
    }
    default:
      throw new RangeError(`unknown condition "${name}"; there are ${NAMES.join(', ')}`)
  }
}

function readLong<N extends keyof typeof LONG_CONDITIONS>(
  name: N,
  value: unknown,
): Read<(typeof LONG_CONDITIONS)[N]> {
  return readRecord(LONG_CONDITIONS[name], value, name)
}

function countCondition(record: Read<typeof LONG_CONDITIONS.count>): Condition {
  const { resource, selector = '', path, value, equals } = record
  if ((path === undefined) !== (value === undefined)) {
    throw new RangeError('count has one of path and value; give both, or neither')
  }
  return {
    type: 'count',
    resource,
    selector,
    ...(path === undefined || value === undefined ? {} : { path, value }),
    equals,
  }
}

function objectPath([resource = '', name = '']: readonly string[]): ObjectPath {
  return { resource, name }
}

function moment([pod = '', became = '']: readonly string[]): Moment {
  // The pattern of a moment lists these words and no others.
  return { pod, became: became as Moment['became'] }
}
