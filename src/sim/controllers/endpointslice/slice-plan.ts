import type { Endpoint } from 'kubernetes-types/discovery/v1'
import type { EndpointSlice } from '#sim/apimachinery/kinds.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { EndpointPort } from '../endpoint/service-ports.ts'

/** Endpoints that offer the same ports; they may share slices. */
export type EndpointGroup = {
  readonly ports: readonly EndpointPort[] | null
  readonly endpoints: readonly Endpoint[]
}

export type SliceContent = {
  readonly ports: readonly EndpointPort[] | null
  readonly endpoints: readonly Endpoint[] | null
}

export type SlicePlan = {
  readonly create: readonly SliceContent[]
  readonly update: readonly { readonly slice: EndpointSlice; readonly content: SliceContent }[]
  readonly delete: readonly EndpointSlice[]
}

export const ENDPOINTS_PER_SLICE = 100

/**
 * The fewest changes that bring the slices in line: endpoints stay where they are, new ones fill
 * what has room, and a slice that is no longer needed becomes one that is. `same` remembers which
 * stored endpoints were found to say the same as which wanted ones.
 */
export function planSlices(
  existing: readonly EndpointSlice[],
  groups: readonly EndpointGroup[],
  isOutdated: (slice: EndpointSlice) => boolean,
  same?: WeakMap<Endpoint, Endpoint>,
): SlicePlan {
  const create: SliceContent[] = []
  const update: { slice: EndpointSlice; content: SliceContent }[] = []
  const spare: EndpointSlice[] = []
  const byPorts = new Map<string, EndpointSlice[]>()
  for (const slice of existing) {
    const key = portsKey(slice.ports as readonly EndpointPort[] | undefined)
    byPorts.set(key, [...(byPorts.get(key) ?? []), slice])
  }
  for (const group of groups) {
    const key = portsKey(group.ports)
    const mine = byPorts.get(key) ?? []
    byPorts.delete(key)
    const plan = planGroup(mine, group, isOutdated, same)
    create.push(...plan.create)
    update.push(...plan.update)
    spare.push(...plan.delete)
  }
  for (const slices of byPorts.values()) spare.push(...slices)
  // A slice with no endpoint stays where there is nothing to put in its place.
  if (create.length === 0 && existing.length === 0) create.push({ ports: null, endpoints: null })
  while (create.length > 0 && spare.length > 0) {
    const slice = spare.shift() as EndpointSlice // Just counted.
    update.push({ slice, content: create.shift() as SliceContent }) // Just counted.
  }
  const isLastStanding = update.length === 0 && create.length === 0 && spare.length > 0
  if (isLastStanding && spare.length === existing.length) {
    const [kept, ...rest] = spare as [EndpointSlice, ...EndpointSlice[]] // Just counted.
    if ((kept.endpoints ?? []).length === 0 && !isOutdated(kept))
      return { create, update, delete: rest }
    update.push({ slice: kept, content: { ports: null, endpoints: null } })
    return { create, update, delete: rest }
  }
  return { create, update, delete: spare }
}

function planGroup(
  slices: readonly EndpointSlice[],
  { ports, endpoints }: EndpointGroup,
  isOutdated: (slice: EndpointSlice) => boolean,
  same: WeakMap<Endpoint, Endpoint> | undefined,
): SlicePlan {
  const wanted = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
  const isKnownSame = (old: Endpoint, now: Endpoint): boolean => {
    if (same?.get(now) === old) return true
    if (!semanticallyEqual(old, now)) return false
    same?.set(now, old)
    return true
  }
  const kept: { slice: EndpointSlice; content: Endpoint[]; isChanged: boolean }[] = []
  for (const slice of slices) {
    const content: Endpoint[] = []
    let isChanged = isOutdated(slice)
    for (const old of slice.endpoints ?? []) {
      const key = endpointKey(old)
      const now = wanted.get(key)
      // One that is as it was stays the very same one, which spares everyone a look inside.
      const isSame = now !== undefined && isKnownSame(old, now)
      if (now !== undefined) content.push(isSame ? old : now)
      if (!isSame) isChanged = true
      wanted.delete(key)
    }
    kept.push({ slice, content, isChanged })
  }
  const fresh = [...wanted.values()]
  // Those that change anyhow are filled first, the fullest of them before the others.
  const order = kept.toSorted(
    (a, b) => Number(b.isChanged) - Number(a.isChanged) || b.content.length - a.content.length,
  )
  for (const one of order) {
    const room = ENDPOINTS_PER_SLICE - one.content.length
    if (fresh.length === 0 || room <= 0) continue
    one.content.push(...fresh.splice(0, room))
    one.isChanged = true
  }
  const create: SliceContent[] = []
  while (fresh.length > 0) create.push({ ports, endpoints: fresh.splice(0, ENDPOINTS_PER_SLICE) })
  return {
    create,
    update: kept
      .filter(({ isChanged, content }) => isChanged && content.length > 0)
      .map(({ slice, content }) => ({ slice, content: { ports, endpoints: content } })),
    delete: kept.filter(({ content }) => content.length === 0).map(({ slice }) => slice),
  }
}

/** A Pod's endpoint stays the same one whatever address it gets. */
function endpointKey(endpoint: Endpoint): string {
  return endpoint.targetRef?.uid ?? endpoint.addresses[0] ?? ''
}

function portsKey(ports: readonly EndpointPort[] | null | undefined): string {
  if (ports === null || ports === undefined) return ''
  return ports
    .map(
      ({ name, protocol, port, appProtocol }) => `${name}|${protocol}|${port}|${appProtocol ?? ''}`,
    )
    .toSorted()
    .join(',')
}
