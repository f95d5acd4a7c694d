import { resourceFieldText } from '#sim/apimachinery/resource-field.ts'
import { at, type Manifest } from '../manifest.ts'
import { labelLines, list, longTime, multiline, orNone, type Page } from './page.ts'
import { volumeLines } from './volumes.ts'

export type ContainerContext = {
  /** Two blanks inside a Pod template, nothing in a Pod. */
  readonly indent: '' | '  '
  readonly statuses?: readonly Manifest[]
  /** For the values of environment variables that refer to the Pod. */
  readonly pod?: Manifest
}

export function containerLines(
  page: Page,
  title: string,
  containers: readonly Manifest[],
  context: ContainerContext,
): void {
  page.line(0, `${context.indent}${title}:`)
  for (const container of containers) {
    const status = context.statuses?.find(({ name }) => name === container['name'])
    page.line(1, `${context.indent === '' ? '' : ' '}${container['name']}:`)
    basics(page, container, status)
    words(page, 'Command', container['command'])
    words(page, 'Args', container['args'])
    if (status !== undefined) statusLines(page, status)
    resources(page, 'Limits', at(container, 'resources', 'limits'))
    resources(page, 'Requests', at(container, 'resources', 'requests'))
    for (const kind of ['Liveness', 'Readiness', 'Startup']) {
      const probe = container[`${kind.toLowerCase()}Probe`]
      if (probe !== undefined) page.field(kind, probeText(probe), 2)
    }
    environment(page, container, context.pod)
    mounts(page, container)
  }
}

function basics(page: Page, container: Manifest, status: Manifest | undefined): void {
  if (status !== undefined) page.field('Container ID', status['containerID'] ?? '', 2)
  page.field('Image', container['image'], 2)
  if (status !== undefined) page.field('Image ID', status['imageID'] ?? '', 2)
  const ports = list(container['ports'])
  for (const [label, member] of [
    ['Port', 'containerPort'],
    ['Host Port', 'hostPort'],
  ] as const) {
    const texts = ports.map((port) => portText(port, member, page))
    page.field(texts.length > 1 ? `${label}s` : label, orNone(texts.join(', ')), 2)
  }
}

function portText(port: Manifest, member: string, page: Page): string {
  const name = !page.isOld && port['name'] !== undefined ? ` (${port['name']})` : ''
  return `${port[member] ?? 0}/${port['protocol'] ?? 'TCP'}${name}`
}

function words(page: Page, title: string, value: unknown): void {
  const all = (value ?? []) as string[]
  if (all.length === 0) return
  page.line(2, `${title}:`)
  for (const line of all.flatMap((word) => word.split('\n'))) page.line(3, line)
}

function statusLines(page: Page, status: Manifest): void {
  stateLines(page, 'State', status['state'] ?? {})
  if (at(status, 'lastState', 'terminated') !== undefined) {
    stateLines(page, 'Last State', status['lastState'])
  }
  page.field('Ready', status['ready'] === true ? 'True' : 'False', 2)
  page.field('Restart Count', status['restartCount'] ?? 0, 2)
}

function stateLines(page: Page, title: string, state: Manifest): void {
  const { running, terminated, waiting } = state
  if (running !== undefined) {
    page.field(title, 'Running', 2)
    page.field('Started', longTime(running.startedAt), 3)
    return
  }
  if (terminated === undefined) {
    page.field(title, 'Waiting', 2)
    page.optional('Reason', waiting?.reason, 3)
    return
  }
  page.field(title, 'Terminated', 2)
  page.optional('Reason', terminated.reason, 3)
  page.optional('Message', terminated.message, 3)
  page.field('Exit Code', terminated.exitCode ?? 0, 3)
  if (Number(terminated.signal ?? 0) > 0) page.field('Signal', terminated.signal, 3)
  page.field('Started', longTime(terminated.startedAt), 3)
  page.field('Finished', longTime(terminated.finishedAt), 3)
}

function resources(page: Page, title: string, amounts: unknown): void {
  const entries = Object.entries((amounts ?? {}) as Manifest).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) return
  page.line(2, `${title}:`)
  for (const [name, amount] of entries) page.field(name, amount, 3)
}

function probeText(probe: Manifest): string {
  const times = `delay=${probe['initialDelaySeconds'] ?? 0}s timeout=${probe['timeoutSeconds'] ?? 1}s period=${probe['periodSeconds'] ?? 10}s #success=${probe['successThreshold'] ?? 1} #failure=${probe['failureThreshold'] ?? 3}`
  const { exec, httpGet, tcpSocket, grpc } = probe
  if (exec !== undefined) return `exec [${(exec.command ?? []).join(' ')}] ${times}`
  if (httpGet !== undefined) {
    const scheme = String(httpGet.scheme ?? 'HTTP').toLowerCase()
    const path = String(httpGet.path ?? '')
    const slash = path.startsWith('/') || path === '' ? '' : '/'
    return `http-get ${scheme}://${httpGet.host ?? ''}:${httpGet.port}${slash}${path} ${times}`
  }
  if (tcpSocket !== undefined)
    return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${times}`
  if (grpc !== undefined) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${times}`
  return `unknown ${times}`
}

function environment(page: Page, container: Manifest, pod: Manifest | undefined): void {
  const sources = list(container['envFrom'])
  if (sources.length > 0) page.line(2, 'Environment Variables from:')
  for (const { configMapRef, secretRef, prefix } of sources) {
    const reference = configMapRef ?? secretRef ?? {}
    const kind = configMapRef === undefined ? 'Secret' : 'ConfigMap'
    const withPrefix = (prefix ?? '') === '' ? '' : ` with prefix '${prefix}'`
    page.line(
      3,
      `${reference.name}\t${kind}${withPrefix}\tOptional: ${reference.optional === true}`,
    )
  }
  const variables = list(container['env'])
  page.line(2, variables.length === 0 ? 'Environment:\t<none>' : 'Environment:')
  for (const variable of variables) variableLines(page, variable, container, pod)
}

function variableLines(
  page: Page,
  variable: Manifest,
  container: Manifest,
  pod: Manifest | undefined,
): void {
  const { name, value = '', valueFrom } = variable
  if (valueFrom === undefined) {
    for (const [at, line] of String(value).split('\n').entries()) {
      page.line(3, at === 0 ? `${name}:\t${line}` : `\t${line}`)
    }
    return
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom
  if (fieldRef !== undefined) {
    page.line(
      3,
      `${name}:\t${fieldValue(pod, fieldRef.fieldPath)} (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`,
    )
  } else if (resourceFieldRef !== undefined) {
    const { resource } = resourceFieldRef
    const amount = resourceFieldText(container['resources'], resourceFieldRef)
    const isOpen = amount === '0' && /^limits\.(cpu|memory)$/.test(resource)
    page.line(3, `${name}:\t${isOpen ? 'node allocatable' : amount} (${resource})`)
  } else if (secretKeyRef !== undefined) {
    page.line(
      3,
      `${name}:\t<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional === true}`,
    )
  } else if (configMapKeyRef !== undefined) {
    page.line(
      3,
      `${name}:\t<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional === true}`,
    )
  }
}

function fieldValue(pod: Manifest | undefined, path: string): string {
  if (pod === undefined) return ''
  const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(path)
  const steps =
    subscript === null ? path.split('.') : [...(subscript[1] ?? '').split('.'), subscript[2] ?? '']
  return String(at(pod, ...steps) ?? '')
}

function mounts(page: Page, container: Manifest): void {
  const all = list(container['volumeMounts']).toSorted((a, b) =>
    String(a['mountPath']) < String(b['mountPath']) ? -1 : 1,
  )
  page.line(2, all.length === 0 ? 'Mounts:\t<none>' : 'Mounts:')
  for (const mount of all) {
    const mode = mount['readOnly'] === true ? 'ro' : 'rw'
    const sub = (mount['subPath'] ?? '') === '' || page.isOld ? '' : `,path="${mount['subPath']}"`
    page.line(3, `${mount['mountPath']} from ${mount['name']} (${mode}${sub})`)
  }
  const devices = list(container['volumeDevices'])
  if (devices.length > 0) page.line(2, 'Devices:')
  for (const device of devices) page.line(3, `${device['devicePath']} from ${device['name']}`)
}

/** A Pod template inside a workload, or by itself in a rollout's history. */
export function templateLines(page: Page, template: Manifest): void {
  page.line(0, 'Pod Template:')
  const { metadata = {}, spec = {} } = template
  labelLines(page, 'Labels', metadata.labels, '  ')
  if (Object.keys(metadata.annotations ?? {}).length > 0)
    templateAnnotations(page, metadata.annotations)
  if (!page.isOld) optionalIndented(page, 'Service Account', spec.serviceAccountName)
  if (list(spec.initContainers).length > 0) {
    containerLines(page, 'Init Containers', list(spec.initContainers), { indent: '  ' })
  }
  containerLines(page, 'Containers', list(spec.containers), { indent: '  ' })
  volumeLines(page, list(spec.volumes), '  ')
  if (page.isOld) return
  spreadLines(page, list(spec.topologySpreadConstraints), '  ')
  optionalIndented(page, 'Priority Class Name', spec.priorityClassName)
  labelLines(page, 'Node-Selectors', spec.nodeSelector, '  ')
  tolerationLines(page, list(spec.tolerations), '  ')
}

function templateAnnotations(page: Page, annotations: Record<string, string>): void {
  const separator = page.isOld ? '=' : ': '
  const lines = Object.keys(annotations)
    .sort()
    .map((key) => `${key}${separator}${annotations[key]}`)
  multiline(page, 'Annotations', lines, '  ')
}

function optionalIndented(page: Page, label: string, value: unknown): void {
  if (value !== undefined && value !== '') page.line(0, `  ${label}:\t${String(value)}`)
}

export function spreadLines(page: Page, constraints: readonly Manifest[], indent: '' | '  '): void {
  if (constraints.length === 0) return
  const lines = constraints.map(
    ({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }) =>
      `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${
        labelSelector === undefined ? '' : ` for selector ${selectorText(labelSelector)}`
      }`,
  )
  multiline(page, 'Topology Spread Constraints', lines, indent)
}

function selectorText(selector: Manifest): string {
  return Object.entries((selector['matchLabels'] ?? {}) as Record<string, string>)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}

export function tolerationLines(
  page: Page,
  tolerations: readonly Manifest[],
  indent: '' | '  ',
): void {
  const sorted = tolerations.toSorted((a, b) =>
    String(a['key'] ?? '') < String(b['key'] ?? '') ? -1 : 1,
  )
  multiline(
    page,
    'Tolerations',
    sorted.map((toleration) => tolerationText(toleration, page)),
    indent,
  )
}

function tolerationText(toleration: Manifest, page: Page): string {
  const { key = '', value = '', effect = '', operator, tolerationSeconds } = toleration
  const parts = `${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}`
  const isBare = operator === 'Exists' && value === '' && !page.isOld
  const exists = isBare ? (key === '' && effect === '' ? 'op=Exists' : ' op=Exists') : ''
  return `${parts}${exists}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`
}
