const SHAPE = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]+)?$/
const DECIMAL: Readonly<Record<string, number>> = {
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
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/**
 * A quantity as the real controllers hold it in memory: a whole number, its scale, and the text it
 * was read from. Simplified: numbers beyond 64 bits, which are held otherwise.
 */
export function dumpQuantity(text: string | undefined): string {
  const quantity = text === undefined || text === '0' ? undefined : parse(text)
  const { value, scale, format } = quantity ?? { value: 0n, scale: 0, format: '' }
  const amount = `i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}}`
  const rest = `d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${text ?? ''}`
  return `{${amount} ${rest} Format:(resource.Format)${format}}`
}

function parse(
  text: string,
): { readonly value: bigint; readonly scale: number; readonly format: string } | undefined {
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match
  const digits = BigInt(`${whole}${fraction}` || '0') * (sign === '-' ? -1n : 1n)
  const power = BINARY.indexOf(suffix) + 1
  if (power > 0) return { value: digits * 1024n ** BigInt(power), scale: 0, format: 'BinarySI' }
  const decimal = DECIMAL[suffix]
  const exponent = decimal ?? Number(suffix.slice(1))
  const format = decimal === undefined ? 'DecimalExponent' : 'DecimalSI'
  return { value: digits, scale: exponent - fraction.length, format }
}
