import { expect, it } from 'vitest'
import type { PodPhaseLetter } from '#worker/protocol.ts'
import { newPass } from './decision-pass.test-kit.ts'
import { gazeText } from './gaze.ts'
import type { KnownKinds } from './kube.ts'
import type { SlotView } from './slots.ts'

const METADATA = { uid: 'x', resourceVersion: '1', creationTimestamp: '' }

type Situation = {
  readonly awaited?: string
  readonly waiters?: readonly string[]
  /** Phase and steps done, by ordinal. */
  readonly pods: Readonly<Record<number, readonly [PodPhaseLetter, number]>>
  readonly isNodeReady?: boolean
  readonly partition?: number
  readonly replicas?: number
  readonly policy?: 'Parallel'
  readonly strategy?: 'OnDelete'
}

function gaze({
  awaited,
  waiters = [],
  pods,
  isNodeReady = true,
  partition,
  replicas = 3,
  policy,
  strategy,
}: Situation) {
  const set: KnownKinds['StatefulSet'] = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...METADATA, name: 'web' },
    spec: {
      selector: {},
      serviceName: 'nginx',
      template: {},
      ...(policy === undefined ? {} : { podManagementPolicy: policy }),
      updateStrategy: {
        ...(strategy === undefined ? {} : { type: strategy }),
        rollingUpdate: { partition: partition ?? 0 },
      },
    },
    status: {
      replicas: 3,
      currentRevision: 'web-a',
      updateRevision: partition === undefined && strategy === undefined ? 'web-a' : 'web-b',
    },
  }
  const node: KnownKinds['Node'] = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...METADATA, name: 'node-b' },
    status: { conditions: [{ type: 'Ready', status: isNodeReady ? 'True' : 'Unknown' }] },
  }
  const slots = Array.from({ length: 4 }, (_, ordinal): SlotView => {
    const [letter, done] = pods[ordinal] ?? []
    return {
      ordinal,
      name: `web-${ordinal}`,
      isWanted: ordinal < replicas,
      dnsName: '',
      record: undefined,
      claims: [],
      isAwaited: false,
      emptyReason: '',
      pod:
        letter === undefined
          ? undefined
          : {
              uid: `${ordinal}`,
              name: `web-${ordinal}`,
              letter,
              word: '',
              steps: { done: done ?? 0, now: '' },
              revision: undefined,
              node: 'node-b',
              ip: undefined,
              message: '',
              facts: [],
              flag: undefined,
            },
    }
  })
  const pass = newPass({
    verdicts: [{ pod: 'web-0', action: awaited === undefined ? 'keep' : 'wait', why: '' }],
    waiters,
    ...(awaited === undefined ? {} : { awaited }),
  })
  const { first, more } = gazeText({
    set,
    pass,
    slots,
    nodes: new Map([['n', node]]),
    order: ['web-a', 'web-b'],
  })
  return `${first} ${more}`.trim()
}

it.each([
  {
    title: 'a Pod on its way holds the next one back',
    situation: { awaited: 'web-1', waiters: ['web-2'], pods: { 0: ['R', 5], 1: ['C', 2] } },
    text: 'The controller waits for web-1, which is not Ready: its image is still being pulled. It creates web-2 only after web-1 is Running and Ready.',
  },
  {
    title: 'in an update the nearest ordinal comes next',
    situation: {
      awaited: 'web-2',
      waiters: ['web-0', 'web-1'],
      pods: { 0: ['R', 5], 1: ['R', 5], 2: ['I', 2] },
    },
    text: 'The controller waits for web-2, which is not Ready: its image cannot be pulled. It updates web-1 and 1 more only after web-2 is Running and Ready.',
  },
  {
    title: 'on a scale-down the last one goes first',
    situation: {
      awaited: 'web-3',
      waiters: ['web-2'],
      pods: { 2: ['R', 5], 3: ['T', 5] },
      replicas: 1,
    },
    text: 'The controller waits for web-3 to be gone. It deletes web-2 only after web-3 is gone.',
  },
  {
    title: 'a Pod on a lost node is not Ready for want of its node',
    situation: { awaited: 'web-1', pods: { 1: ['N', 4] }, isNodeReady: false },
    text: 'The controller waits for web-1, which is not Ready: its node, node-b, has not been heard from.',
  },
  {
    title: 'a lost node keeps the name taken',
    situation: { awaited: 'web-1', pods: { 1: ['T', 5] }, isNodeReady: false },
    text: 'The controller waits for web-1 to be gone. Only node-b can confirm that, and node-b has not been heard from.',
  },
  {
    title: 'under Parallel nobody waits for another',
    situation: { awaited: 'web-1', policy: 'Parallel', pods: { 0: ['C', 1], 1: ['C', 2] } },
    text: 'The policy is Parallel: web-0, web-1 start at once, none waits for another. Only an update would wait, for web-1.',
  },
  {
    title: 'an update under Parallel waits all the same',
    situation: {
      awaited: 'web-1',
      waiters: ['web-0'],
      policy: 'Parallel',
      pods: { 0: ['N', 4], 1: ['C', 1] },
    },
    text: 'The controller waits for web-1, which is not Ready: its volumes are being mounted. It updates web-0 only after web-1 is Running and Ready.',
  },
  {
    title: 'with OnDelete it is somebody else who updates',
    situation: { pods: { 0: ['R', 5] }, strategy: 'OnDelete' },
    text: 'The controller is done. With OnDelete a Pod takes B when somebody deletes it.',
  },
  {
    title: 'a partition is what remains to say at rest',
    situation: { pods: { 0: ['R', 5] }, partition: 2 },
    text: 'The controller is done. Partition 2 keeps ordinals below 2 at revision A.',
  },
  {
    title: 'nothing is left to do',
    situation: { pods: { 0: ['R', 5] } },
    text: 'The controller is done: every Pod is as the set asks.',
  },
] as const)('$title', ({ situation, text }) => expect(gaze(situation)).toBe(text))
