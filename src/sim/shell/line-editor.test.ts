import headless from '@xterm/headless'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { expandHistory } from './history.ts'
import { type Key, takeKey } from './keys.ts'
import { newEditorState, pressKey } from './line-editor.ts'
import { draw, type Drawn } from './line-screen.ts'

const HISTORY = ['kubectl get pods', 'echo a\necho b', 'x'.repeat(50)]
const COLUMNS = 20
const PROMPT = '$ '

const key: fc.Arbitrary<Key> = fc.oneof(
  fc
    .string({ unit: fc.constantFrom(...Array.from('ab c-')), minLength: 1, maxLength: 9 })
    .map((text) => ({
      type: 'text' as const,
      text,
    })),
  fc
    .constantFrom(
      'Left',
      'Right',
      'Home',
      'End',
      'WordLeft',
      'WordRight',
      'Backspace',
      'Delete',
      'KillToEnd',
      'KillToStart',
      'RubWord',
      'DeleteWord',
      'RubBlankWord',
      'Yank',
      'Transpose',
      'Up',
      'Down',
      'Search',
      'Abort',
    )
    .map((name) => ({ type: 'key' as const, name })),
)

/** What the screen must show, from the text alone: rows, and where the cursor stands. */
function expected(shown: string, cursor: number): { rows: string[]; x: number; y: number } {
  const rows = ['']
  let at = { x: 0, y: 0 }
  for (let i = 0; i <= shown.length; i++) {
    const row = rows.at(-1) ?? ''
    if (row.length === COLUMNS) rows.push('')
    if (i === cursor) at = { x: rows.at(-1)?.length ?? 0, y: rows.length - 1 }
    if (i === shown.length) break
    if (shown[i] === '\n') rows.push('')
    else rows.push((rows.pop() ?? '') + shown[i])
  }
  return { rows: rows.map((row) => row.trimEnd()), ...at }
}

it('shows the line and the cursor where they are, whatever is typed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(key, { maxLength: 25 }), async (keys) => {
      const view = new headless.Terminal({
        cols: COLUMNS,
        rows: 60,
        allowProposedApi: true,
        convertEol: true,
      })
      let state = newEditorState(HISTORY)
      let drawn: Drawn | undefined
      for (const each of [undefined, ...keys]) {
        if (each !== undefined) state = pressKey(state, each, HISTORY).state
        const result = draw({ prompt: PROMPT, state, columns: COLUMNS }, drawn)
        drawn = result.drawn
        await new Promise<void>((done) => view.write(result.output, done))
      }
      const { active } = view.buffer
      const head = drawn?.shown.slice(0, drawn.shown.length - state.buffer.length) ?? ''
      const want = expected(head + state.buffer, head.length + state.cursor)
      const rows = want.rows.map((_, row) => active.getLine(row)?.translateToString(true).trimEnd())
      expect({ rows, x: active.cursorX, y: active.cursorY }).toEqual(want)
      expect(active.getLine(want.rows.length)?.translateToString(true)).toBe('')
    }),
    {
      numRuns: 150,
      // A row that is just full, in the middle of a line of several.
      examples: [
        [
          [
            { type: 'key', name: 'Search' },
            { type: 'text', text: 'a' },
            { type: 'key', name: 'Delete' },
            { type: 'text', text: 'aaaaaaaaaaaaa' },
          ],
        ],
      ],
    },
  )
})

it('can be shown again on a screen of another width, as long as the line only grew', async () => {
  const words = fc.array(
    fc.string({ unit: fc.constantFrom('a', '-', ' '), minLength: 1, maxLength: 9 }),
  )
  await fc.assert(
    fc.asyncProperty(words, fc.integer({ min: 7, max: 70 }), async (typed, cols) => {
      // Where both edges meet but for one column, the space that makes the wrap fills the last one.
      fc.pre([1, 2, 3, 4, 5].every((rows) => (rows * COLUMNS) % cols !== cols - 1))
      const view = new headless.Terminal({ cols, rows: 60, allowProposedApi: true })
      let state = newEditorState([])
      let drawn: Drawn | undefined
      for (const text of ['', ...typed]) {
        state = pressKey(state, { type: 'text', text }, []).state
        const result = draw({ prompt: PROMPT, state, columns: COLUMNS }, drawn)
        drawn = result.drawn
        await new Promise<void>((done) => view.write(result.output, done))
      }
      const { active } = view.buffer
      const rows = Array.from({ length: 60 }, (_, row) => active.getLine(row)?.translateToString())
      const shown = PROMPT + state.buffer
      expect(rows.join('').slice(0, shown.length)).toBe(shown)
      expect(rows.join('').slice(shown.length).trim()).toBe('')
    }),
    { numRuns: 100 },
  )
})

it('keeps the cursor within the line', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 40 }), (keys) => {
      let state = newEditorState(HISTORY)
      for (const each of keys) {
        state = pressKey(state, each, HISTORY).state
        expect(state.cursor).toBeGreaterThanOrEqual(0)
        expect(state.cursor).toBeLessThanOrEqual(state.buffer.length)
      }
    }),
  )
})

it('comes back from the history to the line that was being typed', () => {
  let state = newEditorState(HISTORY)
  for (const name of ['', 'Up', 'Up', 'Home', 'Up', 'Down', 'Down', 'Down', 'Down', 'Down']) {
    const each: Key = name === '' ? { type: 'text', text: 'draft' } : { type: 'key', name }
    state = pressKey(state, each, HISTORY).state
  }
  expect(state.buffer).toBe('draft')
})

it.each([
  [
    'a\x1b[Db',
    [
      { type: 'text', text: 'a' },
      { type: 'key', name: 'Left' },
      { type: 'text', text: 'b' },
    ],
  ],
  ['\x1b[1;5C', [{ type: 'key', name: 'WordRight' }]],
  ['\x1b[200~x\r\ny\x1b[201~', [{ type: 'paste', text: 'x\ny' }]],
  ['\x1b', []],
  ['\x1b[', []],
  ['\x1b[200~never ends', []],
  ['\x03', [{ type: 'key', name: 'Interrupt' }]],
])('takes keys apart: %j', (input, want) => {
  const keys: Key[] = []
  let rest = input
  for (;;) {
    const taken = takeKey(rest)
    if (taken === undefined) break
    keys.push(taken.key)
    rest = taken.rest
  }
  expect(keys).toEqual(want)
})

it.each([
  ['!!', 'echo two words', undefined],
  ['sudo !!', 'sudo echo two words', undefined],
  ['!1 again', 'ls again', undefined],
  ['!-2', 'ls', undefined],
  ['!ec', 'echo two words', undefined],
  ['cat !$', 'cat words', undefined],
  ["echo '!!'", "echo '!!'", undefined],
  ['[ ! -f x ]', '[ ! -f x ]', undefined],
  ['echo hi!', 'echo hi!', undefined],
  ['!nope', '!nope', '!nope'],
])('expands history in %j', (text, want, missing) => {
  expect(expandHistory(text, ['ls', 'echo two words'])).toEqual({ text: want, missing })
})
