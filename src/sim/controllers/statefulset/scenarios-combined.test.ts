import { describe, expect, it } from 'vitest'
import { DrivenWorld, healthyWorld, rolling } from './driven-world.test-kit.ts'
import { image, PARALLEL, POLICIES, statefulSet } from './scenario-world.test-kit.ts'

// Where several rules of the specification meet. The ids are those of its sections.

const OLD = 'nginx:1.27'
const NEW = 'nginx:1.28'
const NEWER = 'nginx:1.29'
const NO_CLAIMS = { volumeClaimTemplates: [] }

describe('a start that moves while the template changes', () => {
  it('[SS-4.4] grows, shrinks, then updates what is left under OrderedReady', () => {
    const scenario = healthyWorld({ ...NO_CLAIMS, replicas: 2 })
    scenario.patch({ ...image(NEW), ordinals: { start: 1 } })
    expect(scenario.log()).toEqual([
      'create revision 2',
      'create web-2',
      'status r2 rd2 av2 cu2 up0',
      'status r3 rd2 av2 cu2 up1',
    ])
    scenario.setPod('web-2', 'ready')
    expect(scenario.log()).toEqual([
      'delete web-0',
      'status r3 rd3 av3 cu2 up1',
      'status r3 rd3 av3 cu1 up1',
    ])
    scenario.remove('web-0')
    expect(scenario.log()).toEqual(['delete web-1', 'status r2 rd2 av2 cu0 up1'])
    scenario.remove('web-1')
    expect(scenario.log()).toEqual([
      'create web-1',
      'status r1 rd1 av1 cu0 up1',
      'status r2 rd1 av1 cu0 up2',
    ])
    scenario.setPod('web-1', 'ready')
    expect(scenario.log()).toEqual(['status r2 rd2 av2 cu2 up2'])
  })

  it('[SS-4.4] does all but the update at once under Parallel', () => {
    const scenario = healthyWorld({ ...NO_CLAIMS, ...PARALLEL, replicas: 2 })
    scenario.patch({ ...image(NEW), ordinals: { start: 1 } })
    expect(scenario.log().slice(0, 4)).toEqual([
      'create revision 2',
      'create web-2',
      'delete web-0',
      'status r2 rd2 av2 cu2 up0',
    ])
    scenario.setPod('web-2', 'ready')
    expect(scenario.steps()).toEqual(['delete web-1'])
  })

  it('[SS-3.5] counts the old ones from the new start where there is no rollingUpdate block', () => {
    const scenario = healthyWorld({ ...NO_CLAIMS, ...rolling(), replicas: 2 })
    scenario.patch({ ...image(NEW), ordinals: { start: 1 } })
    // Two are at the current revision, so ordinals 1 and 2 count as old.
    expect(scenario.pod('web-2').spec.containers[0].image).toBe(OLD)
    scenario.drive()
    expect(scenario.steps()).toEqual([
      'create web-2',
      'delete web-0',
      ...['delete web-2', 'create web-2', 'delete web-1', 'create web-1'],
    ])
    expect(scenario.images()).toEqual([NEW, NEW])
  })
})

describe.each(POLICIES)('under %s', (podManagementPolicy) => {
  const isMonotonic = podManagementPolicy === 'OrderedReady'
  const spec = { ...NO_CLAIMS, podManagementPolicy }

  it('[SS-3.5] a partition above the replicas makes old Pods up to it', () => {
    const scenario = healthyWorld({ ...spec, ...rolling({ partition: 5 }) })
    scenario.patch(image(NEW))
    scenario.patch({ replicas: 7 })
    scenario.drive()
    expect(scenario.steps()).toEqual([
      'create web-3',
      'create web-4',
      'create web-5',
      'create web-6',
    ])
    expect(scenario.images()).toEqual([OLD, OLD, OLD, OLD, OLD, NEW, NEW])
    expect(scenario.counters).toBe('r7 rd7 av7 cu5 up2')
  })

  it('[SS-3.5] a partition raised in the middle brings lost Pods back old, and deletes none', () => {
    const scenario = healthyWorld({ ...spec, ...rolling({ partition: 1 }) })
    scenario.patch(image(NEW))
    scenario.drive()
    scenario.patch(rolling({ partition: 3 }))
    scenario.forget()
    expect(scenario.images()).toEqual([OLD, NEW, NEW])
    scenario.remove('web-1')
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-1'])
    expect(scenario.images()).toEqual([OLD, OLD, NEW])
    expect(scenario.counters).toBe('r3 rd3 av3 cu2 up1')
  })

  it('[SS-6.6] a limit of nothing drops the old revision once the rollout is told as done', () => {
    const scenario = healthyWorld({ ...spec, replicas: 1, revisionHistoryLimit: 0 })
    scenario.patch(image(NEW))
    scenario.remove('web-0')
    scenario.forget()
    scenario.setPod('web-0', 'ready')
    expect(scenario.passes()).toEqual([
      { writes: ['status r1 rd1 av1 cu1 up1'], error: undefined },
      { writes: ['delete revision'], error: undefined },
    ])
    expect(scenario.revisions().map(({ revision }) => revision)).toEqual([2])
  })

  it('[SS-4.9.1] a second update replaces what the first has made, counting it out as old', () => {
    const scenario = healthyWorld(spec)
    scenario.patch(image(NEW))
    scenario.remove('web-2')
    scenario.forget()
    scenario.patch(image(NEWER))
    if (isMonotonic) {
      // The Pod in the making is waited for first.
      expect(scenario.log()).toEqual(['create revision 3', 'status r3 rd2 av2 cu2 up0'])
      scenario.setPod('web-2', 'ready')
      expect(scenario.log()).toEqual([
        'delete web-2',
        'status r3 rd3 av3 cu1 up0',
        'status r3 rd3 av3 cu2 up0',
      ])
    } else {
      expect(scenario.log()).toEqual([
        'create revision 3',
        'delete web-2',
        'status r3 rd2 av2 cu1 up0',
        'status r3 rd2 av2 cu2 up0',
      ])
    }
    scenario.remove('web-2')
    scenario.drive()
    expect(scenario.images()).toEqual([NEWER, NEWER, NEWER])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-6.4] a change taken back before its first Pod is gone leaves all others alone', () => {
    const scenario = healthyWorld(spec)
    const first = scenario.set.status.currentRevision
    scenario.patch(image(NEW))
    scenario.forget()
    scenario.patch(image(OLD))
    expect(scenario.log()).toEqual(['update revision 3', 'status r3 rd3 av3 cu2 up2'])
    scenario.remove('web-2')
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-2'])
    expect(scenario.images()).toEqual([OLD, OLD, OLD])
    expect(scenario.set.status).toMatchObject({ currentRevision: first, updateRevision: first })
  })

  it('[SS-4.6] a template and fewer replicas with minReadySeconds go at the pace of availability', () => {
    const scenario = new DrivenWorld({ ...spec, minReadySeconds: 10 })
    for (let ordinal = 0; ordinal < 3; ordinal++) {
      scenario.setReadySince(`web-${ordinal}`, 0)
      scenario.settle(11_000)
    }
    scenario.forget()
    scenario.patch({ ...image(NEW), replicas: 2 })
    expect(scenario.steps()).toEqual(
      isMonotonic ? ['delete web-2'] : ['delete web-2', 'delete web-1'],
    )
    scenario.remove('web-2')
    if (isMonotonic) expect(scenario.steps()).toEqual(['delete web-1'])
    scenario.remove('web-1')
    scenario.setPod('web-1', 'ready')
    expect(scenario.counters).toBe('r2 rd2 av1 cu1 up1')
    scenario.forget()
    scenario.settle(8000)
    expect(scenario.log()).toEqual([])
    scenario.settle(2000)
    expect(scenario.log()).toEqual(['delete web-0', 'status r2 rd2 av2 cu0 up1'])
  })

  it('[SS-3.5] OnDelete makes lost and new Pods at the update revision while it scales', () => {
    const scenario = healthyWorld({ ...spec, updateStrategy: { type: 'OnDelete' } })
    scenario.patch({ ...image(NEW), replicas: 4 })
    scenario.drive()
    scenario.forget()
    scenario.remove('web-0')
    scenario.patch({ replicas: 2 })
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-0', 'delete web-3', 'delete web-2'])
    expect(scenario.images()).toEqual([NEW, OLD])
    expect(scenario.counters).toBe('r2 rd2 av2 cu1 up1')
  })

  it('[SS-4.4] OnDelete in the middle of a rollout stops it, RollingUpdate takes it up again', () => {
    const scenario = healthyWorld(spec)
    const first = scenario.set.status.currentRevision
    scenario.patch(image(NEW))
    scenario.remove('web-2')
    scenario.patch({ updateStrategy: { type: 'OnDelete', rollingUpdate: null } })
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, OLD, NEW])
    expect(scenario.counters).toBe('r3 rd3 av3 cu2 up1')
    expect(scenario.set.status.currentRevision).toBe(first)
    scenario.forget()
    scenario.patch({ updateStrategy: { type: 'RollingUpdate' } })
    expect(scenario.log()).toEqual(['delete web-1', 'status r3 rd3 av3 cu1 up1'])
    scenario.drive()
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-4.9.1] a set made again adopts its Pods, and its first count is refused', () => {
    const scenario = healthyWorld(spec)
    scenario.world.delete('statefulsets', 'web', { propagationPolicy: 'Orphan' })
    scenario.settle(1000)
    expect(scenario.pods()).toHaveLength(3)
    scenario.forget()
    scenario.world.create('statefulsets', statefulSet('web', { ...spec, ...template(NEW) }))
    scenario.settle()
    const passes = scenario.passes()
    // Without a status, the update revision is the current one, too; no Pod has it.
    expect(passes[0]).toEqual({
      writes: [
        'patch revision',
        ...['patch web-0', 'patch web-1', 'patch web-2'],
        'create revision 2',
        'delete web-2',
        'status r3 rd3 av3 cu-1 up0: 422',
      ],
      error:
        'StatefulSet.apps "web" is invalid: status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
    })
    expect(passes[1]).toEqual({ writes: ['status r3 rd3 av3 cu0 up0'], error: undefined })
    scenario.drive()
    expect(scenario.steps()).toEqual([
      'create web-2',
      ...['delete web-1', 'create web-1', 'delete web-0', 'create web-0'],
    ])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-2.5] lets a Pod go that lost its label, and cannot replace it while it is there', () => {
    const scenario = healthyWorld(spec)
    scenario.world.patch('pods', 'web-1', { metadata: { labels: { app: 'other' } } })
    scenario.settle(20)
    const [first, ...others] = scenario.passes()
    expect(first?.writes).toEqual(['patch web-1', 'create web-1: 409', 'status r2 rd2 av2 cu2 up2'])
    expect(others.length).toBeGreaterThan(0)
    for (const { writes } of others) expect(writes).toEqual(['create web-1: 409'])
    scenario.world.patch('pods', 'web-1', { metadata: { labels: { app: 'nginx' } } })
    scenario.settle()
    expect(scenario.log().filter((line) => !line.endsWith('409'))).toEqual([
      'patch web-1',
      'status r3 rd3 av3 cu3 up3',
    ])
    expect(scenario.events().filter((event) => event.startsWith('Failed'))).toEqual([])
  })

  it('[SS-4.5] a Pod that fails while an update is on is made anew at the update revision', () => {
    const scenario = healthyWorld(spec)
    scenario.patch(image(NEW))
    scenario.forget()
    scenario.setPod('web-0', 'failed')
    // Under OrderedReady the lowest is looked at first, whoever is going above it.
    expect(scenario.steps()).toEqual(['delete web-0', 'create web-0'])
    expect(scenario.pod('web-0').spec.containers[0].image).toBe(NEW)
    scenario.drive()
    expect(scenario.images()).toEqual([NEW, NEW, NEW])
  })

  it('[SS-5.2] a claim that is being deleted holds its Pod up, with an event each time', () => {
    const scenario = healthyWorld({ podManagementPolicy, replicas: 2 })
    scenario.world.patch('persistentvolumeclaims', 'www-web-1', {
      metadata: { finalizers: ['test/keep'] },
    })
    scenario.world.delete('persistentvolumeclaims', 'www-web-1')
    scenario.forget()
    scenario.remove('web-1')
    const failed = scenario.passes().filter(({ error }) => error !== undefined)
    expect(failed.length).toBeGreaterThan(1)
    expect(failed[0]).toEqual({
      writes: ['status r1 rd1 av1 cu1 up1'],
      error: 'pvc www-web-1 is being deleted',
    })
    for (const { writes } of failed.slice(1)) expect(writes).toEqual([])
    expect(scenario.events()).toContain(
      'FailedCreate: Create Pod web-1 in StatefulSet web failed error: pvc www-web-1 is being deleted',
    )
    scenario.world.patch('persistentvolumeclaims', 'www-web-1', { metadata: { finalizers: null } })
    scenario.settle(2000)
    expect(scenario.log()).toEqual([
      'create www-web-1',
      'create web-1',
      'status r2 rd1 av1 cu2 up2',
    ])
  })
})

describe('under Parallel', () => {
  it('[SS-4.4] an update deletes the Pod again that failed in the same pass', () => {
    const scenario = healthyWorld({ ...NO_CLAIMS, ...PARALLEL })
    scenario.inject({ method: 'DELETE', path: /web-2$/, times: Infinity })
    scenario.setPod('web-2', 'failed')
    scenario.patch(image(NEW))
    scenario.forget()
    scenario.clearFaults()
    scenario.settle(10_000)
    expect(scenario.passes()[0]).toEqual({
      writes: ['delete web-2', 'delete web-2: 404', 'status r3 rd2 av2 cu2 up0'],
      error: undefined,
    })
    scenario.drive()
    expect(scenario.images()).toEqual([NEW, NEW, NEW])
  })

  it('[SS-4.6] a batch in which a deletion fails is the last, and the update waits', () => {
    const scenario = healthyWorld({ ...NO_CLAIMS, ...PARALLEL, replicas: 6 })
    scenario.inject({ method: 'DELETE', path: /web-4$/ })
    scenario.patch({ ...image(NEW), replicas: 1 })
    // Batches {5}, {4, 3}, {2, 1}.
    expect(scenario.passes().slice(0, 2)).toEqual([
      {
        writes: [
          'create revision 2',
          ...['delete web-5', 'delete web-4: 500', 'delete web-3'],
          'status r6 rd6 av6 cu6 up0',
        ],
        error: 'injected',
      },
      {
        writes: [
          ...['delete web-4', 'delete web-2', 'delete web-1', 'delete web-0'],
          'status r6 rd6 av6 cu3 up0',
        ],
        error: undefined,
      },
    ])
  })
})

describe('with the gate MaxUnavailableStatefulSet', () => {
  const gate = { featureGates: { MaxUnavailableStatefulSet: true } }

  it('[SS-4.9.2] takes a percentage of the replicas asked for, and counts no condemned Pod', () => {
    const scenario = healthyWorld(
      { ...NO_CLAIMS, ...PARALLEL, ...rolling({ maxUnavailable: '50%' }), replicas: 6 },
      gate,
    )
    scenario.patch({ ...image(NEW), replicas: 5 })
    expect(scenario.log().slice(0, 5)).toEqual([
      'create revision 2',
      'delete web-5',
      ...['delete web-4', 'delete web-3'],
      'status r6 rd6 av6 cu4 up0',
    ])
  })

  it('[SS-4.9.2] does not get off a broken revision even under Parallel', () => {
    const scenario = healthyWorld({ ...NO_CLAIMS, ...PARALLEL }, gate)
    scenario.patch(image('nginx:broken'))
    scenario.remove('web-2')
    scenario.setPod('web-2', 'running')
    scenario.forget()
    scenario.patch(image(OLD))
    expect(scenario.log()).toEqual(['update revision 3', 'status r3 rd2 av2 cu2 up2'])
  })
})

function template(name: string) {
  return { template: { metadata: { labels: { app: 'nginx' } }, ...image(name).template } }
}
