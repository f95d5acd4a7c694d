import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid } from '#sim/apimachinery/field-errors.ts'

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const GROUP = /^[0-9a-f]{1,4}$/i

export function isIPv4(text: string): boolean {
  return IPV4.test(text)
}

/** Eight groups, or fewer around one `::`; the last two may be an IPv4 address. */
export function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const left = groupsOf(halves[0] ?? '')
  const right = groupsOf(halves[1] ?? '')
  const groups = [...left, ...right]
  const last = groups.at(-1)
  let count = groups.length
  if (last !== undefined && isIPv4(last)) {
    groups.pop()
    count++
  }
  return (
    groups.every((group) => GROUP.test(group)) && (halves.length === 2 ? count < 8 : count === 8)
  )
}

function groupsOf(half: string): string[] {
  return half === '' ? [] : half.split(':')
}

export function isIP(text: string): boolean {
  return isIPv4(text) || isIPv6(text)
}

export const CIDR_TEXT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

export function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) return false
  return isIPv4(address) ? Number(length) <= 32 : isIPv6(address) && Number(length) <= 128
}

const SPECIAL: readonly (readonly [RegExp, string])[] = [
  [/^127\.|^::1$/, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^169\.254\.|^fe[89ab]/i, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [
    /^224\.0\.0\.|^ff02:/i,
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  ],
]

/** An address that traffic can be sent to from anywhere in the cluster. */
export function validateReachableIP(text: string, field: string, errors: FieldError[]): void {
  validateIP(text, field, errors)
  if (!isIP(text)) return
  if (text === '0.0.0.0' || text === '::')
    errors.push(invalid(field, text, `may not be unspecified (${text})`))
  for (const [range, why] of SPECIAL) if (range.test(text)) errors.push(invalid(field, text, why))
}

export function validateIP(text: string, field: string, errors: FieldError[]): void {
  if (isIP(text)) return
  errors.push(invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'))
}
