import { expect, it } from 'vitest'
import { newPass } from './decision-pass.test-kit.ts'
import type { KnownKinds } from './kube.ts'
import { whyChain } from './why.ts'

function chain(policy: 'OrderedReady' | 'Parallel', name: string) {
  const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const set: KnownKinds['StatefulSet'] = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...metadata, name: 'web' },
    spec: {
      replicas: 2,
      selector: {},
      serviceName: 'nginx',
      template: {},
      podManagementPolicy: policy,
    },
  }
  const why = 'web-1 is Pending, not Running and Ready'
  const pod = (podName: string): KnownKinds['Pod'] => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: podName },
    status: { phase: 'Pending' },
  })
  const links = whyChain(
    {
      set,
      pass: newPass({ awaited: 'web-1', verdicts: [{ pod: 'web-1', action: 'wait', why }] }),
      podNamed: pod,
      nodeNamed: () => undefined,
      eventsOfPod: () => [],
      phaseSince: () => undefined,
      now: 0,
    },
    name,
  )
  return links.map(({ subject, text }) => `${subject} ${text}`)
}

it('says that the controller waits for a Pod where others wait with it', () => {
  expect(chain('OrderedReady', 'web-1')).toContain(
    'The controller waits for it: Pending, not Running and Ready.',
  )
})

it('says of a Parallel set that nothing is held up, and leads from no Pod to another', () => {
  expect(chain('Parallel', 'web-1')).toContain(
    'The controller holds nothing up for it: the set is Parallel.',
  )
  expect(chain('Parallel', 'web-0').join()).not.toContain('web-1')
})

it('says of a deleted Pod on a lost node who alone can confirm, and what it may still write', () => {
  const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const pod: KnownKinds['Pod'] = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: 'web-1', deletionTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      nodeName: 'node-b',
      containers: [],
      volumes: [{ name: 'www', persistentVolumeClaim: { claimName: 'www-web-1' } }],
    },
    status: { phase: 'Running' },
  }
  const node: KnownKinds['Node'] = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata, name: 'node-b' },
    status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
  }
  const links = whyChain(
    {
      set: {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { ...metadata, name: 'web' },
        spec: { selector: {}, serviceName: 'nginx', template: {} },
      },
      pass: undefined,
      podNamed: () => pod,
      nodeNamed: () => node,
      eventsOfPod: () => [],
      phaseSince: () => undefined,
      now: 0,
    },
    'web-1',
  )
  expect(links.map(({ subject, text }) => `${subject} ${text}`)).toEqual([
    'web-1 is Terminating on node-b.',
    'node-b alone can confirm that it stopped, and is not Ready: its containers may still run and write to www-web-1.',
  ])
})
