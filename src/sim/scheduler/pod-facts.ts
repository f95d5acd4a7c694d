import type { Container, PodAffinityTerm } from 'kubernetes-types/core/v1'
import { type HostPort, hostPorts } from '#sim/apimachinery/host-ports.ts'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { numberSums, podAmounts } from '#sim/apimachinery/pod-amounts.ts'
import { quantityMillis, quantityValue } from '#sim/apimachinery/quantity.ts'

/** Amounts by resource: cpu in thousandths, everything else in whole units. */
export type Amounts = ReadonlyMap<string, number>

/** What the scheduler wants to know of a Pod's spec, worked out once. */
export type PodFacts = {
  readonly requests: Amounts
  /** What counts for scores: containers that ask for nothing still take something. */
  readonly scoredCpu: number
  readonly scoredMemory: number
  readonly hostPorts: readonly HostPort[]
  readonly requiredAffinity: readonly PodAffinityTerm[]
  readonly requiredAntiAffinity: readonly PodAffinityTerm[]
}

const DEFAULT_CPU_MILLIS = 100
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024

const cached = new WeakMap<object, PodFacts>()

export function podFacts(pod: Pod): PodFacts {
  const spec = pod.spec
  if (spec === undefined) return EMPTY
  let facts = cached.get(spec)
  if (facts === undefined) {
    facts = newPodFacts(spec)
    cached.set(spec, facts)
  }
  return facts
}

export function podPriority(pod: Pod): number {
  return pod.spec?.priority ?? 0
}

const EMPTY: PodFacts = {
  requests: new Map(),
  scoredCpu: 0,
  scoredMemory: 0,
  hostPorts: [],
  requiredAffinity: [],
  requiredAntiAffinity: [],
}

type Spec = NonNullable<Pod['spec']>

function newPodFacts(spec: Spec): PodFacts {
  const requests = podRequests(spec, requestsOf)
  const scored = podRequests(spec, (container) => {
    const amounts = requestsOf(container)
    if (!amounts.has('cpu')) amounts.set('cpu', DEFAULT_CPU_MILLIS)
    if (!amounts.has('memory')) amounts.set('memory', DEFAULT_MEMORY_BYTES)
    return amounts
  })
  return {
    requests,
    scoredCpu: scored.get('cpu') ?? 0,
    scoredMemory: scored.get('memory') ?? 0,
    hostPorts: hostPorts(spec),
    requiredAffinity:
      spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    requiredAntiAffinity:
      spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
  }
}

function podRequests(
  spec: Spec,
  requestsOfContainer: (container: Container) => Map<string, number>,
): Map<string, number> {
  const total = podAmounts(spec, requestsOfContainer, numberSums)
  if (spec.overhead !== undefined) numberSums.add(total, amountsOf(spec.overhead))
  return total
}

function requestsOf(container: Container): Map<string, number> {
  return amountsOf(container.resources?.requests)
}

export function amountsOf(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const amounts = new Map<string, number>()
  for (const [resource, quantity] of Object.entries(list ?? {})) {
    // Numbers in hand-written JSON arrive as numbers where the server does not normalise them.
    const text = String(quantity)
    amounts.set(resource, resource === 'cpu' ? quantityMillis(text) : quantityValue(text))
  }
  return amounts
}
