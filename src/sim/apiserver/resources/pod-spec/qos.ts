import { compareQuantities, isPositiveQuantity } from '#sim/apimachinery/quantity.ts'
import type { Draft } from '../../resource.ts'
import { listOf } from './defaults.ts'

const COMPUTE = ['cpu', 'memory'] as const

/**
 * The quality of service that a Pod's requests and limits amount to.
 * Upstream: pkg/apis/core/helper/qos/qos.go.
 */
export function qosClassOf(spec: Draft): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = [...listOf(spec, 'containers'), ...listOf(spec, 'initContainers')]
  const resources: Draft[] = containers.map((container) => container.resources ?? {})
  if (!resources.some(asksForCompute)) return 'BestEffort'
  return resources.every(isGuaranteed) ? 'Guaranteed' : 'Burstable'
}

function asksForCompute(resources: Draft): boolean {
  return COMPUTE.some(
    (name) => isPositive(resources.requests?.[name]) || isPositive(resources.limits?.[name]),
  )
}

function isGuaranteed({ requests, limits }: Draft): boolean {
  return COMPUTE.every(
    (name) =>
      isPositive(limits?.[name]) &&
      (requests?.[name] === undefined || compareQuantities(requests[name], limits[name]) === 0),
  )
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && isPositiveQuantity(quantity)
}
