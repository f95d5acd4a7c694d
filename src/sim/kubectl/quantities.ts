import { parseQuantity } from '#sim/apimachinery/quantity.ts'
import { CliError } from './errors.ts'

/** `cpu=100m,memory=1Gi` as a list of resources; what is no amount is refused before it is sent. */
export function amountsFrom(text: string): Record<string, string> {
  const amounts: Record<string, string> = {}
  for (const statement of text === '' ? [] : text.split(',')) {
    const [name = '', amount = '', ...rest] = statement.split('=')
    if (!statement.includes('=') || rest.length > 0) {
      throw new CliError(`Invalid argument syntax ${statement}, expected <resource>=<value>`)
    }
    if (parseQuantity(amount) === undefined) {
      throw new CliError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      )
    }
    amounts[name] = amount
  }
  return amounts
}
