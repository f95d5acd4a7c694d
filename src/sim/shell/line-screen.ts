import type { EditorState } from './line-editor.ts'

/** Where the last drawing left the cursor, in rows from the first row of the prompt. */
export type Drawn = {
  readonly cursorRow: number
  readonly cursorColumn: number
  readonly lastRow: number
  readonly shown: string
  readonly isAtEnd: boolean
}

export type Frame = {
  readonly prompt: string
  readonly state: EditorState
  readonly columns: number
}

/** Escape sequences that show the line as it is now, given what was drawn before. */
export function draw(
  frame: Frame,
  before: Drawn | undefined,
): { readonly output: string; readonly drawn: Drawn } {
  const { state, columns } = frame
  const head = state.search === undefined ? frame.prompt : searchPrompt(state)
  const shown = head + state.buffer
  const isAtEnd = state.cursor === state.buffer.length
  const end = endOf(shown, head.length, columns, before)
  const cursor = isAtEnd ? end : positionAfter(head, state.buffer.slice(0, state.cursor), columns)
  const appended = isAtEnd ? appendedText(shown, end, before) : undefined
  const drawn = {
    cursorRow: cursor.row,
    cursorColumn: cursor.column,
    lastRow: end.row,
    shown,
    isAtEnd,
  }
  if (before?.shown === shown) return { output: moveCursor(before, cursor), drawn }
  if (appended !== undefined) return { output: appended, drawn }
  const up = before === undefined || before.cursorRow === 0 ? '' : `\x1b[${before.cursorRow}A`
  const start = before === undefined ? '' : `${up}\r\x1b[J`
  const wrap = wrapAt(end, shown)
  const back = end.row > cursor.row ? `\x1b[${end.row - cursor.row}A` : ''
  const column = cursor.column > 0 ? `\r\x1b[${cursor.column}C` : '\r'
  const isThere = end.row === cursor.row && end.column === cursor.column
  const text = wrapped(head, state.buffer, columns)
  return { output: start + text + wrap + (isThere ? '' : back + column), drawn }
}

/** From where the last drawing left the cursor; nothing if it is there already. */
function moveCursor(before: Drawn, to: Position): string {
  const rows = to.row - before.cursorRow
  const vertical = rows === 0 ? '' : `\x1b[${Math.abs(rows)}${rows < 0 ? 'A' : 'B'}`
  if (to.column === before.cursorColumn) return vertical
  return `${vertical}\r${to.column > 0 ? `\x1b[${to.column}C` : ''}`
}

/** Moves below the line, as Enter does. */
export function leave(drawn: Drawn): string {
  const down = drawn.lastRow - drawn.cursorRow
  return `${down > 0 ? `\x1b[${down}B` : ''}\n`
}

function searchPrompt(state: EditorState): string {
  const { search } = state
  const isFound = search?.query === '' || state.buffer.includes(search?.query ?? '')
  return `(${isFound ? '' : 'failed '}reverse-i-search)\`${search?.query ?? ''}': `
}

/** At the right edge the terminal waits with the wrap. A space makes it happen, and is left again. */
function wrapAt(end: Position, shown: string): string {
  return end.column === 0 && end.row > 0 && !shown.endsWith('\n') ? ' \b' : ''
}

/** A line of several: a row that is just full is to wrap before a line break, too. */
function wrapped(head: string, buffer: string, columns: number): string {
  const lines = buffer.split('\n')
  let at = positionAfter(head, '', columns)
  let text = head
  for (const [index, line] of lines.entries()) {
    at = advance(at, line, columns)
    text += line
    if (index === lines.length - 1) break
    text += `${wrapAt(at, text)}\n`
    at = { row: at.row + 1, column: 0 }
  }
  return text
}

/**
 * Typing at the end of the line needs no redrawing, also over its edge: so what was typed on one
 * width can be shown again on another.
 */
function appendedText(shown: string, end: Position, before: Drawn | undefined): string | undefined {
  if (before?.isAtEnd !== true) return undefined
  if (!shown.startsWith(before.shown) || shown.length === before.shown.length) return undefined
  const added = shown.slice(before.shown.length)
  return added.includes('\n') ? undefined : added + wrapAt(end, shown)
}

type Position = { readonly row: number; readonly column: number }

/** Where the whole line ends; from where it ended before, if it only became longer. */
function endOf(
  shown: string,
  headLength: number,
  columns: number,
  before: Drawn | undefined,
): Position {
  const length = before?.shown.length ?? 0
  if (before?.isAtEnd === true && length >= headLength && shown.startsWith(before.shown)) {
    const from = { row: before.cursorRow, column: before.cursorColumn }
    return advance(from, shown.slice(length), columns)
  }
  return positionAfter(shown.slice(0, headLength), shown.slice(headLength), columns)
}

function positionAfter(head: string, text: string, columns: number): Position {
  return advance({ row: 0, column: 0 }, visibleText(head) + text, columns)
}

function advance(from: Position, text: string, columns: number): Position {
  let { row, column } = from
  for (const character of text) {
    if (character === '\n') {
      row++
      column = 0
      continue
    }
    const width = characterWidth(character)
    if (column + width > columns) {
      row++
      column = 0
    }
    column += width
    if (column === columns) {
      row++
      column = 0
    }
  }
  return { row, column }
}

export function visibleText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours and titles take no room
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07/g, '')
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0
  // Latin letters, most of all that is typed: nothing below combines or is wide.
  if (code < 0x300) return 1
  if (/\p{M}/u.test(character)) return 0
  const isWide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  return isWide ? 2 : 1
}
