import type { FieldError } from '#sim/apimachinery/field-error.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  unknownName,
  unsupported,
} from '#sim/apimachinery/field-errors.ts'
import { dnsLabelFaults, portNameFaults } from '#sim/apimachinery/names.ts'
import type { Draft } from '../../resource.ts'
import { inRange } from '../numbers.ts'
import { isPort, PORT_TEXT, PROTOCOLS } from '../ports.ts'
import { validateResources } from './container-resources.ts'
import { listOf } from './defaults.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { validateLifecycle, validateProbes } from './probes.ts'
import { validateInnerPath } from './volumes.ts'

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError']
const INT32_MAX = 2_147_483_647

/** What the containers of one Pod share while they are looked at. */
type Pod = {
  readonly volumes: ReadonlySet<string>
  readonly names: Set<string>
  readonly hostPorts: Set<string>
  readonly hostNetwork: boolean
  readonly graceSeconds: number
}

export function validateContainers(
  spec: Draft,
  volumes: ReadonlySet<string>,
  field: string,
  errors: FieldError[],
): void {
  const pod: Pod = {
    volumes,
    names: new Set(),
    hostPorts: new Set(),
    hostNetwork: spec.hostNetwork === true,
    graceSeconds: spec.terminationGracePeriodSeconds ?? 0,
  }
  const containers = listOf(spec, 'containers')
  if (containers.length === 0) errors.push(required(`${field}.containers`))
  for (const [index, container] of containers.entries()) {
    const path = `${field}.containers[${index}]`
    validateContainer(container, pod, path, errors)
    validateLifecycle(container.lifecycle, pod.graceSeconds, `${path}.lifecycle`, errors)
    validateProbes(container, path, errors)
  }
  for (const [index, container] of listOf(spec, 'initContainers').entries()) {
    validateInitContainer(container, pod, `${field}.initContainers[${index}]`, errors)
  }
  const targets = new Set(pod.names)
  for (const [index, container] of listOf(spec, 'ephemeralContainers').entries()) {
    const path = `${field}.ephemeralContainers[${index}]`
    validateContainer(container, pod, path, errors)
    validateEphemeral(container, targets, path, errors)
  }
}

const NOT_EPHEMERAL = ['ports', 'resources', 'resizePolicy', 'restartPolicy', 'lifecycle'] as const

/** A visitor to debug with has nothing that a Pod would rely upon. */
function validateEphemeral(
  container: Draft,
  targets: ReadonlySet<string>,
  field: string,
  errors: FieldError[],
): void {
  const target = container.targetContainerName ?? ''
  if (target !== '' && !targets.has(target))
    errors.push(unknownName(`${field}.targetContainerName`, target))
  const why = 'cannot be set for an Ephemeral Container'
  for (const member of [...NOT_EPHEMERAL, ...PROBES]) {
    const value = container[member]
    if (value !== undefined && Object.keys(value).length > 0)
      errors.push(forbidden(`${field}.${member}`, why))
  }
  for (const [index, mount] of listOf(container, 'volumeMounts').entries()) {
    for (const member of ['subPath', 'subPathExpr'])
      if (mount[member]) errors.push(forbidden(`${field}.volumeMounts[${index}].${member}`, why))
  }
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe']

/** One that restarts for ever is a sidecar, and may do what a regular container may. */
function validateInitContainer(
  container: Draft,
  pod: Pod,
  field: string,
  errors: FieldError[],
): void {
  validateContainer(container, pod, field, errors)
  const { restartPolicy } = container
  if (restartPolicy === 'Always') {
    validateLifecycle(container.lifecycle, pod.graceSeconds, `${field}.lifecycle`, errors)
    validateProbes(container, field, errors)
    return
  }
  if (restartPolicy !== undefined && restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    errors.push(unsupported(`${field}.restartPolicy`, restartPolicy, ['Always']))
  }
  for (const member of ['lifecycle', ...PROBES]) {
    if (container[member] === undefined) continue
    errors.push(
      forbidden(
        `${field}.${member}`,
        'may not be set for init containers without restartPolicy=Always',
      ),
    )
  }
}

function validateContainer(container: Draft, pod: Pod, field: string, errors: FieldError[]): void {
  validateNameAndImage(container, pod, field, errors)
  if (!MESSAGE_POLICIES.includes(container.terminationMessagePolicy)) {
    errors.push(
      unsupported(
        `${field}.terminationMessagePolicy`,
        container.terminationMessagePolicy,
        MESSAGE_POLICIES,
      ),
    )
  }
  const ports = listOf(container, 'ports')
  if (ports.length > 0) validatePorts(ports, pod, `${field}.ports`, errors)
  const env = listOf(container, 'env')
  if (env.length > 0) validateEnv(env, `${field}.env`, errors)
  const envFrom = listOf(container, 'envFrom')
  if (envFrom.length > 0) validateEnvFrom(envFrom, `${field}.envFrom`, errors)
  const mounts = listOf(container, 'volumeMounts')
  if (mounts.length > 0) validateMounts(mounts, pod, `${field}.volumeMounts`, errors)
  validateDevices(listOf(container, 'volumeDevices'), pod, `${field}.volumeDevices`, errors)
  if (!PULL_POLICIES.includes(container.imagePullPolicy)) {
    errors.push(unsupported(`${field}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES))
  }
  validateResources(container.resources, `${field}.resources`, errors)
  const context = container.securityContext
  if (context === undefined) return
  inRange(`${field}.securityContext.runAsUser`, context.runAsUser, 0, INT32_MAX, errors)
  inRange(`${field}.securityContext.runAsGroup`, context.runAsGroup, 0, INT32_MAX, errors)
}

function validateNameAndImage(
  { name, image }: Draft,
  pod: Pod,
  field: string,
  errors: FieldError[],
): void {
  if (!name) errors.push(required(`${field}.name`))
  else {
    for (const text of dnsLabelFaults(name)) errors.push(invalid(`${field}.name`, name, text))
    if (pod.names.has(name)) errors.push(duplicate(`${field}.name`, name))
    pod.names.add(name)
  }
  if (!image) errors.push(required(`${field}.image`))
  else if (image.trim() !== image) {
    errors.push(invalid(`${field}.image`, image, 'must not have leading or trailing whitespace'))
  }
}

function validatePorts(
  ports: readonly Draft[],
  pod: Pod,
  field: string,
  errors: FieldError[],
): void {
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const path = `${field}[${index}]`
    if (port.name) {
      const faults = portNameFaults(port.name)
      for (const text of faults) errors.push(invalid(`${path}.name`, port.name, text))
      if (faults.length === 0 && names.has(port.name)) {
        errors.push(duplicate(`${path}.name`, port.name))
      }
      names.add(port.name)
    }
    if (!port.containerPort) errors.push(required(`${path}.containerPort`))
    else if (!isPort(port.containerPort)) {
      errors.push(invalid(`${path}.containerPort`, port.containerPort, PORT_TEXT))
    }
    if (port.hostPort) validateHostPort(port, pod, path, errors)
    if (!port.protocol) errors.push(required(`${path}.protocol`))
    else if (!PROTOCOLS.includes(port.protocol)) {
      errors.push(unsupported(`${path}.protocol`, port.protocol, PROTOCOLS))
    }
  }
}

function validateHostPort(port: Draft, pod: Pod, field: string, errors: FieldError[]): void {
  const { hostPort, containerPort, protocol, hostIP = '' } = port
  if (!isPort(hostPort)) errors.push(invalid(`${field}.hostPort`, hostPort, PORT_TEXT))
  if (pod.hostNetwork && hostPort !== containerPort) {
    errors.push(
      invalid(
        `${field}.containerPort`,
        containerPort,
        'must match `hostPort` when `hostNetwork` is true',
      ),
    )
  }
  const key = `${protocol}/${hostIP}/${hostPort}`
  if (pod.hostPorts.has(key)) errors.push(duplicate(`${field}.hostPort`, key))
  pod.hostPorts.add(key)
}

function validateMounts(
  mounts: readonly Draft[],
  pod: Pod,
  field: string,
  errors: FieldError[],
): void {
  const paths = new Set<string>()
  for (const [index, mount] of mounts.entries()) {
    const path = `${field}[${index}]`
    if (!mount.name) errors.push(required(`${path}.name`))
    if (!pod.volumes.has(mount.name)) errors.push(unknownName(`${path}.name`, mount.name ?? ''))
    if (!mount.mountPath) errors.push(required(`${path}.mountPath`))
    if (paths.has(mount.mountPath)) {
      errors.push(invalid(`${path}.mountPath`, mount.mountPath, 'must be unique'))
    }
    paths.add(mount.mountPath)
    // The path of this one really lacks the index.
    if (mount.subPath) validateInnerPath(mount.subPath, `${field}.subPath`, errors)
    if (!mount.subPathExpr) continue
    if (mount.subPath) {
      errors.push(
        invalid(
          `${field}.subPathExpr`,
          mount.subPathExpr,
          'subPathExpr and subPath are mutually exclusive',
        ),
      )
    }
    validateInnerPath(mount.subPathExpr, `${field}.subPathExpr`, errors)
  }
}

function validateDevices(
  devices: readonly Draft[],
  pod: Pod,
  field: string,
  errors: FieldError[],
): void {
  const paths = new Set<string>()
  for (const [index, device] of devices.entries()) {
    const path = `${field}[${index}]`
    if (!device.name) errors.push(required(`${path}.name`))
    if (!pod.volumes.has(device.name)) errors.push(unknownName(`${path}.name`, device.name ?? ''))
    if (!device.devicePath) errors.push(required(`${path}.devicePath`))
    else if (paths.has(device.devicePath)) {
      errors.push(invalid(`${path}.devicePath`, device.devicePath, 'must be unique'))
    }
    paths.add(device.devicePath)
  }
}
