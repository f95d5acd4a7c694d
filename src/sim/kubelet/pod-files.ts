import type { Pod } from '#sim/apimachinery/kinds.ts'
import { Device, FileInode } from '#sim/kernel/os/inodes.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { NetworkPlan } from '#sim/network/addresses.ts'

export type PodNames = {
  readonly hostname: string
  /** `web-0.nginx.default.svc.cluster.local`; the hostname alone without a subdomain. */
  readonly fullName: string
}

export function podNames(pod: Pod, clusterDomain: string): PodNames {
  const wanted = pod.spec?.hostname ?? pod.metadata.name
  const hostname = wanted.slice(0, 63).replace(/[-.]+$/, '')
  const subdomain = pod.spec?.subdomain
  const fullName =
    subdomain === undefined || subdomain === ''
      ? hostname
      : `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`
  return { hostname: pod.spec?.setHostnameAsFQDN === true ? fullName : hostname, fullName }
}

const HOSTS_HEAD = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`

export function hostsText(pod: Pod, names: PodNames, ip: string): string {
  const short = names.fullName.split('.')[0] ?? names.hostname
  const own = names.fullName === short ? short : `${names.fullName}\t${short}`
  const aliases = pod.spec?.hostAliases ?? []
  if (pod.spec?.hostNetwork === true) {
    return HOSTS_HEAD.replace('hosts file.', 'hosts file (host network).')
  }
  const lines = aliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}\n`)
  const appended = lines.length === 0 ? '' : `\n# Entries added by HostAliases.\n${lines.join('')}`
  return `${HOSTS_HEAD}${ip}\t${own}\n${appended}`
}

export function resolvConfText(pod: Pod, plan: NetworkPlan): string {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } = pod.spec ?? {}
  const usesCluster =
    dnsPolicy === 'ClusterFirstWithHostNet' ||
    (dnsPolicy === 'ClusterFirst' && hostNetwork !== true)
  const domain = plan.clusterDomain
  const search = usesCluster
    ? [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain]
    : []
  const nameservers = usesCluster
    ? [plan.dnsServiceIp]
    : dnsPolicy === 'None'
      ? []
      : [`${plan.nodePrefix}.1`]
  const options = new Map<string, string | undefined>(usesCluster ? [['ndots', '5']] : [])
  for (const { name, value } of dnsConfig?.options ?? []) {
    if (name !== undefined) options.set(name, value)
  }
  const allSearch = [...new Set([...search, ...(dnsConfig?.searches ?? [])])].slice(0, 32)
  const allServers = [...new Set([...nameservers, ...(dnsConfig?.nameservers ?? [])])].slice(0, 3)
  const lines = [
    ...(allSearch.length === 0 ? [] : [`search ${allSearch.join(' ')}`]),
    ...allServers.map((server) => `nameserver ${server}`),
    ...(options.size === 0
      ? []
      : [
          `options ${[...options].map(([name, value]) => (value === undefined ? name : `${name}:${value}`)).join(' ')}`,
        ]),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * Files that the kubelet keeps for a Pod and mounts into each of its containers: what one
 * container writes into /etc/hosts the others see.
 */
export class PodFiles {
  readonly #texts: ReadonlyMap<string, () => string>
  readonly #inodes = new Map<string, FileInode>()
  readonly #simulation: Simulation
  #device: Device | undefined

  constructor(texts: ReadonlyMap<string, () => string>, simulation: Simulation) {
    this.#texts = texts
    this.#simulation = simulation
  }

  get paths(): Iterable<string> {
    return this.#texts.keys()
  }

  read(path: string): string | undefined {
    const inode = this.#inodes.get(path)
    if (inode !== undefined) return decodeUtf8(inode.read(0, inode.size))
    return this.#texts.get(path)?.()
  }

  inode(path: string): FileInode {
    let inode = this.#inodes.get(path)
    if (inode === undefined) {
      const mtimeMs = this.#simulation.unixMs
      this.#device ??= new Device({ name: '/dev/sda1' })
      inode = new FileInode({ device: this.#device, mode: 0o644, mtimeMs })
      inode.links = 1
      inode.write(0, encodeUtf8(this.#texts.get(path)?.() ?? ''), mtimeMs)
      this.#inodes.set(path, inode)
    }
    return inode
  }
}
