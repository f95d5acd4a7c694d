import type { Task } from '#sim/kernel/process.ts'
import { shellQuote } from './parameters.ts'
import type { Shell } from './shell.ts'

/** Prints one line of `set -x`; the first character of PS4 tells how deep. */
export function traceText(shell: Shell, text: string): Task {
  const prefix = shell.variables.text('PS4') ?? '+ '
  const mark = prefix.slice(0, 1).repeat(shell.traceDepth)
  return shell.proc.write(2, `${mark}${prefix.slice(1)}${text}\n`)
}

export function quoteForTrace(text: string): string {
  if (text !== '' && (shellQuote(text) === text || text === ':')) return text
  return `'${text.replaceAll("'", "'\\''")}'`
}
