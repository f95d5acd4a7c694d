import { formatPrintf } from '../../printf-format.ts'
import { type AwkValue, number, textOf } from './values.ts'

/** `printf` and `sprintf`: the format, and what goes into it. */
export function formatted(values: readonly AwkValue[]): string {
  const [format = '', ...rest] = values
  // awk's printf neither repeats its format nor complains about text that is no number.
  const source = textOf(format)
  const args = [...source.matchAll(/%[-+ #0]*(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z%])/g)].flatMap(
    (match) =>
      match[3] === '%'
        ? []
        : [match[1] === '*' ? 'd' : '', match[2] === '*' ? 'd' : '', match[3] ?? ''],
  )
  const wanted = args.filter((letter) => letter !== '')
  const texts = wanted.map((letter, index) => textFor(letter, rest[index] ?? ''))
  return formatPrintf(source.replaceAll('\\', '\\\\'), texts, 0).text
}

function textFor(letter: string, value: AwkValue): string {
  if (letter === 's') return textOf(value)
  if (letter === 'c') return typeof value === 'number' ? String.fromCodePoint(value) : textOf(value)
  return /[diouxX]/.test(letter) ? String(Math.trunc(number(value))) : String(number(value))
}
