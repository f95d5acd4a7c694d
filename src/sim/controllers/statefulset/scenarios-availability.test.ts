import { describe, expect, it } from 'vitest'
import { DrivenWorld, VARIANTS } from './driven-world.test-kit.ts'
import { image, PARALLEL } from './scenario-world.test-kit.ts'

// Section 10.5 of the specification: Ready for how long.

const SECOND_MS = 1000
const HOUR_MS = 3600 * SECOND_MS

/** A set all of whose Pods became Ready so long ago, whatever it took to create them. */
function readyFor(spec: object, ago: readonly (number | 'not ready')[]): DrivenWorld {
  const { minReadySeconds = 0, ...others } = spec as { minReadySeconds?: number }
  const scenario = new DrivenWorld({ ...others, replicas: ago.length })
  scenario.drive()
  for (const [ordinal, agoMs] of ago.entries()) {
    if (agoMs === 'not ready') scenario.world.setPodState(`web-${ordinal}`, 'running')
    else scenario.setReadySince(`web-${ordinal}`, agoMs)
  }
  scenario.settle()
  scenario.patch({ minReadySeconds })
  scenario.forget()
  return scenario
}

describe.each(VARIANTS)('a set that is $policy, retention $retention', ({ spec, isMonotonic }) => {
  it.each([
    { ago: '2 h', agoMs: 2 * HOUR_MS, available: 1 },
    { ago: '30 min', agoMs: HOUR_MS / 2, available: 0 },
  ])('[SS-133] asks for an hour: Ready since $ago', ({ agoMs, available }) => {
    const scenario = readyFor({ ...spec, minReadySeconds: 3600 }, [agoMs])
    expect(scenario.counters).toBe(`r1 rd1 av${available} cu1 up1`)
  })

  it('[SS-134] updates only beside available Pods, or at once under Parallel', () => {
    const tenSeconds = 10 * SECOND_MS
    const scenario = readyFor({ ...spec, minReadySeconds: 30 }, [tenSeconds, tenSeconds])
    scenario.patch(image('nginx:1.28'))
    if (isMonotonic) {
      expect(scenario.log()).toEqual(['create revision 2', 'status r2 rd2 av0 cu2 up0'])
      scenario.settle(50 * SECOND_MS)
      expect(scenario.log()).toEqual(['delete web-1', 'status r2 rd2 av2 cu1 up0'])
    } else {
      expect(scenario.log()).toEqual([
        'create revision 2',
        'delete web-1',
        'status r2 rd2 av0 cu1 up0',
      ])
    }
  })

  it('[SS-135] scales down only beside available Pods, or at once under Parallel', () => {
    const tenSeconds = 10 * SECOND_MS
    const scenario = readyFor({ ...spec, minReadySeconds: 30 }, [
      tenSeconds,
      tenSeconds,
      tenSeconds,
    ])
    scenario.patch({ replicas: 1 })
    expect(scenario.steps()).toEqual(isMonotonic ? [] : ['delete web-2', 'delete web-1'])
    expect(scenario.set.status).toMatchObject({ readyReplicas: 3, availableReplicas: 0 })
    if (!isMonotonic) return
    scenario.settle(25 * SECOND_MS)
    expect(scenario.steps()).toEqual(['delete web-2'])
  })

  it('[SS-136] names the new revision with OnDelete, available or not', () => {
    const onDelete = { ...spec, updateStrategy: { type: 'OnDelete' }, minReadySeconds: 30 }
    const scenario = readyFor(onDelete, [10 * SECOND_MS, 10 * SECOND_MS])
    const { updateRevision } = scenario.set.status
    scenario.patch(image('nginx:1.28'))
    expect(scenario.log()).toEqual(['create revision 2', 'status r2 rd2 av0 cu2 up0'])
    expect(scenario.set.status.updateRevision).not.toBe(updateRevision)
  })

  it('[SS-137] takes Ready for available where no time is asked for', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 1 })
    scenario.forget()
    scenario.setPod('web-0', 'ready')
    expect(scenario.log()).toEqual(['status r1 rd1 av1 cu1 up1'])
  })

  it('[SS-138] leaves Pods below the partition alone, available or not', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }
    const tenSeconds = 10 * SECOND_MS
    const scenario = readyFor({ ...spec, updateStrategy, minReadySeconds: 30 }, [
      tenSeconds,
      tenSeconds,
    ])
    scenario.patch(image('nginx:1.28'))
    expect(scenario.steps()).toEqual([])
    scenario.settle(60 * SECOND_MS)
    expect(scenario.steps()).toEqual([])
    expect(scenario.counters).toBe('r2 rd2 av2 cu2 up0')
  })

  it('[SS-141] follows the time that is asked for', () => {
    const scenario = readyFor({ ...spec, minReadySeconds: 30 }, [0, 0])
    expect(scenario.set.status.availableReplicas).toBe(0)
    scenario.settle(30 * SECOND_MS)
    expect(scenario.set.status.availableReplicas).toBe(2)
    scenario.patch({ minReadySeconds: 3600 })
    expect(scenario.set.status.availableReplicas).toBe(0)
    scenario.patch({ minReadySeconds: 0 })
    expect(scenario.set.status.availableReplicas).toBe(2)
  })
})

describe('a Parallel set', () => {
  it('[SS-139] looks again when the first of its Pods becomes available', () => {
    const spec = { ...PARALLEL, minReadySeconds: 5 }
    const scenario = readyFor({ ...PARALLEL }, ['not ready', 0, 0, 0])
    // Conditions know whole seconds: 0.3 s past one, two are as old as 4.3 s and 2.3 s.
    scenario.settle(1000 - ((scenario.simulation.unixMs + 700) % 1000))
    scenario.setReadySince('web-1', 0)
    scenario.setReadySince('web-2', 2 * SECOND_MS)
    scenario.setReadySince('web-3', 4 * SECOND_MS)
    scenario.world.patch('statefulsets', 'web', { spec: { minReadySeconds: spec.minReadySeconds } })
    scenario.settle(100)
    expect(scenario.counters).toBe('r4 rd3 av0 cu4 up4')
    scenario.forget()
    scenario.settle(580)
    expect(scenario.log()).toEqual([])
    scenario.settle(40)
    expect(scenario.log()).toEqual(['status r4 rd3 av1 cu4 up4'])
    scenario.settle(2000)
    expect(scenario.log()).toEqual(['status r4 rd3 av2 cu4 up4'])
    scenario.settle(3000)
    expect(scenario.log()).toEqual(['status r4 rd3 av3 cu4 up4'])
  })

  it('[SS-140] counts created, Ready and available Pods apart', () => {
    const scenario = readyFor({ ...PARALLEL, minReadySeconds: 3600 }, [
      'not ready',
      0,
      2 * HOUR_MS,
      2 * HOUR_MS,
    ])
    expect(scenario.counters).toBe('r4 rd3 av2 cu4 up4')
  })
})
