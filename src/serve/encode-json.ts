const PRETTY_AGENTS = ['curl/', 'Wget/', 'Mozilla']

/** A body as the real server writes it: escaped as Go escapes, compact unless a person reads. */
export function encodeJson(body: unknown, isPretty: boolean): string {
  const text = isPretty ? JSON.stringify(body, null, 2) : `${JSON.stringify(body)}\n`
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function wantsPretty(userAgent: string, pretty: string | null): boolean {
  if (pretty !== null) return pretty !== '0' && pretty !== 'false'
  return PRETTY_AGENTS.some((agent) => userAgent.startsWith(agent))
}
