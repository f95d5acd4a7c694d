import { shellQuote, unescapeAnsi } from './parameters.ts'
import { formatDate } from './date-format.ts'

export type Printed = {
  readonly text: string
  /** Complaints such as `abc: invalid number`; the status then is 1. */
  readonly errors: readonly string[]
}

/** `printf format args…`: the format is used again until the arguments are used up. */
export function formatPrintf(format: string, args: readonly string[], nowMs: number): Printed {
  const state: State = { args, at: 0, errors: [], nowMs, isStopped: false }
  let text = ''
  do {
    const before = state.at
    text += once(format, state)
    if (state.at === before) break
  } while (state.at < args.length && !state.isStopped)
  return { text, errors: state.errors }
}

type State = {
  readonly args: readonly string[]
  at: number
  readonly errors: string[]
  readonly nowMs: number
  isStopped: boolean
}

const DIRECTIVE = /^%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(?:[hlqLjzt]*)([a-zA-Z%]|\([^)]*\)T)/

function once(format: string, state: State): string {
  let out = ''
  for (let at = 0; at < format.length && !state.isStopped;) {
    const next = format.indexOf('%', at)
    const literal = format.slice(at, next < 0 ? undefined : next)
    const unescaped = unescapeAnsi(literal)
    out += unescaped.text
    if (unescaped.isStopped) state.isStopped = true
    if (next < 0 || state.isStopped) break
    const quoted = /^%-?\d*q/.exec(format.slice(next))?.[0]
    const match = DIRECTIVE.exec(format.slice(next))
    if (quoted !== undefined) {
      out += pad(shellQuote(take(state) ?? ''), Number(/\d+/.exec(quoted)?.[0] ?? 0), quoted)
      at = next + quoted.length
    } else if (match === null) {
      const bad = format.slice(next, next + 2)
      state.errors.push(`\`${bad.slice(1)}': invalid format character`)
      state.isStopped = true
    } else {
      out += directive(match, state)
      at = next + match[0].length
    }
  }
  return out
}

function take(state: State): string | undefined {
  return state.args[state.at++]
}

function pad(text: string, width: number, flags: string): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width)
}

function directive(match: RegExpExecArray, state: State): string {
  const [, , widthText = ''] = match
  let [, flags = '', , precisionText] = match
  const conversion = match[4] ?? ''
  if (conversion === '%') return '%'
  if (!/^[sbcdiuoxXeEfFgGaA]$|T$/.test(conversion)) {
    state.errors.push(`\`${conversion}': invalid format character`)
    state.isStopped = true
    return ''
  }
  const hasPrecision = match[0].includes('.')
  let width = widthText === '*' ? integerOf(take(state) ?? '0', state) : Number(widthText || 0)
  if (width < 0) {
    flags += '-'
    width = -width
  }
  if (precisionText === '*') precisionText = String(integerOf(take(state) ?? '0', state))
  const precision = hasPrecision ? Number(precisionText ?? 0) : undefined
  const text = convert(conversion, flags, precision, state)
  const isNumeric = /[diuoxXeEfFgG]/.test(conversion)
  const padsZeros = flags.includes('0') && !flags.includes('-') && isNumeric
  if (!padsZeros || (precision !== undefined && /[diuoxX]/.test(conversion))) {
    return pad(text, width, flags)
  }
  const sign = /^[-+ ]|^0[xX]/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}

function convert(
  conversion: string,
  flags: string,
  precision: number | undefined,
  state: State,
): string {
  const argument = take(state)
  switch (conversion) {
    case 's':
      return cut(argument ?? '', precision)
    case 'b': {
      const { text, isStopped } = unescapeAnsi(argument ?? '', { zeroOctal: true })
      if (isStopped) state.isStopped = true
      return cut(text, precision)
    }
    case 'c':
      return Array.from(argument ?? '')[0] ?? ''
    case 'd':
    case 'i':
      return signed(bigOf(argument, state), flags, precision)
    case 'u':
      return digits(BigInt.asUintN(64, bigOf(argument, state)).toString(), precision)
    case 'o':
    case 'x':
    case 'X':
      return unsigned(bigOf(argument, state), conversion, flags, precision)
    default:
      if (conversion.endsWith('T')) return date(conversion, argument, state)
      return floating(conversion, flags, precision, floatOf(argument, state))
  }
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : Array.from(text).slice(0, precision).join('')
}

function date(conversion: string, argument: string | undefined, state: State): string {
  const isNow = argument === undefined || argument === '-1' || argument === '-2'
  const ms = isNow ? state.nowMs : integerOf(argument, state) * 1000
  return formatDate(ms, conversion.slice(1, -2) || '%H:%M:%S')
}

function signed(value: bigint, flags: string, precision: number | undefined): string {
  const sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  return sign + digits((value < 0n ? -value : value).toString(), precision)
}

function digits(text: string, precision: number | undefined): string {
  return precision === undefined ? text : text.padStart(precision, '0')
}

function unsigned(
  value: bigint,
  conversion: string,
  flags: string,
  precision: number | undefined,
): string {
  const text = digits(BigInt.asUintN(64, value).toString(conversion === 'o' ? 8 : 16), precision)
  const prefix = !flags.includes('#') || value === 0n ? '' : conversion === 'o' ? '0' : '0x'
  return conversion === 'X' ? (prefix + text).toUpperCase() : prefix + text
}

/** C's %e, %f and %g. */
export function floating(
  conversion: string,
  flags: string,
  precision: number | undefined,
  value: number,
): string {
  const lower = conversion.toLowerCase()
  const sign = value < 0 || Object.is(value, -0) ? '-' : flags.includes('+') ? '+' : ''
  const size = Math.abs(value)
  if (!Number.isFinite(size)) return `${sign}${Number.isNaN(size) ? 'nan' : 'inf'}`
  const text =
    lower === 'f'
      ? fixed(size, Math.min(precision ?? 6, 100))
      : lower === 'e'
        ? exponential(size, precision ?? 6)
        : general(size, precision ?? 6, flags.includes('#'))
  return sign + (conversion === lower ? text : text.toUpperCase())
}

/** As toFixed, but what lies exactly between two goes to the even one, as in C. */
function fixed(size: number, precision: number): string {
  const scaled = size * 10 ** precision
  const below = Math.floor(scaled)
  const isTie = scaled - below === 0.5 && scaled / 10 ** precision === size
  return isTie && below % 2 === 0
    ? (below / 10 ** precision).toFixed(precision)
    : size.toFixed(precision)
}

function exponential(size: number, precision: number): string {
  return size.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2')
}

function general(size: number, precision: number, keepsZeros: boolean): string {
  const significant = Math.max(1, precision)
  const exponent = size === 0 ? 0 : Number(size.toExponential(significant - 1).split('e')[1])
  const text =
    exponent < -4 || exponent >= significant
      ? exponential(size, significant - 1)
      : size.toFixed(Math.max(0, significant - 1 - exponent))
  if (keepsZeros || !text.includes('.')) return text
  return text.replace(/\.?0+(e|$)/, '$1')
}

function bigOf(text: string | undefined, state: State): bigint {
  if (text === undefined || text === '') return 0n
  if (/^['"]./u.test(text)) return BigInt(text.codePointAt(1) ?? 0)
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]+|\d+)/.exec(text)
  if (match === null || match[0].length < text.length) {
    state.errors.push(`${text}: invalid number`)
  }
  if (match === null) return 0n
  const body = match[2] ?? '0'
  const isOctal = /^0[0-7]+$/.test(body)
  const size = BigInt(isOctal ? `0o${body.slice(1)}` : body)
  return match[1] === '-' ? -size : size
}

function integerOf(text: string, state: State): number {
  return Number(bigOf(text, state))
}

function floatOf(text: string | undefined, state: State): number {
  if (text === undefined || text === '') return 0
  if (/^['"]./u.test(text)) return text.codePointAt(1) ?? 0
  const match = /^\s*[+-]?(?:inf(?:inity)?|nan|0[xX][0-9a-fA-F]+|\d*\.?\d*(?:[eE][+-]?\d+)?)/i.exec(
    text,
  )
  const matched = match?.[0] ?? ''
  if (matched.length < text.length) state.errors.push(`${text}: invalid number`)
  if (/inf/i.test(matched)) return matched.startsWith('-') ? -Infinity : Infinity
  return Number(matched) || 0
}
