import type { Task } from '#sim/kernel/process.ts'
import type { Shell, ShellOptions } from '../shell.ts'
import { type Builtin, misuse, takeFlags } from './builtin.ts'
import { printVariables } from './declarations.ts'

const BY_LETTER: Readonly<Record<string, keyof ShellOptions>> = {
  a: 'allexport',
  e: 'errexit',
  f: 'noglob',
  m: 'monitor',
  n: 'noexec',
  u: 'nounset',
  v: 'verbose',
  x: 'xtrace',
  C: 'noclobber',
}
/** Options that change nothing here. */
const ACCEPTED = new Set(['h', 'b', 'B', 'H', 'E', 'T', 'P', 'p', 'k', 't', 'i'])
const ACCEPTED_NAMES = new Set(['posix', 'emacs', 'vi', 'history', 'histexpand', 'braceexpand'])

/** Applies `-eux` or `-o name`; gives what is wrong with it. Used for the command line too. */
export function applyOption(
  shell: Shell,
  letter: string,
  isOn: boolean,
  longName: string | undefined,
): string | undefined {
  const name = letter === 'o' ? longName : BY_LETTER[letter]
  if (name !== undefined && name in shell.options) {
    shell.options[name as keyof ShellOptions] = isOn
    return undefined
  }
  if (letter === 'o') {
    return ACCEPTED_NAMES.has(name ?? '') ? undefined : `${name}: invalid option name`
  }
  return ACCEPTED.has(letter) ? undefined : `-${letter}: invalid option`
}

export const set: Builtin = function* (shell, args) {
  if (args.length === 0) return yield* printVariables(shell)
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') {
      shell.positional = args.slice(at + 1)
      return 0
    }
    if (!/^[-+]./.test(arg)) break
    for (const letter of arg.slice(1)) {
      const longName = letter === 'o' ? args[++at] : undefined
      if (letter === 'o' && longName === undefined) return yield* listOptions(shell)
      const wrong = applyOption(shell, letter, arg.startsWith('-'), longName)
      if (wrong !== undefined) return yield* misuse(shell, 'set', wrong, 2)
    }
  }
  if (at < args.length) shell.positional = args.slice(at)
  return 0
}

function* listOptions(shell: Shell): Task<number> {
  for (const [name, isOn] of Object.entries(shell.options).sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield* shell.proc.write(1, `${name.padEnd(15)}\t${isOn ? 'on' : 'off'}\n`)
  }
  return 0
}

const SHOPTS = new Set([
  'autocd',
  'checkwinsize',
  'cmdhist',
  'dotglob',
  'expand_aliases',
  'extglob',
  'failglob',
  'globstar',
  'histappend',
  'inherit_errexit',
  'lastpipe',
  'nocaseglob',
  'nocasematch',
  'nullglob',
  'sourcepath',
])

export const shopt: Builtin = function* (shell, args) {
  const { flags, rest } = takeFlags(args, 'supqo')
  const isSetting = flags.has('s') || flags.has('u')
  let status = 0
  for (const name of rest) {
    if (!SHOPTS.has(name)) {
      status = yield* misuse(shell, 'shopt', `${name}: invalid shell option name`)
    } else if (isSetting) {
      shell.shopt.set(name, flags.has('s'))
    } else {
      const isOn = shell.shopt.get(name) === true
      if (!isOn) status = 1
      if (!flags.has('q')) {
        yield* shell.proc.write(1, `${name.padEnd(15)}\t${isOn ? 'on' : 'off'}\n`)
      }
    }
  }
  return status
}

export const shift: Builtin = function* (shell, args) {
  const count = Number(args[0] ?? '1')
  if (!Number.isInteger(count) || count < 0) {
    return yield* misuse(shell, 'shift', `${args[0]}: numeric argument required`)
  }
  if (count > shell.positional.length) return 1
  shell.positional = shell.positional.slice(count)
  return 0
}

/** One option at a time; `OPTIND` and the place within a group of letters carry over. */
export const getopts: Builtin = function* (shell, args) {
  const [spec = '', name = 'opt', ...given] = args
  const words = given.length > 0 ? given : shell.positional
  const index = Number(shell.variables.text('OPTIND') ?? '1') || 1
  const within = Number(shell.variables.text('__getopts_within') ?? '1')
  const place = shell.variables.text('__getopts_at') === String(index) ? within : 1
  const word = words[index - 1]
  if (word === undefined || !/^-./.test(word) || word === '--') {
    if (word === '--') shell.setVariable('OPTIND', String(index + 1))
    shell.setVariable(name, '?')
    return 1
  }
  const letter = word[place] ?? ''
  const at = spec.replace(/^:/, '').indexOf(letter)
  const isKnown = letter !== ':' && at >= 0
  const takesValue = isKnown && spec.replace(/^:/, '')[at + 1] === ':'
  const isSilent = spec.startsWith(':')
  const next = (to: number, inside: number): void => {
    shell.setVariable('OPTIND', String(to))
    shell.setVariable('__getopts_at', String(to))
    shell.setVariable('__getopts_within', String(inside))
  }
  const isLastLetter = place >= word.length - 1
  if (!takesValue) {
    if (isLastLetter) next(index + 1, 1)
    else next(index, place + 1)
  }
  if (!isKnown) {
    shell.setVariable(name, '?')
    if (isSilent) shell.setVariable('OPTARG', letter)
    else yield* shell.proc.write(2, `${shell.messageName}: illegal option -- ${letter}\n`)
    return 0
  }
  shell.setVariable(name, letter)
  if (!takesValue) return 0
  const value = isLastLetter ? words[index] : word.slice(place + 1)
  next(index + (isLastLetter ? 2 : 1), 1)
  if (value !== undefined) {
    shell.setVariable('OPTARG', value)
    return 0
  }
  shell.setVariable(name, isSilent ? ':' : '?')
  if (isSilent) shell.setVariable('OPTARG', letter)
  else {
    yield* shell.proc.write(2, `${shell.messageName}: option requires an argument -- ${letter}\n`)
  }
  return 0
}
