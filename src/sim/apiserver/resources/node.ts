import type { FieldError } from '#sim/apimachinery/field-error.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  unsupported,
} from '#sim/apimachinery/field-errors.ts'
import { labelValueFaults, qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN, textOr, wide } from './columns.ts'
import { defineResource, keepMember, keepSpec, memberOf } from './define.ts'
import { CIDR_TEXT, isCidr } from './ip-addresses.ts'
import { validateObjectMetaUpdate } from './object-meta.ts'
import { listOf, roundResourceList } from './pod-spec/defaults.ts'

const NOT_READY = 'node.kubernetes.io/not-ready'
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function setDefaults(draft: Draft): void {
  draft.spec ??= {}
  const { spec, status } = draft
  // The first network has a member of its own, from the time when there was only one.
  if (spec.podCIDR && listOf(spec, 'podCIDRs').length === 0) spec.podCIDRs = [spec.podCIDR]
  else if (!spec.podCIDR && listOf(spec, 'podCIDRs').length > 0) spec.podCIDR = spec.podCIDRs[0]
  if (status?.capacity === undefined) return
  roundResourceList(status.capacity)
  status.allocatable ??= { ...status.capacity }
  roundResourceList(status.allocatable)
}

/** A node takes no Pods before it is known to be ready. */
function admitCreate(draft: Draft): void {
  const taints = listOf(draft.spec, 'taints')
  if (taints.some((taint) => taint.key === NOT_READY && taint.effect === 'NoSchedule')) return
  draft.spec.taints = [...taints, { key: NOT_READY, effect: 'NoSchedule' }]
}

function validateSpec(spec: Draft): FieldError[] {
  const errors: FieldError[] = []
  validateTaints(listOf(spec, 'taints'), errors)
  for (const [index, cidr] of (spec.podCIDRs ?? []).entries()) {
    if (isCidr(cidr)) continue
    errors.push(invalid(`spec.podCIDRs[${index}]`, cidr, CIDR_TEXT))
  }
  const cidrs: readonly string[] = spec.podCIDRs ?? []
  const isOfOneFamily = cidrs.length > 1 && cidrs[0]?.includes(':') === cidrs[1]?.includes(':')
  if (isOfOneFamily || cidrs.length > 2) {
    const why = 'may specify no more than one CIDR for each IP family'
    errors.push(invalid('spec.podCIDRs', cidrs, why))
  }
  return errors
}

/** The paths really speak of metadata. */
function validateTaints(taints: readonly Draft[], errors: FieldError[]): void {
  const seen = new Set<string>()
  for (const [index, taint] of taints.entries()) {
    const field = `metadata.taints[${index}]`
    for (const text of qualifiedNameFaults(taint.key ?? '')) {
      errors.push(invalid(`${field}.key`, taint.key ?? '', text))
    }
    for (const text of labelValueFaults(taint.value ?? '')) {
      errors.push(invalid(`${field}.value`, taint.value, text))
    }
    if (!taint.effect) errors.push(required(`${field}.effect`))
    else if (!EFFECTS.includes(taint.effect)) {
      errors.push(unsupported(`${field}.effect`, taint.effect, EFFECTS))
    }
    const pair = `${taint.key}:${taint.effect}`
    if (seen.has(pair)) errors.push(duplicateTaint(field, taint))
    seen.add(pair)
  }
}

function duplicateTaint(field: string, taint: Draft): FieldError {
  const shown = {
    Key: taint.key,
    Value: taint.value ?? '',
    Effect: taint.effect,
    TimeAdded: taint.timeAdded ?? null,
  }
  const { type, message } = duplicate(field, shown)
  return { type, field, message: `${message}: taints must be unique by key and effect pair` }
}

function validateUpdate(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
  errors.push(...validateSpec(object.spec))
  const oldSpec = memberOf(old, 'spec')
  const cidrs = oldSpec?.podCIDRs ?? []
  if (cidrs.length > 0 && !semanticallyEqual(cidrs, object.spec.podCIDRs)) {
    errors.push(
      forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'),
    )
  }
  if (oldSpec?.providerID && oldSpec.providerID !== object.spec.providerID) {
    errors.push(
      forbidden(
        'spec.providerID',
        'node updates may not change providerID except from "" to valid',
      ),
    )
  }
  return errors
}

const ADDRESSES_TEXT =
  "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP)."

function statusCell(node: KubeObject): string {
  const ready = listOf(memberOf(node, 'status'), 'conditions').find((one) => one.type === 'Ready')
  const state = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return memberOf(node, 'spec')?.unschedulable === true ? `${state},SchedulingDisabled` : state
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function rolesCell(node: KubeObject): string {
  const roles = new Set<string>()
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length))
    else if (key === 'kubernetes.io/role') roles.add(value)
  }
  roles.delete('')
  return textOr([...roles].toSorted().join(','), '<none>')
}

function addressCell(node: KubeObject, type: string): string {
  const addresses = listOf(memberOf(node, 'status'), 'addresses')
  return addresses.find((address) => address.type === type)?.address ?? '<none>'
}

export const node = defineResource({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  setDefaults,
  admitCreate,
  // The status given at creation is kept, unlike with other kinds.
  prepareForUpdate: (draft, old) => keepMember(draft, old, 'status'),
  validate: (object) => validateSpec(object.spec),
  validateUpdate,
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: (object, old) => validateObjectMetaUpdate(object.metadata, old.metadata),
  },
  fieldSelectors: {
    'spec.unschedulable': (object) => String(memberOf(object, 'spec')?.unschedulable ?? false),
  },
  columns: [
    NAME_COLUMN,
    column('Status', 'The status of the node'),
    column('Roles', 'The roles of the node'),
    AGE_COLUMN,
    column('Version', 'Kubelet Version reported by the node.'),
    wide('Internal-IP', ADDRESSES_TEXT),
    wide('External-IP', ADDRESSES_TEXT),
    wide(
      'OS-Image',
      'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
    ),
    wide(
      'Kernel-Version',
      "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
    ),
    wide(
      'Container-Runtime',
      'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
    ),
  ],
  row: (object, unixMs) => {
    const facts = memberOf(object, 'status')?.nodeInfo ?? {}
    const kernel = textOr(facts.kernelVersion, '<unknown>')
    return [
      object.metadata.name,
      statusCell(object),
      rolesCell(object),
      age(object, unixMs),
      facts.kubeletVersion ?? '',
      addressCell(object, 'InternalIP'),
      addressCell(object, 'ExternalIP'),
      textOr(facts.osImage, '<unknown>'),
      facts.architecture ? `${kernel} (${facts.architecture})` : kernel,
      textOr(facts.containerRuntimeVersion, '<unknown>'),
    ]
  },
})
