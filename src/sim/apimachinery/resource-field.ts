import { quantityMillis, quantityValue } from './quantity.ts'

type Amounts = Readonly<Record<string, string>>
type Resources = { readonly requests?: Amounts; readonly limits?: Amounts }
type Field = { readonly resource: string; readonly divisor?: string }

/**
 * What a `resourceFieldRef` such as `limits.cpu` stands for: so many whole divisors, rounded up; 0
 * where the container says nothing. A divisor of 0 means one.
 */
export function resourceFieldText(resources: Resources | undefined, field: Field): string {
  const [kind = '', ...rest] = field.resource.split('.')
  const amount = (kind === 'limits' ? resources?.limits : resources?.requests)?.[rest.join('.')]
  if (amount === undefined) return '0'
  const valueOf = rest[0] === 'cpu' ? quantityMillis : quantityValue
  const divisor = valueOf(field.divisor ?? '0') || valueOf('1')
  return String(Math.ceil(valueOf(amount) / divisor))
}
