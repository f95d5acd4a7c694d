/** One key press, or one paste. `name` is a character or a word such as `Left`, `Ctrl-Right`. */
export type Key =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'key'; readonly name: string }

const PASTE_START = '\x1b[200~'
const PASTE_END = '\x1b[201~'

const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': 'Up',
  '[B': 'Down',
  '[C': 'Right',
  '[D': 'Left',
  '[H': 'Home',
  '[F': 'End',
  '[1~': 'Home',
  '[4~': 'End',
  '[7~': 'Home',
  '[8~': 'End',
  '[3~': 'Delete',
  '[5~': 'PageUp',
  '[6~': 'PageDown',
  OA: 'Up',
  OB: 'Down',
  OC: 'Right',
  OD: 'Left',
  OH: 'Home',
  OF: 'End',
  '[1;5C': 'WordRight',
  '[1;5D': 'WordLeft',
  '[1;3C': 'WordRight',
  '[1;3D': 'WordLeft',
  '[3;5~': 'DeleteWord',
  b: 'WordLeft',
  f: 'WordRight',
  d: 'DeleteWord',
  '\x7f': 'RubWord',
  '.': 'LastArgument',
}

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'Enter',
  '\n': 'Enter',
  '\t': 'Tab',
  '\x7f': 'Backspace',
  '\b': 'Backspace',
  '\x01': 'Home',
  '\x02': 'Left',
  '\x03': 'Interrupt',
  '\x04': 'EndOfInput',
  '\x05': 'End',
  '\x06': 'Right',
  '\x07': 'Abort',
  '\x0b': 'KillToEnd',
  '\x0c': 'Clear',
  '\x0e': 'Down',
  '\x10': 'Up',
  '\x12': 'Search',
  '\x14': 'Transpose',
  '\x15': 'KillToStart',
  '\x17': 'RubBlankWord',
  '\x19': 'Yank',
}

/**
 * The first key of raw input and the input behind it; undefined while more must come to tell. A
 * lone Escape counts as one only once something that is no sequence follows.
 */
export function takeKey(input: string): { readonly key: Key; readonly rest: string } | undefined {
  const first = input[0]
  if (first === undefined) return undefined
  if (first === '\x1b') return takeSequence(input)
  const control = CONTROLS[first]
  if (control !== undefined) return named(control, input.slice(1))
  if (first < ' ') return named('Ignored', input.slice(1))
  // oxlint-disable-next-line no-control-regex -- control characters end a stretch of text
  const text = /^[^\x00-\x1f\x7f]+/.exec(input)?.[0] ?? first
  return { key: { type: 'text', text }, rest: input.slice(text.length) }
}

function named(name: string, rest: string): { readonly key: Key; readonly rest: string } {
  return { key: { type: 'key', name }, rest }
}

function takeSequence(input: string): { readonly key: Key; readonly rest: string } | undefined {
  if (input.startsWith(PASTE_START)) {
    const end = input.indexOf(PASTE_END)
    if (end < 0) return undefined
    const text = input.slice(PASTE_START.length, end).replace(/\r\n?/g, '\n')
    return { key: { type: 'paste', text }, rest: input.slice(end + PASTE_END.length) }
  }
  // oxlint-disable-next-line no-control-regex -- escape sequences
  const match = /^\x1b(\[[0-9;]*[A-Za-z~]|O[A-Z]|[^[O])/.exec(input)
  if (match !== null)
    return named(SEQUENCES[match[1] ?? ''] ?? 'Ignored', input.slice(match[0].length))
  // oxlint-disable-next-line no-control-regex -- the start of an escape sequence
  if (/^\x1b(?:\[[0-9;]*|O)?$/.test(input)) return undefined
  return named('Ignored', input.slice(1))
}
