import type { Container, PodSpec } from 'kubernetes-types/core/v1'

/** How amounts of one representation add up. `add` and `raise` change their first argument. */
export type AmountSums<A> = {
  readonly empty: () => A
  readonly add: (total: A, more: A) => void
  /** Takes the larger amount of each resource. */
  readonly raise: (total: A, more: A) => void
}

/** Amounts as numbers, by resource. */
export const numberSums: AmountSums<Map<string, number>> = {
  empty: () => new Map(),
  add: (total, more) => {
    for (const [resource, amount] of more) total.set(resource, (total.get(resource) ?? 0) + amount)
  },
  raise: (total, more) => {
    for (const [resource, amount] of more)
      total.set(resource, Math.max(total.get(resource) ?? 0, amount))
  },
}

/**
 * What a Pod's containers take together: they run beside each other, so theirs add up; init
 * containers run one after the other, each beside the sidecars that were started before it.
 * Upstream: component-helpers/resource/helpers.go.
 */
export function podAmounts<A>(
  spec: PodSpec,
  amountsOf: (container: Container) => A,
  { empty, add, raise }: AmountSums<A>,
): A {
  const total = empty()
  for (const container of spec.containers) add(total, amountsOf(container))
  const sidecars = empty()
  const starting = empty()
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container)
    // The newer field is missing from the published types.
    if ((container as { restartPolicy?: string }).restartPolicy === 'Always') {
      add(total, own)
      add(sidecars, own)
      raise(starting, sidecars)
    } else {
      add(own, sidecars)
      raise(starting, own)
    }
  }
  raise(total, starting)
  return total
}
