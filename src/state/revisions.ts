/** Hashes of a set's revisions in the order the page first met them; the place is the letter. */
export type RevisionOrder = readonly string[]

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** `A` for the first revision seen; a letter stays with its hash when the set goes back to it. */
export function revisionLetter(order: RevisionOrder, hash: string | undefined): string {
  const place = hash === undefined ? -1 : order.indexOf(hash)
  if (place < 0) return '?'
  const letter = LETTERS[place % LETTERS.length] ?? '?'
  return place < LETTERS.length ? letter : `${letter}${Math.floor(place / LETTERS.length) + 1}`
}

/** A sentence that names revisions by their letters, as the page does everywhere. */
export function withLetters(order: RevisionOrder, text: string): string {
  return order.reduce((said, hash) => said.replaceAll(hash, revisionLetter(order, hash)), text)
}

/** Three hues, then again from the first; the letter goes on. */
export function revisionHue(order: RevisionOrder, hash: string | undefined): 'a' | 'b' | 'c' {
  const place = hash === undefined ? 0 : Math.max(0, order.indexOf(hash))
  return (['a', 'b', 'c'] as const)[place % 3] ?? 'a'
}

/** The same order where nothing is new, so that selectors see no change. */
export function withRevisions(order: RevisionOrder, hashes: readonly string[]): RevisionOrder {
  const added = hashes.filter(
    (hash, index) => hash !== '' && !order.includes(hash) && hashes.indexOf(hash) === index,
  )
  return added.length === 0 ? order : [...order, ...added]
}
