/** What the command in the foreground is about, in a word; empty at the prompt. */
export function foregroundWord(command: string): string {
  if (command === '') return ''
  if (/\s(-w|--watch(=true)?|--watch-only)(\s|$)/.test(command)) return 'watching'
  if (/^kubectl\s+(rollout\s+status|wait)\b/.test(command)) return 'waiting'
  if (/^kubectl\s+logs\b.*\s(-f|--follow)(\s|$)/.test(command)) return 'following'
  if (/^(kubectl\s+(exec|run|attach)\b)/.test(command)) return 'in a container'
  return command.split(/\s+/, 1)[0] ?? ''
}

/** How a person gets the terminal back. */
export function wayBack(command: string): string {
  const isShell = foregroundWord(command) === 'in a container' && IS_INTERACTIVE.test(command)
  return isShell ? 'exit leaves it' : 'running, Ctrl C stops it'
}

const IS_INTERACTIVE = /\s(-it|-ti|-t|--tty(=true)?)(\s|$)/
