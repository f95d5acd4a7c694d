import { expect, it } from 'vitest'
import { stepTrack } from './creation-steps.ts'
import type { ClusterEvent, KnownKinds } from './kube.ts'

const METADATA = { name: 'x', uid: 'x', resourceVersion: '1', creationTimestamp: '' }

function event(reason: string): ClusterEvent {
  return { apiVersion: 'v1', kind: 'Event', metadata: METADATA, involvedObject: {}, reason }
}

type State = NonNullable<KnownKinds['Pod']['spec']> & NonNullable<KnownKinds['Pod']['status']>

function pod(part: Partial<State> & { readonly probe?: boolean }): KnownKinds['Pod'] {
  const { nodeName, volumes, conditions, containerStatuses, probe } = part
  const readinessProbe = probe === true ? { readinessProbe: {} } : {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: METADATA,
    spec: {
      containers: [{ name: 'nginx', ...readinessProbe }],
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(volumes === undefined ? {} : { volumes }),
    },
    status: {
      ...(conditions === undefined ? {} : { conditions }),
      ...(containerStatuses === undefined ? {} : { containerStatuses }),
    },
  }
}

const SANDBOX = { type: 'PodReadyToStartContainers', status: 'True' }
const RUNNING = [
  {
    name: 'nginx',
    image: '',
    imageID: 'sha256:1',
    ready: false,
    restartCount: 0,
    state: { running: {} },
  },
]
const CLAIM = [{ name: 'www', persistentVolumeClaim: { claimName: 'www-web-0' } }]

it.each([
  { now: 'Waiting for a node', done: 0, made: pod({}) },
  { now: 'Mounting volumes', done: 1, made: pod({ nodeName: 'a', volumes: CLAIM }) },
  { now: 'Preparing sandbox', done: 1, made: pod({ nodeName: 'a' }) },
  { now: 'Pulling image', done: 2, made: pod({ nodeName: 'a', conditions: [SANDBOX] }) },
  {
    now: 'Starting container',
    done: 3,
    made: pod({ nodeName: 'a', conditions: [SANDBOX] }),
    events: [event('Pulled')],
  },
  {
    now: 'Readiness probe',
    done: 4,
    made: pod({ nodeName: 'a', probe: true, conditions: [SANDBOX], containerStatuses: RUNNING }),
  },
  {
    now: 'Becoming Ready',
    done: 4,
    made: pod({ nodeName: 'a', conditions: [SANDBOX], containerStatuses: RUNNING }),
  },
  { now: '', done: 5, made: pod({ conditions: [{ type: 'Ready', status: 'True' }] }) },
])('is at "$now" with $done steps done', ({ now, done, made, events }) => {
  expect(stepTrack(made, events ?? [])).toEqual({ done, now })
})
