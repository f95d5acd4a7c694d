import type { Draft } from '../resource.ts'

/**
 * What a refused update would have changed, as the lines of a unified diff between two indented
 * JSON texts.
 * Simplified: the real text numbers its lines by the server's internal type, with all its empty
 * members; ours shows the members that the objects have, in a hunk without numbers.
 */
export function changedLines(before: Draft, after: Draft): string {
  const old = JSON.stringify(internalNames(before), undefined, 1).split('\n')
  const now = JSON.stringify(internalNames(after), undefined, 1).split('\n')
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head++
  let tail = 0
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old.at(-1 - tail) === now.at(-1 - tail)
  ) {
    tail++
  }
  const from = Math.max(0, head - CONTEXT)
  const lines = [
    hunkHeader(from, old.length - tail, now.length - tail, tail),
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...now.slice(now.length - tail, now.length - tail + CONTEXT).map((line) => ` ${line}`),
  ]
  return `${lines.join('\n')}\n`
}

const CONTEXT = 3

function hunkHeader(from: number, oldEnd: number, nowEnd: number, tail: number): string {
  const after = Math.min(CONTEXT, tail)
  return `@@ -${from + 1},${oldEnd - from + after} +${from + 1},${nowEnd - from + after} @@`
}

/** Members as Go names them: the text shows the server's own type. */
function internalNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(internalNames)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      internalNames(member),
    ]),
  )
}
