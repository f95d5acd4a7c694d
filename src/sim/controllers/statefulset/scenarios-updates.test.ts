import { describe, expect, it } from 'vitest'
import { healthyWorld, rolling, VARIANTS } from './driven-world.test-kit.ts'
import { maxUnavailableOf } from './update-strategy.ts'
import { image, isReady, PARALLEL } from './scenario-world.test-kit.ts'

// Section 10.4 of the specification: what a change of the template leads to.

const OLD = 'nginx:1.27'
const NEW = 'nginx:1.28'
const ON_DELETE = { updateStrategy: { type: 'OnDelete' } } as const

/** Deleted and created again, one after the other. */
function replaced(...ordinals: number[]): string[] {
  return ordinals.flatMap((ordinal) => [`delete web-${ordinal}`, `create web-${ordinal}`])
}

describe.each(VARIANTS)('a set that is $policy, retention $retention', ({ spec, isMonotonic }) => {
  it.each([
    { block: 'no block', strategy: rolling() },
    { block: 'partition 0', strategy: rolling({ partition: 0 }) },
  ])('[SS-95] rolls out from the top, one Pod after the other: $block', ({ strategy }) => {
    const scenario = healthyWorld({ ...spec, ...strategy })
    scenario.patch(image(NEW))
    expect(scenario.log()).toEqual([
      'create revision 2',
      'delete web-2',
      'status r3 rd3 av3 cu2 up0',
    ])
    scenario.setPod('web-2', 'running')
    expect(scenario.log()).toEqual(['status r3 rd2 av2 cu2 up0'])
    scenario.remove('web-2')
    expect(scenario.log()).toEqual([
      'create web-2',
      'status r2 rd2 av2 cu2 up0',
      'status r3 rd2 av2 cu2 up1',
    ])
    scenario.setPod('web-2', 'ready')
    expect(scenario.log()).toEqual(['delete web-1', 'status r3 rd3 av3 cu1 up1'])
    scenario.remove('web-1')
    expect(scenario.log()).toEqual([
      'create web-1',
      'status r2 rd2 av2 cu1 up1',
      'status r3 rd2 av2 cu1 up2',
    ])
    scenario.setPod('web-1', 'ready')
    expect(scenario.log()).toEqual(['delete web-0', 'status r3 rd3 av3 cu0 up2'])
    scenario.remove('web-0')
    scenario.log()
    scenario.setPod('web-0', 'ready')
    expect(scenario.log()).toEqual(['status r3 rd3 av3 cu3 up3'])
    const { status } = scenario.set
    expect(status.currentRevision).toBe(status.updateRevision)
    expect(scenario.images()).toEqual([NEW, NEW, NEW])
  })

  it('[SS-96] grows first, with Pods of the new template', () => {
    const scenario = healthyWorld(spec)
    scenario.patch({ ...image(NEW), replicas: 5 })
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-3', 'create web-4', ...replaced(2, 1, 0)])
    expect(scenario.images()).toEqual(Array(5).fill(NEW))
    expect(scenario.counters).toBe('r5 rd5 av5 cu5 up5')
  })

  it('[SS-97] shrinks first', () => {
    const scenario = healthyWorld({ ...spec, replicas: 5 })
    scenario.patch({ ...image(NEW), replicas: 3 })
    // Under Parallel nothing waits for the condemned.
    expect(scenario.steps()).toEqual(
      isMonotonic ? ['delete web-4'] : ['delete web-4', 'delete web-3', 'delete web-2'],
    )
    scenario.drive()
    expect(scenario.steps()).toEqual(
      isMonotonic ? ['delete web-3', ...replaced(2, 1, 0)] : ['create web-2', ...replaced(1, 0)],
    )
    expect(scenario.images()).toEqual([NEW, NEW, NEW])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-98] counts a Pod out only once its deletion has succeeded', () => {
    const scenario = healthyWorld(spec)
    scenario.inject({ method: 'DELETE', path: /web-2$/ })
    scenario.patch(image(NEW))
    expect(scenario.passes()).toEqual([
      {
        writes: ['create revision 2', 'delete web-2: 500', 'status r3 rd3 av3 cu3 up0'],
        error: 'injected',
      },
      { writes: ['delete web-2', 'status r3 rd3 av3 cu2 up0'], error: undefined },
    ])
    const { status } = scenario.set
    expect(status.currentRevision).not.toBe(status.updateRevision)
  })

  it('[SS-99] touches no Pod with OnDelete, and makes new ones after a rest at nothing', () => {
    const scenario = healthyWorld({ ...spec, ...ON_DELETE })
    scenario.patch(image(NEW))
    expect(scenario.log()).toEqual(['create revision 2', 'status r3 rd3 av3 cu3 up0'])
    scenario.patch({ replicas: 0 })
    scenario.drive()
    scenario.patch({ replicas: 3 })
    scenario.drive()
    expect(scenario.images()).toEqual([NEW, NEW, NEW])
    expect(scenario.counters).toBe('r3 rd3 av3 cu0 up3')
  })

  it('[SS-100] adds new Pods to old ones with OnDelete', () => {
    const scenario = healthyWorld({ ...spec, ...ON_DELETE })
    scenario.patch({ ...image(NEW), replicas: 5 })
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-3', 'create web-4'])
    expect(scenario.images()).toEqual([OLD, OLD, OLD, NEW, NEW])
    expect(scenario.counters).toBe('r5 rd5 av5 cu3 up2')
  })

  it('[SS-101] leaves old Pods with OnDelete when it shrinks', () => {
    const scenario = healthyWorld({ ...spec, ...ON_DELETE, replicas: 5 })
    scenario.patch({ ...image(NEW), replicas: 3 })
    scenario.drive()
    expect(scenario.steps()).toEqual(['delete web-4', 'delete web-3'])
    expect(scenario.images()).toEqual([OLD, OLD, OLD])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up0')
  })

  it('[SS-102] [SS-T12] never moves the current revision with OnDelete', () => {
    const scenario = healthyWorld({ ...spec, ...ON_DELETE })
    const first = scenario.set.status.currentRevision
    scenario.remove('web-1')
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, OLD, OLD])
    scenario.patch(image(NEW))
    scenario.remove('web-1')
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, NEW, OLD])
    for (const name of ['web-0', 'web-2']) scenario.remove(name)
    scenario.drive()
    expect(scenario.images()).toEqual([NEW, NEW, NEW])
    expect(scenario.set.status.currentRevision).toBe(first)
    expect(scenario.set.status.updateRevision).not.toBe(first)
    expect(scenario.counters).toBe('r3 rd3 av3 cu0 up3')
  })

  it('[SS-103] [SS-106] [SS-T5] keeps what is below the partition at the old revision', () => {
    const scenario = healthyWorld({ ...spec, ...rolling({ partition: 2 }) })
    scenario.patch(image(NEW))
    scenario.drive()
    expect(scenario.steps()).toEqual(replaced(2))
    expect(scenario.images()).toEqual([OLD, OLD, NEW])
    expect(scenario.counters).toBe('r3 rd3 av3 cu2 up1')
    scenario.remove('web-0', 'web-2')
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, OLD, NEW])
    expect(scenario.steps()).toEqual(['create web-0', 'create web-2'])
    const { status } = scenario.set
    expect(status.currentRevision).not.toBe(status.updateRevision)
  })

  it('[SS-104] creates at the new revision above the partition', () => {
    const scenario = healthyWorld({ ...spec, ...rolling({ partition: 2 }) })
    scenario.patch({ ...image(NEW), replicas: 5 })
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-3', 'create web-4', ...replaced(2)])
    expect(scenario.images()).toEqual([OLD, OLD, NEW, NEW, NEW])
  })

  it('[SS-105] touches no Pod where all are below the partition', () => {
    const scenario = healthyWorld({ ...spec, ...rolling({ partition: 3 }) })
    const { updateRevision } = scenario.set.status
    scenario.patch(image(NEW))
    expect(scenario.log()).toEqual(['create revision 2', 'status r3 rd3 av3 cu3 up0'])
    expect(scenario.set.status.updateRevision).not.toBe(updateRevision)
    expect(scenario.set.status.currentRevision).toBe(updateRevision)
  })

  it('[SS-107] goes one Pod on with each step of the partition', () => {
    const scenario = healthyWorld({ ...spec, ...rolling({ partition: 2 }) })
    scenario.patch(image(NEW))
    for (const partition of [2, 1, 0]) {
      scenario.patch(rolling({ partition }))
      scenario.drive()
      expect(scenario.steps()).toEqual(replaced(partition))
      const { status } = scenario.set
      expect(status.currentRevision === status.updateRevision).toBe(partition === 0)
    }
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-T6] counts the partition from the start of the ordinals', () => {
    const scenario = healthyWorld({
      ...spec,
      ...rolling({ partition: 2 }),
      replicas: 4,
      ordinals: { start: 5 },
    })
    scenario.patch(image(NEW))
    scenario.drive()
    expect(scenario.steps()).toEqual(replaced(8, 7))
    scenario.remove('web-6', 'web-7')
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, OLD, NEW, NEW])
  })

  it.each(['failed', 'running'] as const)(
    '[SS-108] [SS-T4] waits for a Pod that a finalizer holds, be it %s',
    (state) => {
      const scenario = healthyWorld({ ...spec, ...rolling({ partition: 1 }) })
      scenario.world.patch('pods', 'web-0', { metadata: { finalizers: ['test/keep'] } })
      scenario.patch(image(NEW))
      scenario.drive()
      expect(scenario.steps()).toEqual(replaced(2, 1))
      scenario.delete('web-0')
      scenario.setPod('web-0', state)
      scenario.remove('web-0')
      expect(scenario.steps()).toEqual([])
      scenario.world.patch('pods', 'web-0', { metadata: { finalizers: null } })
      scenario.settle()
      scenario.drive()
      expect(scenario.steps()).toEqual(['create web-0'])
      expect(scenario.images()).toEqual([OLD, NEW, NEW])
    },
  )

  it('[SS-109] starts beside a sick Pod only as the policy lets it', () => {
    const scenario = healthyWorld(spec)
    const first = scenario.set.status.currentRevision
    scenario.setPod('web-1', 'running')
    scenario.forget()
    scenario.patch(image(NEW))
    expect(scenario.log()).toEqual(
      isMonotonic
        ? ['create revision 2', 'status r3 rd2 av2 cu3 up0']
        : ['create revision 2', 'delete web-2', 'status r3 rd2 av2 cu2 up0'],
    )
    scenario.setPod('web-1', 'ready')
    scenario.drive()
    expect(scenario.steps()).toEqual(
      isMonotonic ? replaced(2, 1, 0) : ['create web-2', ...replaced(1, 0)],
    )
    expect(scenario.images()).toEqual([NEW, NEW, NEW])
    scenario.patch(image(OLD))
    expect(scenario.set.status.updateRevision).toBe(first)
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, OLD, OLD])
  })

  it('[SS-126] starts above a sick lowest Pod only as the policy lets it', () => {
    const scenario = healthyWorld(spec)
    scenario.setPod('web-0', 'running')
    scenario.forget()
    scenario.patch(image(NEW))
    expect(scenario.steps()).toEqual(isMonotonic ? [] : ['delete web-2'])
    scenario.remove('web-2')
    if (!isMonotonic) scenario.setPod('web-2', 'ready')
    // Sick and old, it is replaced in its turn, not healed.
    expect(scenario.steps()).toEqual(isMonotonic ? [] : ['create web-2', 'delete web-1'])
  })

  it('[SS-124] [SS-125] [SS-T9] gets off a broken revision by itself only under Parallel', () => {
    const scenario = healthyWorld(spec)
    const first = scenario.set.status.currentRevision
    scenario.patch(image('nginx:broken'))
    scenario.remove('web-2')
    scenario.setPod('web-2', 'running')
    expect(scenario.counters).toBe('r3 rd2 av2 cu2 up1')
    scenario.forget()
    scenario.patch(image(OLD))
    expect(scenario.log()).toEqual(
      isMonotonic
        ? ['update revision 3', 'status r3 rd2 av2 cu2 up2']
        : // The count goes down though the Pod was not at the current revision.
          [
            'update revision 3',
            'delete web-2',
            'status r3 rd2 av2 cu1 up2',
            'status r3 rd2 av2 cu2 up2',
          ],
    )
    expect(scenario.set.status.updateRevision).toBe(first)
    scenario.remove('web-2')
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-2'])
    expect(scenario.images()).toEqual([OLD, OLD, OLD])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-T10] computes the status of a pass from what was there before it', () => {
    const scenario = healthyWorld(spec)
    scenario.patch({ replicas: 2 })
    // A deletion by scaling down is not counted out, one by the update is.
    expect(scenario.log().filter((line) => !line.includes('www'))).toEqual([
      'delete web-2',
      'status r3 rd3 av3 cu3 up3',
      'status r3 rd3 av3 cu2 up2',
    ])
    scenario.setPod('web-2', 'running')
    expect(scenario.log()).toEqual(['status r3 rd2 av2 cu2 up2'])
    scenario.remove('web-2')
    expect(scenario.log()).toEqual(['status r2 rd2 av2 cu2 up2'])
    scenario.patch({ replicas: 3 })
    expect(scenario.log().filter((line) => !line.includes('www'))).toEqual([
      'create web-2',
      'status r2 rd2 av2 cu2 up2',
      'status r3 rd2 av2 cu3 up3',
    ])
  })

  it('[SS-T10] is refused a count below nothing, and corrects it in the next pass', () => {
    const scenario = healthyWorld({ ...spec, replicas: 1 })
    scenario.world.patch('pods', 'web-0', {
      metadata: { labels: { 'controller-revision-hash': null } },
    })
    scenario.settle()
    const [first, second] = scenario.passes()
    expect(first?.writes).toEqual(['delete web-0', 'status r1 rd1 av1 cu-1 up0: 422'])
    expect(first?.error).toBe(
      'StatefulSet.apps "web" is invalid: status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
    )
    expect(second).toEqual({ writes: ['status r1 rd1 av1 cu0 up0'], error: undefined })
    scenario.drive()
    expect(scenario.counters).toBe('r1 rd1 av1 cu1 up1')
  })

  it('[SS-T11] counts a Pod that is going as a replica, but for no revision', () => {
    const scenario = healthyWorld(spec)
    scenario.delete('web-1')
    expect(scenario.log()).toEqual(['status r3 rd3 av3 cu2 up2'])
    scenario.setPod('web-1', 'running')
    expect(scenario.log()).toEqual(['status r3 rd2 av2 cu2 up2'])
    scenario.remove('web-1')
    expect(scenario.log()).toEqual([
      'create web-1',
      'status r2 rd2 av2 cu2 up2',
      'status r3 rd2 av2 cu3 up3',
    ])
  })

  it('[SS-T25] loses its Pods all at once when it is deleted in the background', () => {
    const scenario = healthyWorld(spec)
    scenario.world.delete('statefulsets', 'web', { propagationPolicy: 'Background' })
    scenario.settle(1000)
    expect(scenario.log()).toEqual([])
    expect(scenario.world.list('statefulsets')).toEqual([])
    const pods = scenario.world.list('pods')
    expect(pods.map(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([
      true,
      true,
      true,
    ])
  })
})

describe('the completion of a rollout', () => {
  it('[SS-T12] does not wait for Pods to be available', () => {
    const scenario = healthyWorld({ ...PARALLEL, replicas: 1, minReadySeconds: 3600 })
    scenario.patch(image(NEW))
    scenario.drive()
    expect(scenario.counters).toBe('r1 rd1 av0 cu1 up1')
    const { status } = scenario.set
    expect(status.currentRevision).toBe(status.updateRevision)
  })
})

const GATE_ON = { featureGates: { MaxUnavailableStatefulSet: true } } as const

describe('with the gate MaxUnavailableStatefulSet', () => {
  const budget = rolling({ partition: 3, maxUnavailable: 2 })

  it('[SS-128] deletes two at a time, and orders their return under OrderedReady', () => {
    const scenario = healthyWorld({ ...budget, replicas: 6 }, GATE_ON)
    scenario.patch(image(NEW))
    expect(scenario.log()).toEqual([
      'create revision 2',
      'delete web-5',
      'delete web-4',
      'status r6 rd6 av6 cu4 up0',
    ])
    scenario.remove('web-4', 'web-5')
    expect(scenario.steps()).toEqual(['create web-4'])
    scenario.setPod('web-4', 'ready')
    expect(scenario.steps()).toEqual(['create web-5'])
    scenario.setPod('web-5', 'ready')
    scenario.drive()
    expect(scenario.steps()).toEqual(replaced(3))
    expect(scenario.images()).toEqual([OLD, OLD, OLD, NEW, NEW, NEW])
  })

  it('[SS-129] deletes two at a time, and goes on when one is back under Parallel', () => {
    const scenario = healthyWorld({ ...PARALLEL, ...budget, replicas: 6 }, GATE_ON)
    scenario.patch(image(NEW))
    expect(scenario.steps()).toEqual(['delete web-5', 'delete web-4'])
    scenario.remove('web-4', 'web-5')
    expect(scenario.steps()).toEqual(['create web-4', 'create web-5'])
    scenario.setPod('web-4', 'ready')
    expect(scenario.steps()).toEqual(['delete web-3'])
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, OLD, OLD, NEW, NEW, NEW])
  })

  it.each([
    { value: undefined, replicas: 3, want: 1 },
    { value: 3, replicas: 5, want: 3 },
    { value: 0, replicas: 5, want: 1 },
    { value: '10%', replicas: 25, want: 2 },
    { value: '100%', replicas: 5, want: 5 },
    { value: '50%', replicas: 5, want: 2 },
    { value: '10%', replicas: 5, want: 1 },
    { value: '1%', replicas: 0, want: 1 },
  ])('[SS-131] reads maxUnavailable $value of $replicas as $want', ({ value, replicas, want }) => {
    const set = { spec: { replicas, ...rolling({ maxUnavailable: value }) } }
    expect(maxUnavailableOf(set as never)).toBe(want) // No more of the set is looked at.
  })

  it.each(['OrderedReady', 'Parallel'])(
    '[SS-132] never has more than two unavailable, and completes: %s',
    (podManagementPolicy) => {
      const spec = { ...rolling({ maxUnavailable: 2 }), replicas: 5, podManagementPolicy }
      const scenario = healthyWorld(spec, GATE_ON)
      let most = 0
      scenario.patch(image(NEW))
      scenario.drive(() => {
        const available = scenario.world
          .list('pods')
          .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
          .filter(({ status }) => isReady(status)).length
        most = Math.max(most, 5 - available)
      })
      expect(most).toBe(2)
      expect(scenario.images()).toEqual(Array(5).fill(NEW))
      expect(scenario.counters).toBe('r5 rd5 av5 cu5 up5')
    },
  )
})
