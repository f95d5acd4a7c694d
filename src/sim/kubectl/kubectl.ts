import type { OsProcess, Program } from '#sim/kernel/os/types.ts'
import { OsError } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { Cli, type KubectlOptions } from './cli.ts'
import { CliError, errorReport, ExitError, FlagError, isCommandError } from './errors.ts'
import { Flags, parseDuration, parseFlags } from './flags.ts'
import { processFiles } from './process-files.ts'
import { ROOT_VERBS } from './root.ts'
import { groupHelp, isHelpWord, rootHelp, verbHelp } from './help.ts'
import { suggestionsFor } from './suggestions.ts'
import { GLOBAL_FLAGS, type Verb } from './verb.ts'

export type { Dialect } from './cli.ts'

export type CreateKubectlOptions = Omit<KubectlOptions, 'files' | 'cache'> &
  Partial<Pick<KubectlOptions, 'files'>>

/** kubectl as a program: it only sends requests, and prints what the real one prints. */
export function createKubectl(options: CreateKubectlOptions): Program {
  const complete: KubectlOptions = { files: processFiles, ...options, cache: {} }
  return (proc) => run(proc, complete)
}

type Found = { readonly verb: Verb; readonly path: string; readonly words: readonly string[] }

function* run(proc: OsProcess, options: KubectlOptions): Task<number> {
  const isOld = options.dialect() === '1.10'
  const words = proc.argv.slice(1)
  let path = ''
  try {
    const found = yield* findVerb(proc, options, words)
    if (typeof found === 'number') return found
    path = found.path
    return yield* runVerb(proc, options, found)
  } catch (error) {
    // The reader of our output is gone; the real program dies of SIGPIPE just as quietly.
    if (error instanceof OsError && error.code === 'EPIPE') return 1
    if (error instanceof OsError) {
      yield* proc.write(2, `error: ${error.message}\n`)
      return 1
    }
    if (!isCommandError(error)) throw error
    if (isOld && error instanceof FlagError) return yield* reportOldFlagError(proc, path, error)
    const report = errorReport(error, {
      usage: `See 'kubectl ${path} -h' for help and examples${isOld ? '.' : ''}`,
      flags: `See 'kubectl${path === '' ? '' : ` ${path}`} --help' for usage.`,
    })
    yield* proc.write(2, report.text)
    return report.code
  }
}

function* reportOldFlagError(proc: OsProcess, path: string, error: Error): Task<number> {
  const usage = `Usage:\n  kubectl ${path} [flags] [options]\n\nUse "kubectl options" for a list of global command-line options (applies to all commands).\n`
  yield* proc.write(2, `Error: ${error.message}\n\n\n${usage}\n${error.message}\n`)
  return 1
}

/** Follows words to a verb; global flags may stand in front of it. */
function* findVerb(
  proc: OsProcess,
  options: KubectlOptions,
  words: readonly string[],
): Task<Found | number> {
  const { before, rest } = splitAtVerb(words)
  const [name, ...after] = rest
  if (name === undefined || isHelpWord(name)) {
    yield* showHelp(proc, options, name === undefined ? [] : after)
    return 0
  }
  const verb = verbsOf(options, ROOT_VERBS).find((one) => isCalled(one, name))
  if (verb === undefined) return yield* refuseUnknown(proc, options, name)
  let found: Found = { verb, path: verb.name, words: [...before, ...after] }
  while (found.verb.subcommands !== undefined) {
    const subcommands = verbsOf(options, found.verb.subcommands)
    const inner = splitAtVerb(found.words)
    const [subName, ...subAfter] = inner.rest
    const sub = subcommands.find((one) => subName !== undefined && isCalled(one, subName))
    if (sub === undefined) {
      if (found.verb.run !== undefined) break
      if (subName === undefined) return yield* bareGroup(proc, found)
      throw unknownSubcommand(subName, found, inner.rest, options)
    }
    found = {
      verb: sub,
      path: `${found.path} ${sub.name}`,
      words: [...inner.before, ...subAfter],
    }
  }
  return found
}

function unknownSubcommand(
  name: string,
  found: Found,
  rest: readonly string[],
  options: KubectlOptions,
): ExitError {
  const isOld = options.dialect() === '1.10'
  const words = isOld ? rest.filter((word) => !word.startsWith('-')).join(' ') : name
  const dot = isOld ? '.' : ''
  return new ExitError(
    1,
    `error: unknown command "${words}"\nSee 'kubectl ${found.path} -h' for help and examples${dot}`,
  )
}

function* bareGroup(proc: OsProcess, found: Found): Task<number> {
  const isHelpAsked = found.words.some((word) => word === '-h' || word === '--help')
  yield* proc.write(
    isHelpAsked || found.verb.bareHelp !== 'stderr' ? 1 : 2,
    groupHelp(found.verb, found.path),
  )
  return isHelpAsked ? 0 : 1
}

function verbsOf({ dialect }: KubectlOptions, verbs: readonly Verb[]): Verb[] {
  return verbs.filter(({ since }) => since !== '1.36' || dialect() === '1.36')
}

function isCalled(verb: Verb, word: string): boolean {
  return verb.name === word || verb.aliases?.includes(word) === true
}

// Flags in front of the verb are its own, too; those with a value take the next word along.
function splitAtVerb(words: readonly string[]): { before: string[]; rest: string[] } {
  const before: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') return { before: [], rest: words.slice(at) }
    if (!word.startsWith('-') || word === '-') return { before, rest: words.slice(at) }
    before.push(word)
    if (takesNextWord(word)) before.push(...words.slice(++at, at + 1))
  }
  return { before, rest: [] }
}

function takesNextWord(word: string): boolean {
  if (word.includes('=')) return false
  const flag = GLOBAL_FLAGS.find(({ name, short }) => word === `--${name}` || word === `-${short}`)
  return flag !== undefined && flag.type !== 'bool'
}

function* showHelp(proc: OsProcess, options: KubectlOptions, words: readonly string[]): Task {
  const topics = words.filter((word) => !word.startsWith('-'))
  const [name] = topics
  if (name === undefined) {
    yield* proc.write(1, rootHelp(verbsOf(options, ROOT_VERBS)))
    return
  }
  const verb = ROOT_VERBS.find((one) => isCalled(one, name))
  if (verb === undefined) {
    yield* proc.write(2, `Unknown help topic [\`${topics.join(' ')}\`]\n${rootHelp(ROOT_VERBS)}`)
    return
  }
  const sub = verb.subcommands?.find((one) => topics[1] !== undefined && isCalled(one, topics[1]))
  const text =
    sub !== undefined
      ? verbHelp(sub, `${verb.name} ${sub.name}`)
      : verb.run === undefined
        ? groupHelp(verb, verb.name)
        : verbHelp(verb, verb.name)
  yield* proc.write(1, text)
}

function* refuseUnknown(proc: OsProcess, options: KubectlOptions, word: string): Task<number> {
  const near = suggestionsFor(word, verbsOf(options, ROOT_VERBS))
  const suggestions =
    near.length === 0 ? '' : `\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join('')}`
  const message = `unknown command "${word}" for "kubectl"\n${suggestions}`
  if (options.dialect() === '1.10') {
    yield* proc.write(2, `Error: ${message}\nRun 'kubectl --help' for usage.\n${message}`)
  } else yield* proc.write(2, `error: ${message}`)
  return 1
}

function* runVerb(proc: OsProcess, options: KubectlOptions, found: Found): Task<number> {
  const { verb, path, words } = found
  const names = new Set(verb.flags.map(({ name }) => name))
  const shorts = new Set(verb.flags.map(({ short }) => short))
  const globals = GLOBAL_FLAGS.filter(({ name }) => !names.has(name)).map((flag) => {
    // A verb may give a global's letter another meaning, as `-s` has in some.
    if (flag.short === undefined || !shorts.has(flag.short)) return flag
    const { short: _, ...rest } = flag
    return rest
  })
  const specs = [...verb.flags, ...globals]
  const flags = verb.takesAnything === true ? new Flags(specs) : parseFlags(specs, words)
  if (flags.bool('help')) {
    yield* proc.write(1, verbHelp(verb, path))
    return 0
  }
  const cli = new Cli(proc, options, { flags, path })
  checkGlobals(cli)
  for (const text of cli.isOld ? [] : flags.deprecations()) yield* cli.err(`${text}\n`)
  const missing = flags.missingRequired()
  if (missing.length > 0) {
    const list = missing.map((name) => `"${name}"`).join(', ')
    throw new CliError(`required flag(s) ${list} not set`)
  }
  return (yield* verb.run?.(cli) ?? nothing()) ?? 0
}

// oxlint-disable-next-line require-yield -- a task that has nothing to do
function* nothing(): Task<void> {}

function checkGlobals(cli: Cli): void {
  const { flags } = cli
  const context = flags.string('context')
  if (context !== '') {
    if (!cli.config.contexts.some(({ name }) => name === context)) {
      throw new ExitError(
        1,
        `Error in configuration: context was not found for specified context: ${context}`,
      )
    }
    cli.config.context = context
  }
  const timeout = flags.string('request-timeout')
  if (!/^\d+$/.test(timeout) && parseDuration(timeout) === undefined) {
    throw new CliError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    )
  }
}
