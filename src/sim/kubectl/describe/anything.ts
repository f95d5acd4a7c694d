import { goFormat } from '#sim/apimachinery/go-format.ts'
import type { Manifest } from '../manifest.ts'
import { headLines, type Page } from './page.ts'

const AT_THE_HEAD = ['name', 'namespace', 'labels', 'annotations']

/** Any kind without a layout of its own: every field in the order of the names, which are its title. */
export function describeAnything(page: Page, object: Manifest): void {
  headLines(page, object)
  const { managedFields: _, ...rest } = (object['metadata'] ?? {}) as Manifest
  for (const member of AT_THE_HEAD) delete rest[member]
  memberLines(page, { ...object, metadata: rest }, 0)
}

function memberLines(page: Page, members: Manifest, level: number): void {
  for (const key of Object.keys(members).sort()) valueLines(page, titled(key), members[key], level)
}

function valueLines(page: Page, title: string, value: unknown, level: number): void {
  if (!Array.isArray(value) && !isMap(value)) {
    page.line(level, `${title}:\t${goFormat(value)}`)
    return
  }
  page.line(level, `${title}:`)
  for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (isMap(item)) memberLines(page, item, level + 1)
    else page.line(level + 1, goFormat(item))
  }
}

function isMap(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ACRONYMS = ['API', 'URL', 'UID', 'OSB', 'GUID']

/** `matchLabels` is titled `Match Labels`, `apiVersion` `API Version`. */
function titled(key: string): string {
  if (/[^A-Za-z-]/.test(key)) return key
  const words = key.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|-+/g) ?? []
  return words
    .map((word) => {
      const upper = word.toUpperCase()
      return ACRONYMS.includes(upper) ? upper : word.charAt(0).toUpperCase() + word.slice(1)
    })
    .join(' ')
}
