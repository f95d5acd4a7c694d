import { age } from '../output/ages.ts'
import { at, type Manifest } from '../manifest.ts'
import { containerLines, spreadLines, tolerationLines } from './containers.ts'
import { annotationLines, labelLines, list, longTime, type Page } from './page.ts'
import { volumeLines } from './volumes.ts'

export function describePod(page: Page, pod: Manifest): void {
  const { metadata = {}, spec = {}, status = {} } = pod
  headLines(page, pod)
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  phaseLines(page, pod)
  page.optional('Reason', status.reason)
  page.optional('Message', status.message)
  page.optional('SeccompProfile', spec.securityContext?.seccompProfile?.type)
  page.field('IP', status.podIP ?? '')
  if (!page.isOld) addressLines(page, list(status.podIPs))
  page.optional('Controlled By', controllerText(pod))
  if (!page.isOld) page.optional('NominatedNodeName', status.nominatedNodeName)
  containersOf(page, pod)
  gateLines(page, pod)
  conditionLines(page, list(status.conditions))
  volumeLines(page, list(spec.volumes), '')
  page.field('QoS Class', status.qosClass ?? 'BestEffort')
  labelLines(page, 'Node-Selectors', spec.nodeSelector)
  tolerationLines(page, list(spec.tolerations), '')
  if (!page.isOld) spreadLines(page, list(spec.topologySpreadConstraints), '')
}

function headLines(page: Page, { metadata = {}, spec = {}, status = {} }: Manifest): void {
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  page.optional('Priority', page.isOld && spec.priority === 0 ? undefined : spec.priority)
  page.optional(page.isOld ? 'PriorityClassName' : 'Priority Class Name', spec.priorityClassName)
  if (!page.isOld) {
    page.optional('Runtime Class Name', spec.runtimeClassName)
    page.optional('Service Account', spec.serviceAccountName)
  }
  page.field(
    'Node',
    spec.nodeName === undefined ? '<none>' : `${spec.nodeName}/${status.hostIP ?? ''}`,
  )
  if (status.startTime !== undefined) page.field('Start Time', longTime(status.startTime))
}

function phaseLines(page: Page, { metadata = {}, status = {} }: Manifest): void {
  const isOver = status.phase === 'Succeeded' || status.phase === 'Failed'
  if (metadata.deletionTimestamp === undefined || (isOver && !page.isOld)) {
    page.field('Status', status.phase)
    return
  }
  page.field('Status', `Terminating (lasts ${age(metadata.deletionTimestamp, page.now)})`)
  page.field('Termination Grace Period', `${metadata.deletionGracePeriodSeconds ?? 0}s`)
}

function addressLines(page: Page, addresses: readonly Manifest[]): void {
  if (addresses.length === 0) {
    page.field('IPs', '<none>')
    return
  }
  page.line(0, 'IPs:')
  for (const { ip } of addresses) page.line(0, `  IP:\t${ip}`)
}

export function controllerText(object: Manifest): string | undefined {
  const owner = list(at(object, 'metadata', 'ownerReferences')).find(
    ({ controller }) => controller === true,
  )
  return owner === undefined ? undefined : `${owner['kind']}/${owner['name']}`
}

function containersOf(page: Page, pod: Manifest): void {
  const { spec = {}, status = {} } = pod
  for (const [title, member] of [
    ['Init Containers', 'initContainers'],
    ['Containers', 'containers'],
    ['Ephemeral Containers', 'ephemeralContainers'],
  ] as const) {
    const containers = list(spec[member])
    if (containers.length === 0) continue
    const statuses = list(status[`${member.slice(0, -1)}Statuses`])
    containerLines(page, title, containers, { indent: '', statuses, pod })
  }
}

function gateLines(page: Page, { spec = {}, status = {} }: Manifest): void {
  const gates = list(spec.readinessGates)
  if (gates.length === 0) return
  page.line(0, 'Readiness Gates:')
  page.line(1, 'Type\tStatus')
  for (const { conditionType } of gates) {
    const condition = list(status.conditions).find(({ type }) => type === conditionType)
    page.line(1, `${conditionType} \t${condition?.['status'] ?? '<none>'} `)
  }
}

function conditionLines(page: Page, conditions: readonly Manifest[]): void {
  const known = page.isOld
    ? conditions.filter(({ type }) => ['Initialized', 'Ready', 'PodScheduled'].includes(type))
    : conditions
  if (known.length === 0) return
  page.line(0, 'Conditions:')
  page.line(1, 'Type\tStatus')
  for (const { type, status } of known) page.line(1, `${type} \t${status} `)
}
