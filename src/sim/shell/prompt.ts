import type { Task } from '#sim/kernel/process.ts'
import { formatDate } from './date-format.ts'
import { expandBody } from './expansion.ts'
import type { Dialect, Shell } from './shell.ts'

const DEFAULTS: Readonly<Record<Dialect, string>> = {
  bash: '\\u@\\h:\\w\\$ ',
  ash: '\\w \\$ ',
  dash: '\\$ ',
}

/** The text of PS1 or PS2 with its escapes and expansions. */
export function* promptText(shell: Shell, name: 'PS1' | 'PS2'): Task<string> {
  const format = shell.variables.text(name) ?? (name === 'PS1' ? DEFAULTS[shell.dialect] : '> ')
  const decoded = decodeEscapes(shell, format)
  const status = shell.lastStatus
  const text = yield* expandBody(shell, decoded)
  shell.lastStatus = status
  return text
}

function decodeEscapes(shell: Shell, format: string): string {
  return format.replace(/\\(\[|\]|[0-7]{1,3}|[\s\S])/g, (whole, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
    return ESCAPES[code]?.(shell) ?? whole
  })
}

const ESCAPES: Readonly<Record<string, (shell: Shell) => string>> = {
  u: (shell) => shell.variables.text('USER') ?? 'root',
  h: (shell) => shell.proc.host.hostname.split('.')[0] ?? '',
  H: (shell) => shell.proc.host.hostname,
  w: workingDirectory,
  W: (shell) => workingDirectory(shell).split('/').at(-1) || '/',
  $: (shell) => ((shell.variables.text('USER') ?? 'root') === 'root' ? '#' : '$'),
  n: () => '\n',
  r: () => '\r',
  s: (shell) => shell.messageName,
  v: () => '5.2',
  V: () => '5.2.37',
  j: (shell) => String(shell.jobs.list().length),
  '!': (shell) => String(shell.historyEntries.length + 1),
  '#': (shell) => String(shell.historyEntries.length + 1),
  e: () => '\x1b',
  a: () => '\x07',
  '\\': () => '\\\\',
  '[': () => '',
  ']': () => '',
  t: (shell) => formatDate(shell.proc.host.simulation.unixMs, '%H:%M:%S'),
  T: (shell) => formatDate(shell.proc.host.simulation.unixMs, '%I:%M:%S'),
  A: (shell) => formatDate(shell.proc.host.simulation.unixMs, '%H:%M'),
  '@': (shell) => formatDate(shell.proc.host.simulation.unixMs, '%I:%M %p'),
  d: (shell) => formatDate(shell.proc.host.simulation.unixMs, '%a %b %d'),
}

function workingDirectory(shell: Shell): string {
  const home = shell.variables.text('HOME')
  const { cwd } = shell.proc
  if (home === undefined || home === '/') return cwd
  return cwd === home || cwd.startsWith(`${home}/`) ? `~${cwd.slice(home.length)}` : cwd
}
