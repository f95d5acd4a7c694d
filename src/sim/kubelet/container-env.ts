import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { resourceFieldText } from '#sim/apimachinery/resource-field.ts'
import type { Client } from '#sim/client/client.ts'
import type { ZoneService } from '#sim/network/dns-zone.ts'
import type { Image } from './images/image.ts'
import { fieldText, readData } from './pod-volumes.ts'

/** A container whose configuration names something that is missing. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type EnvContext = {
  readonly pod: Pod
  readonly podIp: string
  readonly nodeIp: string
  readonly hostname: string
  readonly client: Client
  readonly services: () => Iterable<ZoneService>
  readonly clusterServiceIp: string
}

/** The environment of a container's first process. Throws ConfigError. */
export function containerEnv(
  container: core.Container,
  image: Image,
  context: EnvContext,
): Map<string, string> {
  const env = new Map<string, string>(image.env)
  env.set('HOSTNAME', context.hostname)
  if (container.tty === true) env.set('TERM', 'xterm')
  for (const source of container.envFrom ?? []) addAll(env, source, context)
  const services = serviceVariables(context)
  const own = new Map<string, string>()
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, container, context, (name) => {
      return own.get(name) ?? env.get(name) ?? services.get(name)
    })
    if (value !== undefined) own.set(variable.name, value)
  }
  for (const [name, value] of own) env.set(name, value)
  for (const [name, value] of services) if (!env.has(name)) env.set(name, value)
  if (!env.has('HOME')) env.set('HOME', '/root')
  return env
}

/** `$(NAME)` replaced; `$$(NAME)` is the text `$(NAME)`, and unknown names stay as they are. */
export function expandVariables(
  text: string,
  lookup: (name: string) => string | undefined,
): string {
  if (!text.includes('$')) return text
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (lookup(name) ?? whole),
  )
}

function addAll(env: Map<string, string>, source: core.EnvFromSource, context: EnvContext): void {
  const reference = source.configMapRef ?? source.secretRef
  if (reference === undefined) return
  const kind = source.configMapRef === undefined ? 'secret' : 'configmap'
  const name = reference.name ?? ''
  const data = readData(context.client, kind, name, context.pod.metadata.namespace ?? '')
  if (data === undefined) {
    if (reference.optional === true) return
    throw new ConfigError(`${kind} "${name}" not found`)
  }
  for (const [key, value] of data) env.set(`${source.prefix ?? ''}${key}`, value)
}

function variableValue(
  variable: core.EnvVar,
  container: core.Container,
  context: EnvContext,
  lookup: (name: string) => string | undefined,
): string | undefined {
  const from = variable.valueFrom
  if (from === undefined) return expandVariables(variable.value ?? '', lookup)
  if (from.fieldRef !== undefined) {
    const path = from.fieldRef.fieldPath
    if (path === 'status.podIP' || path === 'status.podIPs') return context.podIp
    if (path === 'status.hostIP' || path === 'status.hostIPs') return context.nodeIp
    return fieldText(context.pod, path)
  }
  if (from.resourceFieldRef !== undefined)
    return resourceFieldText(container.resources, from.resourceFieldRef)
  const reference = from.configMapKeyRef ?? from.secretKeyRef
  if (reference === undefined) return ''
  const kind = from.configMapKeyRef === undefined ? 'secret' : 'configmap'
  const name = reference.name ?? ''
  const namespace = context.pod.metadata.namespace ?? ''
  const data = readData(context.client, kind, name, namespace)
  const value = data?.get(reference.key)
  if (value !== undefined || reference.optional === true) return value
  const spelled = kind === 'secret' ? 'Secret' : 'ConfigMap'
  throw new ConfigError(
    data === undefined
      ? `${kind} "${name}" not found`
      : `couldn't find key ${reference.key} in ${spelled} ${namespace}/${name}`,
  )
}

function serviceVariables(context: EnvContext): Map<string, string> {
  const variables = new Map<string, string>()
  addApiServer(variables, context.clusterServiceIp)
  if (context.pod.spec?.enableServiceLinks === false) return variables
  for (const service of context.services()) {
    if (service.namespace !== context.pod.metadata.namespace || service.kind !== 'clusterIP')
      continue
    if (service.name !== 'kubernetes') addService(variables, service)
  }
  return variables
}

function addApiServer(variables: Map<string, string>, ip: string): void {
  addService(variables, {
    name: 'kubernetes',
    clusterIp: ip,
    ports: [{ name: 'https', protocol: 'tcp', port: 443 }],
  })
}

function addService(
  variables: Map<string, string>,
  service: Pick<ZoneService, 'name' | 'clusterIp' | 'ports'>,
): void {
  const prefix = service.name.toUpperCase().replaceAll('-', '_')
  const [first] = service.ports
  if (first === undefined) return
  variables.set(`${prefix}_SERVICE_HOST`, service.clusterIp)
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port))
  for (const { name, port } of service.ports) {
    if (name === '') continue
    const upper = name.toUpperCase().replaceAll('-', '_')
    variables.set(`${prefix}_SERVICE_PORT_${upper}`, String(port))
  }
  variables.set(`${prefix}_PORT`, `${first.protocol}://${service.clusterIp}:${first.port}`)
  for (const { port, protocol } of service.ports) {
    const name = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
    variables.set(name, `${protocol}://${service.clusterIp}:${port}`)
    variables.set(`${name}_PROTO`, protocol)
    variables.set(`${name}_PORT`, String(port))
    variables.set(`${name}_ADDR`, service.clusterIp)
  }
}
