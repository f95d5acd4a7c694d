const CONTEXT = 3

type Line = { readonly mark: ' ' | '-' | '+'; readonly text: string }

/** Two values as indented JSON, compared line by line: the hunks of a unified diff. */
export function unifiedDiff(before: unknown, after: unknown): string {
  const lines = diffLines(jsonLines(before), jsonLines(after))
  const shown = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some((near) => near.mark !== ' '),
  )
  let text = ''
  let [old, now] = [1, 1]
  for (let at = 0; at < lines.length;) {
    const end = endOfRun(shown, at)
    const run = lines.slice(at, end)
    const oldCount = run.filter((line) => line.mark !== '+').length
    const nowCount = run.filter((line) => line.mark !== '-').length
    if (shown[at] === true) {
      text += `@@ -${old},${oldCount} +${now},${nowCount} @@\n`
      for (const line of run) text += `${line.mark}${line.text}\n`
    }
    old += oldCount
    now += nowCount
    at = end
  }
  return text
}

function jsonLines(value: unknown): string[] {
  return JSON.stringify(value, undefined, 1).split('\n')
}

function endOfRun(shown: readonly boolean[], from: number): number {
  let end = from
  while (end < shown.length && shown[end] === shown[from]) end++
  return end
}

/** By the longest common subsequence, taken away first where there is a choice. */
function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  const common = commonLengths(before, after)
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]]
    if (old !== undefined && old === now) {
      lines.push({ mark: ' ', text: old })
      i++
      j++
    } else if (
      old !== undefined &&
      (now === undefined || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))
    ) {
      lines.push({ mark: '-', text: old })
      i++
    } else {
      lines.push({ mark: '+', text: now ?? '' })
      j++
    }
  }
  return lines
}

/** How many lines the rests from i and from j have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    Array.from({ length: after.length + 1 }, () => 0),
  )
  for (let i = before.length - 1; i >= 0; i--) {
    const [row, below] = [lengths[i] ?? [], lengths[i + 1] ?? []]
    for (let j = after.length - 1; j >= 0; j--) {
      row[j] =
        before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return lengths
}
