import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { invariant } from '#sim/kernel/invariant.ts'
import type { Random } from '#sim/kernel/random.ts'
import type { StorageChange } from './audit.ts'

const NODE_PORT_MIN = 30_000
const NODE_PORT_MAX = 32_767
/** What is given out unasked leaves the low addresses to those who ask for one. */
const DYNAMIC_OFFSET_MIN = 257
const DYNAMIC_OFFSET_MAX = 0xffff

/**
 * Addresses and ports of Services. What is taken is read off the stored Services, so a refused
 * request or a dry run leaves nothing behind.
 */
export class AddressPools {
  readonly #random: Random
  readonly #serviceNetwork: number
  readonly #taken = new Map<string, number>()

  /** `serviceNetwork` is the first address of the range of Services, such as `10.96.0.0`. */
  constructor(random: Random, serviceNetwork: string) {
    const first = parseIp(serviceNetwork)
    invariant(first !== undefined, `${serviceNetwork} is no network of Services`)
    this.#random = random
    this.#serviceNetwork = first
  }

  observe({ resource, object, old, type }: StorageChange): void {
    if (resource !== 'services') return
    if (old !== undefined) for (const key of addressesOf(old)) this.#count(key, -1)
    if (type !== 'DELETED') for (const key of addressesOf(object)) this.#count(key, 1)
  }

  /** Undefined when the wanted one is taken or lies outside, or when nothing is left. */
  allocate(
    pool: 'clusterIP' | 'nodePort',
    wanted: string | undefined,
    takenNow: Set<string>,
  ): string | undefined {
    const isFree = (key: string) => !this.#taken.has(key) && !takenNow.has(key)
    if (wanted !== undefined) {
      if (!this.#isInPool(pool, wanted) || !isFree(wanted)) return undefined
      takenNow.add(wanted)
      return wanted
    }
    for (let tries = 0; tries < 100_000; tries++) {
      const key = pool === 'clusterIP' ? this.#anyAddress() : this.#anyPort()
      if (!isFree(key)) continue
      takenNow.add(key)
      return key
    }
    return undefined
  }

  #anyAddress(): string {
    return formatIp(this.#serviceNetwork + this.#random.int(DYNAMIC_OFFSET_MIN, DYNAMIC_OFFSET_MAX))
  }

  #isInPool(pool: 'clusterIP' | 'nodePort', wanted: string): boolean {
    if (pool === 'nodePort') {
      const port = Number(wanted)
      return Number.isInteger(port) && port >= NODE_PORT_MIN && port <= NODE_PORT_MAX
    }
    const address = parseIp(wanted)
    const network = this.#serviceNetwork
    return address !== undefined && address > network && address < network + 0xfffff
  }

  #anyPort(): string {
    return String(this.#random.int(NODE_PORT_MIN, NODE_PORT_MAX))
  }

  #count(key: string, by: 1 | -1): void {
    const count = (this.#taken.get(key) ?? 0) + by
    if (count > 0) this.#taken.set(key, count)
    else this.#taken.delete(key)
  }
}

type ServiceLike = {
  readonly spec?: {
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly ports?: readonly { readonly nodePort?: number }[]
    readonly healthCheckNodePort?: number
  }
}

function addressesOf(service: KubeObject): Set<string> {
  const { spec } = service as KubeObject & ServiceLike
  const found = new Set([...(spec?.clusterIPs ?? []), spec?.clusterIP ?? ''])
  for (const { nodePort } of spec?.ports ?? [])
    if (nodePort !== undefined) found.add(String(nodePort))
  if (spec?.healthCheckNodePort !== undefined) found.add(String(spec.healthCheckNodePort))
  found.delete('')
  found.delete('None')
  return found
}

function parseIp(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  return match.slice(1).reduce((sum, octet) => sum * 256 + Number(octet), 0)
}

function formatIp(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
}
