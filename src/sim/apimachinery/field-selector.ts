import { badRequest } from './statuses.ts'

type FieldRequirement = {
  readonly field: string
  readonly isEqual: boolean
  readonly value: string
}

export type FieldSelector = readonly FieldRequirement[]

/** Parses the query parameter `fieldSelector`; which fields exist is the caller's to check. */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text))
}

/** Commas separate terms unless a backslash comes before. */
function splitTerms(text: string): string[] {
  const terms: string[] = []
  let term = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\') {
      term += character + (text[at + 1] ?? '')
      at++
    } else if (character === ',') {
      terms.push(term)
      term = ''
    } else {
      term += character
    }
  }
  terms.push(term)
  return terms
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const match = /^((?:[^=!\\]|\\.)*?)(==|!=|=)([^]*)$/.exec(term)
  if (match === null)
    throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
  const [, field = '', operator = '', value = ''] = match
  return { field, isEqual: operator !== '!=', value: unescape(value) }
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, (whole, character: string) => {
    if (character === '\\' || character === ',' || character === '=') return character
    throw badRequest(`invalid field selector: invalid escape sequence: ${whole}`)
  })
}
