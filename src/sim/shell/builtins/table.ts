import type { Builtin } from './builtin.ts'
import { evaluate, exec, exit, jump, letExpressions, returnFrom, source } from './control.ts'
import { declare, exportNames, local, readonly, unset } from './declarations.ts'
import { cd, dirs, popd, pushd, pwd } from './directories.ts'
import { mapfile, read } from './input.ts'
import { alias, builtin, hash, newCommandBuiltin, newType, unalias } from './lookup.ts'
import { getopts, set, shift, shopt } from './options.ts'
import { echo, fail, printf, succeed, test } from './output.ts'
import { bg, disown, fg, jobs, kill, trap, wait } from './processes.ts'
import { caller, help, history, times, ulimit, umask } from './session.ts'

const isBuiltin = (name: string): boolean => builtins.has(name)

/** The commands that run in the shell itself. */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', succeed],
  ['.', source],
  ['[', test],
  ['alias', alias],
  ['bg', bg],
  ['break', jump],
  ['builtin', builtin],
  ['caller', caller],
  ['cd', cd],
  ['command', newCommandBuiltin(isBuiltin)],
  ['complete', succeed],
  ['continue', jump],
  ['declare', declare],
  ['dirs', dirs],
  ['disown', disown],
  ['echo', echo],
  ['eval', evaluate],
  ['exec', exec],
  ['exit', exit],
  ['export', exportNames],
  ['false', fail],
  ['fg', fg],
  ['getopts', getopts],
  ['hash', hash],
  ['help', help],
  ['history', history],
  ['jobs', jobs],
  ['kill', kill],
  ['let', letExpressions],
  ['local', local],
  ['logout', exit],
  ['mapfile', mapfile],
  ['popd', popd],
  ['printf', printf],
  ['pushd', pushd],
  ['pwd', pwd],
  ['read', read],
  ['readarray', mapfile],
  ['readonly', readonly],
  ['return', returnFrom],
  ['set', set],
  ['shift', shift],
  ['shopt', shopt],
  ['source', source],
  ['test', test],
  ['times', times],
  ['trap', trap],
  ['true', succeed],
  ['type', newType(isBuiltin)],
  ['typeset', declare],
  ['ulimit', ulimit],
  ['umask', umask],
  ['unalias', unalias],
  ['unset', unset],
  ['wait', wait],
])
