import type { Check, Condition, Moment, ObjectPath } from './lesson.ts'

const MOMENTS = ['created', 'running', 'ready', 'terminating', 'gone'] as const

/** One entry of a `checks` block: a text and one condition by its name. Throws RangeError. */
export function parseCheck(entry: unknown, fallbackId: string): Check {
  const record = asRecord(entry, 'a check')
  const text = asString(record['text'], 'text')
  const names = Object.keys(record).filter((key) => key !== 'text' && key !== 'id')
  const [name] = names
  if (name === undefined || names.length > 1) {
    throw new RangeError(`the check "${text}" needs exactly one condition, it has ${names.length}`)
  }
  const id = record['id'] === undefined ? fallbackId : asString(record['id'], 'id')
  return { id, text, condition: condition(name, record[name]) }
}

function condition(name: string, value: unknown): Condition {
  switch (name) {
    case 'ready':
      return { type: 'ready', pod: asString(value, name) }
    case 'replaced':
      return { type: 'replaced', pod: asString(value, name) }
    case 'exists':
      return { type: 'exists', object: objectPath(value) }
    case 'absent':
      return { type: 'absent', object: objectPath(value) }
    case 'field':
      return fieldCondition(asRecord(value, name))
    case 'count':
      return countCondition(asRecord(value, name))
    case 'order': {
      const record = asRecord(value, name)
      return {
        type: 'order',
        first: moment(record['first']),
        second: moment(record['then']),
        isWithinStep: record['within'] === 'step',
      }
    }
    case 'printed': {
      const record = asRecord(value, name)
      return {
        type: 'printed',
        command: asString(record['command'], 'command'),
        text: asString(record['text'], 'text'),
      }
    }
    case 'file': {
      const record = asRecord(value, name)
      return {
        type: 'file',
        path: asString(record['path'], 'path'),
        contains: asString(record['contains'], 'contains'),
      }
    }
    case 'resolves': {
      const record = asRecord(value, name)
      return {
        type: 'resolves',
        name: asString(record['name'], 'name'),
        isNew: record['isNew'] === true,
      }
    }
    default:
      throw new RangeError(
        `unknown condition "${name}"; there are ready, replaced, exists, absent, field, count, order, printed, file and resolves`,
      )
  }
}

function fieldCondition(record: Record<string, unknown>): Condition {
  return {
    type: 'field',
    object: objectPath(record['object']),
    path: asString(record['path'], 'path'),
    equals: asScalar(record['equals'], 'equals'),
  }
}

function countCondition(record: Record<string, unknown>): Condition {
  return {
    type: 'count',
    resource: asString(record['resource'], 'resource'),
    selector: record['selector'] === undefined ? '' : asString(record['selector'], 'selector'),
    ...(record['path'] === undefined
      ? {}
      : { path: asString(record['path'], 'path'), value: asScalar(record['value'], 'value') }),
    equals: Number(asScalar(record['equals'], 'equals')),
  }
}

function objectPath(value: unknown): ObjectPath {
  const [resource, name, ...rest] = asString(value, 'object').split('/')
  if (resource === undefined || name === undefined || rest.length > 0) {
    throw new RangeError(`expected resource/name, such as pods/web-0, got "${String(value)}"`)
  }
  return { resource, name }
}

function moment(value: unknown): Moment {
  const [pod, became, ...rest] = asString(value, 'moment').split(' ')
  const known = MOMENTS.find((each) => each === became)
  if (pod === undefined || known === undefined || rest.length > 0) {
    throw new RangeError(`expected a Pod and one of ${MOMENTS.join(', ')}, got "${String(value)}"`)
  }
  return { pod, became: known }
}

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError(`${name} must be a mapping`)
  }
  return value as Record<string, unknown> // Checked on the line above.
}

function asString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new RangeError(`${name} must be a text`)
  return value
}

function asScalar(value: unknown, name: string): string | number | boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new RangeError(`${name} must be a text, a number or a boolean`)
  }
  return value
}
