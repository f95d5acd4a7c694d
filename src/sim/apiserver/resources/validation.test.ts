import { describe, expect, it } from 'vitest'
import type { Draft } from '../resource.ts'
import { create, texts } from './test-support.ts'

/** Faults that the recordings do not hold, in the words of the specification. */

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

function pod(spec: Draft, container: Draft = {}): Draft {
  const containers = [{ name: 'c', image: 'i', ...container }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers, ...spec } }
}

const template = (spec: Draft = {}): Draft => ({
  metadata: { labels: { a: 'b' } },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})

function workload(kind: string, spec: Draft): Draft {
  const selector = { matchLabels: { a: 'b' } }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w' },
    spec: { selector, template: template(), ...spec },
  }
}

function object(apiVersion: string, kind: string, members: Draft): Draft {
  return { apiVersion, kind, metadata: { name: 'x' }, ...members }
}

const service = (spec: Draft): Draft => object('v1', 'Service', { spec })
const claim = (spec: Draft): Draft =>
  object('v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  })

type Case = readonly [what: string, body: Draft, errors: readonly string[]]

const POD_CASES: readonly Case[] = [
  [
    'more nameservers than resolvers read',
    pod({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } }),
    [
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
    ],
  ],
  [
    'a part of a device',
    pod({}, { resources: { limits: { 'ex.com/gpu': '1500m' }, requests: { 'ex.com/gpu': '2' } } }),
    [
      'spec.containers[0].resources.limits[ex.com/gpu]: Invalid value: "1500m": must be an integer',
      'spec.containers[0].resources.requests: Invalid value: "2": must be equal to ex.com/gpu limit of 1500m',
    ],
  ],
  [
    'huge pages alone',
    pod({}, { resources: { requests: { 'hugepages-2Mi': '2Mi' } } }),
    [
      'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
      'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
    ],
  ],
  [
    'a divisor that is no unit',
    pod(
      {},
      {
        env: [
          { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '3' } } },
        ],
      },
    ),
    [
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "3": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ],
  ],
  [
    'a header with a blank',
    pod(
      {},
      { readinessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: '' }] } } },
    ),
    [
      "spec.containers[0].readinessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    ],
  ],
  [
    'a hook that sleeps longer than the Pod may take',
    pod({}, { lifecycle: { preStop: { sleep: { seconds: 100 } } } }),
    [
      'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 100: must be non-negative and less than terminationGracePeriodSeconds (30)',
    ],
  ],
  [
    'fewest domains for a mere preference',
    pod({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 },
      ],
    }),
    [
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    ],
  ],
  [
    'a node in spite of gates',
    pod({ schedulingGates: [{ name: 'a' }], nodeName: 'n' }),
    ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
  ],
  [
    'an unknown operating system',
    pod({ os: { name: 'x' } }),
    ['spec.os: Unsupported value: "x": supported values: "linux", "windows"'],
  ],
  [
    'two ways of sharing processes',
    pod({ hostPID: true, shareProcessNamespace: true }),
    [
      'spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
    ],
  ],
  [
    'blanks around an image',
    pod({}, { image: ' i ' }),
    [
      'spec.containers[0].image: Invalid value: " i ": must not have leading or trailing whitespace',
    ],
  ],
  [
    'a name with dots',
    pod({}, { name: 'a.b' }),
    ['spec.containers[0].name: Invalid value: "a.b": must not contain dots'],
  ],
  [
    'a name that an init container has too',
    pod({ initContainers: [{ name: 'c', image: 'i' }] }),
    ['spec.initContainers[0].name: Duplicate value: "c"'],
  ],
  [
    'a port that is missing',
    pod({}, { ports: [{}] }),
    ['spec.containers[0].ports[0].containerPort: Required value'],
  ],
  [
    'an unknown protocol',
    pod({}, { ports: [{ containerPort: 1, protocol: 'X' }] }),
    [
      'spec.containers[0].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  [
    'no DNS configuration where it is all there is',
    pod({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'an unknown policy for messages',
    pod({}, { terminationMessagePolicy: 'X' }),
    [
      'spec.containers[0].terminationMessagePolicy: Unsupported value: "X": supported values: "File", "FallbackToLogsOnError"',
    ],
  ],
  [
    'two mounts at one path',
    pod(
      { volumes: [{ name: 'v' }] },
      {
        volumeMounts: [
          { name: 'v', mountPath: '/x' },
          { name: 'v', mountPath: '/x', subPath: '../a' },
        ],
      },
    ),
    [
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique',
      `spec.containers[0].volumeMounts.subPath: Invalid value: "../a": must not contain '..'`,
    ],
  ],
  [
    'incomplete volume sources',
    pod({
      volumes: [
        { name: 'a', hostPath: {} },
        { name: 'b', configMap: {} },
        { name: 'c', secret: {} },
        { hostPath: { path: '/x' } },
      ],
    }),
    [
      'spec.volumes[0].hostPath.path: Required value',
      'spec.volumes[1].configMap.name: Required value',
      'spec.volumes[2].secret.secretName: Required value',
      'spec.volumes[3].name: Required value',
    ],
  ],
  [
    'an unknown resource',
    pod({}, { resources: { requests: { foo: '1' } } }),
    [
      'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers',
    ],
  ],
  [
    'faulty variables',
    pod(
      {},
      {
        env: [
          { name: 'a=b' },
          { name: 'B', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'C', valueFrom: {} },
          { name: 'D', valueFrom: { fieldRef: { fieldPath: 'foo' } } },
        ],
      },
    ),
    [
      `spec.containers[0].env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      'spec.containers[0].env[1].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      'spec.containers[0].env[2].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      'spec.containers[0].env[3].valueFrom.fieldRef.fieldPath: Invalid value: "foo": error converting fieldPath: field label not supported: foo',
    ],
  ],
  [
    'faulty probes and hooks',
    pod(
      {},
      {
        livenessProbe: { exec: {}, initialDelaySeconds: -3 },
        startupProbe: { tcpSocket: { port: 80 }, successThreshold: 2 },
        lifecycle: { preStop: {} },
      },
    ),
    [
      'spec.containers[0].lifecycle.preStop: Required value: must specify a handler type',
      'spec.containers[0].livenessProbe.exec.command: Required value',
      'spec.containers[0].livenessProbe.initialDelaySeconds: Invalid value: -3: must be greater than or equal to 0',
      'spec.containers[0].startupProbe.successThreshold: Invalid value: 2: must be 1',
    ],
  ],
  [
    'a deadline of nothing',
    pod({ activeDeadlineSeconds: 0 }),
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  [
    'faulty tolerations',
    pod({
      tolerations: [
        { operator: 'X' },
        { key: 'a', operator: 'Exists', value: 'v' },
        { key: 'a', effect: 'X' },
        { key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 },
      ],
    }),
    [
      'spec.tolerations[0].operator: Invalid value: "X": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      'spec.tolerations[0].operator: Unsupported value: "X": supported values: "Equal", "Exists"',
      'spec.tolerations[1].operator: Invalid value: "v": value must be empty when `operator` is \'Exists\'',
      'spec.tolerations[2].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.tolerations[3].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  ],
  [
    'faulty affinity weights and spread',
    pod({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }],
        },
      },
      topologySpreadConstraints: [{ maxSkew: 0, whenUnsatisfiable: 'X', labelSelector: {} }],
    }),
    [
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "X": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
  [
    'ids out of range',
    pod({ securityContext: { fsGroup: -1 } }),
    [
      'spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
  ],
  [
    'a probe of an init container',
    pod({
      initContainers: [{ name: 'i', image: 'i', readinessProbe: { tcpSocket: { port: 1 } } }],
    }),
    [
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
]

const WORKLOAD_CASES: readonly Case[] = [
  [
    'a Deployment without selector',
    workload('Deployment', { selector: undefined }),
    [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'an empty selector of a ReplicaSet',
    workload('ReplicaSet', { selector: {} }),
    ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'a faulty selector',
    workload('StatefulSet', {
      selector: {
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'X' },
          { key: 'a', operator: 'Exists', values: ['b'] },
        ],
      },
    }),
    [
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      'spec.selector.matchExpressions[1].operator: Invalid value: "X": not a valid selector operator',
      "spec.selector.matchExpressions[2].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"In"},{"key":"a","operator":"X"},{"key":"a","operator":"Exists","values":["b"]}]}',
    ],
  ],
  [
    'faulty strategies',
    workload('Deployment', { strategy: { type: 'X' } }),
    [
      'spec.strategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
    ],
  ],
  [
    'parameters of another strategy',
    workload('Deployment', { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
    [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
  ],
  [
    'a rollout that can never move',
    workload('Deployment', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
  ],
  [
    'a deadline before readiness',
    workload('Deployment', { progressDeadlineSeconds: 5, minReadySeconds: 5 }),
    ['spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds'],
  ],
  [
    'a rolling update of OnDelete',
    workload('StatefulSet', {
      updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } },
    }),
    [
      `spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'`,
    ],
  ],
  [
    'claim templates that make no claims',
    workload('StatefulSet', {
      volumeClaimTemplates: [
        {
          metadata: { name: 'a' },
          spec: {
            accessModes: ['X', 'ReadWriteOncePod'],
            resources: { requests: { storage: '0' } },
          },
        },
      ],
    }),
    [
      'spec.volumeClaimTemplates[0].spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.volumeClaimTemplates[0].spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
  ],
  [
    'a mount of a volume that no template makes, and a deadline',
    workload('StatefulSet', {
      template: template({
        activeDeadlineSeconds: 5,
        containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/d' }] }],
      }),
    }),
    [
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
    ],
  ],
  [
    'a revision without data',
    object('apps/v1', 'ControllerRevision', { revision: -1 }),
    [
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
]

const PORT = { port: 80 }

const NETWORK_CASES: readonly Case[] = [
  [
    'an affinity of no length',
    service({
      ports: [{ port: 80 }],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } },
    }),
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
    ],
  ],
  [
    'what only a load balancer has',
    service({
      ports: [{ port: 80 }],
      loadBalancerClass: 'a/b',
      allocateLoadBalancerNodePorts: true,
    }),
    [
      "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  ],
  [
    'a source range that is none',
    service({ type: 'LoadBalancer', ports: [{ port: 80 }], loadBalancerSourceRanges: ['x'] }),
    [
      'spec.loadBalancerSourceRanges[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    'an address that means the machine itself',
    service({ ports: [{ port: 80 }], externalIPs: ['127.0.0.1'] }),
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
  [
    'families and policies that do not exist',
    service({ ports: [{ port: 80 }], ipFamilies: ['IPv9'], ipFamilyPolicy: 'X' }),
    [
      'spec.ipFamilies[0]: Unsupported value: "IPv9": supported values: "IPv4", "IPv6"',
      'spec.ipFamilyPolicy: Unsupported value: "X": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    ],
  ],
  [
    'a health check without a balancer',
    service({ type: 'NodePort', ports: [{ port: 80 }], healthCheckNodePort: 5 }),
    [
      "spec.healthCheckNodePort: Invalid value: 5: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  ],
  [
    'an endpoint that means the machine itself',
    object('v1', 'Endpoints', { subsets: [{ addresses: [{ ip: '169.254.1.1' }] }] }),
    [
      'subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
  ],
  ['a Service without ports', service({}), ['spec.ports: Required value']],
  [
    'ports without names',
    service({ ports: [PORT, { port: 81, name: 'a' }, { port: 82, name: 'a' }] }),
    ['spec.ports[0].name: Required value', 'spec.ports[2].name: Duplicate value: "a"'],
  ],
  [
    'the same port twice',
    service({
      ports: [
        { port: 80, name: 'a' },
        { port: 80, name: 'b' },
      ],
    }),
    [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    'a port of nothing',
    service({ ports: [{ port: 0 }] }),
    [
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'unknown choices',
    service({ ports: [PORT], type: 'X', sessionAffinity: 'X' }),
    [
      'spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"',
      'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    'an address that is none',
    service({ ports: [PORT], clusterIP: 'x' }),
    [`spec.clusterIPs[0]: Invalid value: "x": ${IP_TEXT}`],
  ],
  [
    'a headless node port',
    service({ ports: [PORT], clusterIP: 'None', type: 'NodePort' }),
    [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
  ],
  [
    'a node port of a ClusterIP',
    service({ ports: [{ port: 80, nodePort: 30_000 }] }),
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    'an external name of nothing',
    service({ type: 'ExternalName' }),
    ['spec.externalName: Required value'],
  ],
  [
    'faulty Endpoints',
    object('v1', 'Endpoints', {
      subsets: [{ addresses: [{ ip: 'x' }], ports: [PORT, { port: 81, name: 'a' }] }, {}],
    }),
    [
      `subsets[0].addresses[0].ip: Invalid value: "x": ${IP_TEXT}`,
      'subsets[0].ports[0].name: Required value',
      'subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`',
    ],
  ],
  [
    'a faulty EndpointSlice',
    object('discovery.k8s.io/v1', 'EndpointSlice', {
      addressType: 'IPv4',
      endpoints: [{}, { addresses: ['x'] }],
      ports: [PORT, PORT],
    }),
    [
      'endpoints[0].addresses: Required value: must contain at least 1 address',
      `endpoints[1].addresses[0]: Invalid value: "x": ${IP_TEXT}`,
      'ports[1].name: Duplicate value: ""',
    ],
  ],
]

const STORAGE_CASES: readonly Case[] = [
  [
    'a volume that may be reached from nowhere',
    object('v1', 'PersistentVolume', {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/' },
        persistentVolumeReclaimPolicy: 'Recycle',
        nodeAffinity: { required: { nodeSelectorTerms: [] } },
      },
    }),
    [
      'spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term',
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
  ],
  [
    'topologies that say nothing, or the same twice',
    object('storage.k8s.io/v1', 'StorageClass', {
      provisioner: 'a/b',
      parameters: { '': 'x' },
      allowedTopologies: [
        {
          matchLabelExpressions: [
            { key: 'k', values: [] },
            { key: 'k', values: ['a', 'a'] },
          ],
        },
      ],
    }),
    [
      'parameters: Invalid value: "": field can not be empty.',
      'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
      'allowedTopologies[0].matchLabelExpressions[1].values[1]: Duplicate value: "a"',
      'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "k"',
    ],
  ],
  [
    'a claim of nothing',
    claim({ accessModes: [], resources: {} }),
    [
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ],
  ],
  [
    'an unknown volume mode',
    claim({ volumeMode: 'X' }),
    ['spec.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"'],
  ],
  [
    'an empty volume',
    object('v1', 'PersistentVolume', { spec: {} }),
    [
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: null: supported values: "storage"',
      'spec: Required value: must specify a volume type',
    ],
  ],
  [
    'a local volume anywhere',
    object('v1', 'PersistentVolume', {
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        local: { path: '/d' },
        persistentVolumeReclaimPolicy: 'X',
      },
    }),
    [
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "X": supported values: "Delete", "Recycle", "Retain"',
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
  ],
  [
    'two sources',
    object('v1', 'PersistentVolume', {
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        hostPath: { path: '/d' },
        nfs: { server: 's', path: '/p' },
      },
    }),
    ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'a class without provisioner',
    object('storage.k8s.io/v1', 'StorageClass', { reclaimPolicy: 'X', volumeBindingMode: 'Y' }),
    [
      'provisioner: Required value',
      'reclaimPolicy: Unsupported value: "X": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Y": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
  ],
]

const OTHER_CASES: readonly Case[] = [
  [
    'credentials that are no JSON, without telling them',
    object('v1', 'Secret', {
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': 'x' },
    }),
    [
      'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character \'x\' looking for beginning of value',
    ],
  ],
  [
    'two networks of one family',
    object('v1', 'Node', { spec: { podCIDRs: ['10.0.0.0/24', '10.1.0.0/24'] } }),
    [
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one CIDR for each IP family',
    ],
  ],
  [
    "a finalizer of a namespace that is nobody's",
    object('v1', 'Namespace', { spec: { finalizers: ['a'] } }),
    [
      'spec.finalizers: Invalid value: "a": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ],
  [
    'finalizers that contradict each other',
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', finalizers: ['orphan', 'foregroundDeletion'] },
    },
    [
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  ],
  [
    'owners of no version, or that own nothing',
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'x',
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u' },
          { apiVersion: 'a/b/c', kind: 'X', name: 'x', uid: 'v' },
        ],
      },
    },
    [
      'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u"}: /v1, Kind=Event is disallowed from being an owner',
      'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
    ],
  ],
  [
    'a key in both maps',
    object('v1', 'ConfigMap', { data: { a: '1', '..': '' }, binaryData: { a: 'eA==' } }),
    [
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
      `data[..]: Invalid value: "..": must not be '..'`,
    ],
  ],
  [
    'too much data',
    object('v1', 'ConfigMap', { data: { a: 'x'.repeat(1024 * 1024 + 1) } }),
    ['[]: Too long: may not be more than 1048576 bytes'],
  ],
  [
    'Secrets without what their type asks for',
    object('v1', 'Secret', { type: 'kubernetes.io/tls' }),
    ['data[tls.crt]: Required value', 'data[tls.key]: Required value'],
  ],
  [
    'basic authentication of nothing',
    object('v1', 'Secret', { type: 'kubernetes.io/basic-auth' }),
    ['data[username]: Required value', 'data[password]: Required value'],
  ],
  [
    'an over-long namespace',
    object('v1', 'Namespace', { metadata: { name: 'x'.repeat(64) } }),
    [
      `metadata.name: Invalid value: "${'x'.repeat(64)}": must be no more than 63 characters`,
      `metadata.labels: Invalid value: "${'x'.repeat(64)}": must be no more than 63 bytes`,
    ],
  ],
  [
    'taints that clash',
    object('v1', 'Node', {
      spec: {
        taints: [
          { key: 'b', effect: 'NoSchedule' },
          { key: 'b', effect: 'NoSchedule' },
          { key: 'c', effect: 'X' },
        ],
        podCIDRs: ['x'],
      },
    }),
    [
      'metadata.taints[1]: Duplicate value: {"Key":"b","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      'metadata.taints[2].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    'a lease of no time',
    object('coordination.k8s.io/v1', 'Lease', {
      spec: { leaseDurationSeconds: 0, leaseTransitions: -1 },
    }),
    [
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  [
    'a priority above all users',
    object('scheduling.k8s.io/v1', 'PriorityClass', {
      value: 1_000_000_001,
      preemptionPolicy: 'X',
    }),
    [
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
      'preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
    ],
  ],
  [
    'a name of the system',
    object('scheduling.k8s.io/v1', 'PriorityClass', { metadata: { name: 'system-x' }, value: 1 }),
    [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
    ],
  ],
  [
    'a budget that says two things',
    object('policy/v1', 'PodDisruptionBudget', {
      spec: { minAvailable: 1, maxUnavailable: 1, selector: {}, unhealthyPodEvictionPolicy: 'X' },
    }),
    [
      'spec: Invalid value: {"MinAvailable":1,"Selector":{},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":"X"}: minAvailable and maxUnavailable cannot be both set',
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "X": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ],
  [
    'a budget of more than all',
    object('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: '150%' } }),
    ['spec.minAvailable: Invalid value: "150%": must not be greater than 100%'],
  ],
  [
    'an event in a namespace of its own',
    object('v1', 'Event', { involvedObject: { kind: 'Pod', namespace: 'other', name: 'p' } }),
    ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
  ],
  [
    'an event of the new style without a reporter',
    object('v1', 'Event', {
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      action: 'a',
    }),
    [
      'reportingComponent: Required value',
      'reportingInstance: Required value',
      'reason: Required value',
    ],
  ],
  [
    'metadata',
    object('v1', 'ConfigMap', {
      metadata: {
        name: 'x',
        finalizers: ['x'],
        ownerReferences: [
          { apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u', controller: true },
          { kind: 'B', name: 'b', uid: '', controller: true },
        ],
      },
    }),
    [
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"A","name":"a","uid":"u","controller":true},{"apiVersion":"","kind":"B","name":"b","uid":"","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for A/a and B/b',
      'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ],
]

describe.each([
  ['Pods', POD_CASES],
  ['workloads', WORKLOAD_CASES],
  ['Services and endpoints', NETWORK_CASES],
  ['storage', STORAGE_CASES],
  ['the others', OTHER_CASES],
])('%s', (_kinds, cases) => {
  it.each(cases)('refuse %s', (_what, body, errors) => {
    expect(texts(create(body).errors)).toEqual(errors)
  })
})

describe('what is only warned of', () => {
  it.each([
    [
      pod({}, { ports: [{ containerPort: 80 }, { containerPort: 80 }] }),
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ],
    [
      pod({}, { env: [{ name: 'A' }, { name: 'A' }] }),
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ],
    [
      pod({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }),
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
    [
      claim({ resources: { requests: { storage: '1500m' } } }),
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ],
    [
      { ...workload('Deployment', {}), metadata: { name: 'a.b' } },
      'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
    ],
    [
      service({ ports: [PORT], clusterIP: 'None', sessionAffinity: 'ClientIP' }),
      'spec.SessionAffinity is ignored for headless services',
    ],
  ])('%#', (body, warning) => {
    const outcome = create(body)
    expect(outcome.errors).toEqual([])
    expect(outcome.warnings).toEqual([warning])
  })
})

it('words a bad container name as the label rule does', () => {
  expect(texts(create(pod({}, { name: 'A' })).errors)).toEqual([
    `spec.containers[0].name: Invalid value: "A": ${LABEL_TEXT}`,
  ])
})
