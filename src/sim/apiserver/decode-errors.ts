import { isObject } from '#sim/apimachinery/equality.ts'
import type { SchemaType, StructType } from '#sim/apimachinery/type-schema.ts'

/** A value of the wrong JSON type, worded as Go's decoder words it. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  /** What the converter says of it that reads maps instead of JSON, where that differs. */
  readonly ofConverter: string | undefined

  constructor(message: string, ofConverter?: string) {
    super(message)
    this.ofConverter = ofConverter
  }
}

/** Where the decoder is; put into words only when something is wrong there. */
export class Path {
  readonly #steps: (string | number)[] = []
  readonly #keys = new Set<number>()

  /** The field that the decoder is in, whatever indices and keys lie behind it. */
  get field(): string {
    const at = this.#steps.findLastIndex(
      (step, depth) => typeof step === 'string' && !this.#keys.has(depth),
    )
    return String(this.#steps[at] ?? '')
  }

  get depth(): number {
    return this.#steps.length
  }

  push(step: string | number): void {
    this.#steps.push(step)
  }

  /** A key of a map, which is part of the path but of no field's name. */
  pushKey(key: string): void {
    this.#keys.add(this.#steps.length)
    this.#steps.push(key)
  }

  pop(): void {
    this.#steps.pop()
    this.#keys.delete(this.#steps.length)
  }

  /** `spec.containers[0].name` */
  join(name: string): string {
    let text = ''
    for (const step of [...this.#steps, name]) {
      if (typeof step === 'number') text += `[${step}]`
      else text += text === '' ? step : `.${step}`
    }
    return text
  }

  /** `spec.containers.name`: that of the field, without the indices and keys on the way. */
  get ofField(): string {
    return this.#steps
      .filter((step, depth) => typeof step === 'string' && !this.#keys.has(depth))
      .join('.')
  }
}

/** What Go's decoder calls a value of this type. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

export function mismatch(
  value: unknown,
  struct: StructType,
  path: Path,
  type: SchemaType,
  shown = jsonKind(value),
): DecodeError {
  const named = NAMED_TYPES[`${struct.goName}.${path.field}`]
  return new DecodeError(
    `json: cannot unmarshal ${shown} into Go struct field ${struct.goName}.${path.ofField} of type ${goType(type, named)}`,
    converterWords(value, type, named),
  )
}

/** The converter looks at Go's kinds, not at JSON's, and never says where. */
function converterWords(value: unknown, type: SchemaType, named: string | undefined): string {
  const kind = goKind(value)
  switch (type.kind) {
    case 'struct':
      return `cannot restore struct from: ${kind}`
    case 'list':
    case 'bytes':
      return `cannot restore slice from ${kind}`
    case 'map':
      return `cannot restore map from ${kind}`
    case 'string':
      // To Go a whole number may become a string, of one character; the converter knows better.
      if (kind === 'int64') return `cannot convert int64 to ${goType(type, named)}`
      break
    case 'int32':
    case 'int64':
    case 'double':
      if (kind === 'int64' || kind === 'float64')
        return `cannot convert ${kind} to ${goType(type, named)}`
      break
    case 'bool':
    case 'time':
    case 'microtime':
    case 'quantity':
    case 'intOrString':
    case 'raw':
      break
  }
  return `unrecognized type: ${goType(type, undefined)}`
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice'
  if (isObject(value)) return 'map'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return jsonKind(value)
}

const PACKAGES: Readonly<Record<string, string>> = { meta: 'v1', intstr: 'intstr' }

function goType(type: SchemaType, named: string | undefined): string {
  switch (type.kind) {
    case 'struct': {
      const prefix = type.struct.name.split('.')[0] ?? ''
      return `${PACKAGES[prefix] ?? 'v1'}.${type.struct.goName}`
    }
    case 'list':
      return `[]${goType(type.of, named)}`
    case 'map':
      return `map[string]${goType(type.of, named)}`
    case 'double':
      return 'float64'
    case 'bytes':
      return '[]uint8'
    case 'time':
      return 'v1.Time'
    case 'microtime':
      return 'v1.MicroTime'
    case 'quantity':
      return 'resource.Quantity'
    case 'intOrString':
      return 'intstr.IntOrString'
    case 'raw':
      return 'runtime.RawExtension'
    case 'string':
      return named ?? type.kind
    case 'int32':
    case 'int64':
    case 'bool':
      return type.kind
  }
}

/** Members whose Go type is a string of a name of its own. */
const NAMED_TYPES: Readonly<Record<string, string>> = {
  'Container.imagePullPolicy': 'v1.PullPolicy',
  'Container.restartPolicy': 'v1.ContainerRestartPolicy',
  'Container.terminationMessagePolicy': 'v1.TerminationMessagePolicy',
  'ContainerPort.protocol': 'v1.Protocol',
  'DeploymentStrategy.type': 'v1.DeploymentStrategyType',
  'EndpointPort.protocol': 'v1.Protocol',
  'HTTPGetAction.scheme': 'v1.URIScheme',
  'LabelSelectorRequirement.operator': 'v1.LabelSelectorOperator',
  'NamespaceSpec.finalizers': 'v1.FinalizerName',
  'NodeSelectorRequirement.operator': 'v1.NodeSelectorOperator',
  'ObjectMeta.uid': 'types.UID',
  'OwnerReference.uid': 'types.UID',
  'PersistentVolumeClaimSpec.accessModes': 'v1.PersistentVolumeAccessMode',
  'PersistentVolumeClaimSpec.volumeMode': 'v1.PersistentVolumeMode',
  'PersistentVolumeSpec.accessModes': 'v1.PersistentVolumeAccessMode',
  'PersistentVolumeSpec.persistentVolumeReclaimPolicy': 'v1.PersistentVolumeReclaimPolicy',
  'PersistentVolumeSpec.volumeMode': 'v1.PersistentVolumeMode',
  'PodSpec.dnsPolicy': 'v1.DNSPolicy',
  'PodSpec.preemptionPolicy': 'v1.PreemptionPolicy',
  'PodSpec.restartPolicy': 'v1.RestartPolicy',
  'PodStatus.phase': 'v1.PodPhase',
  'Secret.type': 'v1.SecretType',
  'ServicePort.protocol': 'v1.Protocol',
  'ServiceSpec.externalTrafficPolicy': 'v1.ServiceExternalTrafficPolicy',
  'ServiceSpec.internalTrafficPolicy': 'v1.ServiceInternalTrafficPolicy',
  'ServiceSpec.ipFamilies': 'v1.IPFamily',
  'ServiceSpec.ipFamilyPolicy': 'v1.IPFamilyPolicy',
  'ServiceSpec.sessionAffinity': 'v1.ServiceAffinity',
  'ServiceSpec.type': 'v1.ServiceType',
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted':
    'v1.PersistentVolumeClaimRetentionPolicyType',
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled':
    'v1.PersistentVolumeClaimRetentionPolicyType',
  'StatefulSetSpec.podManagementPolicy': 'v1.PodManagementPolicyType',
  'StatefulSetUpdateStrategy.type': 'v1.StatefulSetUpdateStrategyType',
  'StorageClass.reclaimPolicy': 'v1.PersistentVolumeReclaimPolicy',
  'StorageClass.volumeBindingMode': 'v1.VolumeBindingMode',
  'Taint.effect': 'v1.TaintEffect',
  'Toleration.effect': 'v1.TaintEffect',
  'Toleration.operator': 'v1.TolerationOperator',
}
