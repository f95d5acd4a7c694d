import type { DnsAnswer, DnsRecord, DnsType, OsProcess, Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { isIpAddress, reverseName } from '../addresses.ts'
import { searchCandidates } from '../resolver.ts'
import { networkOf, resolvConfOf, resolveName } from './host-files.ts'

const TYPES: ReadonlySet<string> = new Set('A AAAA SRV PTR CNAME TXT NS SOA ANY MX'.split(' '))

/** nslookup of busybox up to 1.28: libc's resolver, and a reverse lookup of each address. */
export const nslookupOld: Program = function* (proc) {
  const [, name, serverArgument] = proc.argv
  if (name === undefined) {
    yield* proc.write(2, USAGE_OLD)
    return 1
  }
  const server = serverArgument ?? resolvConfOf(proc.host).nameservers[0] ?? '0.0.0.0'
  yield* proc.write(1, `Server:    ${server}\n`)
  yield* proc.write(1, `Address 1: ${yield* withReverseName(proc, server)}\n\n`)
  const found = yield* resolveName(proc, name)
  if (found === undefined) {
    yield* proc.write(2, `nslookup: can't resolve '${name}'\n`)
    return 1
  }
  yield* proc.write(1, `Name:      ${name}\n`)
  for (const [index, address] of found.addresses.entries()) {
    yield* proc.write(1, `Address ${index + 1}: ${yield* withReverseName(proc, address)}\n`)
  }
  return 0
}

const USAGE_OLD = `BusyBox v1.28.4 (2018-05-22 17:00:17 UTC) multi-call binary.

Usage: nslookup [HOST] [SERVER]

Query the nameserver for the IP address of the given HOST
optionally using a specified DNS server
`

function* withReverseName(proc: OsProcess, address: string): Task<string> {
  const found = yield* ask(proc, serverOf(proc), reverseName(address), 'PTR')
  const name = found.answers.find((record) => record.type === 'PTR')?.data
  return name === undefined ? address : `${address} ${trimDot(name)}`
}

/** nslookup of busybox from 1.29 on: its own resolver, which completes only names without a dot. */
export const nslookupBig: Program = function* (proc) {
  const request = parseArguments(proc)
  if (request === undefined) {
    yield* proc.write(2, USAGE_BIG)
    return 1
  }
  const { server, types } = request
  yield* proc.write(1, `Server:\t\t${server}\nAddress:\t${server}:53\n\n`)
  let status = 0
  for (const name of namesToAsk(proc, request.name)) {
    for (const type of isIpAddress(request.name) ? (['PTR'] as const) : types) {
      const answer = yield* ask(proc, server, name, type)
      if (answer.code === 'TIMEOUT') {
        yield* proc.write(1, ';; connection timed out; no servers could be reached\n\n')
        return 1
      }
      if (answer.code !== 'NOERROR') status = 1
      yield* proc.write(1, `${describeBig(name, answer)}\n`)
    }
  }
  return status
}

const USAGE_BIG = `BusyBox v1.36.1 (2023-05-18 22:34:17 UTC) multi-call binary.

Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any
`

function namesToAsk(proc: OsProcess, name: string): readonly string[] {
  if (isIpAddress(name)) return [reverseName(name)]
  if (name.includes('.')) return [name]
  const { search } = resolvConfOf(proc.host)
  return search.length === 0 ? [name] : search.map((suffix) => `${name}.${suffix}`)
}

function describeBig(name: string, answer: DnsAnswer): string {
  if (answer.code !== 'NOERROR') return `** server can't find ${name}: ${answer.code}\n`
  if (answer.answers.length === 0) return ''
  const heading = answer.isAuthoritative ? '' : 'Non-authoritative answer:\n'
  return heading + answer.answers.map((record) => `${recordLine(record, trimDot)}\n`).join('')
}

/** nslookup of bind-utils: completes names along the search list until one is found. */
export const nslookupBind: Program = function* (proc) {
  const request = parseArguments(proc)
  if (request === undefined) {
    yield* proc.write(2, 'Usage: nslookup [-type=QUERY_TYPE] HOST [DNS_SERVER]\n')
    return 1
  }
  const { server, types } = request
  if (isIpAddress(request.name)) return yield* reverseBind(proc, server, request.name)
  let last: DnsAnswer | undefined
  const candidates = searchCandidates(request.name, resolvConfOf(proc.host))
  for (const name of candidates) {
    const answer = yield* ask(proc, server, name, types[0] ?? 'A')
    last = answer
    if (answer.code === 'TIMEOUT') {
      yield* proc.write(1, ';; connection timed out; no servers could be reached\n\n')
      return 1
    }
    if (answer.code !== 'NOERROR') continue
    yield* proc.write(1, `Server:\t\t${server}\nAddress:\t${server}#53\n\n`)
    yield* proc.write(1, describeBind(name, answer))
    return 0
  }
  yield* proc.write(1, `Server:\t\t${server}\nAddress:\t${server}#53\n\n`)
  yield* proc.write(
    1,
    `** server can't find ${trimDot(request.name)}: ${last?.code ?? 'NXDOMAIN'}\n\n`,
  )
  return 1
}

function* reverseBind(proc: OsProcess, server: string, address: string): Task<number> {
  const name = reverseName(address)
  const answer = yield* ask(proc, server, name, 'PTR')
  if (answer.code !== 'NOERROR') {
    yield* proc.write(1, `** server can't find ${name}: ${answer.code}\n\n`)
    return 1
  }
  const lines = answer.answers.map((record) => `${name}\tname = ${record.data}\n`)
  yield* proc.write(1, `${lines.join('')}\n`)
  return 0
}

function describeBind(name: string, answer: DnsAnswer): string {
  if (answer.answers.length === 0) return `*** Can't find ${name}: No answer\n\n`
  return `${answer.answers.map((record) => `${recordLine(record, (text) => text)}\n`).join('')}\n`
}

function recordLine(record: DnsRecord, target: (name: string) => string): string {
  const name = trimDot(record.name)
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${name}\nAddress: ${record.data}`
    case 'CNAME':
      return `${name}\tcanonical name = ${target(record.data)}`
    case 'PTR':
      return `${name}\tname = ${target(record.data)}`
    case 'SRV':
      return `${name}\tservice = ${target(record.data)}`
    case 'NS':
      return `${name}\tnameserver = ${target(record.data)}`
    case 'TXT':
      return `${name}\ttext = ${record.data}`
    case 'MX':
      return `${name}\tmail exchanger = ${target(record.data)}`
    case 'SOA':
    case 'ANY':
      return `${name}\n${soaLines(record.data)}`
  }
}

function soaLines(data: string): string {
  const [origin = '', mail = '', serial, refresh, retry, expire, minimum] = data.split(' ')
  return `\torigin = ${trimDot(origin)}\n\tmail addr = ${trimDot(mail)}\n\tserial = ${serial}\n\trefresh = ${refresh}\n\tretry = ${retry}\n\texpire = ${expire}\n\tminimum = ${minimum}`
}

type LookupRequest = {
  readonly name: string
  readonly server: string
  readonly types: readonly DnsType[]
}

function parseArguments(proc: OsProcess): LookupRequest | undefined {
  const operands: string[] = []
  let types: readonly DnsType[] | undefined
  for (const word of proc.argv.slice(1)) {
    const option = /^-(?:type|query|q|querytype)=(.+)$/i.exec(word)
    if (option !== null) {
      const type = (option[1] ?? '').toUpperCase()
      if (!TYPES.has(type)) return undefined
      types = [type as DnsType] // One of the set above.
    } else if (!word.startsWith('-')) operands.push(word)
  }
  const [name, server] = operands
  if (name === undefined) return undefined
  return { name, server: server ?? serverOf(proc), types: types ?? ['A', 'AAAA'] }
}

function serverOf(proc: OsProcess): string {
  return resolvConfOf(proc.host).nameservers[0] ?? '127.0.0.1'
}

function ask(proc: OsProcess, server: string, name: string, type: DnsType): Task<DnsAnswer> {
  return networkOf(proc).query(server, { name, type })
}

function trimDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}
