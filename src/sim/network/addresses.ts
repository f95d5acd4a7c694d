import { invariant } from '#sim/kernel/invariant.ts'

/** Which addresses a cluster uses; the tutorial's cluster of 2018 had others than kind has. */
export type NetworkPlan = {
  /** First two bytes of the Pod network, such as `10.244`. */
  readonly podPrefix: string
  /** First three bytes of the nodes' network. */
  readonly nodePrefix: string
  readonly dnsServiceIp: string
  readonly clusterDomain: string
}

export const NETWORK_PLANS = {
  '1.36': {
    podPrefix: '10.244',
    nodePrefix: '172.18.0',
    dnsServiceIp: '10.96.0.10',
    clusterDomain: 'cluster.local',
  },
  '1.10': {
    podPrefix: '100.96',
    nodePrefix: '172.20.32',
    dnsServiceIp: '100.64.0.10',
    clusterDomain: 'cluster.local',
  },
} as const satisfies Record<'1.36' | '1.10', NetworkPlan>

const FIRST_HOST = 2
const LAST_HOST = 254

/** `10.244.3` for the fourth node: one /24 a node. */
export function podSubnet(podPrefix: string, nodeIndex: number): string {
  const [first = '10', second = '0'] = podPrefix.split('.')
  const carried = Number(second) + Math.floor(nodeIndex / 256)
  return `${first}.${carried}.${nodeIndex % 256}`
}

/** Nodes beyond the first 250 go to the next /24. */
export function nodeAddress(nodePrefix: string, nodeIndex: number): string {
  const [first = '172', second = '18', third = '0'] = nodePrefix.split('.')
  return `${first}.${second}.${Number(third) + Math.floor(nodeIndex / 250)}.${(nodeIndex % 250) + 2}`
}

/**
 * The addresses of one node's Pods. Each allocation goes on behind the last one, so an address
 * that has just been freed is not given to the next Pod.
 *
 * Upstream: the host-local plugin of CNI.
 */
export class AddressPool {
  readonly subnet: string
  readonly #used = new Set<number>()
  #last = FIRST_HOST - 1

  constructor(subnet: string) {
    this.subnet = subnet
  }

  /** Undefined when all are taken. */
  allocate(): string | undefined {
    for (let tries = FIRST_HOST; tries <= LAST_HOST; tries++) {
      this.#last = this.#last >= LAST_HOST ? FIRST_HOST : this.#last + 1
      if (this.#used.has(this.#last)) continue
      this.#used.add(this.#last)
      return `${this.subnet}.${this.#last}`
    }
    return undefined
  }

  release(ip: string): void {
    invariant(ip.startsWith(`${this.subnet}.`), `${ip} is not of ${this.subnet}.0/24`)
    this.#used.delete(Number(ip.slice(this.subnet.length + 1)))
  }

  /** How many are given out. */
  get size(): number {
    return this.#used.size
  }

  contains(ip: string): boolean {
    return ip.startsWith(`${this.subnet}.`)
  }
}

export function isIpAddress(text: string): boolean {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return false
  return text.split('.').every((part) => Number(part) <= 255)
}

export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.')
}

/** `5.1.244.10.in-addr.arpa` for 10.244.1.5. */
export function reverseName(ip: string): string {
  return `${ip.split('.').reverse().join('.')}.in-addr.arpa`
}
