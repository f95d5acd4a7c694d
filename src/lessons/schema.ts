import { ID, FLAG, type Fields, listOf, optional, recordSchema, TEXT } from './fields.ts'
import { LONG_CONDITIONS, SHORT_CONDITIONS } from './parse-check.ts'

export const FRONT_MATTER = { id: ID, title: TEXT, summary: TEXT } as const satisfies Fields
const CHOICE = { text: TEXT, reply: TEXT, right: optional(FLAG) } as const satisfies Fields
export const PREDICTION = {
  id: ID,
  question: TEXT,
  choices: listOf(CHOICE, 'a choice'),
} as const satisfies Fields

/**
 * What in a lesson is data, as a JSON schema for editors: front matter, and the blocks `checks`
 * and `predict`. Made from the very fields that the parser reads, so that the two agree.
 */
export function lessonSchema(): Readonly<Record<string, unknown>> {
  const conditions = [
    ...Object.entries(SHORT_CONDITIONS).map(([name, { schema }]) => [name, schema] as const),
    ...Object.entries(LONG_CONDITIONS).map(
      ([name, fields]) => [name, recordSchema(fields)] as const,
    ),
  ]
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The data in a lesson',
    $defs: {
      frontMatter: recordSchema(FRONT_MATTER),
      checks: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          properties: { text: TEXT.schema, id: TEXT.schema, ...Object.fromEntries(conditions) },
          required: ['text'],
          oneOf: conditions.map(([name]) => ({ required: [name] })),
          additionalProperties: false,
        },
      },
      prediction: recordSchema(PREDICTION),
    },
  }
}
