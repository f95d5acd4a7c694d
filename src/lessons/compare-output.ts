/** One line of what was expected and of what was printed, put side by side. */
export type ComparedLine = {
  readonly expected: string | undefined
  readonly actual: string | undefined
  readonly verdict: 'same' | 'varies' | 'missing' | 'extra'
  /** Why a line that varies is right all the same. */
  readonly reasons: readonly Reason[]
}

export type Reason = 'age' | 'address' | 'volume' | 'width'

/** What differs from run to run, and why, in words for the learner. */
export const REASONS: Readonly<Record<Reason, string>> = {
  age: 'an age depends on when you look',
  address: 'an address is given when a Pod starts',
  volume: 'a volume is named after its claim’s UID, which is new in every run',
  width: 'a column is as wide as its longest cell so far',
}

const MASKS: Readonly<Record<Exclude<Reason, 'width'>, RegExp>> = {
  volume: /\bpvc-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
  address: /\b\d{1,3}(?:\.\d{1,3}){3}\b/g,
  age: /(?<=\s)(?:\d+[dhms])+$/g,
}

/** Lines that mean the same stand beside each other; the others are missing or extra. */
export function compareOutput(expected: string, actual: string): readonly ComparedLine[] {
  const wanted = linesOf(expected)
  const got = linesOf(actual)
  const compared: ComparedLine[] = []
  let [i, j] = [0, 0]
  for (const [nextI, nextJ] of [...matches(wanted, got), [wanted.length, got.length] as const]) {
    for (; i < nextI; i++) compared.push(alone(wanted[i], undefined))
    for (; j < nextJ; j++) compared.push(alone(undefined, got[j]))
    if (i < wanted.length && j < got.length) compared.push(pair(wanted[i++] ?? '', got[j++] ?? ''))
  }
  return compared
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.trimEnd())
  while (lines.at(-1) === '') lines.pop()
  return lines
}

function alone(expected: string | undefined, actual: string | undefined): ComparedLine {
  return { expected, actual, verdict: actual === undefined ? 'missing' : 'extra', reasons: [] }
}

function pair(expected: string, actual: string): ComparedLine {
  if (expected === actual) return { expected, actual, verdict: 'same', reasons: [] }
  const reasons = (Object.keys(MASKS) as (keyof typeof MASKS)[]).filter(
    (reason) => found(reason, expected) !== found(reason, actual),
  )
  const isWidth = reasons.length === 0
  return { expected, actual, verdict: 'varies', reasons: isWidth ? ['width'] : reasons }
}

function found(reason: keyof typeof MASKS, line: string): string {
  return (line.match(MASKS[reason]) ?? []).join(' ')
}

/** A line without what varies: equal for lines that mean the same. */
function masked(line: string): string {
  let text = line
  for (const [reason, pattern] of Object.entries(MASKS))
    text = text.replaceAll(pattern, `<${reason}>`)
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** The longest common subsequence of masked lines, as pairs of indexes. */
function matches(
  wanted: readonly string[],
  got: readonly string[],
): readonly (readonly [number, number])[] {
  const left = wanted.map((line) => masked(line))
  const right = got.map((line) => masked(line))
  // lengths[i][j]: how many lines match from i and j on.
  const lengths = [...left, ''].map(() => Array.from({ length: right.length + 1 }, () => 0))
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const row = lengths[i] ?? []
      row[j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pairs: [number, number][] = []
  let [i, j] = [0, 0]
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return pairs
}
