import { unescapeAnsi } from './parameters.ts'

/** What `echo` prints; `-n`, `-e` and `-E` count only in front. */
export function echoText(args: readonly string[]): string {
  let endsLine = true
  let escapes = false
  let first = 0
  for (; first < args.length; first++) {
    const flags = /^-([neE]+)$/.exec(args[first] ?? '')?.[1]
    if (flags === undefined) break
    for (const flag of flags) {
      if (flag === 'n') endsLine = false
      else escapes = flag === 'e'
    }
  }
  const text = args.slice(first).join(' ')
  if (!escapes) return endsLine ? `${text}\n` : text
  const unescaped = unescapeAnsi(text, { zeroOctal: true })
  return endsLine && !unescaped.isStopped ? `${unescaped.text}\n` : unescaped.text
}
