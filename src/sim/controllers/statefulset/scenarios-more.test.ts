import { describe, expect, it } from 'vitest'
import { DrivenWorld, healthyWorld, rolling } from './driven-world.test-kit.ts'
import { image, PARALLEL, POLICIES } from './scenario-world.test-kit.ts'

// What people do to a set besides editing it. The ids are those of the specification's sections.

const OLD = 'nginx:1.27'
const NEW = 'nginx:1.28'
const NO_CLAIMS = { volumeClaimTemplates: [] }
const DELETE_BOTH = {
  persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
}

function barePod(name: string, labels: object = { app: 'nginx' }): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [{ name: 'nginx', image: OLD }] },
  }
}

describe('a set whose claims go with their Pods, scaled up again too early', () => {
  it('[SS-5.5] waits for the claim, and for somebody to wake it, under OrderedReady', () => {
    const scenario = healthyWorld({ ...DELETE_BOTH, replicas: 2 })
    scenario.patch({ replicas: 1 })
    expect(scenario.log().slice(0, 2)).toEqual(['update www-web-1', 'delete web-1'])
    expect(scenario.owners('www-web-1')).toEqual(['Pod/web-1'])
    scenario.patch({ replicas: 2 })
    expect(scenario.log()).toEqual(['status r2 rd2 av2 cu1 up1'])
    scenario.remove('web-1')
    scenario.settle(60_000)
    expect(scenario.log()).toEqual(['status r1 rd1 av1 cu1 up1'])
    expect(scenario.claims()).toEqual(['www-web-0'])
    scenario.touch()
    expect(scenario.log()).toEqual([
      ...['create www-web-1', 'create web-1', 'update www-web-1'],
      'status r2 rd1 av1 cu2 up2',
    ])
  })

  it('[SS-5.6] takes the claim back from the Pod that is going, under Parallel', () => {
    const scenario = healthyWorld({ ...DELETE_BOTH, ...PARALLEL, replicas: 2 })
    const { uid } = scenario.claim('www-web-1').metadata
    scenario.patch({ replicas: 1 })
    scenario.forget()
    scenario.patch({ replicas: 2 })
    expect(scenario.log()).toEqual([
      'update www-web-1',
      'update web-1',
      'status r2 rd2 av2 cu1 up1',
    ])
    expect(scenario.owners('www-web-1')).toEqual(['StatefulSet/web'])
    scenario.remove('web-1')
    scenario.drive()
    expect(scenario.claim('www-web-1').metadata.uid).toBe(uid)
  })
})

describe.each(POLICIES)('under %s', (podManagementPolicy) => {
  const isMonotonic = podManagementPolicy === 'OrderedReady'
  const spec = { ...NO_CLAIMS, podManagementPolicy }

  it('[SS-4.9.1] a rollout taken back half-way replaces what is new, from the top', () => {
    const scenario = healthyWorld(spec)
    scenario.patch(image(NEW))
    for (const name of ['web-2', 'web-1']) {
      scenario.remove(name)
      scenario.setPod(name, 'ready')
    }
    // Web-0 is going by now.
    scenario.remove('web-0')
    scenario.forget()
    scenario.patch(image(OLD))
    // The first revision is both; web-0, in the making, is at the second.
    if (isMonotonic) {
      expect(scenario.log()).toEqual(['update revision 3', 'status r3 rd2 av2 cu0 up0'])
      scenario.setPod('web-0', 'ready')
    } else scenario.forget()
    scenario.drive()
    expect(scenario.images()).toEqual([OLD, OLD, OLD])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-6.6] a lower limit of history is kept at once, oldest first and after the status', () => {
    const scenario = healthyWorld({ ...spec, updateStrategy: { type: 'OnDelete' } })
    for (const version of [1, 2, 3, 4]) scenario.patch(image(`nginx:2.${version}`))
    scenario.forget()
    scenario.patch({ revisionHistoryLimit: 1 })
    expect(scenario.log()).toEqual([
      'status r3 rd3 av3 cu3 up0',
      'delete revision',
      'delete revision',
    ])
    expect(scenario.revisions().map(({ revision }) => revision)).toEqual([1, 4, 5])
  })

  it('[SS-6.4] without its current revision, the update revision is the current one', () => {
    const scenario = healthyWorld({ ...spec, ...rolling({ partition: 2 }) })
    scenario.patch(image(NEW))
    scenario.drive()
    const { currentRevision, updateRevision } = scenario.set.status
    scenario.world.delete('controllerrevisions', currentRevision)
    scenario.settle()
    scenario.forget()
    scenario.touch()
    expect(scenario.log()).toEqual(['status r3 rd3 av3 cu1 up1'])
    expect(scenario.set.status.currentRevision).toBe(updateRevision)
    scenario.remove('web-0')
    scenario.drive()
    expect(scenario.images()).toEqual([NEW, OLD, NEW])
  })

  it('[SS-2.5] takes a bare Pod for its own and deletes it where its ordinal is out of range', () => {
    const scenario = healthyWorld(spec)
    scenario.world.create('pods', barePod('web-5'))
    scenario.settle()
    expect(scenario.log()).toEqual([
      'patch web-5',
      'delete web-5',
      'status r4 rd3 av3 cu3 up3',
      'status r3 rd3 av3 cu3 up3',
    ])
    expect(scenario.events()).toContain(
      'SuccessfulDelete: Delete Pod web-5 in StatefulSet web successful',
    )
    scenario.world.create('pods', barePod('web-x'))
    scenario.world.create('pods', barePod('web-6', { app: 'other' }))
    scenario.settle()
    expect(scenario.log().filter((line) => !line.startsWith('status'))).toEqual([])
  })

  it('[SS-3.6] replaces a bare Pod that it takes for its own in range: it has no revision', () => {
    const scenario = new DrivenWorld({}, { empty: true })
    scenario.world.create('pods', barePod('web-0'))
    scenario.settle()
    scenario.setPod('web-0', 'ready')
    scenario.create({ ...spec, replicas: 1 })
    scenario.settle()
    // The label of its name is put right before the update looks at it.
    const [first] = scenario.passes()
    expect(first?.writes).toEqual([
      'patch web-0',
      'create revision 1',
      // As cached, it knows nothing of its new owner yet.
      ...['update web-0: 409', 'update web-0'],
      'delete web-0',
      'status r1 rd1 av1 cu-1 up0: 422',
    ])
    scenario.drive()
    expect(scenario.counters).toBe('r1 rd1 av1 cu1 up1')
    expect(scenario.steps()).toEqual(['create web-0'])
  })

  it('[SS-3.6] cannot give a bare Pod a claim, and says so', () => {
    const scenario = new DrivenWorld({}, { empty: true })
    scenario.world.create('pods', barePod('web-0'))
    scenario.settle()
    scenario.setPod('web-0', 'ready')
    scenario.create({ podManagementPolicy, replicas: 1 })
    scenario.settle()
    const [first] = scenario.passes()
    expect(first?.writes).toEqual([
      'patch web-0',
      'create revision 1',
      'create www-web-0',
      ...['update web-0: 409', 'update web-0: 422'],
      'status r1 rd1 av1 cu0 up0',
    ])
    expect(first?.error).toMatch(/^Pod "web-0" is invalid: spec: Forbidden: pod updates may not/)
    expect(scenario.events()).toContainEqual(
      expect.stringMatching(/^FailedUpdate: Update Pod web-0 in StatefulSet web failed error: Pod/),
    )
    scenario.forget()
    scenario.settle(2000)
    for (const { writes } of scenario.passes()) expect(writes).toEqual(['update web-0: 422'])
  })

  it('[SS-2.5] does without a Pod that got another controller, until that lets go of it', () => {
    const scenario = healthyWorld(spec)
    const other = scenario.world.create('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'other' },
      spec: { clusterIP: 'None', ports: [{ port: 80 }] },
    }).body
    const controller = {
      ...{ apiVersion: 'v1', kind: 'Service', name: 'other', uid: other.metadata.uid },
      controller: true,
    }
    scenario.world.patch('pods', 'web-2', { metadata: { ownerReferences: [controller] } })
    scenario.settle()
    const [first, ...others] = scenario.passes()
    expect(first?.writes).toEqual(['create web-2: 409', 'status r2 rd2 av2 cu2 up2'])
    for (const { writes } of others) expect(writes).toEqual(['create web-2: 409'])
    scenario.world.patch('pods', 'web-2', { metadata: { ownerReferences: null } })
    scenario.settle()
    expect(scenario.log().filter((line) => !line.endsWith('409'))).toEqual([
      'patch web-2',
      'status r3 rd3 av3 cu3 up3',
    ])
  })

  it('[SS-4.5] grows at the pace of availability where Ready has to last', () => {
    const scenario = new DrivenWorld({ ...spec, minReadySeconds: 10 })
    expect(scenario.pods()).toHaveLength(isMonotonic ? 1 : 3)
    if (!isMonotonic) return
    scenario.setPod('web-0', 'ready')
    scenario.settle(8000)
    expect(scenario.pods()).toEqual(['web-0'])
    scenario.settle(2000)
    expect(scenario.pods()).toEqual(['web-0', 'web-1'])
    scenario.setPod('web-1', 'ready')
    // What is not Ready any more has to begin again.
    scenario.settle(5000)
    scenario.setPod('web-1', 'running')
    scenario.setPod('web-1', 'ready')
    scenario.settle(8000)
    expect(scenario.pods()).toEqual(['web-0', 'web-1'])
    scenario.settle(2000)
    expect(scenario.pods()).toEqual(['web-0', 'web-1', 'web-2'])
  })

  it('[SS-4.9.1] updates at the pace of availability under either policy', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 2 })
    scenario.drive()
    scenario.patch({ minReadySeconds: 10 })
    scenario.settle(20_000)
    scenario.forget()
    scenario.patch(image(NEW))
    scenario.remove('web-1')
    scenario.setPod('web-1', 'ready')
    expect(scenario.steps()).toEqual(['delete web-1', 'create web-1'])
    scenario.settle(8000)
    expect(scenario.steps()).toEqual([])
    scenario.settle(2000)
    expect(scenario.steps()).toEqual(['delete web-0'])
  })

  it('[SS-8.2] made again beside Pods that are going, it waits for each without an event', () => {
    const scenario = healthyWorld({ ...spec, replicas: 1 })
    scenario.world.delete('statefulsets', 'web', { propagationPolicy: 'Background' })
    scenario.settle(1000)
    scenario.forget()
    scenario.create({ ...spec, replicas: 1 })
    scenario.settle(2000)
    const passes = scenario.passes()
    expect(passes[0]?.writes).toEqual([
      'create revision 1',
      'create web-0: 409',
      'status r0 rd0 av0 cu0 up0',
    ])
    for (const { writes } of passes.slice(1)) expect(writes).toEqual(['create web-0: 409'])
    scenario.remove('web-0')
    // Nobody tells of the other set's Pod: the next try finds its name free.
    scenario.settle(10_000)
    expect(scenario.steps().filter((line) => !line.endsWith('409'))).toEqual(['create web-0'])
    expect(scenario.events().filter((event) => event.startsWith('Failed'))).toEqual([])
  })
})

describe('with the gate MaxUnavailableStatefulSet', () => {
  const gate = { featureGates: { MaxUnavailableStatefulSet: true } }

  it('[SS-4.9.2] lets a sick old Pod use up the budget, wherever it is', () => {
    const scenario = healthyWorld({ ...NO_CLAIMS, ...PARALLEL, ...rolling() }, gate)
    scenario.setPod('web-2', 'running')
    scenario.forget()
    scenario.patch(image(NEW))
    expect(scenario.log()).toEqual(['create revision 2', 'status r3 rd2 av2 cu3 up0'])
    scenario.setPod('web-2', 'ready')
    expect(scenario.log()).toEqual(['delete web-2', 'status r3 rd3 av3 cu2 up0'])
  })

  it('[SS-4.9.2] goes on in gaps that the Pods being made leave', () => {
    const budget = rolling({ maxUnavailable: 3 })
    const scenario = healthyWorld({ ...NO_CLAIMS, ...PARALLEL, ...budget, replicas: 5 }, gate)
    scenario.patch(image(NEW))
    expect(scenario.steps()).toEqual(['delete web-4', 'delete web-3', 'delete web-2'])
    scenario.remove('web-2', 'web-3', 'web-4')
    expect(scenario.steps()).toEqual(['create web-2', 'create web-3', 'create web-4'])
    scenario.setPod('web-3', 'ready')
    expect(scenario.steps()).toEqual(['delete web-1'])
    scenario.setPod('web-2', 'ready')
    expect(scenario.steps()).toEqual(['delete web-0'])
  })
})

describe('under Parallel', () => {
  it('[SS-4.6] makes the others of a batch when one of their claims is refused', () => {
    const scenario = new DrivenWorld({ ...PARALLEL, replicas: 0 })
    scenario.inject({ method: 'POST', path: /persistentvolumeclaims$/, nth: 2 })
    scenario.forget()
    scenario.patch({ replicas: 5 })
    expect(scenario.passes()[0]).toEqual({
      writes: [
        ...['create www-web-0', 'create web-0'],
        'create www-web-1: 500',
        ...['create www-web-2', 'create web-2'],
        'status r0 rd0 av0 cu0 up0',
      ],
      error: 'failed to create PVC www-web-1: injected',
    })
    expect(scenario.pods()).toHaveLength(5)
  })
})
