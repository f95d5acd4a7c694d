import type { Key } from './keys.ts'

/** A line that is being typed. `cursor` counts code units; the line may hold newlines. */
export type EditorState = {
  readonly buffer: string
  readonly cursor: number
  /** What Ctrl-Y puts back. */
  readonly killed: string
  /** Where in the history we are; its length is the line that is being typed. */
  readonly historyAt: number
  /** The typed line, kept while older ones are shown. */
  readonly draft: string
  readonly search: Search | undefined
}

/** Ctrl-R: what is looked for, and which entry shows. */
export type Search = { readonly query: string; readonly at: number; readonly before: string }

export type EditorAction = 'accept' | 'interrupt' | 'endOfInput' | 'complete' | 'clear'

export function newEditorState(history: readonly string[]): EditorState {
  return {
    buffer: '',
    cursor: 0,
    killed: '',
    historyAt: history.length,
    draft: '',
    search: undefined,
  }
}

/** What a key does to the line, and what the shell is to do then. */
export function pressKey(
  state: EditorState,
  key: Key,
  history: readonly string[],
): { readonly state: EditorState; readonly action?: EditorAction } {
  if (state.search !== undefined) return pressInSearch(state, state.search, key, history)
  if (key.type !== 'key') return { state: insert(state, key.text) }
  switch (key.name) {
    case 'Enter':
      return { state: { ...state, cursor: state.buffer.length }, action: 'accept' }
    case 'Interrupt':
      return { state, action: 'interrupt' }
    case 'EndOfInput':
      if (state.buffer === '') return { state, action: 'endOfInput' }
      return { state: remove(state, state.cursor, nextCharacter(state)) }
    case 'Tab':
      return { state, action: 'complete' }
    case 'Clear':
      return { state, action: 'clear' }
    case 'Search':
      return {
        state: { ...state, search: { query: '', at: history.length, before: state.buffer } },
      }
    case 'Up':
      return { state: verticalOrHistory(state, -1, history) }
    case 'Down':
      return { state: verticalOrHistory(state, 1, history) }
    case 'LastArgument':
      return { state: insert(state, /\S+$/.exec(history.at(-1) ?? '')?.[0] ?? '') }
    default:
      return { state: edit(state, key.name) }
  }
}

function edit(state: EditorState, name: string): EditorState {
  const { buffer, cursor } = state
  switch (name) {
    case 'Left':
      return { ...state, cursor: previousCharacter(state) }
    case 'Right':
      return { ...state, cursor: nextCharacter(state) }
    case 'Home':
      return { ...state, cursor: buffer.lastIndexOf('\n', cursor - 1) + 1 }
    case 'End':
      return { ...state, cursor: endOfRow(buffer, cursor) }
    case 'WordLeft':
      return { ...state, cursor: wordStart(buffer, cursor) }
    case 'WordRight':
      return { ...state, cursor: wordEnd(buffer, cursor) }
    case 'Backspace':
      return remove(state, previousCharacter(state), cursor)
    case 'Delete':
      return remove(state, cursor, nextCharacter(state))
    case 'KillToEnd':
      return kill(state, cursor, Math.max(cursor, endOfRow(buffer, cursor)))
    case 'KillToStart':
      return kill(state, 0, cursor)
    case 'RubWord':
      return kill(state, wordStart(buffer, cursor), cursor)
    case 'DeleteWord':
      return kill(state, cursor, wordEnd(buffer, cursor))
    case 'RubBlankWord':
      return kill(
        state,
        cursor - (/\S*\s*$/.exec(buffer.slice(0, cursor))?.[0].length ?? 0),
        cursor,
      )
    case 'Yank':
      return insert(state, state.killed)
    case 'Transpose':
      return transpose(state)
    default:
      return state
  }
}

export function insert(state: EditorState, text: string): EditorState {
  const { buffer, cursor } = state
  return {
    ...state,
    buffer: buffer.slice(0, cursor) + text + buffer.slice(cursor),
    cursor: cursor + text.length,
  }
}

function remove(state: EditorState, from: number, to: number): EditorState {
  const { buffer } = state
  return { ...state, buffer: buffer.slice(0, from) + buffer.slice(to), cursor: from }
}

function kill(state: EditorState, from: number, to: number): EditorState {
  if (from === to) return state
  return { ...remove(state, from, to), killed: state.buffer.slice(from, to) }
}

function transpose(state: EditorState): EditorState {
  const { buffer } = state
  const cursor = Math.min(state.cursor + (state.cursor < buffer.length ? 1 : 0), buffer.length)
  if (cursor < 2) return state
  const swapped = (buffer[cursor - 1] ?? '') + (buffer[cursor - 2] ?? '')
  return { ...state, buffer: buffer.slice(0, cursor - 2) + swapped + buffer.slice(cursor), cursor }
}

// A character outside the basic plane is two code units that go together.
function previousCharacter({ buffer, cursor }: EditorState): number {
  const isLow = /[\udc00-\udfff]/.test(buffer[cursor - 1] ?? '')
  return Math.max(0, cursor - (isLow ? 2 : 1))
}

function nextCharacter({ buffer, cursor }: EditorState): number {
  const isHigh = /[\ud800-\udbff]/.test(buffer[cursor] ?? '')
  return Math.min(buffer.length, cursor + (isHigh ? 2 : 1))
}

function wordStart(buffer: string, cursor: number): number {
  return cursor - (/[A-Za-z0-9]*[^A-Za-z0-9]*$/.exec(buffer.slice(0, cursor))?.[0].length ?? 0)
}

function wordEnd(buffer: string, cursor: number): number {
  return cursor + (/^[^A-Za-z0-9]*[A-Za-z0-9]*/.exec(buffer.slice(cursor))?.[0].length ?? 0)
}

function endOfRow(buffer: string, cursor: number): number {
  const end = buffer.indexOf('\n', cursor)
  return end < 0 ? buffer.length : end
}

/** Up and Down move within a line of several rows, and beyond its ends through the history. */
function verticalOrHistory(
  state: EditorState,
  by: -1 | 1,
  history: readonly string[],
): EditorState {
  const { buffer, cursor } = state
  const rows = buffer.split('\n')
  const row = buffer.slice(0, cursor).split('\n').length - 1
  const column = cursor - (buffer.lastIndexOf('\n', cursor - 1) + 1)
  const target = rows[row + by]
  if (target === undefined || rows.length === 1) return fromHistory(state, by, history)
  const start = rows.slice(0, row + by).reduce((sum, each) => sum + each.length + 1, 0)
  return { ...state, cursor: start + Math.min(column, target.length) }
}

function fromHistory(state: EditorState, by: -1 | 1, history: readonly string[]): EditorState {
  const at = state.historyAt + by
  if (at < 0 || at > history.length) return state
  const draft = state.historyAt === history.length ? state.buffer : state.draft
  const buffer = at === history.length ? draft : (history[at] ?? '')
  return { ...state, buffer, cursor: buffer.length, historyAt: at, draft }
}

function pressInSearch(
  state: EditorState,
  search: Search,
  key: Key,
  history: readonly string[],
): { readonly state: EditorState; readonly action?: EditorAction } {
  if (key.type !== 'key') {
    return { state: find(state, { ...search, query: search.query + key.text }, search.at, history) }
  }
  const left = { ...state, search: undefined }
  switch (key.name) {
    case 'Search':
      return { state: find(state, search, search.at - 1, history) }
    case 'Backspace': {
      const query = search.query.slice(0, -1)
      return { state: find(state, { ...search, query }, history.length, history) }
    }
    case 'Abort':
      return { state: { ...left, buffer: search.before, cursor: search.before.length } }
    case 'Interrupt':
      return { state: left, action: 'interrupt' }
    case 'Ignored':
      return { state: left }
    default:
      // Any other key takes the line that was found and does to it what it always does.
      return pressKey(left, key, history)
  }
}

function find(
  state: EditorState,
  search: Search,
  from: number,
  history: readonly string[],
): EditorState {
  for (let at = Math.min(from, history.length - 1); at >= 0; at--) {
    const entry = history[at] ?? ''
    const place = entry.lastIndexOf(search.query)
    if (place < 0 || search.query === '') continue
    return { ...state, buffer: entry, cursor: place, historyAt: at, search: { ...search, at } }
  }
  return { ...state, search }
}
