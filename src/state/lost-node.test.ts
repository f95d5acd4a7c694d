import { expect, it } from 'vitest'
import { activeFaults } from './faults.ts'
import type { KnownKinds } from './kube.ts'
import { evictionTime, isLost, type LostNodeInput, waysOut } from './lost-node.ts'

const meta = (name: string) => ({
  name,
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
})
const EPOCH = Date.parse('2026-01-01T00:00:00Z')
const UNREACHABLE = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }
const TOLERATION = { ...UNREACHABLE, operator: 'Exists', tolerationSeconds: 300 }

function lostNode(taints: readonly object[] = []): KnownKinds['Node'] {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...meta('node-b'), labels: { 'kubernetes.io/hostname': 'node-b' } },
    spec: { taints: taints as never }, // Of the fields that a taint has.
    status: {
      conditions: [{ type: 'Ready', status: 'Unknown' }],
    },
  }
}

function pod({ isGoing = false, tolerations = [TOLERATION] } = {}): KnownKinds['Pod'] {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta('web-1'),
      namespace: 'default',
      ...(isGoing ? { deletionTimestamp: '2026-01-01T00:08:00Z' } : {}),
    },
    spec: {
      nodeName: 'node-b',
      containers: [{ name: 'nginx' }],
      tolerations,
      volumes: [{ name: 'www', persistentVolumeClaim: { claimName: 'www-web-1' } }],
    },
  }
}

const CLAIM: KnownKinds['PersistentVolumeClaim'] = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { ...meta('www-web-1'), namespace: 'default' },
  spec: { volumeName: 'pvc-1' },
}

function volume(hostname?: string): KnownKinds['PersistentVolume'] {
  const matchExpressions = [
    { key: 'kubernetes.io/hostname', operator: 'In', values: [hostname ?? ''] },
  ]
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: meta('pvc-1'),
    spec:
      hostname === undefined
        ? {}
        : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } },
  }
}

const ATTACHED: KnownKinds['VolumeAttachment'] = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttachment',
  metadata: meta('csi-1'),
  spec: { nodeName: 'node-b', source: { persistentVolumeName: 'pvc-1' } },
}

function ways(given: Partial<LostNodeInput> = {}) {
  return waysOut({
    pod: pod(),
    node: lostNode(),
    active: activeFaults([]),
    claims: new Map([['c', CLAIM]]),
    volumes: new Map([['v', volume()]]),
    attachments: new Map(),
    ...given,
  })
}

const CUT = activeFaults([{ time: 1, verb: 'cut-off', target: 'node-b', options: {} }])
const CRASHED = activeFaults([{ time: 1, verb: 'crash', target: 'node-b', options: {} }])

it('gives three ways, the safest first, each with the command that does it', () => {
  expect(ways({ active: CUT }).map(({ command }) => command)).toEqual([
    'fault heal node-b',
    'kubectl taint node node-b node.kubernetes.io/out-of-service=nodeshutdown:NoExecute',
    'kubectl delete pod web-1 --force --grace-period=0',
  ])
})

it.each([
  { name: 'the fault that is to blame', active: CRASHED, commands: ['fault boot node-b'] },
  {
    name: 'both faults of a node that crashed and is cut off',
    active: new Map([...CUT, ...CRASHED]),
    commands: ['fault heal node-b', 'fault boot node-b'],
  },
  {
    name: 'no command where no fault is to blame',
    active: activeFaults([{ time: 1, verb: 'cut-off', target: 'node-a', options: {} }]),
    commands: [''],
  },
])('brings the node back by the end of $name', ({ active, commands }) => {
  const back = ways({ active }).filter(({ title }) => title === 'Bring node-b back')
  expect(back.map(({ command }) => command)).toEqual(commands)
})

it('tells what comes of the node’s return: a Pod that was deleted goes, another goes on', () => {
  expect(ways({ active: CUT, pod: pod({ isGoing: true }) })[0]?.effect).toBe(
    'Its kubelet confirms that web-1 has stopped, and the set replaces it.',
  )
  expect(ways({ active: CUT })[0]?.effect).toBe(
    'Its kubelet says how web-1 is, which goes on as it was.',
  )
  expect(ways({ active: CRASHED })[0]?.effect).toBe(
    'Its kubelet starts the containers of web-1 anew.',
  )
})

it('warns of two writers, and says so where the old one is known to run', () => {
  const forced = (active: LostNodeInput['active']) => ways({ active }).at(-1)
  expect(forced(CUT)).toMatchObject({ note: 'may give two writers', isDangerous: true })
  expect(forced(CUT)?.effect).toContain('The old one still runs on node-b.')
  expect(forced(CRASHED)?.effect).not.toContain('still runs')
})

it('says what the volume does to the new Pod: attached elsewhere, or on the lost node alone', () => {
  const attached = ways({ attachments: new Map([['a', ATTACHED]]) })
  expect(attached[1]?.effect).toBe(
    'Its Pods are taken away without its word, and their volumes detached.',
  )
  expect(attached[2]?.effect).toContain('www-web-1 is still attached to node-b')
  const pinned = ways({ volumes: new Map([['v', volume('node-b')]]) })
  for (const way of pinned.slice(1)) {
    expect(way.effect).toContain('www-web-1 lies on node-b alone, so the new Pod waits for node-b')
  }
  const elsewhere = ways({ volumes: new Map([['v', volume('node-a')]]) })
  expect(elsewhere[2]?.effect).not.toContain('alone')
})

it('does not offer to declare out of service what is', () => {
  const node = lostNode([{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }])
  expect(ways({ node }).map(({ does }) => does)).not.toContain('declare out of service')
})

const NOW = { time: 400_000, unixMs: EPOCH + 400_000 }
const TAINTED = lostNode([{ ...UNREACHABLE, timeAdded: '2026-01-01T00:02:00Z' }])

it.each([
  { name: 'after the seconds it tolerates', of: pod(), at: 420_000 },
  {
    name: 'after the fewest seconds of several',
    of: pod({ tolerations: [TOLERATION, { ...TOLERATION, tolerationSeconds: 60 }] }),
    at: 180_000,
  },
  { name: 'at once where it tolerates nothing', of: pod({ tolerations: [] }), at: 120_000 },
  { name: 'never twice', of: pod({ isGoing: true }), at: undefined },
  {
    name: 'never where it tolerates it for ever',
    of: pod({ tolerations: [{ ...UNREACHABLE, operator: 'Exists' } as typeof TOLERATION] }),
    at: undefined,
  },
])('foretells the eviction: $name', ({ of, at }) => {
  expect(evictionTime(of, TAINTED, NOW)).toBe(at)
})

it('takes a node for lost only while nothing is heard of it', () => {
  expect(isLost(lostNode())).toBe(true)
  const ready = { conditions: [{ type: 'Ready', status: 'False' }] }
  expect(isLost({ ...lostNode(), status: ready })).toBe(false)
})
