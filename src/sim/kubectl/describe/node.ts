import { addQuantities, parseQuantity, formatQuantity } from '#sim/apimachinery/quantity.ts'
import { quantityMillis } from '#sim/apimachinery/quantity.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import { age } from '../output/ages.ts'
import { at, type Manifest } from '../manifest.ts'
import { annotationLines, labelLines, list, longTime, multiline, type Page } from './page.ts'

export type NodeContext = {
  /** Or why there is none to read. */
  readonly lease: Manifest | StatusError
  readonly pods: readonly Manifest[]
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

export function describeNode(page: Page, node: Manifest, { lease, pods }: NodeContext): void {
  const { metadata = {}, spec = {}, status = {} } = node
  page.field('Name', metadata.name)
  const roles = Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith(ROLE_PREFIX))
    .map((key) => key.slice(ROLE_PREFIX.length))
  page.field('Roles', roles.length === 0 ? '<none>' : roles.sort().join(','))
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('CreationTimestamp', longTime(metadata.creationTimestamp))
  multiline(page, 'Taints', taintTexts(list(spec.taints)))
  page.field('Unschedulable', spec.unschedulable === true)
  if (!page.isOld) leaseLines(page, lease)
  conditionLines(page, list(status.conditions))
  page.line(0, 'Addresses:')
  for (const { type, address } of list(status.addresses)) page.field(type, address, 1)
  resourceLines(page, 'Capacity', status.capacity)
  resourceLines(page, 'Allocatable', status.allocatable)
  systemLines(page, status.nodeInfo ?? {})
  page.optional('PodCIDR', spec.podCIDR)
  if (!page.isOld && list(spec.podCIDRs).length > 0) page.field('PodCIDRs', spec.podCIDRs.join(','))
  if (page.isOld) page.field('ExternalID', spec.externalID ?? '')
  page.optional('ProviderID', spec.providerID)
  podLines(page, node, pods)
}

function taintTexts(taints: readonly Manifest[]): string[] {
  return taints
    .toSorted((a, b) => (`${a['effect']},${a['key']}` < `${b['effect']},${b['key']}` ? -1 : 1))
    .map(({ key, value = '', effect }) => `${key}${value === '' ? '' : `=${value}`}:${effect}`)
}

function leaseLines(page: Page, lease: Manifest | StatusError): void {
  if (lease instanceof StatusError) {
    page.field('Lease', `Failed to get lease: ${lease.message}`)
    return
  }
  page.line(0, 'Lease:')
  const { spec = {} } = lease
  page.field('HolderIdentity', spec.holderIdentity ?? '<unset>', 1)
  for (const [label, time] of [
    ['AcquireTime', spec.acquireTime],
    ['RenewTime', spec.renewTime],
  ] as const)
    page.field(label, time === undefined ? '<unset>' : longTime(time), 1)
}

function conditionLines(page: Page, conditions: readonly Manifest[]): void {
  if (conditions.length === 0) return
  page.line(0, 'Conditions:')
  page.line(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage')
  page.line(1, '----\t------\t-----------------\t------------------\t------\t-------')
  for (const condition of conditions) {
    const cells = [
      condition['type'],
      condition['status'],
      longTime(condition['lastHeartbeatTime']),
      longTime(condition['lastTransitionTime']),
      condition['reason'],
    ]
    page.line(
      1,
      `${cells.map((cell) => `${String(cell ?? '')} \t`).join('')}${condition['message'] ?? ''}`,
    )
  }
}

function resourceLines(page: Page, title: string, amounts: Manifest | undefined): void {
  const entries = Object.entries(amounts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) return
  page.line(0, `${title}:`)
  for (const [name, amount] of entries)
    page.line(0, `${page.isOld ? ' ' : '  '}${name}:\t${amount}`)
}

const SYSTEM_FIELDS = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
] as const

function systemLines(page: Page, facts: Manifest): void {
  page.line(0, 'System Info:')
  const indent = page.isOld ? ' ' : '  '
  for (const [label, member] of SYSTEM_FIELDS)
    page.line(0, `${indent}${label}:\t${facts[member] ?? ''}`)
  if (page.isOld) page.line(0, ` Kube-Proxy Version:\t${facts['kubeProxyVersion'] ?? ''}`)
}

type Amounts = { readonly requests: string; readonly limits: string }

function podLines(page: Page, node: Manifest, pods: readonly Manifest[]): void {
  page.field('Non-terminated Pods', `(${pods.length} in total)`)
  const ageTitle = page.isOld ? ['', ''] : ['\tAge', '\t---']
  page.line(
    1,
    `Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits${ageTitle[0]}`,
  )
  page.line(
    1,
    `---------\t----\t\t------------\t----------\t---------------\t-------------${ageTitle[1]}`,
  )
  for (const pod of pods) {
    const cells = ['cpu', 'memory'].flatMap((resource) => {
      const { requests, limits } = amountsOf(pod, resource)
      return [withShare(requests, node, resource), withShare(limits, node, resource)]
    })
    const podAge = page.isOld
      ? ''
      : `\t${age(String(at(pod, 'metadata', 'creationTimestamp') ?? ''), page.now)}`
    page.line(
      1,
      `${pod['metadata']?.namespace}\t${pod['metadata']?.name}\t\t${cells.join('\t')}${podAge}`,
    )
  }
  totalLines(page, node, pods)
}

function totalLines(page: Page, node: Manifest, pods: readonly Manifest[]): void {
  page.line(0, 'Allocated resources:')
  page.line(0, '  (Total limits may be over 100 percent, i.e., overcommitted.)')
  const total = (resource: string): Amounts =>
    pods
      .map((pod) => amountsOf(pod, resource))
      .reduce(
        (a, b) => ({ requests: add(a.requests, b.requests), limits: add(a.limits, b.limits) }),
        {
          requests: '0',
          limits: '0',
        },
      )
  if (page.isOld) {
    page.line(1, 'CPU Requests\tCPU Limits\tMemory Requests\tMemory Limits')
    page.line(1, '------------\t----------\t---------------\t-------------')
    const cells = ['cpu', 'memory'].flatMap((resource) => {
      const { requests, limits } = total(resource)
      return [shareOrNone(requests, node, resource), shareOrNone(limits, node, resource)]
    })
    page.line(1, cells.join('\t'))
    return
  }
  page.line(1, 'Resource\tRequests\tLimits')
  page.line(1, '--------\t--------\t------')
  const others = Object.keys((at(node, 'status', 'allocatable') ?? {}) as Manifest)
    .filter((name) => name.startsWith('hugepages-'))
    .sort()
  for (const resource of ['cpu', 'memory', 'ephemeral-storage', ...others]) {
    const { requests, limits } = total(resource)
    page.line(
      1,
      `${resource}\t${shareOrNone(requests, node, resource)}\t${shareOrNone(limits, node, resource)}`,
    )
  }
}

// Init containers run one after another, so only the largest counts beside the others' sum.
function amountsOf(pod: Manifest, resource: string): Amounts {
  const sum = (kind: string): string => {
    const of = (container: Manifest): string =>
      String(at(container, 'resources', kind, resource) ?? '0')
    const running = list(at(pod, 'spec', 'containers'))
      .map(of)
      .reduce(add, '0')
    const init = list(at(pod, 'spec', 'initContainers')).map(of)
    return init.reduce(
      (most, one) => (quantityMillis(one) > quantityMillis(most) ? one : most),
      running,
    )
  }
  return { requests: sum('requests'), limits: sum('limits') }
}

function add(a: string, b: string): string {
  if (a === '0') return b
  return b === '0' ? a : addQuantities(a, b)
}

function shareOrNone(amount: string, node: Manifest, resource: string): string {
  return withShare(amount, node, resource).replace(NO_SHARE, '0')
}

/** A share of nothing is what Go makes of an infinity as an integer. */
const NO_SHARE = '-9223372036854775808'

function withShare(amount: string, node: Manifest, resource: string): string {
  const capacity = quantityMillis(String(at(node, 'status', 'allocatable', resource) ?? '0'))
  const share = capacity === 0 ? NO_SHARE : Math.floor((quantityMillis(amount) / capacity) * 100)
  const parsed = parseQuantity(amount)
  return `${parsed === undefined ? amount : formatQuantity(parsed)} (${share}%)`
}
