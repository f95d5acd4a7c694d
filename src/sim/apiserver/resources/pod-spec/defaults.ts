import { roundedToMilli } from '#sim/apimachinery/quantity.ts'
import type { Draft } from '../../resource.ts'

/**
 * Defaults of a Pod's spec, in Pods and in templates. Nothing is written where a value stands
 * already, so the parts that a patch left alone may be frozen and stay shared.
 * Upstream: pkg/apis/core/v1/defaults.go, zz_generated.defaults.go.
 */
export function setPodSpecDefaults(spec: Draft): void {
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.restartPolicy ??= 'Always'
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ??= 'default-scheduler'
  mirrorServiceAccount(spec)
  for (const volume of listOf(spec, 'volumes')) setVolumeDefaults(volume)
  for (const container of listOf(spec, 'initContainers')) setContainerDefaults(container)
  for (const container of listOf(spec, 'containers')) setContainerDefaults(container)
  for (const container of listOf(spec, 'ephemeralContainers')) setContainerDefaults(container)
  if (spec.overhead !== undefined) roundResourceList(spec.overhead)
  if (spec.resources !== undefined) setResourcesDefaults(spec.resources)
  if (spec.hostNetwork === true) publishPorts(spec)
}

export function listOf(owner: Draft | undefined, member: string): readonly Draft[] {
  return owner?.[member] ?? []
}

/** The old name of serviceAccountName is kept in step; the new one wins. */
function mirrorServiceAccount(spec: Draft): void {
  const name = spec.serviceAccountName || spec.serviceAccount
  if (!name) return
  if (spec.serviceAccountName !== name) spec.serviceAccountName = name
  if (spec.serviceAccount !== name) spec.serviceAccount = name
}

function publishPorts(spec: Draft): void {
  for (const member of ['containers', 'initContainers']) {
    for (const container of listOf(spec, member)) {
      for (const port of listOf(container, 'ports')) {
        if (!port.hostPort && port.containerPort) port.hostPort = port.containerPort
      }
    }
  }
}

function setContainerDefaults(container: Draft): void {
  container.imagePullPolicy ??= pullPolicyOf(container.image ?? '')
  container.terminationMessagePath ??= '/dev/termination-log'
  container.terminationMessagePolicy ??= 'File'
  container.resources ??= {}
  setResourcesDefaults(container.resources)
  for (const port of listOf(container, 'ports')) port.protocol ??= 'TCP'
  for (const variable of listOf(container, 'env')) setEnvDefaults(variable)
  if (container.livenessProbe !== undefined) setProbeDefaults(container.livenessProbe)
  if (container.readinessProbe !== undefined) setProbeDefaults(container.readinessProbe)
  if (container.startupProbe !== undefined) setProbeDefaults(container.startupProbe)
  const lifecycle = container.lifecycle
  if (lifecycle !== undefined) {
    setHttpGetDefaults(lifecycle.postStart?.httpGet)
    setHttpGetDefaults(lifecycle.preStop?.httpGet)
  }
}

/** Latest is pulled always; so is an image that names neither tag nor digest. */
function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return image.endsWith(':latest') ? 'Always' : 'IfNotPresent'
  const tagAt = image.indexOf(':', image.lastIndexOf('/') + 1)
  const tag = tagAt === -1 ? 'latest' : image.slice(tagAt + 1)
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function setEnvDefaults(variable: Draft): void {
  const source = variable.valueFrom
  if (source === undefined || source === null) return
  if (source.fieldRef !== undefined) source.fieldRef.apiVersion ??= 'v1'
  if (source.resourceFieldRef !== undefined) source.resourceFieldRef.divisor ??= '0'
  const file = source.fileKeyRef
  if (file !== undefined) file.optional ??= false
}

function setProbeDefaults(probe: Draft): void {
  setIfZero(probe, 'timeoutSeconds', 1)
  setIfZero(probe, 'periodSeconds', 10)
  setIfZero(probe, 'successThreshold', 1)
  setIfZero(probe, 'failureThreshold', 3)
  setHttpGetDefaults(probe.httpGet)
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

function setIfZero(owner: Draft, member: string, value: number): void {
  if (!owner[member]) owner[member] = value
}

function setHttpGetDefaults(get: Draft | undefined): void {
  if (get === undefined || get === null) return
  if (!get.path) get.path = '/'
  if (!get.scheme) get.scheme = 'HTTP'
}

function setResourcesDefaults(resources: Draft): void {
  if (resources.limits !== undefined) roundResourceList(resources.limits)
  if (resources.requests !== undefined) roundResourceList(resources.requests)
}

/** Amounts of resources are kept to the thousandth and in canonical form. */
export function roundResourceList(list: Draft): void {
  for (const name in list) {
    const rounded = roundedToMilli(String(list[name]))
    if (rounded !== undefined && rounded !== list[name]) list[name] = rounded
  }
}

/** On Pods alone: a container that names only a limit requests as much. */
export function requestWhatIsLimited(spec: Draft): void {
  for (const member of ['containers', 'initContainers']) {
    for (const container of listOf(spec, member)) requestLimits(container.resources)
  }
}

function requestLimits(resources: Draft | undefined): void {
  const limits = resources?.limits
  if (resources === undefined || limits === undefined) return
  for (const name in limits) {
    if (resources.requests?.[name] !== undefined) continue
    resources.requests ??= {}
    resources.requests[name] = limits[name]
  }
}

const DEFAULT_MODE = 0o644

function setVolumeDefaults(volume: Draft): void {
  if (volumeSourcesOf(volume).length === 0) volume.emptyDir = {}
  for (const type of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    if (volume[type] !== undefined) volume[type].defaultMode ??= DEFAULT_MODE
  }
  for (const item of listOf(volume.downwardAPI, 'items')) setDownwardItemDefaults(item)
  for (const source of listOf(volume.projected, 'sources')) {
    const token = source.serviceAccountToken
    if (token !== undefined && !token.expirationSeconds) token.expirationSeconds = 3600
    for (const item of listOf(source.downwardAPI, 'items')) setDownwardItemDefaults(item)
  }
  if (volume.hostPath !== undefined) volume.hostPath.type ??= ''
  if (volume.iscsi !== undefined) volume.iscsi.iscsiInterface ??= 'default'
  const claimSpec = volume.ephemeral?.volumeClaimTemplate?.spec
  if (claimSpec !== undefined) claimSpec.volumeMode ??= 'Filesystem'
  if (volume.image !== undefined && !volume.image.pullPolicy) {
    volume.image.pullPolicy = pullPolicyOf(volume.image.reference ?? '')
  }
}

function setDownwardItemDefaults(item: Draft): void {
  if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1'
  if (item.resourceFieldRef !== undefined) item.resourceFieldRef.divisor ??= '0'
}

/** The names of the sources that a volume gives: one, if it is a good volume. */
function volumeSourcesOf(volume: Draft): string[] {
  return Object.keys(volume).filter((name) => name !== 'name' && volume[name] !== undefined)
}
