/** KYAML: flow-style YAML that needs no rules about indentation or bare words. */
export function toKyaml(value: unknown): string {
  return `${render(value, 0)}\n`
}

function render(value: unknown, depth: number): string {
  const pad = ' '.repeat(depth + 2)
  const end = ' '.repeat(depth)
  if (Array.isArray(value)) return list(value, depth)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    if (entries.length === 0) return '{}'
    const lines = entries.map(
      ([key, member]) => `${pad}${keyText(key)}: ${render(member, depth + 2)},\n`,
    )
    return `{\n${lines.join('')}${end}}`
  }
  return typeof value === 'string' ? quoted(value, depth) : String(value)
}

// Braces of elements cuddle with the brackets of their list.
function list(values: readonly unknown[], depth: number): string {
  if (values.length === 0) return '[]'
  const areObjects = values.every((value) => typeof value === 'object' && value !== null)
  if (areObjects) return `[${values.map((value) => render(value, depth)).join(', ')}]`
  const pad = ' '.repeat(depth + 2)
  const lines = values.map((value) => `${pad}${render(value, depth + 2)},\n`)
  return `[\n${lines.join('')}${' '.repeat(depth)}]`
}

function keyText(key: string): string {
  const isSafe = /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(key)
  const isWord = /^(y|n|yes|no|on|off|true|false|null|~)$/i.test(key)
  return isSafe && !isWord ? key : JSON.stringify(key)
}

function quoted(value: string, depth: number): string {
  if (!value.includes('\n')) return JSON.stringify(value)
  const pad = ' '.repeat(depth + 2)
  const lines = value.split('\n').map((line) => JSON.stringify(line).slice(1, -1))
  const last = lines.pop() ?? ''
  const body = lines.map((line) => `${pad} ${line}\\n\\\n`).join('')
  return `"\\\n${body}${last === '' ? '' : `${pad} ${last}\\\n`}${pad}"`
}
