import { type AmountSums, podAmounts } from '../pod-amounts.ts'
import { addQuantities, compareQuantities, isPositiveQuantity } from '../quantity.ts'
import type { PodSpec } from 'kubernetes-types/core/v1'

/** Amounts by the name of a resource. */
export type ResourceList = Readonly<Record<string, string>>

/** What a device plugin counts, as opposed to what Kubernetes itself knows. */
export function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/')
}

/** Arithmetic of resource lists. Upstream: apiserver/pkg/quota/v1/resources.go. */
export function addLists(a: ResourceList, b: ResourceList): ResourceList {
  const sum: Record<string, string> = { ...a }
  addInto(sum, b)
  return sum
}

/** What is in `a` beyond `b`, and never less than nothing. */
export function beyond(a: ResourceList, b: ResourceList): ResourceList {
  const rest: Record<string, string> = {}
  for (const [name, amount] of Object.entries(a)) {
    const taken = b[name] ?? '0'
    const left = compareQuantities(amount, taken) > 0 ? addQuantities(amount, negated(taken)) : '0'
    rest[name] = left
  }
  return rest
}

function negated(quantity: string): string {
  return quantity.startsWith('-') ? quantity.slice(1) : `-${quantity}`
}

export function onlyNames(list: ResourceList, names: readonly string[]): ResourceList {
  return Object.fromEntries(Object.entries(list).filter(([name]) => names.includes(name)))
}

export function onlyPositive(list: ResourceList): ResourceList {
  return Object.fromEntries(Object.entries(list).filter(([, amount]) => isPositiveQuantity(amount)))
}

/** The names whose amount is more than the limit, where there is one. */
export function namesOver(list: ResourceList, limits: ResourceList): string[] {
  return Object.keys(list).filter((name) => {
    const limit = limits[name]
    return limit !== undefined && compareQuantities(list[name] ?? '0', limit) > 0
  })
}

export function isSameList(a: ResourceList, b: ResourceList): boolean {
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => b[name] !== undefined && compareQuantities(a[name] ?? '0', b[name]) === 0)
  )
}

const LISTS: AmountSums<Record<string, string>> = {
  empty: () => ({}),
  add: addInto,
  raise: (total, more) => {
    for (const [name, amount] of Object.entries(more)) {
      const held = total[name]
      if (held === undefined || compareQuantities(amount, held) > 0) total[name] = amount
    }
  },
}

function addInto(total: Record<string, string>, more: ResourceList): void {
  for (const [name, amount] of Object.entries(more))
    total[name] = total[name] === undefined ? amount : addQuantities(total[name], amount)
}

/** What a Pod asks for, or is limited to, as a whole. */
export function podResources(spec: PodSpec, of: 'requests' | 'limits'): ResourceList {
  const amounts = podAmounts<Record<string, string>>(
    spec,
    (container) => ({ ...container.resources?.[of] }),
    LISTS,
  )
  // Running a Pod may take something beside its containers; a limit covers it only if there is one.
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    if (of === 'requests' || amounts[name] !== undefined) addInto(amounts, { [name]: amount })
  }
  return amounts
}
