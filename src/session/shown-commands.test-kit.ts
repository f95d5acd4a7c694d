import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/** What was printed; a transcript does not tell the streams apart, and knows no exit codes. */
export type Printed = {
  readonly output: string
  readonly stdout?: string
  readonly stderr?: string
  readonly exitCode?: number | undefined
}

/** One command as a text shows it, with what it prints. */
export type Shown = {
  readonly command: string
  readonly isWatch: boolean
  /** Rows of several Pods may mix. */
  readonly isMixed: boolean
  /** What it printed by and by; all but a watch have one part. */
  readonly parts: readonly (readonly ShownLine[])[]
  readonly exitCode: number
}

type ShownLine = { readonly text: string; readonly isStderr: boolean }
type OpenShown = { -readonly [K in Exclude<keyof Shown, 'parts'>]: Shown[K] } & {
  parts: ShownLine[][]
}

const FOLDER = join(import.meta.dirname, '../../tools/recordings/tutorial')

/** Reads a file of commands and outputs; its head explains the format. */
export function readShown(file: string): readonly Shown[] {
  const shown: OpenShown[] = []
  let isInHeredoc = false
  for (const line of readFileSync(join(FOLDER, file), 'utf8').trimEnd().split('\n')) {
    const last = shown.at(-1)
    const [, terminal, command] = /^(\[1(?: any)?\])?\$ (.*)$/.exec(line) ?? []
    if (isInHeredoc && last !== undefined) {
      last.command += `\n${line}`
      isInHeredoc = line !== 'EOF'
    } else if (command !== undefined) {
      const isWatch = terminal !== undefined
      const isMixed = terminal === '[1 any]'
      shown.push({ command, isWatch, isMixed, parts: [[]], exitCode: 0 })
      isInHeredoc = command.includes('<< EOF')
    } else if (line === '[1]~') {
      const watch = shown.findLast((each) => each.isWatch)
      watch?.parts.push([])
      if (watch !== undefined) shown.push(watch)
    } else if (last !== undefined && !line.startsWith('# ')) addLine(last, line)
  }
  // A watch that goes on stands in the list again for that.
  return [...new Set(shown)]
}

function addLine(shown: OpenShown, line: string): void {
  const [, exitCode] = /^\? (\d+)$/.exec(line) ?? []
  if (exitCode !== undefined) shown.exitCode = Number(exitCode)
  else {
    const isStderr = line.startsWith('2|')
    shown.parts.at(-1)?.push({ text: isStderr ? line.slice(2) : line, isStderr })
  }
}

/** Compares line by line; what differs from run to run reads alike on both sides. */
export function expectShown(run: Printed, shown: Shown, dialect: '1.36' | '1.10'): void {
  if (shown.isWatch) {
    if (dialect === '1.10') expectRows(run, shown)
    else expectTodaysRows(run, shown)
    return
  }
  const wanted = shown.parts.flat()
  expect(linesOf(run.output)).toEqual(wanted.map(({ text }) => evened(text)))
  for (const isStderr of [false, true]) {
    const stream = isStderr ? run.stderr : run.stdout
    if (stream === undefined) continue
    const texts = wanted.filter((line) => line.isStderr === isStderr).map(({ text }) => text)
    const filled = (lines: readonly string[]): readonly string[] => lines.filter((l) => l !== '')
    expect(filled(linesOf(stream))).toEqual(filled(texts.map(evened)))
  }
  if (run.exitCode !== undefined) expect(run.exitCode).toBe(shown.exitCode)
}

/** Without the last line break, which the prompt follows, and what the terminal itself echoes. */
function linesOf(output: string): readonly string[] {
  const innerPrompt = output.search(/^\/ # (?!All commands)/m)
  const own = innerPrompt < 0 ? output : output.slice(0, innerPrompt)
  const lines = own.replace(/^\/ # /, '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.filter((line) => line !== '^C').map(evened)
}

/** Ages, addresses of Pods and names of volumes. */
function evened(line: string): string {
  return line
    .replace(/(?<=\s)(?:\d+[dhms])+$/, 'AGE')
    .replaceAll(/\b(?:100\.96|10\.244)\.\d+\.\d+\b/g, 'POD-IP')
    .replaceAll(/pvc-[0-9a-f-]{36}/g, 'PVC-UID')
}

/** The classic watch pads each row on its own, so rows compare with their spacing. */
function expectRows(run: Printed, shown: Shown): void {
  const rows = linesOf(run.output)
  const wanted = shown.parts.map((part) => part.map(({ text }) => evened(text)))
  if (shown.isMixed) expectEachPod(rows, wanted)
  else expect(rows).toEqual(wanted.flat())
}

/**
 * Today's watch pads by the widest cells so far, and repeats rows. So words are compared, of equal
 * rows of a Pod one; and the spacing by the rule.
 */
function expectTodaysRows(run: Printed, shown: Shown): void {
  const rows = linesOf(run.output)
  const listed = shown.parts[0]?.findIndex(({ text }) => !/^NAME|Running/.test(text)) ?? 0
  expect(rows).toEqual(respaced(rows, Math.max(listed, 2)))
  const squeezed = (line: string): string => evened(line).replaceAll(/\s+/g, ' ')
  const wanted = shown.parts.map((part) => part.map(({ text }) => squeezed(text)))
  const words = withoutRepeats(rows.map((row) => squeezed(row)))
  if (shown.isMixed) expectEachPod(words, wanted)
  else expect(words).toEqual(wanted.flat())
}

/** The head comes first, each Pod's rows have their order, and no row comes before an earlier part is complete. */
function expectEachPod(rows: readonly string[], wanted: readonly (readonly string[])[]): void {
  expect(rows[0]).toBe(wanted.flat()[0])
  const pods = [...new Set(wanted.flat().map(podOf))]
  expect([...new Set(rows.map(podOf))].toSorted()).toEqual(pods.toSorted())
  for (const pod of pods) {
    const own = (row: string): boolean => podOf(row) === pod
    expect(rows.filter(own)).toEqual(wanted.flat().filter(own))
  }
  for (const [index, part] of wanted.entries()) {
    const later = wanted.slice(index + 1).flat()
    const firstLater = rows.findIndex((row) => later.includes(row) && !part.includes(row))
    if (firstLater < 0) continue
    for (const row of part) expect(rows.slice(0, firstLater)).toContain(row)
  }
}

/** Of equal rows of a Pod that follow each other, one. */
function withoutRepeats(rows: readonly string[]): readonly string[] {
  const newest = new Map<string, string>()
  return rows.filter((row) => {
    const isRepeated = newest.get(podOf(row)) === row
    newest.set(podOf(row), row)
    return !isRepeated
  })
}

function podOf(row: string): string {
  return row.split(' ')[0] ?? ''
}

/** Cells padded as the rule says: widths are remembered and only grow, and the gap is three. */
function respaced(rows: readonly string[], listed: number): readonly string[] {
  const cells = rows.map((row) => row.trim().split(/\s{2,}/))
  const widths: number[] = []
  const widen = (row: readonly string[]): void => {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 6, cell.length + 3)
    }
  }
  for (const row of cells.slice(0, listed)) widen(row)
  return cells.map((row, index) => {
    if (index >= listed) widen(row)
    return row
      .map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell))
      .join('')
  })
}
