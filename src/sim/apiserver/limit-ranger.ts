import type { PodSpec } from 'kubernetes-types/core/v1'
import { compareQuantities, parseQuantity } from '#sim/apimachinery/quantity.ts'
import { podResources, type ResourceList } from '#sim/apimachinery/quota/resource-list.ts'
import { forbidden } from '#sim/apimachinery/statuses.ts'
import type { Draft, RequestContext } from './resource.ts'
import { memberOf } from './resources/define.ts'
import { listOf } from './resources/pod-spec/defaults.ts'

const ANNOTATION = 'kubernetes.io/limit-ranger'

/**
 * Gives containers what the limit ranges of their namespace say they have by default.
 * Upstream: plugin/pkg/admission/limitranger/admission.go.
 */
export function fillInLimits(pod: Draft, context: RequestContext): void {
  for (const limits of limitsIn(pod, context)) {
    const own = limits.filter(({ type }) => type === 'Container')
    const requests: ResourceList = Object.assign({}, ...own.map((one) => one['defaultRequest']))
    const bounds: ResourceList = Object.assign({}, ...own.map((one) => one['default']))
    const notes = [
      ...listOf(pod['spec'], 'containers').flatMap((container) =>
        fillIn(container, 'container', requests, bounds),
      ),
      ...listOf(pod['spec'], 'initContainers').flatMap((container) =>
        fillIn(container, 'init container', requests, bounds),
      ),
    ]
    if (notes.length === 0) continue
    pod['metadata'].annotations = {
      ...pod['metadata'].annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
    }
  }
}

function limitsIn({ metadata }: Draft, context: RequestContext): (readonly Draft[])[] {
  return context
    .list('limitranges', metadata.namespace)
    .map((range) => listOf(memberOf(range, 'spec'), 'limits'))
}

/** Says what was filled in, as the annotation lists it. */
function fillIn(
  container: Draft,
  what: string,
  requests: ResourceList,
  bounds: ResourceList,
): string[] {
  const resources: Draft = (container['resources'] ??= {})
  const note = (member: 'requests' | 'limits', defaults: ResourceList): string[] => {
    const held: ResourceList = resources[member] ?? {}
    const missing = Object.keys(defaults).filter((name) => held[name] === undefined)
    if (missing.length === 0) return []
    resources[member] = { ...defaults, ...held }
    const word = member === 'requests' ? 'request' : 'limit'
    return [`${missing.toSorted().join(', ')} ${word} for ${what} ${container['name']}`]
  }
  return [...note('requests', requests), ...note('limits', bounds)]
}

type Amount = readonly [what: 'request' | 'limit', amount: string | undefined]

/** Refuses a Pod or a claim that asks for less or more than its namespace allows. */
export function checkLimits(
  resource: 'pods' | 'persistentvolumeclaims',
  draft: Draft,
  context: RequestContext,
): void {
  const check = resource === 'pods' ? podFaults : claimFaults
  for (const limits of limitsIn(draft, context)) {
    const faults = [...new Set(limits.flatMap((limit) => check(draft, limit)))]
    if (faults.length === 0) continue
    const why = faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`
    throw forbidden({ group: '', resource }, draft['metadata'].name ?? '', why)
  }
}

function podFaults({ spec }: Draft, limit: Draft): string[] {
  if (limit['type'] === 'Container') {
    const containers = [...listOf(spec, 'containers'), ...listOf(spec, 'initContainers')]
    return containers.flatMap(({ resources = {} }) =>
      faultsOf(limit, resources.requests ?? {}, resources.limits ?? {}),
    )
  }
  if (limit['type'] !== 'Pod') return []
  // What has passed validation has the shape of a Pod.
  const whole = spec as PodSpec
  return faultsOf(limit, podResources(whole, 'requests'), podResources(whole, 'limits'))
}

function faultsOf(limit: Draft, requests: ResourceList, limits: ResourceList): string[] {
  const request = (name: string): Amount => ['request', requests[name]]
  const bound = (name: string): Amount => ['limit', limits[name]]
  return [
    ...boundFaults(limit, 'min', (name) => [request(name), bound(name)]),
    ...boundFaults(limit, 'max', (name) => [bound(name), request(name)]),
    ...each(limit, 'maxLimitRequestRatio', (name, enforced) =>
      ratioFault(limit, name, enforced, requests[name], limits[name]),
    ),
  ]
}

/** A claim has no limits, so only what it requests is looked at. */
function claimFaults({ spec }: Draft, limit: Draft): string[] {
  if (limit['type'] !== 'PersistentVolumeClaim') return []
  const requests: ResourceList = spec.resources?.requests ?? {}
  const asked = (name: string): Amount[] => [['request', requests[name]]]
  return [...boundFaults(limit, 'min', asked), ...boundFaults(limit, 'max', asked)]
}

function each(
  limit: Draft,
  member: string,
  check: (name: string, enforced: string) => string | undefined,
): string[] {
  const amounts: ResourceList = limit[member] ?? {}
  return Object.keys(amounts)
    .toSorted()
    .flatMap((name) => check(name, amounts[name] ?? '0') ?? [])
}

/** Of the amounts to look at the first must be there; each that is there must keep the bound. */
function boundFaults(
  limit: Draft,
  member: 'min' | 'max',
  amountsOf: (name: string) => readonly Amount[],
): string[] {
  const word = member === 'min' ? 'minimum' : 'maximum'
  return each(limit, member, (name, enforced) => {
    const head = `${word} ${name} usage per ${limit['type']} is ${enforced}`
    for (const [index, [what, amount]] of amountsOf(name).entries()) {
      if (amount === undefined && index === 0) return `${head}.  No ${what} is specified`
      if (amount === undefined) continue
      const isOut = member === 'min' ? isMore(enforced, amount) : isMore(amount, enforced)
      if (isOut) return `${head}, but ${what} is ${amount}`
    }
    return undefined
  })
}

function ratioFault(
  { type }: Draft,
  name: string,
  enforced: string,
  request: string | undefined,
  bound: string | undefined,
): string | undefined {
  const head = `${name} max limit to request ratio per ${type} is ${enforced}, but`
  const [asked, allowed] = [numberOf(request), numberOf(bound)]
  if (asked === 0) return `${head} no request is specified or request is 0`
  if (allowed === 0) return `${head} no limit is specified or limit is 0`
  const ratio = allowed / asked
  return ratio > numberOf(enforced) ? `${head} provided ratio is ${ratio.toFixed(6)}` : undefined
}

function numberOf(quantity: string | undefined): number {
  return Number(parseQuantity(quantity ?? '0')?.nanos ?? 0n) / 1e9
}

function isMore(a: string, b: string): boolean {
  return compareQuantities(a, b) > 0
}
