/**
 * What the page says of the present, said of the past: `web-1 waits until web-0 is Ready` becomes
 * `web-1 waited until web-0 was Ready`. For our own sentences, whose verbs are all in the table.
 */
export function inPast(text: string): string {
  return text.replaceAll(WORDS, (word) => PAST[word] ?? word)
}

/** Verbs as our sentences have them. */
const PAST: Readonly<Record<string, string>> = {
  is: 'was',
  are: 'were',
  has: 'had',
  have: 'had',
  does: 'did',
  can: 'could',
  cannot: 'could not',
  waits: 'waited',
  wait: 'waited',
  creates: 'created',
  updates: 'updated',
  deletes: 'deleted',
  repairs: 'repaired',
  keeps: 'kept',
  stops: 'stopped',
  ends: 'ended',
  asks: 'asked',
  says: 'said',
  fails: 'failed',
  runs: 'ran',
  run: 'ran',
  takes: 'took',
  go: 'went',
  goes: 'went',
  start: 'started',
  starts: 'started',
  tries: 'tried',
  looks: 'looked',
  adopts: 'adopted',
  stay: 'stayed',
  stays: 'stayed',
  gets: 'got',
  occupies: 'occupied',
  owns: 'owned',
}

// Part of a name, such as `is-0`, is no verb; what would happen stays as it is.
const WORDS = new RegExp(`(?<![\\w-]|would )(${Object.keys(PAST).join('|')})(?![\\w-])`, 'g')
