import type { DnsAnswer, DnsQuestion } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { isIpAddress } from './addresses.ts'

export type ResolvConf = {
  readonly nameservers: readonly string[]
  readonly search: readonly string[]
  readonly ndots: number
}

export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = []
  let search: readonly string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && values[0] !== undefined) nameservers.push(values[0])
    else if (keyword === 'search' || keyword === 'domain') search = values
    else if (keyword === 'options') {
      for (const option of values) if (/^ndots:\d+$/.test(option)) ndots = Number(option.slice(6))
    }
  }
  return { nameservers, search, ndots }
}

/** Lines of /etc/hosts: an address and its names. */
function parseHosts(text: string): readonly { ip: string; names: readonly string[] }[] {
  const entries: { ip: string; names: readonly string[] }[] = []
  for (const line of text.split('\n')) {
    const [ip, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (ip !== undefined && ip !== '' && names.length > 0) entries.push({ ip, names })
  }
  return entries
}

/** The names a resolver tries for `name`, in order; none ends in a dot. */
export function searchCandidates(name: string, conf: ResolvConf): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const dots = name.split('.').length - 1
  const suffixed = conf.search.map((suffix) => `${name}.${suffix}`)
  return dots >= conf.ndots ? [name, ...suffixed] : [...suffixed, name]
}

export type ResolverFiles = { readonly read: (path: string) => string | undefined }

export type Query = (server: string, question: DnsQuestion) => Task<DnsAnswer>

export type Resolved = {
  readonly addresses: readonly string[]
  /** The full name under which they were found, without a trailing dot. */
  readonly name: string
  readonly source: 'literal' | 'hosts' | 'dns'
}

/** What getaddrinfo does: literal, /etc/hosts, then DNS along the search list. */
export function* resolveHost(
  name: string,
  files: ResolverFiles,
  query: Query,
): Task<Resolved | undefined> {
  if (isIpAddress(name)) return { addresses: [name], name, source: 'literal' }
  const listed = parseHosts(files.read('/etc/hosts') ?? '').filter(
    (entry) => isIpAddress(entry.ip) && entry.names.includes(name),
  )
  if (listed.length > 0) {
    return {
      addresses: listed.map((entry) => entry.ip),
      name: listed[0]?.names[0] ?? name,
      source: 'hosts',
    }
  }
  return yield* resolveInDns(name, parseResolvConf(files.read('/etc/resolv.conf') ?? ''), query)
}

function* resolveInDns(name: string, conf: ResolvConf, query: Query): Task<Resolved | undefined> {
  for (const candidate of searchCandidates(name, conf)) {
    const answer = yield* askInTurn(conf.nameservers, { name: candidate, type: 'A' }, query)
    // A server that does not answer will not know the other names either.
    if (answer === undefined || answer.code === 'TIMEOUT') return undefined
    const addresses = answer.answers.filter((record) => record.type === 'A')
    if (addresses.length > 0) {
      return { addresses: addresses.map((record) => record.data), name: candidate, source: 'dns' }
    }
  }
  return undefined
}

/** The first server that answers at all. */
function* askInTurn(
  servers: readonly string[],
  question: DnsQuestion,
  query: Query,
): Task<DnsAnswer | undefined> {
  let last: DnsAnswer | undefined
  for (const server of servers) {
    last = yield* query(server, question)
    if (last.code !== 'TIMEOUT') return last
  }
  return last
}
