/** What is wrong with a text, each fault worded as the server words it; empty if nothing is. */
export type NameCheck = (text: string) => string[]

const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const LABEL_VALUE = `(${QUALIFIED})?`
const CONFIG_KEY = '[-._a-zA-Z0-9]+'

const dnsLabel = new RegExp(`^${DNS_LABEL}$`)
const dnsSubdomain = new RegExp(`^${DNS_SUBDOMAIN}$`)
const dns1035 = new RegExp(`^${DNS_1035}$`)
const qualifiedName = new RegExp(`^${QUALIFIED}$`)
const labelValue = new RegExp(`^${LABEL_VALUE}$`)
const configKey = new RegExp(`^${CONFIG_KEY}$`)

const SUBDOMAIN_TEXT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${DNS_SUBDOMAIN}')`
const LABEL_TEXT = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${DNS_LABEL}')`
const DNS_1035_TEXT = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${DNS_1035}')`
const QUALIFIED_SHAPE = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`
const LABEL_VALUE_TEXT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`
const CONFIG_KEY_TEXT = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${CONFIG_KEY}')`

function tooManyCharacters(max: number): string {
  return `must be no more than ${max} characters`
}

function tooManyBytes(max: number): string {
  return `must be no more than ${max} bytes`
}

/** What is wrong with a DNS subdomain, such as most objects' names; empty if nothing is. */
export function dnsSubdomainFaults(text: string): string[] {
  const faults: string[] = []
  if (text.length > 253) faults.push(tooManyCharacters(253))
  if (!dnsSubdomain.test(text)) faults.push(SUBDOMAIN_TEXT)
  return faults
}

export function dnsLabelFaults(text: string): string[] {
  const faults: string[] = []
  if (text.length > 63) faults.push(tooManyCharacters(63))
  if (!dnsLabel.test(text)) {
    // What is a subdomain but no label can only have dots too many.
    faults.push(dnsSubdomain.test(text) ? 'must not contain dots' : LABEL_TEXT)
  }
  return faults
}

export function dns1035LabelFaults(text: string): string[] {
  const faults: string[] = []
  if (text.length > 63) faults.push(tooManyCharacters(63))
  if (!dns1035.test(text)) faults.push(DNS_1035_TEXT)
  return faults
}

/** Keys of labels and annotations, finalizers, taints: an optional prefix and a name. */
export function qualifiedNameFaults(text: string): string[] {
  if (text.length <= 63 && qualifiedName.test(text)) return []
  const faults: string[] = []
  const parts = text.split('/')
  let name = parts[0] ?? ''
  if (parts.length === 2) {
    name = parts[1] ?? ''
    const prefix = parts[0] ?? ''
    if (prefix === '') faults.push('prefix part must be non-empty')
    else faults.push(...dnsSubdomainFaults(prefix).map((fault) => `prefix part ${fault}`))
  } else if (parts.length > 2) {
    return [
      `a valid label key ${QUALIFIED_SHAPE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  if (name === '') faults.push('name part must be non-empty')
  else if (name.length > 63) faults.push(`name part ${tooManyBytes(63)}`)
  if (!qualifiedName.test(name)) faults.push(`name part ${QUALIFIED_SHAPE}`)
  return faults
}

export function labelValueFaults(text: string): string[] {
  const faults: string[] = []
  if (text.length > 63) faults.push(tooManyBytes(63))
  if (!labelValue.test(text)) faults.push(LABEL_VALUE_TEXT)
  return faults
}

export function configKeyFaults(text: string): string[] {
  const faults: string[] = []
  if (text.length > 253) faults.push(tooManyCharacters(253))
  if (!configKey.test(text)) faults.push(CONFIG_KEY_TEXT)
  if (text === '.') faults.push("must not be '.'")
  else if (text === '..') faults.push("must not be '..'")
  else if (text.startsWith('..')) faults.push("must not start with '..'")
  return faults
}

/** Names that are only a segment of a path. */
export function pathSegmentFaults(text: string): string[] {
  if (text === '.') return ["may not be '.'"]
  if (text === '..') return ["may not be '..'"]
  return ['/', '%'].filter((bad) => text.includes(bad)).map((bad) => `may not contain '${bad}'`)
}

/** Names of container and Service ports. */
export function portNameFaults(text: string): string[] {
  const faults: string[] = []
  if (text.length > 15) faults.push(tooManyCharacters(15))
  if (!/^[-a-z0-9]+$/.test(text))
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(text)) faults.push('must contain at least one letter (a-z)')
  if (text.includes('--')) faults.push('must not contain consecutive hyphens')
  if (text !== '' && (text.startsWith('-') || text.endsWith('-')))
    faults.push('must not begin or end with a hyphen')
  return faults
}

/** Names of environment variables. */
export function envNameFaults(text: string): string[] {
  if (/^[ -<>-~]+$/.test(text)) return []
  return [
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
  ]
}
