import type { Task } from '#sim/kernel/process.ts'
import { shellQuote, singleQuote } from '../parameters.ts'
import { FatalError, type Shell } from '../shell.ts'
import { assign, elementsOf, keysOf, textOf, type Variable } from '../variables.ts'
import { type Builtin, misuse, takeFlags } from './builtin.ts'

const NAME = /^[A-Za-z_]\w*$/

type Given = {
  readonly name: string
  readonly text: string | undefined
  readonly append: boolean
  readonly key: string | undefined
}

/** `name`, `name=text`, `name+=text`, `name[key]=text`. */
function given(word: string): Given {
  const match = /^([^=+[]+)(?:\[(.*?)\])?(\+?)=(.*)$/s.exec(word)
  if (match === null) return { name: word, text: undefined, append: false, key: undefined }
  return { name: match[1] ?? '', text: match[4] ?? '', append: match[3] === '+', key: match[2] }
}

function setGiven(shell: Shell, variable: Variable, each: Given): void {
  if (each.text === undefined) return
  if (each.key !== undefined) {
    const key = shell.elementKey(each.name, each.key)
    return shell.variables.setElement(each.name, key, each.text)
  }
  const before = each.append ? (textOf(variable.value) ?? '') : ''
  const text = variable.isInteger
    ? String(shell.arithmetic(each.text) + (before === '' ? 0n : shell.arithmetic(before)))
    : before + each.text
  assign(each.name, variable, text)
}

export const exportNames: Builtin = function* (shell, args) {
  const { flags, rest, invalid } = takeFlags(args, 'npf')
  if (invalid !== undefined) return yield* misuse(shell, 'export', `${invalid}: invalid option`, 2)
  if (rest.length === 0) return yield* listVariables(shell, (each) => each.isExported, 'x')
  let status = 0
  for (const word of rest) {
    const each = given(word)
    if (!NAME.test(each.name)) {
      status = yield* misuse(shell, 'export', `\`${word}': not a valid identifier`)
      continue
    }
    const variable = shell.variables.need(each.name)
    setGiven(shell, variable, each)
    variable.isExported = !flags.has('n')
  }
  return status
}

export const readonly: Builtin = function* (shell, args) {
  const { flags, rest } = takeFlags(args, 'paAf')
  if (rest.length === 0) return yield* listVariables(shell, (each) => each.isReadonly, 'r')
  for (const word of rest) {
    const each = given(word)
    const variable = shell.variables.need(each.name)
    makeArray(variable, flags)
    setGiven(shell, variable, each)
    variable.isReadonly = true
  }
  return 0
}

export const declare: Builtin = function* (shell, args, name) {
  const { flags, rest, invalid } = takeFlags(args, 'aAfFgilnprtux', '-+')
  if (invalid !== undefined) return yield* misuse(shell, name, `${invalid}: invalid option`, 2)
  if (flags.has('f') || flags.has('F')) return yield* listFunctions(shell, rest, flags.has('F'))
  if (flags.has('p') || rest.length === 0) return yield* printDeclarations(shell, name, rest)
  const isLocal = shell.variables.isInFunction && !flags.has('g')
  for (const word of rest) declareOne(shell, given(word), flags, isLocal)
  return 0
}

export const local: Builtin = function* (shell, args) {
  if (!shell.variables.isInFunction) {
    return yield* misuse(shell, 'local', 'can only be used in a function')
  }
  const { flags, rest } = takeFlags(args, 'aAilnrtux', '-+')
  for (const word of rest) declareOne(shell, given(word), flags, true)
  return 0
}

function declareOne(shell: Shell, each: Given, flags: ReadonlySet<string>, isLocal: boolean): void {
  if (!NAME.test(each.name)) throw new FatalError(`\`${each.name}': not a valid identifier`)
  const variable = isLocal
    ? shell.variables.declareLocal(each.name)
    : shell.variables.need(each.name)
  makeArray(variable, flags)
  if (flags.has('i')) variable.isInteger = true
  if (flags.has('+i')) variable.isInteger = false
  if (flags.has('l')) variable.letterCase = 'lower'
  if (flags.has('u')) variable.letterCase = 'upper'
  setGiven(shell, variable, each)
  if (flags.has('x')) variable.isExported = true
  if (flags.has('+x')) variable.isExported = false
  if (flags.has('r')) variable.isReadonly = true
  if (flags.has('n')) variable.isReference = true
}

function makeArray(variable: Variable, flags: ReadonlySet<string>): void {
  if (flags.has('A') && variable.value?.type !== 'associative') {
    variable.value = { type: 'associative', elements: new Map() }
  } else if (flags.has('a') && variable.value === undefined) {
    variable.value = { type: 'indexed', elements: new Map() }
  }
}

function* listVariables(
  shell: Shell,
  isShown: (variable: Variable) => boolean,
  flag: string,
): Task<number> {
  for (const [name, variable] of shell.variables.entries()) {
    if (!isShown(variable)) continue
    const text = textOf(variable.value)
    const value = text === undefined ? '' : `=${quoted(text)}`
    const head =
      shell.dialect === 'bash' ? `declare -${flag}` : flag === 'x' ? 'export' : 'readonly'
    yield* shell.proc.write(1, `${head} ${name}${value}\n`)
  }
  return 0
}

function quoted(text: string): string {
  const isPlain = !Array.from(text).some((character) => character < ' ')
  return isPlain ? `"${text.replace(/["\\$`]/g, '\\$&')}"` : singleQuote(text)
}

function* printDeclarations(shell: Shell, name: string, names: readonly string[]): Task<number> {
  let status = 0
  const all = shell.variables.entries()
  for (const wanted of names.length === 0 ? all.map(([each]) => each) : names) {
    const variable = shell.variables.find(wanted)
    if (variable === undefined) status = yield* misuse(shell, name, `${wanted}: not found`)
    else yield* shell.proc.write(1, `${declaration(wanted, variable)}\n`)
  }
  return status
}

function declaration(name: string, variable: Variable): string {
  const { value } = variable
  const letters = [
    value?.type === 'indexed' ? 'a' : '',
    value?.type === 'associative' ? 'A' : '',
    variable.isInteger ? 'i' : '',
    variable.isReadonly ? 'r' : '',
    variable.isExported ? 'x' : '',
  ].join('')
  const head = `declare -${letters === '' ? '-' : letters} ${name}`
  if (value === undefined) return head
  if (value.type === 'scalar') return `${head}=${quoted(value.text)}`
  const keys = keysOf(value)
  const entries = elementsOf(value).map((text, index) => `[${keys[index]}]=${quoted(text)}`)
  const gap = value.type === 'associative' && entries.length > 0 ? ' ' : ''
  return `${head}=(${entries.join(' ')}${gap})`
}

function* listFunctions(shell: Shell, names: readonly string[], isShort: boolean): Task<number> {
  const wanted = names.length === 0 ? [...shell.functions.keys()].sort() : names
  let status = 0
  for (const name of wanted) {
    const found = shell.functions.get(name)
    if (found === undefined) status = 1
    else if (isShort) {
      yield* shell.proc.write(1, names.length === 0 ? `declare -f ${name}\n` : `${name}\n`)
    } else {
      const { pos, end } = found.node
      yield* shell.proc.write(1, `${found.source.text.slice(pos, end)}\n`)
    }
  }
  return status
}

// oxlint-disable-next-line require-yield -- says nothing
export const unset: Builtin = function* (shell, args) {
  const { flags, rest } = takeFlags(args, 'fvn')
  for (const name of rest) {
    const element = /^([A-Za-z_]\w*)\[(.+)\]$/.exec(name)
    if (element !== null) unsetElement(shell, element[1] ?? '', element[2] ?? '')
    else if (!flags.has('f') && shell.variables.find(name) !== undefined) {
      shell.variables.unset(name)
    } else if (!flags.has('v')) shell.functions.delete(name)
  }
  return 0
}

function unsetElement(shell: Shell, name: string, key: string): void {
  const value = shell.variables.find(name)?.value
  const at = shell.elementKey(name, key)
  if (value?.type === 'indexed') value.elements.delete(Number(at))
  else if (value?.type === 'associative') value.elements.delete(String(at))
}

/** `set` without arguments: every variable, as the shell would read it back. */
export function* printVariables(shell: Shell): Task<number> {
  for (const [name, variable] of shell.variables.entries()) {
    const { value } = variable
    if (value === undefined) continue
    if (value.type === 'scalar') {
      const text = shellQuote(value.text) === value.text ? value.text : singleQuote(value.text)
      yield* shell.proc.write(1, `${name}=${value.text === '' ? '' : text}\n`)
    } else {
      yield* shell.proc.write(1, `${declaration(name, variable).replace(/^declare -\S+ /, '')}\n`)
    }
  }
  return 0
}
