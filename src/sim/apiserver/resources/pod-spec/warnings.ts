import { quantityMillis } from '#sim/apimachinery/quantity.ts'
import type { Draft } from '../../resource.ts'
import { listOf } from './defaults.ts'

/** Keys of node labels that have successors. */
const OLD_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
}

/**
 * What is accepted of a Pod or a template but will surprise. `field` is empty for a Pod.
 * Upstream: pkg/api/pod/warnings.go.
 */
export function podSpecWarnings(owner: Draft | undefined, field: string, found: string[]): void {
  const spec = owner?.spec
  if (spec === undefined) return
  const prefix = field === '' ? '' : `${field}.`
  const annotations = owner?.metadata?.annotations
  for (const key in annotations) {
    const why = OLD_ANNOTATIONS[key]
    if (why !== undefined) found.push(`${prefix}metadata.annotations[${key}]: ${why}`)
  }
  warnOfSpec(spec, `${prefix}spec`, found)
}

function warnOfSpec(spec: Draft, field: string, found: string[]): void {
  for (const key in spec.nodeSelector) {
    const why = OLD_NODE_LABELS[key]
    if (why !== undefined) found.push(`${field}.nodeSelector[${key}]: ${why}`)
  }
  for (const [index, one] of listOf(spec, 'topologySpreadConstraints').entries()) {
    if (one.labelSelector !== undefined) continue
    found.push(
      `${field}.topologySpreadConstraints[${index}].labelSelector: a null labelSelector results in matching no pod`,
    )
  }
  for (const [index, one] of listOf(spec, 'imagePullSecrets').entries()) {
    if (!one.name) found.push(`${field}.imagePullSecrets[${index}].name: invalid empty name ""`)
  }
  for (const [index, volume] of listOf(spec, 'volumes').entries()) {
    if (volume.gitRepo === undefined) continue
    found.push(
      `${field}.volumes[${index}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+`,
    )
  }
  for (const member of ['initContainers', 'containers']) {
    for (const [index, container] of listOf(spec, member).entries()) {
      warnOfContainer(container, `${field}.${member}[${index}]`, found)
    }
  }
  if (spec.terminationGracePeriodSeconds < 0) {
    found.push(
      `${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    )
  }
}

function warnOfContainer(container: Draft, field: string, found: string[]): void {
  warnOfRepeatedPorts(listOf(container, 'ports'), field, found)
  const names = new Set<string>()
  for (const [index, variable] of listOf(container, 'env').entries()) {
    if (names.has(variable.name)) {
      found.push(
        `${field}.env[${index}]: hides previous definition of "${variable.name}", which may be dropped when using apply`,
      )
    }
    names.add(variable.name)
  }
  for (const list of ['limits', 'requests']) {
    const memory = container.resources?.[list]?.memory
    if (memory === undefined || !memory.endsWith('m') || quantityMillis(memory) % 1000 === 0)
      continue
    found.push(
      `${field}.resources.${list}[memory]: fractional byte value "${memory}" is invalid, must be an integer`,
    )
  }
}

function warnOfRepeatedPorts(ports: readonly Draft[], field: string, found: string[]): void {
  if (ports.length < 2) return
  const first = new Map<string, number>()
  for (const [index, port] of ports.entries()) {
    const key = `${port.containerPort}/${port.protocol}`
    const before = first.get(key)
    if (before === undefined) first.set(key, index)
    else {
      found.push(
        `${field}.ports[${index}]: duplicate port definition with ${field}.ports[${before}]`,
      )
    }
  }
}
