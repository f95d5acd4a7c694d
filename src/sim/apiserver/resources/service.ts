import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid } from '#sim/apimachinery/field-errors.ts'
import { formatLabels } from '#sim/apimachinery/label-selector.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Draft, RequestContext } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN, textOr, wide } from './columns.ts'
import { defineResource, keepSpec, keepStatus, memberOf } from './define.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'
import { listOf } from './pod-spec/defaults.ts'
import { isIP } from './ip-addresses.ts'
import {
  allocateForService,
  contextOfUpdate,
  isHeadlessWithoutSelector,
} from './service-allocation.ts'
import {
  hasClusterIP,
  publishesNodePorts,
  validateService,
  validateServiceUpdate,
} from './service-validation.ts'

/** Upstream: pkg/apis/core/v1/defaults.go (SetDefaults_Service). */
function setDefaults(draft: Draft): void {
  draft.spec ??= {}
  const { spec } = draft
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  else if (spec.sessionAffinity === 'ClientIP') {
    if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
      spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10_800 } }
    }
  }
  spec.type ||= 'ClusterIP'
  for (const port of listOf(spec, 'ports')) {
    port.protocol ||= 'TCP'
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') {
      port.targetPort = port.port
    }
  }
  const isExternal = spec.type === 'NodePort' || spec.type === 'LoadBalancer'
  if (isExternal) spec.externalTrafficPolicy ||= 'Cluster'
  if (isExternal || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
}

/** Setting one of clusterIP and clusterIPs sets the other. */
function mirrorClusterIPs(spec: Draft): void {
  if (spec.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP]
}

/** What the update left out stays as it was; clearing one of the pair clears both. */
function mirrorClusterIPsOnUpdate(spec: Draft, oldSpec: Draft): void {
  const before: readonly string[] = oldSpec.clusterIPs ?? []
  const ips: readonly string[] = spec.clusterIPs ?? []
  if (spec.clusterIP !== oldSpec.clusterIP) {
    if (!spec.clusterIP && sameList(ips, before)) delete spec.clusterIPs
    else if (spec.clusterIP && sameList(ips, before)) {
      spec.clusterIPs = [spec.clusterIP, ...ips.slice(1)]
    }
  } else if (!sameList(ips, before) && ips.length === 0) delete spec.clusterIP
  mirrorClusterIPs(spec)
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

/** A Service keeps its addresses and ports when an update says nothing of them. */
function patchAllocated(spec: Draft, oldSpec: Draft): void {
  if (hasClusterIP(spec) && hasClusterIP(oldSpec) && !spec.clusterIP) {
    if ((spec.clusterIPs ?? []).length === 0) {
      spec.clusterIP = oldSpec.clusterIP
      spec.clusterIPs = oldSpec.clusterIPs
    }
  }
  if (!publishesNodePorts(spec) || !publishesNodePorts(oldSpec)) return
  const taken = new Set(listOf(spec, 'ports').map((port) => port.nodePort))
  for (const port of listOf(spec, 'ports')) {
    if (port.nodePort) continue
    const before = listOf(oldSpec, 'ports').find(
      (one) => one.port === port.port && one.protocol === port.protocol,
    )
    if (before?.nodePort && !taken.has(before.nodePort)) {
      port.nodePort = before.nodePort
      taken.add(before.nodePort)
    }
  }
}

/** What a change of type leaves behind goes, unless the update sets it itself. */
function dropTypeDependent(draft: Draft, oldSpec: Draft): void {
  const { spec } = draft
  if (hasClusterIP(oldSpec) && !hasClusterIP(spec)) {
    dropUnchanged(spec, oldSpec, [
      'clusterIP',
      'clusterIPs',
      'ipFamilies',
      'ipFamilyPolicy',
      'internalTrafficPolicy',
    ])
  }
  if (publishesNodePorts(oldSpec) && !publishesNodePorts(spec)) {
    const before = new Set(listOf(oldSpec, 'ports').map((port) => port.nodePort))
    for (const port of listOf(spec, 'ports')) if (before.has(port.nodePort)) delete port.nodePort
    dropUnchanged(spec, oldSpec, ['externalTrafficPolicy', 'healthCheckNodePort'])
  }
  if (oldSpec.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    dropUnchanged(spec, oldSpec, ['allocateLoadBalancerNodePorts', 'loadBalancerClass'])
    draft.status = { loadBalancer: {} }
  }
  if (oldSpec.type === 'ExternalName' && spec.type !== 'ExternalName') {
    dropUnchanged(spec, oldSpec, ['externalName'])
  }
}

function dropUnchanged(spec: Draft, oldSpec: Draft, members: readonly string[]): void {
  for (const member of members) {
    const [now, before] = [spec[member], oldSpec[member]]
    if (JSON.stringify(now) === JSON.stringify(before)) delete spec[member]
  }
}

/** One family: the simulated cluster has no second one to give. */
function setIPFamilies(spec: Draft): void {
  if (spec.type === 'ExternalName') return
  if (isHeadlessWithoutSelector(spec)) {
    spec.ipFamilyPolicy ??= 'RequireDualStack'
    if ((spec.ipFamilies ?? []).length === 0) {
      spec.ipFamilies = spec.ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6']
    }
    return
  }
  spec.ipFamilyPolicy ??= 'SingleStack'
  if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = ['IPv4']
}

function prepareForUpdate(draft: Draft, old: KubeObject, context: RequestContext): void {
  keepStatus(draft, old)
  const oldSpec = memberOf(old, 'spec') ?? {}
  mirrorClusterIPsOnUpdate(draft.spec, oldSpec)
  dropTypeDependent(draft, oldSpec)
  patchAllocated(draft.spec, oldSpec)
  setIPFamilies(draft.spec)
  allocateForService(draft, contextOfUpdate(context, old), () => validateUpdate(draft, old))
}

function validateUpdate(object: Draft, old: KubeObject): readonly FieldError[] {
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
  validateServiceUpdate(object, old, errors)
  validateService(object, errors)
  return errors
}

function warnings(object: Draft, old: KubeObject | undefined): readonly string[] {
  const { spec } = object
  const found: string[] = []
  if ((spec.externalIPs ?? []).length > 0 && old === undefined) {
    found.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  }
  if (spec.clusterIP === 'None' && spec.sessionAffinity === 'ClientIP') {
    found.push('spec.SessionAffinity is ignored for headless services')
  }
  if (spec.type !== 'ExternalName' && spec.externalName) {
    found.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  }
  return found
}

function externalCell(spec: Draft, status: Draft | undefined): string {
  const external: readonly string[] = spec.externalIPs ?? []
  if (spec.type === 'ExternalName') return spec.externalName ?? ''
  if (spec.type !== 'LoadBalancer') return textOr(external.join(','), '<none>')
  const balancers: readonly string[] = listOf(status?.loadBalancer, 'ingress').map(
    (one) => one.ip || one.hostname || '',
  )
  const shown = [...new Set(balancers)].filter((one) => one !== '').toSorted()
  return textOr([...shown, ...external].join(','), '<pending>')
}

function portsCell(spec: Draft): string {
  const ports = listOf(spec, 'ports').map((port) =>
    port.nodePort
      ? `${port.port}:${port.nodePort}/${port.protocol}`
      : `${port.port}/${port.protocol}`,
  )
  return textOr(ports.join(','), '<none>')
}

export const service = defineResource({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  nameRule: 'label',
  setDefaults,
  prepareForCreate: (draft, context) => {
    draft.status = { loadBalancer: {} }
    mirrorClusterIPs(draft.spec)
    setIPFamilies(draft.spec)
    allocateForService(draft, context, () => {
      const errors = validateObjectMeta(draft.metadata, true, 'label')
      validateService(draft, errors)
      return errors
    })
  },
  prepareForUpdate,
  validate: (object) => {
    const errors: FieldError[] = []
    validateService(object, errors)
    return errors
  },
  validateUpdate,
  status: {
    prepareForUpdate: keepSpec,
    validateUpdate: (object, old) => {
      const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
      for (const [index, one] of listOf(object.status?.loadBalancer, 'ingress').entries()) {
        if (one.ip && !isIP(one.ip)) {
          const field = `status.loadBalancer.ingress[${index}].ip`
          errors.push(
            invalid(field, one.ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
          )
        }
      }
      return errors
    },
  },
  warnings,
  fieldSelectors: {
    'spec.clusterIP': (object) => memberOf(object, 'spec')?.clusterIP ?? '',
    'spec.type': (object) => memberOf(object, 'spec')?.type ?? '',
  },
  columns: [
    NAME_COLUMN,
    column(
      'Type',
      'type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer. "ClusterIP" allocates a cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by the selector or if that is not specified, by manual construction of an Endpoints object or EndpointSlice objects. If clusterIP is "None", no virtual IP is allocated and the endpoints are published as a set of endpoints rather than a virtual IP. "NodePort" builds on ClusterIP and allocates a port on every node which routes to the same endpoints as the clusterIP. "LoadBalancer" builds on NodePort and creates an external load-balancer (if supported in the current cloud) which routes to the same endpoints as the clusterIP. "ExternalName" aliases this service to the specified externalName. Several other fields do not apply to ExternalName services. More info: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types',
    ),
    column(
      'Cluster-IP',
      'clusterIP is the IP address of the service and is usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be blank) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above).  Valid values are "None", empty string (""), or a valid IP address. Setting this to "None" makes a "headless service" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required.  Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
    ),
    column(
      'External-IP',
      'externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.  These IPs are not managed by Kubernetes.  The user is responsible for ensuring that traffic arrives at a node with this IP.  A common example is external load-balancers that are not part of the Kubernetes system.',
    ),
    column(
      'Port(s)',
      'The list of ports that are exposed by this service. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
    ),
    AGE_COLUMN,
    wide(
      'Selector',
      'Route service traffic to pods with label keys and values matching this selector. If empty or not present, the service is assumed to have an external process managing its endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and LoadBalancer. Ignored if type is ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/',
    ),
  ],
  row: (object, unixMs) => {
    const spec = memberOf(object, 'spec') ?? {}
    return [
      object.metadata.name,
      spec.type ?? '',
      spec.clusterIPs?.[0] ?? '<none>',
      externalCell(spec, memberOf(object, 'status')),
      portsCell(spec),
      age(object, unixMs),
      textOr(formatLabels(spec.selector), '<none>'),
    ]
  },
})
