import type { Stat } from '#sim/kernel/os/filesystem.ts'
import { baseName, joinPath } from '#sim/kernel/os/paths.ts'
import { OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { matchesPattern, patternToRegExp } from '../patterns.ts'
import { runChild } from './spawning.ts'
import { complain, errnoText, type Tool, UsageError } from './tool.ts'

type Found = {
  readonly path: string
  readonly absolute: string
  readonly stat: Stat
  depth: number
}
type Verdict = 'yes' | 'no'
type Test = (found: Found) => Task<Verdict>

type Plan = { readonly test: Test; readonly acts: boolean; readonly state: State }
type State = {
  depthMin: number
  depthMax: number
  isDepthFirst: boolean
  isPruned: boolean
  isDone: boolean
  readonly batches: { readonly argv: readonly string[]; readonly paths: string[] }[]
}

export const find: Tool = function* (proc, flavor) {
  const args = proc.argv.slice(1)
  const at = args.findIndex((arg) => /^[-(!]/.test(arg) && arg !== '-')
  const starts = at < 0 ? args : args.slice(0, at)
  const plan = new ExpressionParser(proc, at < 0 ? [] : args.slice(at)).parse()
  let status = 0
  for (const start of starts.length === 0 ? ['.'] : starts) {
    const failed = yield* walk(proc, start, proc.resolvePath(start), 0, plan, flavor)
    status ||= failed
  }
  for (const { argv, paths } of plan.state.batches) {
    if (paths.length > 0) yield* runChild(proc, [...argv, ...paths])
  }
  return status
}

function* walk(
  proc: OsProcess,
  path: string,
  absolute: string,
  depth: number,
  plan: Plan,
  flavor: string,
): Task<number> {
  const { state } = plan
  let found: Found
  try {
    found = { path, absolute, stat: proc.host.fs.stat(absolute, { follow: depth === 0 }), depth }
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const why = errnoText(error)
    yield* complain(proc, flavor === 'gnu' ? `‘${path}’: ${why}` : `${path}: ${why}`)
    return 1
  }
  yield* proc.charge(0.005)
  state.isPruned = false
  if (!state.isDepthFirst) yield* visit(proc, found, plan)
  let status = 0
  if (found.stat.type === 'directory' && !state.isPruned && depth < state.depthMax) {
    for (const name of proc.host.fs.readdir(absolute)) {
      if (state.isDone) break
      const failed = yield* walk(
        proc,
        joinPath(path, name),
        joinPath(absolute, name),
        depth + 1,
        plan,
        flavor,
      )
      status ||= failed
    }
  }
  if (state.isDepthFirst) yield* visit(proc, found, plan)
  return status
}

function* visit(proc: OsProcess, found: Found, plan: Plan): Task {
  if (found.depth < plan.state.depthMin || plan.state.isDone) return
  const verdict = yield* plan.test(found)
  if (verdict === 'yes' && !plan.acts) yield* proc.write(1, `${found.path}\n`)
}

const TYPES: Readonly<Record<string, Stat['type']>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  p: 'fifo',
  c: 'device',
}

class ExpressionParser {
  readonly #proc: OsProcess
  readonly #args: readonly string[]
  readonly #state: State = {
    depthMin: 0,
    depthMax: Infinity,
    isDepthFirst: false,
    isPruned: false,
    isDone: false,
    batches: [],
  }
  #at = 0
  #acts = false

  constructor(proc: OsProcess, args: readonly string[]) {
    this.#proc = proc
    this.#args = args
  }

  parse(): Plan {
    const test = this.#args.length === 0 ? always : this.#or()
    const rest = this.#args[this.#at]
    if (rest !== undefined) throw new UsageError(`unknown predicate \`${rest}'`)
    return { test, acts: this.#acts, state: this.#state }
  }

  #or(): Test {
    let left = this.#and()
    while (this.#takes('-o', '-or')) {
      const [a, b] = [left, this.#and()]
      left = function* (found) {
        return (yield* a(found)) === 'yes' ? 'yes' : yield* b(found)
      }
    }
    return left
  }

  #and(): Test {
    let left = this.#not()
    for (;;) {
      const isExplicit = this.#takes('-a', '-and')
      const next = this.#args[this.#at]
      if (!isExplicit && (next === undefined || next === '-o' || next === '-or' || next === ')')) {
        return left
      }
      const [a, b] = [left, this.#not()]
      left = function* (found) {
        return (yield* a(found)) === 'no' ? 'no' : yield* b(found)
      }
    }
  }

  #not(): Test {
    if (this.#takes('!', '-not')) {
      const inner = this.#not()
      return function* (found) {
        return (yield* inner(found)) === 'yes' ? 'no' : 'yes'
      }
    }
    if (this.#takes('(')) {
      const inner = this.#or()
      if (!this.#takes(')'))
        throw new UsageError("invalid expression; I was expecting to find a ')'")
      return inner
    }
    return this.#primary()
  }

  #primary(): Test {
    const name = this.#args[this.#at++] ?? ''
    const proc = this.#proc
    const state = this.#state
    switch (name) {
      case '-name':
      case '-iname':
      case '-path':
      case '-ipath':
      case '-wholename': {
        const pattern = this.#value(name)
        const isPath = !name.endsWith('name') || name === '-wholename'
        const matches = name.startsWith('-i')
          ? (text: string) => patternToRegExp(pattern, 'i').test(text)
          : (text: string) => matchesPattern(text, pattern)
        return when((found) => matches(isPath ? found.path : baseName(found.path)))
      }
      case '-type': {
        const types = this.#value(name)
          .split(',')
          .map((letter) => TYPES[letter])
        return when((found) => types.includes(found.stat.type))
      }
      case '-maxdepth':
        state.depthMax = Number(this.#value(name))
        return always
      case '-mindepth':
        state.depthMin = Number(this.#value(name))
        return always
      case '-depth':
        state.isDepthFirst = true
        return always
      case '-empty':
        return when(({ stat, absolute }) =>
          stat.type === 'directory' ? proc.host.fs.readdir(absolute).length === 0 : stat.size === 0,
        )
      case '-size':
        return when(sizeTest(this.#value(name)))
      case '-mmin':
      case '-mtime': {
        const unitMs = name === '-mmin' ? 60_000 : 86_400_000
        const compare = comparison(this.#value(name))
        const now = proc.host.simulation.unixMs
        return when(({ stat }) => compare(Math.floor((now - stat.mtimeMs) / unitMs)))
      }
      case '-newer': {
        const { mtimeMs } = proc.host.fs.stat(proc.resolvePath(this.#value(name)))
        return when(({ stat }) => stat.mtimeMs > mtimeMs)
      }
      case '-perm': {
        const mode = this.#value(name)
        const bits = Number.parseInt(mode.replace(/^[-/]/, ''), 8)
        if (mode.startsWith('-')) return when(({ stat }) => (stat.mode & bits) === bits)
        if (mode.startsWith('/')) return when(({ stat }) => (stat.mode & bits) !== 0)
        return when(({ stat }) => (stat.mode & 0o7777) === bits)
      }
      case '-true':
      case '-xdev':
      case '-mount':
        return always
      case '-prune':
        return when(() => {
          state.isPruned = true
          return true
        })
      default:
        return this.#action(name)
    }
  }

  #action(name: string): Test {
    this.#acts = true
    const proc = this.#proc
    const state = this.#state
    switch (name) {
      case '-print':
      case '-print0': {
        const end = name === '-print' ? '\n' : '\0'
        return function* (found) {
          yield* proc.write(1, found.path + end)
          return 'yes'
        }
      }
      case '-delete':
        state.isDepthFirst = true
        return when((found) => {
          if (found.stat.type === 'directory') proc.host.fs.rmdir(found.absolute)
          else proc.host.fs.unlink(found.absolute)
          return true
        })
      case '-quit':
        return when(() => {
          state.isDone = true
          return true
        })
      case '-exec':
      case '-ok':
        return this.#exec()
      default:
        throw new UsageError(`unknown predicate \`${name}'`)
    }
  }

  #exec(): Test {
    const end = this.#args.findIndex(
      (arg, index) => index >= this.#at && (arg === ';' || arg === '+'),
    )
    if (end < 0) throw new UsageError("missing argument to `-exec'")
    const argv = this.#args.slice(this.#at, end)
    const isBatch = this.#args[end] === '+'
    this.#at = end + 1
    const proc = this.#proc
    if (isBatch) {
      const batch = { argv: argv.filter((arg) => arg !== '{}'), paths: [] as string[] }
      this.#state.batches.push(batch)
      return when((found) => {
        batch.paths.push(found.path)
        return true
      })
    }
    return function* (found) {
      const words = argv.map((arg) => arg.replaceAll('{}', () => found.path))
      return (yield* runChild(proc, words)) === 0 ? 'yes' : 'no'
    }
  }

  #value(name: string): string {
    const value = this.#args[this.#at++]
    if (value === undefined) throw new UsageError(`missing argument to \`${name}'`)
    return value
  }

  #takes(...names: readonly string[]): boolean {
    if (!names.includes(this.#args[this.#at] ?? '')) return false
    this.#at++
    return true
  }
}

// oxlint-disable-next-line require-yield -- a test that waits for nothing
const always: Test = function* () {
  return 'yes'
}

function when(test: (found: Found) => boolean): Test {
  // oxlint-disable-next-line require-yield -- a test that waits for nothing
  return function* (found) {
    return test(found) ? 'yes' : 'no'
  }
}

/** `+5`, `-5`, `5`. */
function comparison(text: string): (value: number) => boolean {
  const limit = Number(text.replace(/^[-+]/, ''))
  if (text.startsWith('+')) return (value) => value > limit
  return text.startsWith('-') ? (value) => value < limit : (value) => value === limit
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
}

function sizeTest(text: string): (found: Found) => boolean {
  const match = /^([-+]?\d+)([cwbkMG]?)$/.exec(text)
  if (match === null) throw new UsageError(`invalid -size type \`${text}'`)
  const compare = comparison(match[1] ?? '0')
  const unit = SIZE_UNITS[match[2] === '' ? 'b' : (match[2] ?? 'b')] ?? 512
  return ({ stat }) => compare(Math.ceil(stat.size / unit))
}
