/** One member of what a lesson states as data: how it is read, and how a schema describes it. */
export type Field<T> = {
  readonly schema: Readonly<Record<string, unknown>>
  readonly isOptional: boolean
  /** Throws RangeError that names the member, the value and what would do. */
  readonly read: (value: unknown, name: string) => T
}

export type Fields = Readonly<Record<string, Field<unknown>>>
export type Read<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never
}

export const TEXT: Field<string> = {
  schema: { type: 'string', minLength: 1 },
  isOptional: false,
  read: (value, name) => {
    if (typeof value === 'string' && value !== '') return value
    throw new RangeError(`${name} is ${shown(value)}; it must be a text, in quotes if need be`)
  },
}

export const ID: Field<string> = {
  schema: { type: 'string', pattern: '^[a-z0-9-]+$' },
  isOptional: false,
  read: (value, name) => {
    if (typeof value === 'string' && /^[a-z0-9-]+$/.test(value)) return value
    throw new RangeError(
      `${name} is ${shown(value)}; it must be of small letters, digits and hyphens`,
    )
  },
}

export const SCALAR: Field<string | number | boolean> = {
  schema: { type: ['string', 'number', 'boolean'] },
  isOptional: false,
  read: (value, name) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return value
    }
    throw new RangeError(`${name} is ${shown(value)}; it must be a text, a number or a boolean`)
  },
}

export const COUNT: Field<number> = {
  schema: { type: 'integer', minimum: 0 },
  isOptional: false,
  read: (value, name) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    throw new RangeError(`${name} is ${shown(value)}; it must be a whole number from 0 on`)
  },
}

export const FLAG: Field<boolean> = {
  schema: { type: 'boolean' },
  isOptional: false,
  read: (value, name) => {
    if (typeof value === 'boolean') return value
    throw new RangeError(`${name} is ${shown(value)}; it must be true or false`)
  },
}

/** A text of one shape, split into the parts that the pattern captures. */
export function shaped(pattern: RegExp, example: string): Field<readonly string[]> {
  return {
    schema: { type: 'string', pattern: pattern.source },
    isOptional: false,
    read: (value, name) => {
      const match = typeof value === 'string' ? pattern.exec(value) : null
      if (match !== null) return match.slice(1)
      throw new RangeError(`${name} is ${shown(value)}; write it as in "${example}"`)
    },
  }
}

export function oneOf<T extends string>(choices: readonly T[]): Field<T> {
  return {
    schema: { enum: choices },
    isOptional: false,
    read: (value, name) => {
      const found = choices.find((choice) => choice === value)
      if (found !== undefined) return found
      throw new RangeError(`${name} is ${shown(value)}; there are ${choices.join(', ')}`)
    },
  }
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    ...field,
    isOptional: true,
    read: (value, name) => (value === undefined ? undefined : field.read(value, name)),
  }
}

/** Two mappings or more of the same members. */
export function listOf<F extends Fields>(fields: F, name: string): Field<readonly Read<F>[]> {
  return {
    schema: { type: 'array', minItems: 2, items: recordSchema(fields) },
    isOptional: false,
    read: (value, whole) => {
      if (!Array.isArray(value) || value.length < 2) {
        throw new RangeError(`${whole} is ${shown(value)}; it must be a list of two or more`)
      }
      return value.map((entry: unknown) => readRecord(fields, entry, name))
    },
  }
}

/** A mapping of exactly these members. Throws RangeError. */
export function readRecord<F extends Fields>(fields: F, value: unknown, name: string): Read<F> {
  const record = asRecord(value, name)
  const known = Object.keys(fields)
  const stray = Object.keys(record).find((key) => !known.includes(key))
  if (stray !== undefined) {
    throw new RangeError(`${name} has an unknown member "${stray}"; there are ${known.join(', ')}`)
  }
  const entries = Object.entries(fields).map(([key, field]) => {
    if (!field.isOptional && record[key] === undefined) {
      throw new RangeError(`${name} needs the member ${key}; add "${key}: …"`)
    }
    return [key, field.read(record[key], `${key} of ${name}`)]
  })
  // Each member was read by the field of its own name.
  return Object.fromEntries(entries) as Read<F>
}

export function recordSchema(fields: Fields): Readonly<Record<string, unknown>> {
  const names = Object.keys(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, fields[name]?.schema])),
    required: names.filter((name) => fields[name]?.isOptional === false),
    additionalProperties: false,
  }
}

export function asRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError(`${name} is ${shown(value)}; it must be a mapping, such as { key: value }`)
  }
  return value as Record<string, unknown> // Checked on the line above.
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}
