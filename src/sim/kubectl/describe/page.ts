import { elasticTabs } from '../output/tab-writer.ts'
import type { Manifest } from '../manifest.ts'
import type { Dialect } from '../cli.ts'

export type Now = { readonly unixMs: number; readonly dialect: Dialect }

/**
 * The text of one description. Tabs inside lines become aligned columns; a flush ends the blocks
 * that are aligned together.
 */
export class Page {
  readonly now: Now
  #pending = ''
  #done = ''

  constructor(now: Now) {
    this.now = now
  }

  get isOld(): boolean {
    return this.now.dialect === '1.10'
  }

  /** A line at a level of nesting, two blanks each. */
  line(level: number, text: string): void {
    this.#pending += `${'  '.repeat(level)}${text}\n`
  }

  /** `Label:` and its value. */
  field(label: string, value: unknown, level = 0): void {
    this.line(level, `${label}:\t${shown(value)}`)
  }

  /** A field that is left out where it is not set. */
  optional(label: string, value: unknown, level = 0): void {
    if (value !== undefined && value !== null && value !== '') this.field(label, value, level)
  }

  flush(): void {
    this.#done += elasticTabs(this.#pending)
    this.#pending = ''
  }

  /** Ready text, already aligned. */
  text(): string {
    this.flush()
    return this.#done
  }

  /** The lines with their tabs, as rollout history shows them. */
  rawText(): string {
    return this.#done + this.#pending
  }
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}

/** What the description of most kinds begins with. */
export function headLines(page: Page, { metadata = {} }: Manifest): void {
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
}

/** Labels and the like, one a line, sorted by key. */
export function labelLines(
  page: Page,
  title: string,
  labels: Readonly<Record<string, string>> | undefined,
  indent = '',
): void {
  multiline(page, title, pairTexts(labels), indent)
}

/** `key=value`, sorted. */
export function pairTexts(pairs: Readonly<Record<string, string>> | undefined): string[] {
  return Object.keys(pairs ?? {})
    .sort()
    .map((key) => `${key}=${pairs?.[key]}`)
}

export function multiline(page: Page, title: string, lines: readonly string[], indent = ''): void {
  const [first = '<none>', ...rest] = lines
  page.line(0, `${indent}${title}:\t${first}`)
  for (const line of rest) page.line(0, `${indent}\t${line}`)
}

const HIDDEN = 'kubectl.kubernetes.io/last-applied-configuration'
const ANNOTATION_MAX = 140
const OLD_ANNOTATION_MAX = 200

export function annotationLines(
  page: Page,
  annotations: Readonly<Record<string, string>> | undefined,
  indent = '',
): void {
  multiline(page, 'Annotations', annotationTexts(page, annotations), indent)
}

export function annotationTexts(
  page: Page,
  annotations: Readonly<Record<string, string>> | undefined,
): string[] {
  if (page.isOld) return pairTexts(annotations).map((text) => shorten(text, OLD_ANNOTATION_MAX))
  return Object.keys(annotations ?? {})
    .sort()
    .filter((key) => key !== HIDDEN)
    .flatMap((key) => {
      const value = (annotations?.[key] ?? '').replace(/\n$/, '')
      const isShort = value.length + key.length + 2 <= ANNOTATION_MAX && !value.includes('\n')
      if (isShort) return [`${key}: ${value}`]
      return [
        `${key}:`,
        ...value.split('\n').map((line) => `  ${shorten(line, ANNOTATION_MAX - 2)}`),
      ]
    })
}

function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}...` : text
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 1123 with a numeric zone: `Sun, 22 Nov 2026 05:25:35 +0000`; Go's first where none is. */
export function longTime(timestamp: unknown): string {
  if (typeof timestamp !== 'string' || timestamp === '') return 'Mon, 01 Jan 0001 00:00:00 +0000'
  const date = new Date(Date.parse(timestamp))
  const day = String(date.getUTCDate()).padStart(2, '0')
  return `${DAYS[date.getUTCDay()]}, ${day} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} +0000`
}

/** Lists of maps inside an object, as the describers read them. */
export function list(value: unknown): Manifest[] {
  return Array.isArray(value) ? (value as Manifest[]) : []
}

export function orNone(text: string): string {
  return text === '' ? '<none>' : text
}
