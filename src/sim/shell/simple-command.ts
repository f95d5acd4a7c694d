import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { findProgram } from './programs.ts'
import { builtins } from './builtins/table.ts'
import { deepCall } from './deep-calls.ts'
import { expandAssigned, expandBody, expandText, expandWords } from './expansion.ts'
import { closeSubstitutions } from './forks.ts'
import { runForeground } from './job-control.ts'
import { redirect, RedirectionError, restoreFiles, type SavedFiles } from './redirections.ts'
import {
  ExitShell,
  FatalError,
  ReturnFromFunction,
  type RunOptions,
  type Shell,
  type ShellFunction,
} from './shell.ts'
import { quoteForTrace, traceText } from './trace-commands.ts'
import { type Assignment, type Command, newCommand, type Redirection, type Word } from './syntax.ts'
import { newVariable, ReadonlyError, type Variable } from './variables.ts'

const BUILTIN_COST_MS = 0.02
const EXEC_COST_MS = 1
const FUNCTION_DEPTH_MAX = 1000

/** Assignments, words and redirections of one simple command. */
type Parts = {
  readonly assignments: readonly Assignment[]
  readonly words: readonly (Word | Assignment)[]
  readonly redirections: readonly Redirection[]
}

export function* runCommand(
  shell: Shell,
  node: Command,
  options: { readonly inPlace: boolean },
): Task<number> {
  const command = withAliases(shell, node)
  if (command === undefined) return yield* runAliasText(shell, node)
  const parts = partsOf(command)
  shell.position = node.pos
  shell.substitutionStatus = undefined
  const substitutionsBefore = new Set(shell.substitutionFiles.keys())
  const saved: SavedFiles = new Map()
  try {
    const { words, arrays } = yield* expandArguments(shell, parts.words)
    // `exec` without a command keeps its redirections.
    const keepsFiles = words.length === 1 && words[0] === 'exec'
    if (parts.redirections.length > 0) {
      yield* redirect(shell, parts.redirections, keepsFiles ? undefined : saved)
    }
    if (words.length === 0) return yield* runAssignments(shell, parts.assignments)
    if (shell.options.xtrace) yield* traceText(shell, words.map(quoteForTrace).join(' '))
    const status = yield* withAssignments(shell, parts.assignments, words, () =>
      runExpanded(shell, words, { ...options, releaseAfterStart: saved }),
    )
    for (const assignment of arrays) yield* assignArray(shell, assignment, true)
    shell.lastArgument = words.at(-1) ?? ''
    return status
  } catch (error) {
    if (!(error instanceof RedirectionError)) throw error
    restoreFiles(shell, saved)
    yield* shell.complain(error.message)
    return 1
  } finally {
    restoreFiles(shell, saved)
    closeSubstitutions(shell, substitutionsBefore)
  }
}

/** Runs expanded words: a function, a builtin or a program. */
export function* runWords(
  shell: Shell,
  words: readonly string[],
  options: RunOptions = {},
): Task<number> {
  return yield* runExpanded(shell, words, options)
}

type ExpandedOptions = RunOptions & { readonly releaseAfterStart?: SavedFiles }

function* runExpanded(
  shell: Shell,
  words: readonly string[],
  options: ExpandedOptions,
): Task<number> {
  const [name = '', ...args] = words
  const definition = options.skipsFunctions === true ? undefined : shell.functions.get(name)
  if (definition !== undefined) return yield* callFunction(shell, definition, name, args)
  const builtin = options.skipsBuiltins === true ? undefined : builtins.get(name)
  if (builtin !== undefined) {
    yield* shell.proc.charge(BUILTIN_COST_MS)
    return yield* runBuiltin(shell, name, () => builtin(shell, args, name))
  }
  return yield* runProgram(shell, words, options)
}

function* runBuiltin(shell: Shell, name: string, run: () => Task<number>): Task<number> {
  try {
    return yield* run()
  } catch (error) {
    if (error instanceof ReadonlyError) {
      yield* shell.complain(error.message)
      return 1
    }
    if (!(error instanceof OsError)) throw error
    // A signal with a trap, or Ctrl-C at a prompt: what is to happen happens between commands.
    if (error.code === 'EINTR') return 130
    const why = `write error: ${error.message.replace(/^\d+: /, '')}`
    yield* shell.complain(shell.dialect === 'ash' ? why : `${name}: ${why}`)
    return 1
  }
}

function* callFunction(
  shell: Shell,
  definition: ShellFunction,
  name: string,
  args: readonly string[],
): Task<number> {
  if (shell.functionDepth >= FUNCTION_DEPTH_MAX) {
    throw new FatalError(`${name}: maximum function nesting level exceeded (${FUNCTION_DEPTH_MAX})`)
  }
  yield* shell.proc.charge(BUILTIN_COST_MS)
  const { positional, loopDepth } = shell
  shell.positional = args
  shell.functionDepth++
  shell.loopDepth = 0
  shell.functionNames.push(name)
  shell.variables.pushScope()
  try {
    return yield* deepCall(shell.evaluator.runBody(shell, definition))
  } catch (thrown) {
    if (!(thrown instanceof ReturnFromFunction)) throw thrown
    return thrown.code
  } finally {
    shell.variables.popScope()
    shell.functionNames.pop()
    shell.functionDepth--
    shell.loopDepth = loopDepth
    shell.positional = positional
  }
}

function* runProgram(
  shell: Shell,
  words: readonly string[],
  options: ExpandedOptions,
): Task<number> {
  const found = findProgram(shell, words[0] ?? '')
  if (found.type === 'missing') {
    yield* shell.complain(found.message)
    return found.code
  }
  yield* shell.proc.charge(EXEC_COST_MS)
  if (options.inPlace === true) return yield* replaceShell(shell, found.program, words)
  const text = shell.source.text.slice(shell.position).split('\n', 1)[0] ?? words.join(' ')
  return yield* runForeground(shell, text, (group) => {
    const child = startProgram(shell, found.program, words, group)
    if (options.releaseAfterStart !== undefined) restoreFiles(shell, options.releaseAfterStart)
    return [child]
  })
}

function startProgram(
  shell: Shell,
  program: Program,
  words: readonly string[],
  group: { readonly group?: number | 'new' },
): OsProcess {
  return shell.proc.host.processes.spawn({
    host: shell.proc.host,
    program,
    argv: words,
    env: environmentFor(shell, words[0] ?? ''),
    cwd: shell.proc.cwd,
    files: shell.proc.files,
    parent: shell.proc,
    ...group,
  })
}

function environmentFor(shell: Shell, name: string): Map<string, string> {
  return shell.variables.exported().set('_', name)
}

function* replaceShell(shell: Shell, program: Program, words: readonly string[]): Task<number> {
  const { env } = shell.proc
  env.clear()
  for (const [name, value] of environmentFor(shell, words[0] ?? '')) env.set(name, value)
  throw new ExitShell(yield* shell.proc.exec(program, words), { isReplaced: true })
}

function* runAssignments(shell: Shell, assignments: readonly Assignment[]): Task<number> {
  for (const assignment of assignments) {
    yield* assignOne(shell, assignment)
    if (shell.options.xtrace) {
      const text = shell.variables.text(assignment.name) ?? ''
      yield* traceText(shell, `${assignment.name}=${quoteForTrace(text)}`)
    }
  }
  yield* shell.proc.charge(BUILTIN_COST_MS)
  return shell.substitutionStatus ?? 0
}

function* assignOne(shell: Shell, assignment: Assignment): Task {
  const { name, value, index } = assignment
  if (value.type === 'ArrayValue') return yield* assignArray(shell, assignment, false)
  const text = yield* expandAssigned(shell, value)
  const append = assignment.append === true
  const variable = shell.variables.find(name)
  const isArray = variable?.value !== undefined && variable.value.type !== 'scalar'
  if (index === undefined && !isArray) return shell.setVariable(name, text, { append })
  const isKeyed = variable?.value?.type === 'associative'
  const keyText =
    index === undefined
      ? '0'
      : isKeyed
        ? yield* expandText(shell, index)
        : yield* expandBody(shell, index.text)
  const before = append ? (shell.element(name, keyText) ?? '') : ''
  shell.variables.setElement(name, shell.elementKey(name, keyText), before + text)
}

/** `a=(x [3]=y)`, `m+=([key]=value)`. A declaration may set what it makes readonly. */
function* assignArray(shell: Shell, assignment: Assignment, isDeclared: boolean): Task {
  const { name, value } = assignment
  if (value.type !== 'ArrayValue') return
  const variable = shell.variables.need(name)
  const { isReadonly } = variable
  if (isReadonly && !isDeclared) throw new ReadonlyError(`${name}: readonly variable`)
  variable.isReadonly = false
  const entries = yield* arrayEntries(shell, value.elements)
  if (assignment.append !== true) clear(variable)
  else if (variable.value === undefined) clear(variable)
  for (const { key, text } of entries) {
    const at = key ?? nextIndex(variable)
    shell.variables.setElement(name, key === undefined ? at : shell.elementKey(name, key), text)
  }
  if (variable.value?.type === 'scalar') {
    variable.value = { type: 'indexed', elements: new Map([[0, variable.value.text]]) }
  }
  variable.isReadonly = isReadonly
}

function clear(variable: Variable): void {
  variable.value =
    variable.value?.type === 'associative'
      ? { type: 'associative', elements: new Map() }
      : { type: 'indexed', elements: new Map() }
}

function nextIndex(variable: Variable): number {
  if (variable.value?.type === 'scalar') return 1
  return variable.value?.type === 'indexed'
    ? Math.max(-1, ...variable.value.elements.keys()) + 1
    : 0
}

type ArrayEntry = { readonly key: string | undefined; readonly text: string }

function* arrayEntries(shell: Shell, words: readonly Word[]): Task<readonly ArrayEntry[]> {
  const entries: ArrayEntry[] = []
  for (const word of words) {
    const keyed = /^\[(.+?)\]=(.*)$/s.exec(word.text)
    if (keyed === null) {
      for (const text of yield* expandWords(shell, [word])) entries.push({ key: undefined, text })
      continue
    }
    entries.push({
      key: yield* expandSnippet(shell, keyed[1] ?? ''),
      text: yield* expandSnippet(shell, keyed[2] ?? ''),
    })
  }
  return entries
}

function* expandSnippet(shell: Shell, text: string): Task<string> {
  const word = text === '' ? undefined : shell.syntax.word(text)
  return word === undefined ? text : yield* expandText(shell, word)
}

const DECLARATIONS: ReadonlySet<string> = new Set([
  'export',
  'declare',
  'typeset',
  'local',
  'readonly',
])

/** Words of the command; array values of a declaration come back to be set after it. */
function* expandArguments(
  shell: Shell,
  parts: readonly (Word | Assignment)[],
): Task<{ readonly words: readonly string[]; readonly arrays: readonly Assignment[] }> {
  const words: string[] = []
  const arrays: Assignment[] = []
  for (const part of parts) {
    if (part.type === 'Word') words.push(...(yield* expandWords(shell, [part])))
    else if (!DECLARATIONS.has(words[0] ?? '')) {
      // The parser takes `x=1` for an assignment wherever it stands; here it is a plain word.
      const word = shell.syntax.word(part.text)
      words.push(...(word === undefined ? [part.text] : yield* expandWords(shell, [word])))
    } else if (part.value.type === 'ArrayValue') {
      words.push(part.name)
      arrays.push(part)
    } else {
      const operator = part.append === true ? '+=' : '='
      words.push(`${part.name}${operator}${yield* expandAssigned(shell, part.value)}`)
    }
  }
  return { words, arrays }
}

/** `A=1 command`: the variables hold for the command alone. */
function* withAssignments(
  shell: Shell,
  assignments: readonly Assignment[],
  words: readonly string[],
  body: () => Task<number>,
): Task<number> {
  if (assignments.length === 0) return yield* body()
  if (words[0] === 'exec') {
    for (const each of assignments) yield* assignExported(shell, each)
    return yield* body()
  }
  const before = new Map<string, Variable | undefined>()
  for (const { name } of assignments) {
    const variable = shell.variables.find(name)
    if (!before.has(name)) before.set(name, variable && { ...variable })
  }
  try {
    for (const each of assignments) yield* assignExported(shell, each)
    return yield* body()
  } finally {
    for (const [name, variable] of before) restoreVariable(shell, name, variable)
  }
}

function* assignExported(shell: Shell, assignment: Assignment): Task {
  yield* assignOne(shell, assignment)
  shell.variables.need(assignment.name).isExported = true
}

function restoreVariable(shell: Shell, name: string, before: Variable | undefined): void {
  if (before === undefined) shell.variables.unset(name)
  else Object.assign(shell.variables.find(name) ?? newVariable(), before)
}

function partsOf(node: Command): Parts {
  const assignments: Assignment[] = []
  const words: (Word | Assignment)[] = node.name === undefined ? [] : [node.name]
  const redirections: Redirection[] = []
  for (const part of node.prefix) {
    if (part.type === 'Assignment') assignments.push(part)
    else redirections.push(part)
  }
  for (const part of node.suffix) {
    if (part.type === 'Word' || part.type === 'Assignment') words.push(part)
    else redirections.push(part)
  }
  return { assignments, words, redirections }
}

const ALIAS_DEPTH_MAX = 20

/** The command with its aliases replaced; undefined where the alias is more than words. */
function withAliases(shell: Shell, node: Command): Command | undefined {
  let command = node
  const seen = new Set<string>()
  while (seen.size < ALIAS_DEPTH_MAX) {
    const { name } = command
    const alias = name && aliasOf(shell, name)
    if (name === undefined || alias === undefined || seen.has(name.text)) return command
    seen.add(name.text)
    const [only, ...more] = shell.syntax.script(alias).commands
    const isWords =
      only?.command.type === 'Command' && more.length === 0 && only.background !== true
    if (only?.command.type !== 'Command' || !isWords || only.command.name === undefined) {
      return undefined
    }
    command = newCommand(command, only.command.name, [...only.command.suffix, ...command.suffix])
  }
  return command
}

function aliasOf(shell: Shell, name: Word): string | undefined {
  if (shell.aliases.size === 0 || name.parts !== undefined || name.text !== name.value) {
    return undefined
  }
  const isOn = shell.isInteractive || shell.shopt.get('expand_aliases') === true
  return isOn || shell.dialect !== 'bash' ? shell.aliases.get(name.value) : undefined
}

// An alias such as `a; b` is text: what follows the name in the source follows it here.
function* runAliasText(shell: Shell, node: Command): Task<number> {
  const name = node.name?.value ?? ''
  const alias = shell.aliases.get(name) ?? ''
  const rest = shell.source.text.slice(node.name?.end ?? node.end, node.end)
  shell.aliases.delete(name)
  try {
    return yield* shell.evaluator.runText(shell, alias + rest)
  } finally {
    shell.aliases.set(name, alias)
  }
}
