import type { Program } from '#sim/kernel/os/types.ts'
import { createShellProgram } from '../shell-program.ts'
import { awk } from './awk.ts'
import { base64, dd, hexdump, md5sum, od, sha256sum } from './binary.ts'
import { cat, nl, rev, tac } from './cat.ts'
import { cut, paste, tee, uniq, wc } from './counting.ts'
import { date } from './date.ts'
import { cmp, diff } from './diff.ts'
import { expr } from './expr.ts'
import {
  chmod,
  chown,
  cp,
  fallocate,
  ln,
  mkdir,
  mkfifo,
  mv,
  rm,
  rmdir,
  touch,
  truncate,
} from './file-changes.ts'
import { find } from './find.ts'
import { grep } from './grep.ts'
import { head, tail } from './head-tail.ts'
import { ls } from './ls.ts'
import { column, pager } from './pager.ts'
import { echo, fail, printf, seq, succeed, test, yes } from './printing.ts'
import {
  env,
  kill,
  killall,
  nice,
  nohup,
  pgrep,
  pidof,
  pkill,
  printenv,
  ps,
  sleep,
  time,
  timeout,
  watch,
} from './processes.ts'
import { sed } from './sed.ts'
import { sort } from './sort.ts'
import {
  basename,
  clear,
  df,
  dirname,
  du,
  hostname,
  id,
  mktemp,
  mount,
  nproc,
  pwd,
  readlink,
  realpath,
  stat,
  stty,
  sync,
  tty,
  uname,
  uptime,
  which,
  whoami,
} from './system.ts'
import { tar } from './tar.ts'
import { type Flavor, type Tool, toolProgram } from './tool.ts'
import { tr } from './tr.ts'
import { xargs } from './xargs.ts'

const TOOLS: Readonly<Record<string, Tool>> = {
  '[': test,
  awk,
  base64,
  basename,
  cat,
  chmod,
  chown,
  clear,
  cmp,
  column,
  cp,
  cut,
  date,
  dd,
  df,
  diff,
  dirname,
  du,
  echo,
  egrep: grep,
  env,
  expr,
  fallocate,
  false: fail,
  fgrep: grep,
  find,
  gawk: awk,
  grep,
  head,
  hexdump,
  hostname,
  id,
  kill,
  killall,
  less: pager,
  ln,
  ls,
  md5sum,
  mkdir,
  mkfifo,
  mktemp,
  more: pager,
  mount,
  mv,
  nice,
  nl,
  nohup,
  nproc,
  od,
  paste,
  pgrep,
  pidof,
  pkill,
  printenv,
  printf,
  ps,
  pwd,
  readlink,
  realpath,
  rev,
  rm,
  rmdir,
  sed,
  seq,
  sha256sum,
  sleep,
  sort,
  stat,
  stty,
  sync,
  tac,
  tail,
  tar,
  tee,
  test,
  time,
  timeout,
  touch,
  tr,
  true: succeed,
  truncate,
  tty,
  uname,
  uniq,
  uptime,
  watch,
  wc,
  which,
  whoami,
  xargs,
  yes,
}

function commandsOf(flavor: Flavor): Map<string, Program> {
  const commands = new Map<string, Program>()
  for (const [name, tool] of Object.entries(TOOLS)) commands.set(name, toolProgram(tool, flavor))
  return commands
}

/** Core utilities as GNU's, with bash and a Debian sh: the workstation and most images. */
export const coreCommands: ReadonlyMap<string, Program> = commandsOf('gnu')
  .set('bash', createShellProgram({ sh: 'dash' }))
  .set('sh', createShellProgram({ sh: 'dash' }))

/** The same tools in busybox's words, with ash as `sh` and no bash. */
export const busyboxCommands: ReadonlyMap<string, Program> = withoutGnuOnly(commandsOf('busybox'))
  .set('sh', createShellProgram({ sh: 'ash' }))
  .set('ash', createShellProgram({ sh: 'ash' }))

function withoutGnuOnly(commands: Map<string, Program>): Map<string, Program> {
  for (const name of ['gawk', 'column']) commands.delete(name)
  return commands
}
