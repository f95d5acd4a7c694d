import { expect, it } from 'vitest'
import { faultCommand, type FaultEntry } from '#sim/cluster/faults/act.ts'
import {
  activeFaults,
  actSentence,
  claimChoices,
  imageChoices,
  nodeChoices,
  nodeFaults,
  podChoices,
  podFaults,
} from './faults.ts'
import type { KnownKinds } from './kube.ts'

const entry = (
  time: number,
  verb: FaultEntry['verb'],
  target = '',
  options: FaultEntry['options'] = {},
): FaultEntry => ({ time, verb, target, options })

const PROBE = { namespace: 'default', container: 'nginx', probe: 'readiness' }
const NONE = activeFaults([])

function pod(...names: readonly string[]): KnownKinds['Pod'] {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-0',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      containers: names.map((name) => ({ name, readinessProbe: { tcpSocket: { port: 80 } } })),
    },
    status: {
      containerStatuses: names.map((name) => ({
        name,
        image: '',
        imageID: '',
        ready: true,
        restartCount: 0,
        state: { running: {} },
      })),
    },
  }
}

const texts = (choices: ReturnType<typeof nodeChoices>) => choices.map(({ text }) => text)

it.each([
  {
    name: 'a fault lasts until its end',
    log: [entry(1, 'cut-off', 'node-b'), entry(2, 'crash', 'node-b'), entry(3, 'heal', 'node-b')],
    lasts: ['crash'],
  },
  { name: 'a kill is over at once', log: [entry(1, 'kill', 'web-0')], lasts: [] },
  {
    name: 'the end of all pulls ends each, and that of one image only its own',
    log: [
      entry(1, 'fail-pulls', 'docker.io/library/nginx:1'),
      entry(2, 'slow-pulls', '', { by: '30s' }),
      entry(3, 'restore-pulls', 'docker.io/library/nginx:1'),
    ],
    lasts: ['slow-pulls'],
  },
  {
    name: 'probes of another Pod stay as they are',
    log: [
      entry(1, 'fail-probe', 'web-0', PROBE),
      entry(2, 'fail-probe', 'web-1', PROBE),
      entry(3, 'restore-probe', 'web-1', { namespace: 'default' }),
    ],
    lasts: ['fail-probe'],
  },
] as const)('$name', ({ log, lasts }) => {
  expect([...activeFaults(log).values()].map(({ verb }) => verb)).toEqual(lasts)
})

it('says of a node and of a Pod what is wrong with it, and since when', () => {
  const active = activeFaults([
    entry(80_000, 'cut-off', 'node-b'),
    entry(90_000, 'fail-probe', 'web-0', PROBE),
  ])
  expect(nodeFaults(active, 'node-b')).toEqual([{ words: 'cut off', since: '1:20.0' }])
  expect(nodeFaults(active, 'node-a')).toEqual([])
  expect(podFaults(active, { namespace: 'default', name: 'web-0' })).toEqual([
    { words: 'readiness probe of nginx fails', since: '1:30.0' },
  ])
  expect(podFaults(active, { namespace: 'other', name: 'web-0' })).toEqual([])
})

it('offers to break what is whole, and to mend what is broken', () => {
  expect(texts(nodeChoices(NONE, 'node-b'))).toEqual(['Cut off', 'Crash'])
  const cut = activeFaults([entry(1, 'cut-off', 'node-b')])
  expect(texts(nodeChoices(cut, 'node-b'))).toEqual(['Heal', 'Crash'])
  expect(texts(nodeChoices(cut, 'node-a'))).toEqual(['Cut off', 'Crash'])
  const full = activeFaults([entry(1, 'fill', 'www-web-0', { namespace: 'default' })])
  const claim = { name: 'www-web-0', namespace: 'default' }
  expect(texts(claimChoices(NONE, claim))).toEqual(['Fill'])
  expect(texts(claimChoices(full, claim))).toEqual(['Free'])
  const failing = activeFaults([entry(1, 'fail-pulls', 'docker.io/library/nginx:1.27')])
  expect(texts(imageChoices(failing, 'nginx:1.27'))).toEqual([
    'Slow pulls by 30 s',
    'Restore pulls',
  ])
  expect(texts(imageChoices(failing, ''))).toEqual(['Fail pulls', 'Slow pulls by 30 s'])
})

it('offers of a Pod each container that runs and each probe there is, with its command', () => {
  expect(podChoices(NONE, pod('nginx')).map(({ act }) => faultCommand(act))).toEqual([
    'fault kill web-0 --container=nginx',
    'fault fail-probe web-0 --container=nginx --probe=readiness',
  ])
  expect(texts(podChoices(NONE, pod('a', 'b')))).toEqual([
    'Kill a',
    'Kill b',
    'Fail readiness probe of a',
    'Fail readiness probe of b',
  ])
  const failing = activeFaults([entry(1, 'fail-probe', 'web-0', PROBE)])
  expect(texts(podChoices(failing, pod('nginx')))).toEqual([
    'Kill nginx',
    'Restore readiness probe',
  ])
  const stopped = { ...pod('nginx'), status: {} }
  expect(texts(podChoices(NONE, stopped))).toEqual(['Fail readiness probe'])
})

it('writes names as they are at the beginning of a sentence', () => {
  expect(actSentence(entry(1, 'cut-off', 'node-b'))).toBe('node-b cut off')
  expect(actSentence(entry(1, 'refuse-volumes'))).toBe('Provisioner refuses volumes')
})
