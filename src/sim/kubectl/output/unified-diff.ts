const CONTEXT = 3

type Line = { readonly mark: ' ' | '-' | '+'; readonly text: string }

/** The hunks of a unified diff, without its head; empty where the texts are equal. */
export function unifiedDiff(before: string, after: string): string {
  const lines = diffLines(splitLines(before), splitLines(after))
  return hunksOf(lines)
    .map(({ from, to }) => hunkText(lines, from, to))
    .join('')
}

function splitLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** A shortest edit by the longest common subsequence; deletions stand before additions. */
function diffLines(a: readonly string[], b: readonly string[]): Line[] {
  const lengths = Array.from({ length: a.length + 1 }, () =>
    Array.from({ length: b.length + 1 }, () => 0),
  )
  const lengthAt = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i] ?? []
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] =
        a[i] === b[j]
          ? lengthAt(i + 1, j + 1) + 1
          : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1))
    }
  }
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ mark: ' ', text: a[i++] ?? '' })
      j++
    } else if (i < a.length && (j >= b.length || lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      lines.push({ mark: '-', text: a[i++] ?? '' })
    } else lines.push({ mark: '+', text: b[j++] ?? '' })
  }
  return lines
}

function hunksOf(lines: readonly Line[]): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = []
  for (const [at, { mark }] of lines.entries()) {
    if (mark === ' ') continue
    const from = Math.max(0, at - CONTEXT)
    const to = Math.min(lines.length, at + CONTEXT + 1)
    const last = hunks.at(-1)
    if (last !== undefined && from <= last.to) last.to = to
    else hunks.push({ from, to })
  }
  return hunks
}

function hunkText(lines: readonly Line[], from: number, to: number): string {
  const before = lines.slice(0, from)
  const inside = lines.slice(from, to)
  const range = (other: '-' | '+'): string => {
    const count = inside.filter(({ mark }) => mark === ' ' || mark === other).length
    const start =
      before.filter(({ mark }) => mark === ' ' || mark === other).length + (count > 0 ? 1 : 0)
    return count === 1 ? String(start) : `${start},${count}`
  }
  const body = inside.map(({ mark, text }) => `${mark}${text}\n`).join('')
  return `@@ -${range('-')} +${range('+')} @@\n${body}`
}
