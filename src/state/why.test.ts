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
