/**
 * Amounts of resources as the API writes them: `500m`, `1Gi`, `1e3`. Held as whole
 * billionths, so nothing is lost that the API keeps.
 * Upstream: apimachinery/pkg/api/resource/quantity.go.
 */
export type Quantity = {
  readonly nanos: bigint
  /** The family of suffixes that the text used, and that its canonical form uses. */
  readonly family: 'binary' | 'decimal' | 'exponent'
}

const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*)([-+]?[0-9]*)$/
const NANO = 1_000_000_000n
const MAX_NANOS = (2n ** 63n - 1n) * NANO
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/** Undefined when the text is no quantity. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', suffix = '', digits = ''] = match
  if (whole === '' && fraction === '') return undefined
  const scale = scaleOf(suffix, digits)
  if (scale === undefined) return undefined
  const mantissa = BigInt(whole + fraction)
  const rounded = scaled(mantissa, scale, fraction.length)
  const capped = rounded > MAX_NANOS ? MAX_NANOS : rounded
  return { nanos: sign === '-' ? -capped : capped, family: scale.family }
}

type Scale = { readonly family: Quantity['family']; readonly exponent: number }

function scaleOf(suffix: string, digits: string): Scale | undefined {
  if (suffix === 'e' || suffix === 'E') {
    if (digits !== '') {
      const exponent = Number(digits)
      return Number.isNaN(exponent) ? undefined : { family: 'exponent', exponent }
    }
    return suffix === 'E' ? { family: 'decimal', exponent: 18 } : undefined
  }
  if (digits !== '') return undefined
  const decimal = DECIMAL_EXPONENTS[suffix]
  if (decimal !== undefined) return { family: 'decimal', exponent: decimal }
  const binary = BINARY_SUFFIXES.indexOf(suffix)
  return binary > 0 ? { family: 'binary', exponent: binary } : undefined
}

/** Billionths, rounded up (away from zero) where the text says something smaller. */
function scaled(mantissa: bigint, scale: Scale, fractionDigits: number): bigint {
  if (scale.family === 'binary') {
    const value = mantissa * 1024n ** BigInt(scale.exponent) * NANO
    return divideUp(value, 10n ** BigInt(fractionDigits))
  }
  const exponent = scale.exponent + 9 - fractionDigits
  // Far beyond what is kept; the power itself would be costly.
  if (exponent > 60) return mantissa === 0n ? 0n : MAX_NANOS + 1n
  if (exponent < -60) return mantissa === 0n ? 0n : 1n
  return exponent >= 0
    ? mantissa * 10n ** BigInt(exponent)
    : divideUp(mantissa, 10n ** BigInt(-exponent))
}

function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return quotient * divisor === value ? quotient : quotient + 1n
}

/** The canonical text: no fraction, and the largest suffix of the family that leaves an integer. */
export function formatQuantity({ nanos, family }: Quantity): string {
  if (nanos === 0n) return '0'
  const whole = nanos % NANO === 0n
  const magnitude = nanos < 0n ? -nanos : nanos
  if (family === 'binary' && whole && magnitude >= 1024n * NANO) return formatBinary(nanos / NANO)
  return formatDecimal(nanos, family === 'exponent')
}

function formatBinary(value: bigint): string {
  let rest = value
  let power = 0
  while (power < BINARY_SUFFIXES.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n
    power++
  }
  return `${rest}${BINARY_SUFFIXES[power]}`
}

function formatDecimal(nanos: bigint, asExponent: boolean): string {
  let rest = nanos
  let step = 0
  while (step < DECIMAL_SUFFIXES.length - 1 && rest % 1000n === 0n) {
    rest /= 1000n
    step++
  }
  const exponent = step * 3 - 9
  if (!asExponent) return `${rest}${DECIMAL_SUFFIXES[step]}`
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`
}

// What manifests mostly say and what is canonical already: a short integer without a factor that
// a larger suffix would take.
const CANONICAL = /^(?:0|[1-9][0-9]{0,2}(?:[mkMGTP]|Ki|Mi|Gi|Ti)?)$/

/** Undefined when the text is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  if (CANONICAL.test(text)) return text
  const quantity = parseQuantity(text)
  return quantity === undefined ? undefined : formatQuantity(quantity)
}

/** Negative, zero or positive; a text that is no quantity counts as zero. */
export function compareQuantities(a: string, b: string): number {
  if (a === b) return 0
  const left = nanosOf(a)
  const right = nanosOf(b)
  return left < right ? -1 : left > right ? 1 : 0
}

export function addQuantities(a: string, b: string): string {
  const left = parseQuantity(a)
  const right = parseQuantity(b)
  if (left === undefined || right === undefined) return left === undefined ? b : a
  const family = left.nanos === 0n ? right.family : left.family
  return formatQuantity({ nanos: left.nanos + right.nanos, family })
}

/** Thousandths, rounded up: what the CPU of a container is counted in. */
export function quantityMillis(text: string): number {
  return Number(roundUp(nanosOf(text), 1_000_000n))
}

/** Whole units, rounded up: bytes, Pods. */
export function quantityValue(text: string): number {
  return Number(roundUp(nanosOf(text), NANO))
}

/** Resource lists keep no more than thousandths; what is smaller is rounded up. */
export function roundedToMilli(text: string): string | undefined {
  if (CANONICAL.test(text)) return text
  const quantity = parseQuantity(text)
  if (quantity === undefined) return undefined
  const nanos = roundUp(quantity.nanos, 1_000_000n) * 1_000_000n
  return formatQuantity({ nanos, family: quantity.family })
}

function nanosOf(text: string): bigint {
  return parseQuantity(text)?.nanos ?? 0n
}

function roundUp(nanos: bigint, unit: bigint): bigint {
  return nanos < 0n ? -divideUp(-nanos, unit) : divideUp(nanos, unit)
}

/** Whether a canonical text says less than nothing. */
export function isNegativeQuantity(text: string): boolean {
  return text.startsWith('-')
}

/** Whether a canonical text says more than nothing. */
export function isPositiveQuantity(text: string): boolean {
  return text !== '0' && !text.startsWith('-')
}
