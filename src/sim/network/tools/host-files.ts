import { type Host, type HostNetwork, OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { parseResolvConf, type ResolvConf, resolveHost, type Resolved } from '../resolver.ts'

/** The text of a file of this host, or undefined where there is none. */
function readHostFile(host: Host, path: string): string | undefined {
  try {
    return host.fs.readText(path)
  } catch (error) {
    if (error instanceof OsError) return undefined
    throw error
  }
}

export function networkOf(proc: OsProcess): HostNetwork {
  const { network } = proc.host
  if (network === undefined) throw new OsError('ENETUNREACH')
  return network
}

export function resolvConfOf(host: Host): ResolvConf {
  return parseResolvConf(readHostFile(host, '/etc/resolv.conf') ?? '')
}

/** getaddrinfo, with the name under which the address was found. */
export function resolveName(proc: OsProcess, name: string): Task<Resolved | undefined> {
  const network = networkOf(proc)
  return resolveHost(name, { read: (path) => readHostFile(proc.host, path) }, (server, question) =>
    network.query(server, question),
  )
}
