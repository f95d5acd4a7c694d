import { expect, it } from 'vitest'
import { formatTime } from './time.ts'

it.each([
  { ms: 0, text: '0:00.0' },
  { ms: 32_449, text: '0:32.4' },
  { ms: 680_000, text: '11:20.0' },
  { ms: 3_723_400, text: '1:02:03.4' },
])('writes $ms ms as $text', ({ ms, text }) => expect(formatTime(ms)).toBe(text))
