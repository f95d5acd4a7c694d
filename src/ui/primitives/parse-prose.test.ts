import { expect, it } from 'vitest'
import { parseInline, parseProse } from './parse-prose.ts'

it('parts paragraphs, lists and code', () => {
  const blocks = parseProse('One\nline.\n\n- a\n- b\n  more\n\n1. x\n\n```sh\nls\n\npwd\n```')
  expect(blocks).toMatchObject([
    { type: 'paragraph', content: [{ text: 'One line.' }] },
    { type: 'list', isOrdered: false, items: [[{ text: 'a' }], [{ text: 'b more' }]] },
    { type: 'list', isOrdered: true, items: [[{ text: 'x' }]] },
    { type: 'code', text: 'ls\n\npwd' },
  ])
})

it.each([
  {
    text: '`a_b_c` and *N* and _headless_',
    types: ['code', 'text', 'emphasis', 'text', 'emphasis'],
  },
  { text: '**web-1 `x`**', types: ['strong'] },
  { text: 'snake_case_name', types: ['text'] },
  { text: '[docs](https://kubernetes.io/) end', types: ['link', 'text'] },
  { text: '[no](javascript:alert(1))', types: ['text'] },
  { text: '2 * 3 * 4', types: ['text'] },
])('reads $text', ({ text, types }) => {
  expect(parseInline(text).map((piece) => piece.type)).toEqual(types)
})
