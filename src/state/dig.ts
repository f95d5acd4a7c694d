import type { QueryAnswer } from '#worker/protocol.ts'

/** The full names a Pod's resolver tries for what was typed, in its order: few dots, search first. */
export function searchNames(typed: string, namespace: string): readonly string[] {
  if (typed.endsWith('.')) return [typed]
  const search = [`${namespace}.svc.cluster.local.`, 'svc.cluster.local.', 'cluster.local.']
  const dots = typed.split('.').length - 1
  const searched = search.map((end) => `${typed}.${end}`)
  return dots >= 5 ? [`${typed}.`, ...searched] : [...searched, `${typed}.`]
}

/** `3.1.244.10.in-addr.arpa.` for an address; other names as they are. */
export function reverseName(typed: string): string {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(typed)
  return match === null ? typed : `${match.slice(1).toReversed().join('.')}.in-addr.arpa.`
}

/** An answer in the sections `dig` prints. */
export function digText(name: string, type: string, answer: QueryAnswer): string {
  if (answer.code === 'TIMEOUT') return ';; no servers could be reached'
  const flags = answer.isAuthoritative ? 'qr aa rd' : 'qr rd'
  const sections = [
    [`;; status: ${answer.code}`, `;; flags: ${flags}`],
    [';; QUESTION SECTION:', `;${dotted(name)} IN ${type}`],
    section('ANSWER', answer.answers),
    section('AUTHORITY', answer.authority),
    section('ADDITIONAL', answer.additional),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function section(title: string, records: QueryAnswer['answers']): readonly string[] {
  if (records.length === 0) return []
  return [
    `;; ${title} SECTION:`,
    ...records.map(
      ({ name, ttlSeconds, type, data }) => `${dotted(name)} ${ttlSeconds} IN ${type} ${data}`,
    ),
  ]
}

function dotted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}
