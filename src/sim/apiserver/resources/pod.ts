import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid } from '#sim/apimachinery/field-errors.ts'
import { dnsLabelFaults } from '#sim/apimachinery/names.ts'
import { notNegative } from './numbers.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Draft } from '../resource.ts'
import { checkLimits } from '../limit-ranger.ts'
import {
  bumpGeneration,
  defineResource,
  shareUnchangedSpec,
  keepGeneration,
  keepSpec,
  keepStatus,
  memberOf,
  startGeneration,
} from './define.ts'
import { isIPv4, validateIP } from './ip-addresses.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'
import { admitPod, admitPodUpdate } from './pod-admission.ts'
import { POD_COLUMNS, podRow } from './pod-table.ts'
import { validatePodUpdate } from './pod-update.ts'
import { listOf, requestWhatIsLimited, setPodSpecDefaults } from './pod-spec/defaults.ts'
import { writeOutMatchLabelKeys } from './pod-spec/match-label-keys.ts'
import { qosClassOf } from './pod-spec/qos.ts'
import { validatePodSpec } from './pod-spec/validation.ts'
import { podSpecWarnings } from './pod-spec/warnings.ts'

function setDefaults(draft: Draft): void {
  draft.spec ??= {}
  setPodSpecDefaults(draft.spec)
  requestWhatIsLimited(draft.spec)
  draft.spec.enableServiceLinks ??= true
}

function prepareForCreate(draft: Draft): void {
  startGeneration(draft)
  const { spec } = draft
  if (spec.terminationGracePeriodSeconds < 0) spec.terminationGracePeriodSeconds = 1
  writeOutMatchLabelKeys(draft)
  draft.status = { phase: 'Pending', qosClass: qosClassOf(spec) }
  if (listOf(spec, 'schedulingGates').length > 0) {
    draft.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ]
  }
}

/** A status write leaves spec and owners alone, and need not repeat what the server computed. */
function prepareStatusForUpdate(draft: Draft, old: KubeObject): void {
  keepSpec(draft, old)
  keepGeneration(draft, old)
  if (old.metadata.ownerReferences === undefined) delete draft.metadata.ownerReferences
  else draft.metadata.ownerReferences = old.metadata.ownerReferences
  const before = memberOf(old, 'status') ?? {}
  const status: Draft = draft.status ?? {}
  const kept: Draft = {}
  for (const member of ['qosClass', 'observedGeneration']) {
    if (!status[member] && before[member] !== undefined) kept[member] = before[member]
  }
  draft.status = { ...status, ...kept }
  mirrorIPs(draft.status, before)
}

/** podIP is the first of podIPs, whichever of them was written. */
function mirrorIPs(status: Draft, before: Draft): void {
  if (status.podIP && listOf(status, 'podIPs').length === 0) status.podIPs = [{ ip: status.podIP }]
  else if (status.podIP && status.podIPs[0].ip !== status.podIP) {
    const isListOld = status.podIPs === before.podIPs
    if (isListOld) status.podIPs = [{ ip: status.podIP }]
    else status.podIP = status.podIPs[0].ip
  } else if (!status.podIP && listOf(status, 'podIPs').length > 0)
    status.podIP = status.podIPs[0].ip
}

function validateStatus(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
  for (const list of ['containerStatuses', 'initContainerStatuses']) {
    for (const [index, one] of listOf(object.status, list).entries()) {
      notNegative(`status.${list}[${index}].restartCount`, one.restartCount, errors)
    }
  }
  const before = memberOf(old, 'status') ?? {}
  for (const list of ['podIPs', 'hostIPs']) {
    if (object.status?.[list] === before[list]) continue
    validateAddresses(listOf(object.status, list), `status.${list}`, errors)
  }
  if (before.qosClass !== undefined && object.status?.qosClass !== before.qosClass)
    errors.push(invalid('status.qosClass', object.status?.qosClass, 'field is immutable'))
  return errors
}

/** One address, or one of each family. */
function validateAddresses(list: readonly Draft[], field: string, errors: FieldError[]): void {
  for (const [index, { ip = '' }] of list.entries()) validateIP(ip, `${field}[${index}]`, errors)
  const addresses = list.map(({ ip }) => ip)
  if (
    addresses.length > 2 ||
    (addresses.length === 2 && isIPv4(addresses[0]) === isIPv4(addresses[1]))
  )
    errors.push(
      invalid(
        field,
        list.map(({ ip }) => ({ IP: ip })),
        'may specify no more than one IP for each IP family',
      ),
    )
}

function textAt(path: readonly string[], fallback = ''): (object: KubeObject) => string {
  return (object) => {
    let value: Draft[string] = object
    for (const member of path) value = value?.[member]
    return value === undefined || value === null ? fallback : String(value)
  }
}

function hostnameWarnings({ metadata }: Draft): string[] {
  const faults = dnsLabelFaults(metadata.name ?? '')
  if (faults.length === 0) return []
  return [
    `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`,
  ]
}

const nodeName = textAt(['spec', 'nodeName'])

export const pod = defineResource({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  setDefaults,
  admitCreate: admitPod,
  admitUpdate: admitPodUpdate,
  // Nothing that limits speak of can be changed later.
  admitValidated: (object, old, context) => {
    if (old === undefined) checkLimits('pods', object, context)
  },
  prepareForCreate,
  prepareForUpdate: (draft, old) => {
    keepStatus(draft, old)
    bumpGeneration(draft, old, shareUnchangedSpec(draft, old))
  },
  validate: (object) => {
    const errors: FieldError[] = []
    validatePodSpec(object.spec, 'spec', errors)
    if (listOf(object.spec, 'ephemeralContainers').length > 0) {
      errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'))
    }
    if (listOf(object.spec, 'schedulingGates').length > 0 && object.spec.nodeName) {
      const why = 'cannot be set until all schedulingGates have been cleared'
      errors.push(forbidden('spec.nodeName', why))
    }
    return errors
  },
  validateUpdate: (object, old) => {
    const errors = validateObjectMeta(object.metadata, true, 'subdomain', 'metadata', old.metadata)
    const oldSpec = memberOf(old, 'spec')
    errors.push(...validateObjectMetaUpdate(object.metadata, old.metadata))
    if (object.spec !== oldSpec) {
      validatePodSpec(object.spec, 'spec', errors)
      validatePodUpdate(object.spec, oldSpec, errors)
    }
    return errors
  },
  status: { prepareForUpdate: prepareStatusForUpdate, validateUpdate: validateStatus },
  warnings: (object, old) => {
    const found = old === undefined ? hostnameWarnings(object) : []
    if (old === undefined || object.metadata.generation !== old.metadata.generation) {
      podSpecWarnings(object, '', found)
    }
    return found
  },
  fieldSelectors: {
    'spec.nodeName': nodeName,
    'spec.host': nodeName,
    'spec.restartPolicy': textAt(['spec', 'restartPolicy']),
    'spec.schedulerName': textAt(['spec', 'schedulerName']),
    'spec.serviceAccountName': textAt(['spec', 'serviceAccountName']),
    'spec.hostNetwork': textAt(['spec', 'hostNetwork'], 'false'),
    'status.phase': textAt(['status', 'phase']),
    'status.podIP': textAt(['status', 'podIPs', '0', 'ip']),
    'status.podIPs': () => '',
    'status.nominatedNodeName': textAt(['status', 'nominatedNodeName']),
  },
  defaultGraceSeconds: (object, requested) => {
    const spec = memberOf(object, 'spec')
    const phase = memberOf(object, 'status')?.phase
    const isOver = phase === 'Succeeded' || phase === 'Failed'
    if (!spec?.nodeName || isOver) return 0
    const period = requested ?? spec.terminationGracePeriodSeconds ?? 0
    return period < 0 ? 1 : period
  },
  columns: POD_COLUMNS,
  row: podRow,
})
