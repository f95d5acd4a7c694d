import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Draft } from '../resource.ts'
import { create, newContext, texts, update } from './test-support.ts'

const template: Draft = {
  metadata: { labels: { a: 'b' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
}

function made(body: Draft, context = newContext()): Draft {
  const { object, errors } = create(body, context)
  expect(texts(errors)).toEqual([])
  return object
}

function workload(kind: string, spec: Draft = {}): Draft {
  const selector = { matchLabels: { a: 'b' } }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web' },
    spec: { selector, template, ...spec },
  }
}

const CLAIM_TEMPLATE: Draft = {
  metadata: { name: 'www' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
}

describe('generation', () => {
  const set = made(workload('StatefulSet'))
  const deployment = made(workload('Deployment'))
  const slice = made({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's' },
    addressType: 'IPv4',
    endpoints: [],
  })

  it.each<[string, Draft, (draft: Draft) => void, number]>([
    ['stays when nothing changes', set, () => {}, 1],
    ['stays when only labels change', set, (draft) => (draft.metadata.labels = { x: 'y' }), 1],
    ['stays when only annotations change', set, (draft) => (draft.metadata.annotations = {}), 1],
    ['stays when the status changes', set, (draft) => (draft.status.replicas = 7), 1],
    ['rises with replicas', set, (draft) => (draft.spec.replicas = 2), 2],
    ['rises with the template', set, (draft) => (draft.spec.template.spec.hostname = 'x'), 2],
    ['is not the client’s to set', set, (draft) => (draft.metadata.generation = 9), 1],
    [
      'rises with a Deployment’s annotations',
      deployment,
      (draft) => (draft.metadata.annotations = { x: 'y' }),
      2,
    ],
    ['stays with a Deployment’s labels', deployment, (draft) => (draft.metadata.labels = {}), 1],
    ['rises with a slice’s labels', slice, (draft) => (draft.metadata.labels = { x: 'y' }), 2],
    [
      'rises with a slice’s endpoints',
      slice,
      (draft) => (draft.endpoints = [{ addresses: ['10.0.0.1'] }]),
      2,
    ],
  ])('%s', (_what, stored, change, generation) => {
    const { object, errors } = update(stored, change)
    expect(texts(errors)).toEqual([])
    expect(object.metadata.generation).toBe(generation)
  })
})

describe('a StatefulSet', () => {
  const set = made(workload('StatefulSet', { volumeClaimTemplates: [CLAIM_TEMPLATE] }))
  const CHANGE_TEXT =
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

  it('takes its claim templates as they were first written', () => {
    const { object, errors } = update(set, (draft) => {
      draft.spec.volumeClaimTemplates = [CLAIM_TEMPLATE]
    })
    expect(errors).toEqual([])
    expect(object.metadata.generation).toBe(1)
  })

  it.each<[string, (spec: Draft) => void]>([
    ['serviceName', (spec) => (spec.serviceName = 'other')],
    ['podManagementPolicy', (spec) => (spec.podManagementPolicy = 'Parallel')],
    [
      'the size of claims',
      (spec) => (spec.volumeClaimTemplates[0].spec.resources.requests.storage = '2Gi'),
    ],
    ['labels of claims', (spec) => (spec.volumeClaimTemplates[0].metadata.labels = { x: 'y' })],
  ])('keeps %s', (_what, change) => {
    expect(texts(update(set, (draft) => change(draft.spec)).errors)).toEqual([CHANGE_TEXT])
  })

  it('gets parameters of a rolling update only with a type that was left out', () => {
    const explicit = made(workload('StatefulSet', { updateStrategy: { type: 'RollingUpdate' } }))
    expect(explicit.spec.updateStrategy).toEqual({ type: 'RollingUpdate' })
    expect(set.spec.updateStrategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { partition: 0 },
    })
  })

  describe('maxUnavailable', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 'x' } }
    const gateOn = () => newContext({}, { featureEnabled: () => true })

    it('is dropped unseen behind its gate', () => {
      const dropped = made(workload('StatefulSet', { updateStrategy: strategy }))
      expect(dropped.spec.updateStrategy.rollingUpdate).toEqual({ partition: 0 })
    })

    it('defaults to one and is judged with the gate on', () => {
      const plain = made(workload('StatefulSet'), gateOn())
      expect(plain.spec.updateStrategy.rollingUpdate).toEqual({ partition: 0, maxUnavailable: 1 })
      const { errors } = create(workload('StatefulSet', { updateStrategy: strategy }), gateOn())
      const field = 'spec.updateStrategy.rollingUpdate.maxUnavailable'
      expect(texts(errors)).toEqual([
        `${field}: Invalid value: "x": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
        `${field}: Invalid value: "x": cannot be 0`,
      ])
      for (const [value, why] of [
        [0, '0: cannot be 0'],
        ['0%', '"0%": cannot be 0'],
        ['101%', '"101%": must not be greater than 100%'],
        [-1, '-1: must be greater than or equal to 0'],
      ] as const) {
        const rollingUpdate = { maxUnavailable: value }
        const body = workload('StatefulSet', { updateStrategy: { ...strategy, rollingUpdate } })
        expect(texts(create(body, gateOn()).errors)).toEqual([`${field}: Invalid value: ${why}`])
      }
    })

    it('stays where it is stored when the gate is off', () => {
      const stored = made(workload('StatefulSet'), gateOn())
      const { object } = update(stored, (draft) => (draft.spec.replicas = 3))
      expect(object.spec.updateStrategy.rollingUpdate.maxUnavailable).toBe(1)
    })
  })

  it('warns of a history without end', () => {
    const warning =
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'
    expect(create(workload('StatefulSet', { revisionHistoryLimit: -1 })).warnings).toEqual([
      warning,
    ])
  })

  it('keeps its spec, and takes labels, through the status', () => {
    const { object, errors } = update(
      set,
      (draft) => {
        draft.spec.replicas = 9
        draft.metadata.labels = { x: 'y' }
        draft.status = { replicas: 1, readyReplicas: 1, availableReplicas: 1, collisionCount: 0 }
      },
      'status',
    )
    expect(errors).toEqual([])
    expect(object.spec.replicas).toBe(1)
    expect(object.metadata).toMatchObject({ labels: { x: 'y' }, generation: 1 })
    expect(object.status).toMatchObject({ readyReplicas: 1, collisionCount: 0 })
  })

  it('has no more of anything than it has Pods', () => {
    const stored = { ...set, status: { replicas: 0, availableReplicas: 0, collisionCount: 1 } }
    const { errors } = update(
      stored,
      (draft) => {
        draft.status = {
          replicas: 3,
          readyReplicas: 4,
          availableReplicas: 5,
          currentReplicas: -1,
          collisionCount: 0,
        }
      },
      'status',
    )
    expect(texts(errors)).toEqual([
      'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.readyReplicas: Invalid value: 4: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 5: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 5: cannot be greater than status.readyReplicas',
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ])
  })
})

describe('a Pod', () => {
  const pod = made({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u' }],
    },
    spec: { containers: [{ name: 'c', image: 'i' }], activeDeadlineSeconds: 10 },
  })
  const CHANGE_TEXT =
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

  it.each<[string, (spec: Draft) => void]>([
    ['another image', (spec) => (spec.containers[0].image = 'i:2')],
    ['a shorter deadline', (spec) => (spec.activeDeadlineSeconds = 5)],
    ['another toleration', (spec) => spec.tolerations.push({ key: 'k', operator: 'Exists' })],
  ])('takes %s', (_what, change) => {
    const { object, errors } = update(pod, (draft) => change(draft.spec))
    expect(texts(errors)).toEqual([])
    expect(object.metadata.generation).toBe(2)
  })

  it('gets back the tolerations of sick nodes', () => {
    const { object } = update(pod, (draft) => (draft.spec.tolerations = []))
    expect(object.spec.tolerations).toEqual(pod.spec.tolerations)
  })

  it.each<[string, (spec: Draft) => void, string]>([
    [
      'a container more',
      (spec) => spec.containers.push({ name: 'd', image: 'i' }),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    [
      'a longer deadline',
      (spec) => (spec.activeDeadlineSeconds = 20),
      'spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
    ],
    ['another host name', (spec) => (spec.hostname = 'x'), CHANGE_TEXT],
    ['a node', (spec) => (spec.nodeName = 'n'), CHANGE_TEXT],
    ['another command', (spec) => (spec.containers[0].command = ['x']), CHANGE_TEXT],
  ])('refuses %s', (_what, change, text) => {
    const { errors } = update(pod, (draft) => change(draft.spec))
    expect(texts(errors).map((one) => one.split('\n')[0])).toEqual([text])
  })

  it('shows what a refused change would have changed, as recorded', () => {
    const url = new URL('../../../../tools/recordings/wire/errors-pod.json', import.meta.url)
    const { exchanges } = JSON.parse(readFileSync(url, 'utf8'))
    const [created, refused] = [exchanges[28].response.body, exchanges[29].response.body]
    const { errors } = update(created, (draft) => (draft.spec.hostname = 'x'))
    const [cause] = refused.details.causes
    expect(errors).toEqual([{ type: cause.reason, field: cause.field, message: cause.message }])
  })

  it('keeps owners, spec and its class of service through the status', () => {
    const { object } = update(
      pod,
      (draft) => {
        delete draft.metadata.ownerReferences
        draft.spec.nodeName = 'n'
        draft.status = { phase: 'Running', podIP: '10.0.0.1' }
      },
      'status',
    )
    expect(object.metadata.ownerReferences).toEqual(pod.metadata.ownerReferences)
    expect(object.spec).toEqual(pod.spec)
    expect(object.status).toEqual({
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      qosClass: 'BestEffort',
    })
  })
})

describe('admission of a Pod', () => {
  const pod = (spec: Draft): Draft => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  })
  const classes = [
    { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' },
    { metadata: { name: 'usual' }, value: 10, globalDefault: true },
  ] as unknown as KubeObject[]
  const world = newContext({ 'priorityclasses.scheduling.k8s.io': classes })

  it.each([
    [
      pod({ serviceAccountName: 'nosa' }),
      'pods "p" is forbidden: error looking up service account default/nosa: serviceaccount "nosa" not found',
    ],
    [
      pod({ priorityClassName: 'nopc' }),
      'pods "p" is forbidden: no PriorityClass with name nopc was found',
    ],
    [
      pod({ priority: 5 }),
      'pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
  ])('refuses %#', (body, message) => {
    expect(() => create(body)).toThrow(StatusError)
    expect(() => create(body)).toThrow(message)
  })

  it('takes priority from the class, or from the class for all', () => {
    expect(create(pod({ priorityClassName: 'high' }), world).object.spec).toMatchObject({
      priority: 1000,
      preemptionPolicy: 'Never',
    })
    expect(create(pod({}), world).object.spec).toMatchObject({
      priorityClassName: 'usual',
      priority: 10,
      preemptionPolicy: 'PreemptLowerPriority',
    })
  })

  it('mounts no token where none is wanted or something else is', () => {
    expect(create(pod({ automountServiceAccountToken: false })).object.spec.volumes).toBeUndefined()
    const volumeMounts = [{ name: 'v', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }]
    const containers = [{ name: 'c', image: 'i', volumeMounts }]
    const { spec } = create(pod({ containers, volumes: [{ name: 'v' }] })).object
    expect(spec.volumes).toEqual([{ name: 'v', emptyDir: {} }])
  })

  it('writes out what terms of its own labels select', () => {
    const term = {
      topologyKey: 'zone',
      labelSelector: { matchLabels: { a: 'b' } },
      matchLabelKeys: ['revision', 'absent'],
    }
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    const body = { ...pod({ affinity }), metadata: { name: 'p', labels: { revision: 'r1' } } }
    const { spec } = create(body).object
    const [written] = spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution
    expect(written.labelSelector).toEqual({
      matchLabels: { a: 'b' },
      matchExpressions: [{ key: 'revision', operator: 'In', values: ['r1'] }],
    })
  })

  it('waits with a Pod that has gates', () => {
    const { status } = create(pod({ schedulingGates: [{ name: 'g' }] })).object
    expect(status.conditions).toMatchObject([{ type: 'PodScheduled', reason: 'SchedulingGated' }])
  })
})

describe('a Service', () => {
  const service = (spec: Draft, context = newContext()) =>
    made({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec }, context)
  const plain = service({ ports: [{ port: 80 }], selector: { a: 'b' } })
  const nodePort = service({ ports: [{ port: 80 }], type: 'NodePort' })

  it.each(['10.96.0.77', 'None'])('keeps its address against %s', (address) => {
    const { errors } = update(plain, (draft) => {
      draft.spec.clusterIP = address
      draft.spec.clusterIPs = [address]
    })
    expect(texts(errors)).toEqual([
      `spec.clusterIPs[0]: Invalid value: ["${address}"]: may not change once set`,
    ])
  })

  it('keeps address and node port when an update does not name them', () => {
    const { object, errors } = update(nodePort, (draft) => {
      delete draft.spec.clusterIP
      delete draft.spec.clusterIPs
      delete draft.spec.ports[0].nodePort
      draft.spec.selector = { x: 'y' }
    })
    expect(errors).toEqual([])
    expect(object.spec).toMatchObject({ clusterIP: '10.96.1.1', ports: [{ nodePort: 30_000 }] })
  })

  it('keeps its address when only clusterIP is taken away', () => {
    const { object } = update(plain, (draft) => delete draft.spec.clusterIP)
    expect(object.spec).toMatchObject({ clusterIP: '10.96.1.1', clusterIPs: ['10.96.1.1'] })
  })

  it('lets go of its address as an external name', () => {
    const { object, errors } = update(plain, (draft) => {
      draft.spec.type = 'ExternalName'
      draft.spec.externalName = 'example.com'
    })
    expect(texts(errors)).toEqual([])
    expect(Object.keys(object.spec).toSorted()).toEqual([
      'externalName',
      'ports',
      'selector',
      'sessionAffinity',
      'type',
    ])
  })

  it('lets go of its node ports as a ClusterIP', () => {
    const { object, errors } = update(nodePort, (draft) => (draft.spec.type = 'ClusterIP'))
    expect(texts(errors)).toEqual([])
    expect(object.spec.ports).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }])
    expect(object.spec.externalTrafficPolicy).toBeUndefined()
  })

  it('asks for both families when headless without a selector', () => {
    const { spec } = service({ ports: [{ port: 80 }], clusterIP: 'None' })
    expect(spec).toMatchObject({
      clusterIPs: ['None'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    })
  })

  it('says how long clients stay with one Pod', () => {
    const { spec } = service({ ports: [{ port: 80 }], sessionAffinity: 'ClientIP' })
    expect(spec.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10_800 } })
  })

  it.each([
    [
      { clusterIP: '10.96.0.1' },
      'spec.clusterIPs: Invalid value: ["10.96.0.1"]: failed to allocate IP 10.96.0.1: provided IP is already allocated',
    ],
    [
      { clusterIP: '1.2.3.4' },
      'spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided network does not match the current range',
    ],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 30_123 }] },
      'spec.ports[0].nodePort: Invalid value: 30123: provided port is already allocated',
    ],
  ])('is refused %j', (spec, message) => {
    const allocate = (_pool: string, wanted?: string) =>
      wanted === undefined ? '10.96.1.1' : undefined
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports: [{ port: 80 }], ...spec },
    }
    expect(() => create(body, newContext({}, { allocate }))).toThrow(
      `Service "s" is invalid: ${message}`,
    )
  })
})

describe('a claim', () => {
  const CLASS = {
    metadata: {
      name: 'standard',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    allowVolumeExpansion: true,
  } as unknown as KubeObject
  const world = () => newContext({ 'storageclasses.storage.k8s.io': [CLASS] })
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const claim = (more: Draft = {}) =>
    made(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'c' },
        spec: { ...spec, ...more },
      },
      world(),
    )
  const pending = claim()
  const bound: Draft = {
    ...pending,
    status: { phase: 'Bound', capacity: { storage: '1Gi' } },
  }
  const resize = (stored: Draft, storage: string, context = world()) =>
    update(stored, (draft) => (draft.spec.resources.requests.storage = storage), undefined, context)
  const firstLines = (errors: Parameters<typeof texts>[0]) =>
    texts(errors).map((text) => text.split('\n')[0])

  it('gets the default class unless it asks for none', () => {
    expect(pending.spec.storageClassName).toBe('standard')
    expect(claim({ storageClassName: '' }).spec.storageClassName).toBe('')
  })

  it('grows when bound, if its class allows that', () => {
    expect(resize(bound, '2Gi').errors).toEqual([])
    const fixed = { ...bound, spec: { ...bound.spec, storageClassName: 'other' } }
    expect(() => resize(fixed, '2Gi')).toThrow(
      'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    )
  })

  it('does not grow unbound, and never shrinks', () => {
    const text =
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
    expect(firstLines(resize(pending, '2Gi').errors)).toEqual([text])
    expect(firstLines(resize(bound, '500Mi').errors)).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ])
    const other = update(bound, (draft) => (draft.spec.storageClassName = 'other'))
    expect(firstLines(other.errors)).toEqual([text])
  })

  it('is bound to a volume', () => {
    expect(update(pending, (draft) => (draft.spec.volumeName = 'v')).errors).toEqual([])
  })
})

describe('what may never change', () => {
  const volume = made({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'v' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: '/d' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [] }] } },
    },
  })
  const object = (apiVersion: string, kind: string, members: Draft) =>
    made({ apiVersion, kind, metadata: { name: 'x' }, ...members })

  it.each<[string, Draft, (draft: Draft) => void, readonly string[]]>([
    [
      'the source of a volume',
      volume,
      (draft) => (draft.spec.hostPath.path = '/e'),
      [
        'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
      ],
    ],
    [
      'the mode of a volume',
      volume,
      (draft) => (draft.spec.volumeMode = 'Block'),
      ['volumeMode: Invalid value: "Block": field is immutable'],
    ],
    [
      'what a class makes',
      object('storage.k8s.io/v1', 'StorageClass', { provisioner: 'x/y' }),
      (draft) => {
        draft.provisioner = 'x/z'
        draft.reclaimPolicy = 'Retain'
        draft.allowVolumeExpansion = true
      },
      [
        'provisioner: Invalid value: "x/z": field is immutable',
        'reclaimPolicy: Invalid value: "Retain": field is immutable',
      ],
    ],
    [
      'an immutable ConfigMap',
      object('v1', 'ConfigMap', { data: { a: '1' }, immutable: true }),
      (draft) => {
        draft.data.a = '2'
        delete draft.immutable
      },
      [
        'immutable: Forbidden: field is immutable when `immutable` is set',
        'data: Forbidden: field is immutable when `immutable` is set',
      ],
    ],
    [
      'the type of a Secret',
      object('v1', 'Secret', { type: 'x' }),
      (draft) => (draft.type = 'y'),
      ['type: Invalid value: "y": field is immutable'],
    ],
    [
      'the network of a node',
      object('v1', 'Node', { spec: { podCIDRs: ['10.0.0.0/24'], providerID: 'a' } }),
      (draft) => {
        draft.spec.podCIDRs = ['10.0.1.0/24']
        draft.spec.providerID = 'b'
      },
      [
        'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
        'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
      ],
    ],
    [
      'a priority',
      object('scheduling.k8s.io/v1', 'PriorityClass', { value: 1 }),
      (draft) => {
        draft.value = 2
        draft.preemptionPolicy = 'Never'
      },
      [
        'value: Forbidden: may not be changed in an update.',
        'preemptionPolicy: Invalid value: "Never": field is immutable',
      ],
    ],
    [
      'the data of a revision',
      object('apps/v1', 'ControllerRevision', { data: { a: 1 }, revision: 1 }),
      (draft) => {
        draft.data = { a: 2 }
        draft.revision = 2
      },
      ['data: Invalid value: {"a":2}: field is immutable'],
    ],
    [
      'the selector of a Deployment',
      made(workload('Deployment')),
      (draft) => {
        draft.spec.selector.matchLabels = { a: 'b', c: 'd' }
        draft.spec.template.metadata.labels = { a: 'b', c: 'd' }
      },
      ['spec.selector: Invalid value: {"matchLabels":{"a":"b","c":"d"}}: field is immutable'],
    ],
    [
      'the address type of a slice',
      object('discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4', endpoints: [] }),
      (draft) => (draft.addressType = 'IPv6'),
      ['addressType: Invalid value: "IPv6": field is immutable'],
    ],
  ])('%s', (_what, stored, change, errors) => {
    const found = texts(update(stored, change).errors).map((text) => text.split('\n')[0])
    expect(found).toEqual(errors)
  })

  it('marks when the phase of a volume changed', () => {
    const context = newContext({}, { timestamp: '2026-02-02T00:00:00Z' })
    const to = (phase: string) =>
      update(volume, (draft) => (draft.status.phase = phase), 'status', context).object.status
    expect(to('Available').lastPhaseTransitionTime).toBe('2026-02-02T00:00:00Z')
    expect(to('Pending').lastPhaseTransitionTime).toBe('2026-01-01T00:00:00Z')
  })

  it('keeps the label of a namespace', () => {
    const namespace = object('v1', 'Namespace', {})
    const { metadata } = update(namespace, (draft) => delete draft.metadata.labels).object
    expect(metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'x' })
  })
})
