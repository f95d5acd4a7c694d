import { joinPath } from '#sim/kernel/os/paths.ts'
import type { Task } from '#sim/kernel/process.ts'
import { ArithmeticError } from './arithmetic.ts'
import { expandBraces } from './braces.ts'
import {
  fieldPattern,
  fieldText,
  hasUnquotedPattern,
  type Field,
  type Piece,
  piecesText,
  splitFields,
} from './fields.ts'
import { captureOutput, openProcessSubstitution } from './forks.ts'
import { expandGlob } from './glob.ts'
import { escapePattern } from './patterns.ts'
import { changeCase, removeAffix, replacePattern, singleQuote, unescapeAnsi } from './parameters.ts'
import { FatalError, type Shell } from './shell.ts'
import type { ParameterExpansionPart, ParsedScript, Word, WordPart } from './syntax.ts'
import { elementsOf, keysOf } from './variables.ts'

/** All expansions: braces, parameters, commands, arithmetic, splitting and pathnames. */
export function* expandWords(shell: Shell, words: readonly Word[]): Task<string[]> {
  const out: string[] = []
  for (const word of words) {
    if (isPlain(word)) out.push(word.value)
    else for (const field of yield* wordFields(shell, word)) out.push(...pathNames(shell, field))
  }
  return out
}

/** A word as one string, without splitting and pathnames: assignments, `case`, here-strings. */
export function* expandText(shell: Shell, word: Word): Task<string> {
  if (isPlain(word)) return word.value
  return piecesText(yield* wordPieces(shell, word))
}

/** A word as a pattern, in which what is quoted stands for itself. */
export function* expandPattern(shell: Shell, word: Word): Task<string> {
  return piecesPattern(yield* wordPieces(shell, word))
}

/** A word as a regular expression for `=~`: quoted parts match literally. */
export function* expandRegExp(shell: Shell, word: Word): Task<string> {
  const pieces = yield* wordPieces(shell, word)
  return pieces
    .map((piece) => {
      if (piece.kind === 'break') return ' '
      if (piece.kind !== 'quoted') return piece.text
      return piece.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    })
    .join('')
}

/** The body of a here-document, or an expression: only `$` and backquotes are special. */
export function* expandBody(shell: Shell, text: string): Task<string> {
  if (!/[$`\\]/.test(text)) return text
  const parts = shell.syntax.expandableText(text)
  if (parts === undefined) return text.replace(/\\([$`\\])|\\\n/g, '$1')
  return piecesText(yield* quotedPieces(shell, parts))
}

export function* expandArithmetic(shell: Shell, text: string): Task<bigint> {
  const expanded = yield* expandBody(shell, text)
  try {
    return shell.arithmetic(expanded.replaceAll('"', ''))
  } catch (error) {
    if (error instanceof ArithmeticError) throw new FatalError(error.message)
    throw error
  }
}

/** The right-hand side of an assignment: tildes count behind colons as well. */
export function* expandAssigned(shell: Shell, word: Word): Task<string> {
  if (word.parts === undefined && word.text === word.value && word.value.includes('~')) {
    return word.value
      .split(':')
      .map((part) => piecesText(withTilde(shell, [{ kind: 'literal', text: part }])))
      .join(':')
  }
  return yield* expandText(shell, word)
}

function isPlain(word: Word): boolean {
  return word.parts === undefined && word.text === word.value && !word.value.startsWith('~')
}

function* wordFields(shell: Shell, word: Word): Task<readonly Field[]> {
  if (word.parts?.some((part) => part.type === 'BraceExpansion') === true) {
    return yield* braceFields(shell, word)
  }
  return splitFields(yield* wordPieces(shell, word), shell.ifs)
}

// The parser gives a brace expansion as text only, so its results are words to be parsed again.
function* braceFields(shell: Shell, word: Word): Task<readonly Field[]> {
  const fields: Field[] = []
  const texts = expandBraces(word.text)
  if (texts.length === 1) return splitFields(yield* wordPieces(shell, word), shell.ifs)
  for (const text of texts) {
    const each = shell.syntax.word(text)
    if (each !== undefined) fields.push(...(yield* wordFields(shell, each)))
  }
  return fields
}

function pathNames(shell: Shell, field: Field): readonly string[] {
  if (shell.options.noglob || !hasUnquotedPattern(field)) return [fieldText(field)]
  const found = expandGlob(fieldPattern(field), {
    fs: shell.proc.host.fs,
    cwd: shell.proc.cwd,
    dotglob: shell.shopt.get('dotglob') === true,
    globstar: shell.shopt.get('globstar') === true,
    nocaseglob: shell.shopt.get('nocaseglob') === true,
  })
  if (found.length > 0) return found
  if (shell.shopt.get('failglob') === true) {
    throw new FatalError(`no match: ${fieldText(field)}`)
  }
  return shell.shopt.get('nullglob') === true ? [] : [fieldText(field)]
}

function* wordPieces(shell: Shell, word: Word): Task<readonly Piece[]> {
  if (word.parts === undefined) {
    const kind = word.text === word.value ? 'literal' : 'quoted'
    return withTilde(shell, [{ kind, text: word.value }])
  }
  const pieces: Piece[] = []
  for (const part of word.parts) pieces.push(...(yield* partPieces(shell, part)))
  return word.text.startsWith('~') ? withTilde(shell, pieces) : pieces
}

function withTilde(shell: Shell, pieces: readonly Piece[]): readonly Piece[] {
  const [first, ...rest] = pieces
  if (first?.kind !== 'literal' || !first.text.startsWith('~')) return pieces
  const [prefix = '', ...others] = first.text.split('/')
  const home = homeOf(shell, prefix.slice(1))
  if (home === undefined) return pieces
  const behind = others.map((part) => `/${part}`).join('')
  return [{ kind: 'quoted', text: home }, { kind: 'literal', text: behind }, ...rest]
}

function homeOf(shell: Shell, user: string): string | undefined {
  if (user === '') return shell.variables.text('HOME') ?? '/'
  if (user === '+') return shell.variables.text('PWD')
  if (user === '-') return shell.variables.text('OLDPWD')
  if (user === 'root') return '/root'
  const home = joinPath('/home', user)
  return shell.proc.host.fs.isDirectory(home) ? home : undefined
}

function* partPieces(shell: Shell, part: WordPart): Task<readonly Piece[]> {
  switch (part.type) {
    case 'Literal':
      return [{ kind: part.text === part.value ? 'literal' : 'quoted', text: part.value }]
    case 'SingleQuoted':
      return [{ kind: 'quoted', text: part.value }]
    case 'AnsiCQuoted':
      return [{ kind: 'quoted', text: part.value }]
    case 'DoubleQuoted':
    case 'LocaleString':
      return yield* doubleQuoted(shell, part.parts)
    case 'Glob':
      return part.kind === 'bracket' ? yield* bracket(shell, part.parts) : [literal(part.text)]
    case 'ExtendedGlob':
      return yield* extendedGlob(shell, part)
    case 'BraceExpansion':
      return yield* plainBraces(shell, part.text)
    case 'ProcessSubstitution': {
      const path = yield* openProcessSubstitution(shell, part)
      return [{ kind: 'quoted', text: path }]
    }
    default:
      return yield* dollar(shell, part, false)
  }
}

/** Braces that expand to nothing else, such as `{1..$x}`: only what is in them is expanded. */
function* plainBraces(shell: Shell, text: string): Task<readonly Piece[]> {
  const inner = shell.syntax.word(text.slice(1, -1))
  if (inner === undefined) return [literal(text)]
  return [literal('{'), ...(yield* wordPieces(shell, inner)), literal('}')]
}

function literal(text: string): Piece {
  return { kind: 'literal', text }
}

function* bracket(shell: Shell, parts: readonly WordPart[]): Task<readonly Piece[]> {
  const inner: Piece[] = []
  for (const part of parts) inner.push(...(yield* partPieces(shell, part)))
  return [literal('['), ...inner, literal(']')]
}

function* extendedGlob(
  shell: Shell,
  part: WordPart & { type: 'ExtendedGlob' },
): Task<readonly Piece[]> {
  if (part.parts === undefined) return [literal(part.text)]
  const inner: Piece[] = []
  for (const each of part.parts) inner.push(...(yield* partPieces(shell, each)))
  return [literal(`${part.operator}(`), ...inner, literal(')')]
}

function* doubleQuoted(shell: Shell, parts: readonly WordPart[]): Task<readonly Piece[]> {
  const pieces = yield* quotedPieces(shell, parts)
  // `""` is a word; `"$@"` without parameters is none.
  if (pieces.length === 0 && !parts.some(isAllParameters)) return [{ kind: 'quoted', text: '' }]
  return pieces
}

function isAllParameters(part: WordPart): boolean {
  if (part.type === 'SimpleExpansion') return part.text === '$@'
  return part.type === 'ParameterExpansion' && (part.parameter === '@' || part.index?.value === '@')
}

function* quotedPieces(shell: Shell, parts: readonly WordPart[]): Task<readonly Piece[]> {
  const pieces: Piece[] = []
  for (const part of parts) {
    if (part.type === 'Literal') pieces.push({ kind: 'quoted', text: part.value })
    else pieces.push(...(yield* dollar(shell, part, true)))
  }
  return pieces
}

/** One `$…` or backquoted part. */
function* dollar(shell: Shell, part: WordPart, isQuoted: boolean): Task<readonly Piece[]> {
  const kind = isQuoted ? 'quoted' : 'expanded'
  switch (part.type) {
    case 'SimpleExpansion':
      return simpleParameter(shell, part.text.slice(1), isQuoted)
    case 'ParameterExpansion':
      return yield* parameterPieces(shell, part, isQuoted)
    case 'CommandExpansion':
      return [{ kind, text: yield* substitute(shell, part) }]
    case 'ArithmeticExpansion': {
      const isOldForm = part.text.startsWith('$[')
      const inner = isOldForm ? part.text.slice(2, -1) : part.text.slice(3, -2)
      return [{ kind, text: String(yield* expandArithmetic(shell, inner)) }]
    }
    default:
      return [{ kind, text: part.text }]
  }
}

function* substitute(
  shell: Shell,
  part: { readonly text: string; readonly script: ParsedScript | undefined },
): Task<string> {
  if (part.script === undefined) return ''
  // Only a script whose backquotes held escapes has a source of its own.
  const { source: text, commands } = part.script
  const source = text === undefined ? shell.source : { text, firstLine: shell.line }
  const output = yield* captureOutput(shell, commands, source)
  return output.replace(/\n+$/, '').replaceAll('\0', '')
}

function simpleParameter(shell: Shell, name: string, isQuoted: boolean): readonly Piece[] {
  if (name === '@' || name === '*') return manyPieces(shell, shell.positional, name, isQuoted)
  const text = shell.parameter(name)
  if (text === undefined) requireSet(shell, name)
  return [{ kind: isQuoted ? 'quoted' : 'expanded', text: text ?? '' }]
}

function requireSet(shell: Shell, name: string): void {
  if (shell.options.nounset) throw new FatalError(unboundMessage(shell, name), 127)
}

function unboundMessage(shell: Shell, name: string): string {
  if (shell.dialect !== 'bash') return `${name}: parameter not set`
  return `${/^\d+$/.test(name) ? '$' : ''}${name}: unbound variable`
}

/** `$@`, `$*` and `${a[@]}`: separate words, or one joined by the first character of IFS. */
function manyPieces(
  shell: Shell,
  values: readonly string[],
  how: string,
  isQuoted: boolean,
): readonly Piece[] {
  if (isQuoted && how === '*') {
    return [{ kind: 'quoted', text: values.join(shell.ifs.slice(0, 1)) }]
  }
  const kind = isQuoted ? 'quoted' : 'expanded'
  return values.flatMap((text, index): Piece[] =>
    index === 0 ? [{ kind, text }] : [{ kind: 'break' }, { kind, text }],
  )
}

/** What `${…}` names, before its operation. */
type Subject = {
  readonly name: string
  readonly values: readonly string[]
  /** `@` or `*` where there may be several. */
  readonly many: string | undefined
  readonly isSet: boolean
  assign(text: string): void
}

function* parameterPieces(
  shell: Shell,
  part: ParameterExpansionPart,
  isQuoted: boolean,
): Task<readonly Piece[]> {
  const kind = isQuoted ? 'quoted' : 'expanded'
  const { operation } = part
  if (operation?.type === 'Names') {
    const names = shell.variables.entries().map(([name]) => name)
    const found = names.filter((name) => name.startsWith(part.parameter))
    return manyPieces(shell, found, operation.operator, isQuoted)
  }
  if (operation?.type === 'Unknown') {
    throw new FatalError(`${part.text}: bad substitution`)
  }
  const indexText = part.index === undefined ? undefined : yield* indexOf(shell, part)
  if (part.prefix === '!' && (indexText === '@' || indexText === '*')) {
    const keys = keysOf(shell.variables.find(part.parameter)?.value)
    return manyPieces(shell, keys, indexText, isQuoted)
  }
  const subject = subjectOf(shell, part, indexText)
  if (part.prefix === '#') return [{ kind, text: String(lengthOf(subject)) }]
  if (operation?.type === 'Default') {
    return yield* withDefault(shell, subject, operation, isQuoted)
  }
  if (!subject.isSet && subject.many === undefined) requireSet(shell, subject.name)
  const values = yield* operate(shell, subject, operation)
  if (subject.many !== undefined) return manyPieces(shell, values, subject.many, isQuoted)
  return [{ kind, text: values[0] ?? '' }]
}

function* indexOf(shell: Shell, part: ParameterExpansionPart): Task<string> {
  const { index } = part
  if (index === undefined) return ''
  if (index.text === '@' || index.text === '*') return index.text
  const isKey = shell.variables.find(part.parameter)?.value?.type === 'associative'
  return isKey ? yield* expandText(shell, index) : yield* expandBody(shell, index.text)
}

function subjectOf(shell: Shell, part: ParameterExpansionPart, index: string | undefined): Subject {
  let name = part.parameter
  let key = index
  if (part.prefix === '!') {
    const target = shell.parameter(name) ?? ''
    const element = /^([A-Za-z_]\w*)\[(.*)\]$/.exec(target)
    name = element?.[1] ?? target
    key = element?.[2] ?? index
  }
  if (name === '@' || name === '*') {
    const { positional } = shell
    return newSubject(name, positional, name, positional.length > 0, () => {})
  }
  if (key === '@' || key === '*') {
    const values = elementsOf(shell.variables.find(name)?.value)
    return newSubject(name, values, key, values.length > 0, () => {})
  }
  const text = key === undefined ? shell.parameter(name) : shell.element(name, key)
  return newSubject(name, [text ?? ''], undefined, text !== undefined, (value) => {
    if (key === undefined) shell.setVariable(name, value)
    else shell.variables.setElement(name, shell.elementKey(name, key), value)
  })
}

function newSubject(
  name: string,
  values: readonly string[],
  many: string | undefined,
  isSet: boolean,
  assign: (text: string) => void,
): Subject {
  return { name, values, many, isSet, assign }
}

function lengthOf(subject: Subject): number {
  if (subject.many !== undefined) return subject.values.length
  return Array.from(subject.values[0] ?? '').length
}

type DefaultOperation = ParameterExpansionPart['operation'] & { type: 'Default' }

function* withDefault(
  shell: Shell,
  subject: Subject,
  operation: DefaultOperation,
  isQuoted: boolean,
): Task<readonly Piece[]> {
  const countsEmpty = operation.operator.startsWith(':')
  const isEmpty = subject.values.join('') === ''
  const isThere = subject.isSet && !(countsEmpty && isEmpty)
  const kind = isQuoted ? 'quoted' : 'expanded'
  const operator = operation.operator.replace(':', '')
  if (isThere !== (operator === '+')) {
    if (operator === '+') return []
    if (subject.many !== undefined) {
      return manyPieces(shell, subject.values, subject.many, isQuoted)
    }
    return [{ kind, text: subject.values[0] ?? '' }]
  }
  if (operator === '?') {
    const message = yield* expandText(shell, operation.operand)
    const why = message === '' ? `parameter ${countsEmpty ? 'null or ' : ''}not set` : message
    throw new FatalError(`${subject.name}: ${why}`, 127)
  }
  if (operator === '=') {
    const text = yield* expandText(shell, operation.operand)
    subject.assign(text)
    return [{ kind, text }]
  }
  return yield* operandPieces(shell, operation.operand, isQuoted)
}

// The word behind `:-` keeps its own quotes; the rest of it is split like any other expansion.
function* operandPieces(shell: Shell, operand: Word, isQuoted: boolean): Task<readonly Piece[]> {
  const pieces = yield* wordPieces(shell, operand)
  return pieces.map((piece): Piece => {
    if (piece.kind === 'break' || piece.kind === 'quoted') return piece
    return { kind: isQuoted ? 'quoted' : 'expanded', text: piece.text }
  })
}

function* operate(
  shell: Shell,
  subject: Subject,
  operation: ParameterExpansionPart['operation'],
): Task<readonly string[]> {
  switch (operation?.type) {
    case 'Remove': {
      const pattern = yield* expandPattern(shell, operation.operand)
      return subject.values.map((text) => removeAffix(text, pattern, operation.operator))
    }
    case 'Replace': {
      const pattern = yield* expandPattern(shell, operation.pattern)
      const replacement = yield* replacementOf(shell, operation.replacement)
      return subject.values.map((text) =>
        replacePattern(text, pattern, replacement, operation.operator),
      )
    }
    case 'CaseModification': {
      const pattern =
        operation.operand === undefined ? undefined : yield* expandPattern(shell, operation.operand)
      return subject.values.map((text) => changeCase(text, operation.operator, pattern))
    }
    case 'Slice':
      return yield* slice(shell, subject, operation)
    case 'Transform': {
      const how = yield* expandText(shell, operation.operand)
      return subject.isSet ? subject.values.map((text) => transform(text, how)) : []
    }
    default:
      return subject.values
  }
}

// An unquoted `&` in the replacement is what was matched, since bash 5.2.
function* replacementOf(shell: Shell, word: Word): Task<(match: string) => string> {
  const pieces = yield* wordPieces(shell, word)
  const isPlainText = !pieces.some((piece) => piece.kind !== 'break' && piece.text.includes('&'))
  if (isPlainText || shell.dialect !== 'bash') {
    const text = piecesText(pieces)
    return () => text
  }
  return (match) =>
    pieces
      .map((piece) => {
        if (piece.kind === 'break') return ' '
        return piece.kind === 'quoted' ? piece.text : piece.text.replaceAll('&', () => match)
      })
      .join('')
}

type SliceOperation = ParameterExpansionPart['operation'] & { type: 'Slice' }

function* slice(
  shell: Shell,
  subject: Subject,
  operation: SliceOperation,
): Task<readonly string[]> {
  const offset = Number(yield* expandArithmetic(shell, operation.offset.text))
  const length =
    operation.length === undefined
      ? undefined
      : Number(yield* expandArithmetic(shell, operation.length.text))
  if (subject.many === undefined) {
    const characters = Array.from(subject.values[0] ?? '')
    return [part(characters, offset, length).join('')]
  }
  // `${@:0}` counts from $0.
  const isPositional = subject.name === '@' || subject.name === '*'
  return part(isPositional ? [shell.name, ...subject.values] : subject.values, offset, length)
}

function part<T>(values: readonly T[], offset: number, length: number | undefined): readonly T[] {
  const start = offset < 0 ? values.length + offset : offset
  if (start < 0) return []
  if (length === undefined) return values.slice(start)
  const end = length < 0 ? values.length + length : start + length
  if (length < 0 && end < start) throw new FatalError(`${length}: substring expression < 0`)
  return values.slice(start, end)
}

function transform(text: string, how: string): string {
  switch (how) {
    case 'Q':
      return singleQuote(text)
    case 'U':
      return text.toUpperCase()
    case 'L':
      return text.toLowerCase()
    case 'u':
      return changeCase(text, '^', undefined)
    case 'E':
      return unescapeAnsi(text).text
    default:
      return text
  }
}

function piecesPattern(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (piece.kind === 'break') return ' '
      return piece.kind === 'quoted' ? escapePattern(piece.text) : piece.text
    })
    .join('')
}
