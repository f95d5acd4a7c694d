import type { DnsAnswer, DnsRecord, DnsType, OsProcess, Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { isIpAddress, reverseName } from '../addresses.ts'
import { searchCandidates } from '../resolver.ts'
import { networkOf, resolvConfOf, resolveName } from './host-files.ts'

const TYPES: ReadonlySet<string> = new Set('A AAAA SRV PTR CNAME TXT NS SOA ANY MX'.split(' '))
const DIG_VERSION = '9.18.24'

type Question = {
  readonly name: string
  readonly type: DnsType
  readonly server: string
  readonly options: ReadonlySet<string>
}

export const dig: Program = function* (proc) {
  const question = parseQuestion(proc)
  const { server, type, options } = question
  const started = proc.host.simulation.now
  const candidates = options.has('search')
    ? searchCandidates(question.name, resolvConfOf(proc.host))
    : [question.name]
  let name = question.name
  let answer: DnsAnswer | undefined
  for (name of candidates) {
    answer = yield* networkOf(proc).query(server, { name, type })
    if (answer.code !== 'NXDOMAIN') break
  }
  if (answer === undefined || answer.code === 'TIMEOUT') {
    yield* proc.write(1, options.has('short') ? '' : `\n${banner(proc)}`)
    yield* proc.write(1, `;; communications error to ${server}#53: timed out\n`)
    yield* proc.write(1, ';; no servers could be reached\n')
    return 9
  }
  if (options.has('short')) {
    yield* proc.write(1, answer.answers.map((record) => `${record.data}\n`).join(''))
    return 0
  }
  const tookMs = Math.round(proc.host.simulation.now - started)
  yield* proc.write(1, report(proc, { ...question, name }, answer, tookMs))
  return 0
}

function parseQuestion(proc: OsProcess): Question {
  let server = resolvConfOf(proc.host).nameservers[0] ?? '127.0.0.1'
  let name: string | undefined
  let type: DnsType = 'A'
  const options = new Set<string>()
  const words = proc.argv.slice(1)
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word.startsWith('@')) server = word.slice(1)
    else if (word.startsWith('+')) options.add(word.slice(1))
    else if (word === '-x') {
      name = reverseName(words[++i] ?? '')
      type = 'PTR'
    } else if (word === '-t') type = typeOf(words[++i] ?? '') ?? type
    else if (word.startsWith('-')) continue
    else if (name !== undefined || typeOf(word) !== undefined) type = typeOf(word) ?? type
    else name = word
  }
  return { name: name ?? '.', type, server, options }
}

function typeOf(word: string): DnsType | undefined {
  const upper = word.toUpperCase()
  return TYPES.has(upper) ? (upper as DnsType) : undefined // One of the set.
}

function banner(proc: OsProcess): string {
  return `; <<>> DiG ${DIG_VERSION} <<>> ${proc.argv.slice(1).join(' ')}\n;; global options: +cmd\n`
}

function report(proc: OsProcess, question: Question, answer: DnsAnswer, tookMs: number): string {
  const { simulation } = proc.host
  const name = absolute(question.name)
  const id = (simulation.eventsTotal * 7919) % 65536
  const flags = answer.isAuthoritative ? 'qr aa rd' : 'qr rd ra'
  const counts = `QUERY: 1, ANSWER: ${answer.answers.length}, AUTHORITY: ${answer.authority.length}, ADDITIONAL: ${answer.additional.length + 1}`
  const lines = [
    '',
    banner(proc) + ';; Got answer:',
    `;; ->>HEADER<<- opcode: QUERY, status: ${answer.code}, id: ${id}`,
    `;; flags: ${flags}; ${counts}`,
    ...(answer.isAuthoritative ? [';; WARNING: recursion requested but not available'] : []),
    '',
    ';; OPT PSEUDOSECTION:',
    '; EDNS: version: 0, flags:; udp: 1232',
    ';; QUESTION SECTION:',
    `;${name}\t\tIN\t${question.type}`,
    '',
    ...section('ANSWER', answer.answers),
    ...section('AUTHORITY', answer.authority),
    ...section('ADDITIONAL', answer.additional),
    `;; Query time: ${tookMs} msec`,
    `;; SERVER: ${question.server}#53(${question.server}) (UDP)`,
    `;; WHEN: ${digDate(simulation.unixMs)}`,
    `;; MSG SIZE  rcvd: ${messageSize(question, answer)}`,
    '',
    '',
  ]
  return lines.join('\n')
}

function section(title: string, records: readonly DnsRecord[]): readonly string[] {
  if (records.length === 0) return []
  return [`;; ${title} SECTION:`, ...records.map(recordLine), '']
}

function recordLine(record: DnsRecord): string {
  const { name, ttlSeconds, type, data } = record
  // Columns are tab stops: a short name needs more tabs to reach the next one.
  const tabs = '\t'.repeat(Math.max(1, 3 - Math.floor(name.length / 8)))
  return name.length >= 24
    ? `${name} ${ttlSeconds} IN\t${type}\t${data}`
    : `${name}${tabs}${ttlSeconds}\tIN\t${type}\t${data}`
}

/** What the message takes on the wire, names uncompressed as CoreDNS sends them. */
function messageSize(question: Question, answer: DnsAnswer): number {
  const wire = (name: string) => name.length + (name.endsWith('.') ? 1 : 2)
  const records = [...answer.answers, ...answer.authority, ...answer.additional]
  const size = (record: DnsRecord) => {
    const data = record.type === 'A' ? 4 : record.type === 'SRV' ? 6 : record.data.length + 1
    const target = record.type === 'SRV' ? wire(record.data.split(' ')[3] ?? '') : 0
    return wire(record.name) + 10 + data + target
  }
  const body = records.reduce((sum, record) => sum + size(record), 0)
  return 12 + wire(question.name) + 4 + 11 + body
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

function digDate(unixMs: number): string {
  const date = new Date(unixMs)
  const day = String(date.getUTCDate()).padStart(2, '0')
  const time = date.toISOString().slice(11, 19)
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} UTC ${date.getUTCFullYear()}`
}

function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}

/** host(1) of bind-utils. */
export const host: Program = function* (proc) {
  const words = proc.argv.slice(1)
  const typeAt = words.indexOf('-t')
  const asked = typeAt < 0 ? undefined : typeOf(words[typeAt + 1] ?? '')
  const operands = typeAt < 0 ? words : words.toSpliced(typeAt, 2)
  const [name, server = resolvConfOf(proc.host).nameservers[0] ?? '127.0.0.1'] = operands
  if (name === undefined) {
    yield* proc.write(2, 'Usage: host [-t type] {name} [server]\n')
    return 1
  }
  const type = asked ?? (isIpAddress(name) ? 'PTR' : 'A')
  const candidates = isIpAddress(name)
    ? [reverseName(name)]
    : searchCandidates(name, resolvConfOf(proc.host))
  let code = 'NXDOMAIN'
  for (const candidate of candidates) {
    const answer = yield* networkOf(proc).query(server, { name: candidate, type })
    code = answer.code
    if (code === 'TIMEOUT') {
      yield* proc.write(1, ';; connection timed out; no servers could be reached\n')
      return 1
    }
    if (code !== 'NOERROR') continue
    yield* writeHostAnswer(proc, candidate, type, answer)
    return 0
  }
  yield* proc.write(1, `Host ${candidates.at(-1) ?? name} not found: 3(${code})\n`)
  return 1
}

function* writeHostAnswer(proc: OsProcess, name: string, type: DnsType, answer: DnsAnswer): Task {
  if (answer.answers.length === 0) {
    yield* proc.write(1, `${name} has no ${type} record\n`)
    return
  }
  const verbs: Partial<Record<DnsType, string>> = {
    A: 'has address',
    AAAA: 'has IPv6 address',
    PTR: 'domain name pointer',
    SRV: 'has SRV record',
    CNAME: 'is an alias for',
  }
  const line = (record: DnsRecord) =>
    `${record.name.replace(/\.$/, '')} ${verbs[record.type] ?? `has ${record.type} record`} ${record.data}\n`
  yield* proc.write(1, answer.answers.map(line).join(''))
}

/** getent of glibc, for the databases that know hosts. */
export const getent: Program = function* (proc) {
  const [, database, ...names] = proc.argv
  if (database !== 'hosts' && database !== 'ahosts' && database !== 'ahostsv4') {
    yield* proc.write(2, `Unknown database: ${database ?? ''}\n`)
    return 1
  }
  for (const name of names) {
    const found = yield* resolveName(proc, name)
    if (found === undefined) return 2
    for (const address of found.addresses) {
      const alias = found.name === name ? '' : `  ${name}`
      yield* proc.write(
        1,
        database === 'hosts'
          ? `${address.padEnd(15)} ${found.name}${alias}\n`
          : `${address.padEnd(15)} STREAM ${found.name}\n${address.padEnd(15)} DGRAM  \n${address.padEnd(15)} RAW    \n`,
      )
    }
  }
  return 0
}
