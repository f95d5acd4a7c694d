import { describe, expect, it } from 'vitest'
import { DrivenWorld, healthyWorld, VARIANTS, type Variant } from './driven-world.test-kit.ts'
import { image, PARALLEL } from './scenario-world.test-kit.ts'

// Section 10.3 of the specification: creation, scaling and failure.

/** The claims of the set's Pods belong to whom the policy says. */
function expectClaimOwners(scenario: DrivenWorld, { claimsOf: { inRange } }: Variant): void {
  for (const pod of scenario.pods()) {
    const owners = inRange === undefined ? [] : [`${inRange}/web`]
    expect(scenario.owners(`www-${pod}`), pod).toEqual(owners)
  }
}

describe.each(VARIANTS)('a set that is $policy, retention $retention', (variant) => {
  const { isMonotonic, spec, claimsOf } = variant
  const owned = (...lines: string[]) => (claimsOf.inRange === 'StatefulSet' ? lines : [])

  it('[SS-58] creates its Pods in the order of the call sequences', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 3 })
    if (isMonotonic) {
      expect(scenario.log()).toEqual([
        'create revision 1',
        'create www-web-0',
        'create web-0',
        'status r0 rd0 av0 cu0 up0',
        ...owned('update www-web-0'),
        'status r1 rd0 av0 cu1 up1',
      ])
      scenario.setPod('web-0', 'running')
      expect(scenario.log()).toEqual([])
      scenario.setPod('web-0', 'ready')
      expect(scenario.log()).toEqual([
        'create www-web-1',
        'create web-1',
        'status r1 rd1 av1 cu1 up1',
        ...owned('update www-web-1'),
        'status r2 rd1 av1 cu2 up2',
      ])
      expect(scenario.pods()).toEqual(['web-0', 'web-1'])
      scenario.setPod('web-1', 'ready')
      expect(scenario.log()).toEqual([
        'create www-web-2',
        'create web-2',
        'status r2 rd2 av2 cu2 up2',
        ...owned('update www-web-2'),
        'status r3 rd2 av2 cu3 up3',
      ])
      scenario.setPod('web-2', 'ready')
      expect(scenario.log()).toEqual(['status r3 rd3 av3 cu3 up3'])
    } else {
      expect(scenario.log()).toEqual([
        'create revision 1',
        ...['create www-web-0', 'create web-0'],
        ...['create www-web-1', 'create web-1'],
        ...['create www-web-2', 'create web-2'],
        'status r0 rd0 av0 cu0 up0',
        ...owned('update www-web-0', 'update www-web-1', 'update www-web-2'),
        'status r3 rd0 av0 cu3 up3',
      ])
      scenario.drive()
    }
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
    for (const ordinal of [0, 1, 2]) {
      const { labels } = scenario.pod(`web-${ordinal}`).metadata
      expect(labels['apps.kubernetes.io/pod-index']).toBe(String(ordinal))
    }
    expectClaimOwners(scenario, variant)
  })

  it('[SS-59] grows by one', () => {
    const scenario = healthyWorld({ ...spec, replicas: 3 })
    scenario.patch({ replicas: 4 })
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-3'])
    expect(scenario.counters).toBe('r4 rd4 av4 cu4 up4')
    expectClaimOwners(scenario, variant)
  })

  it('[SS-60] goes down to nothing from the top', () => {
    const scenario = healthyWorld({ ...spec, replicas: 3 })
    scenario.patch({ replicas: 0 })
    expect(scenario.steps()).toEqual(
      isMonotonic ? ['delete web-2'] : ['delete web-2', 'delete web-1', 'delete web-0'],
    )
    // A Pod that is going holds the next one up until it is gone.
    if (isMonotonic) expect(scenario.pods()).toEqual(['web-0', 'web-1', 'web-2'])
    scenario.drive()
    expect(scenario.steps()).toEqual(isMonotonic ? ['delete web-1', 'delete web-0'] : [])
    expect(scenario.pods()).toEqual([])
    expect(scenario.counters).toBe('r0 rd0 av0 cu0 up0')
    const survive =
      variant.claimsOf.condemned === 'Pod' ? [] : ['www-web-0', 'www-web-1', 'www-web-2']
    expect(scenario.claims()).toEqual(survive)
  })

  it('[SS-61] fills the gaps from below', () => {
    const scenario = healthyWorld({ ...spec, replicas: 5 })
    scenario.remove('web-0', 'web-2', 'web-4')
    if (isMonotonic) {
      expect(scenario.steps()).toEqual(['create web-0'])
      scenario.drive()
      expect(scenario.steps()).toEqual(['create web-2', 'create web-4'])
    } else {
      expect(scenario.steps()).toEqual(['create web-0', 'create web-2', 'create web-4'])
      scenario.drive()
    }
    expect(scenario.counters).toBe('r5 rd5 av5 cu5 up5')
    expectClaimOwners(scenario, variant)
  })

  it.each(['failed', 'succeeded'] as const)(
    '[SS-62] [SS-T4] deletes a Pod that has %s, and makes another in a later pass',
    (phase) => {
      const scenario = new DrivenWorld({ ...spec, replicas: 3 })
      const created = isMonotonic ? 1 : 3
      expect(scenario.steps()).toHaveLength(created)
      scenario.forget()
      scenario.setPod('web-0', phase)
      const [first, second] = scenario
        .passes()
        .map(({ writes }) => writes.filter((write) => /^(?:create|delete)/.test(write)))
        .filter((writes) => writes.length > 0)
      expect(first).toEqual(['delete web-0'])
      expect(second).toEqual(['create web-0'])
      expect(scenario.events()).toContain(
        'SuccessfulDelete: Delete Pod web-0 in StatefulSet web successful',
      )
    },
  )

  it('[SS-63] deletes a failed Pod again when the first deletion failed', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 3 })
    scenario.forget()
    scenario.inject({ method: 'DELETE', path: /web-0$/ })
    scenario.setPod('web-0', 'failed')
    const [first, second] = scenario.passes()
    expect(first?.error).toBe('injected')
    expect(first?.writes[0]).toBe('delete web-0: 500')
    expect(second?.writes[0]).toBe('delete web-0')
    expect(scenario.events()).toContain(
      'FailedDelete: Delete Pod web-0 in StatefulSet web failed error: injected',
    )
    scenario.drive()
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-64] writes the status of a pass whose second creation failed', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 0 })
    scenario.inject({ method: 'POST', path: /\/pods$/, nth: 2 })
    scenario.forget()
    scenario.patch({ replicas: 3 })
    if (isMonotonic) scenario.setPod('web-0', 'ready')
    const failed = scenario.passes().find(({ error }) => error !== undefined)
    expect(failed?.error).toBe('injected')
    expect(failed?.writes).toContain('create web-1: 500')
    expect(failed?.writes.at(-1)).toMatch(/^status /)
    scenario.drive()
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
    expect(scenario.events()).toContain(
      'FailedCreate: Create Pod web-1 in StatefulSet web failed error: injected',
    )
  })

  it('[SS-65] tries a pass again whose status was refused', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 0 })
    scenario.inject({ method: 'PUT', path: /\/status$/ })
    scenario.forget()
    scenario.patch({ replicas: 3 })
    const [first] = scenario.passes()
    expect(first?.error).toBe('injected')
    expect(first?.writes.at(-1)).toBe('status r0 rd0 av0 cu0 up0: 500')
    scenario.drive()
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
    expect(scenario.set.status.observedGeneration).toBe(scenario.set.metadata.generation)
  })

  it('[SS-66] attempts the status once where a creation failed, and tells of the creation', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 0 })
    scenario.inject({ method: 'POST', path: /\/pods$/, message: 'no Pod' })
    scenario.inject({ method: 'PUT', path: /\/status$/, message: 'no status' })
    scenario.forget()
    scenario.patch({ replicas: 3 })
    const [first] = scenario.passes()
    expect(first?.error).toBe('no Pod')
    expect(first?.writes.filter((write) => write.startsWith('status'))).toEqual([
      'status r0 rd0 av0 cu0 up0: 500',
    ])
    scenario.drive()
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-67] reports the repair of an identity that failed, and tries again', () => {
    const scenario = healthyWorld({ ...spec, replicas: 3 })
    scenario.inject({ method: 'PUT', path: /\/pods\/web-0$/ })
    const label = 'statefulset.kubernetes.io/pod-name'
    scenario.world.patch('pods', 'web-0', { metadata: { labels: { [label]: 'goo-0' } } })
    scenario.settle()
    const [first, second] = scenario.passes()
    expect(first).toEqual({ writes: ['update web-0: 500'], error: 'injected' })
    expect(second).toEqual({ writes: ['update web-0'], error: undefined })
    expect(scenario.pod('web-0').metadata.labels[label]).toBe('web-0')
    expect(scenario.events()).toEqual(
      expect.arrayContaining([
        'FailedUpdate: Update Pod web-0 in StatefulSet web failed error: injected',
        'SuccessfulUpdate: Update Pod web-0 in StatefulSet web successful',
      ]),
    )
  })

  it('[SS-68] makes the missing claim of a Pending Pod anew', () => {
    // Protection lets go of a claim whose Pod is on no node.
    const scenario = new DrivenWorld({ ...spec, replicas: 1 }, { binds: false })
    scenario.world.delete('persistentvolumeclaims', 'www-web-0')
    scenario.settle()
    expect(scenario.claims()).toEqual([])
    scenario.forget()
    scenario.touch()
    expect(scenario.log()).toEqual(['create www-web-0'])
    // The cache knows the new claim only in the next pass.
    scenario.touch()
    expectClaimOwners(scenario, variant)
  })

  it('[SS-70] goes on scaling down after a deletion that failed', () => {
    const scenario = healthyWorld({ ...spec, replicas: 3 })
    scenario.inject({ method: 'DELETE', path: /web-2$/ })
    scenario.patch({ replicas: 0 })
    const [first] = scenario.passes()
    expect(first?.error).toBe('injected')
    expect(first?.writes).toContain('delete web-2: 500')
    expect(first?.writes.at(-1)).toMatch(/^status r3 rd3 av3 cu3 up3$/)
    scenario.drive()
    expect(scenario.counters).toBe('r0 rd0 av0 cu0 up0')
    expect(scenario.events()).toContain(
      'FailedDelete: Delete Pod web-2 in StatefulSet web failed error: injected',
    )
  })

  it('[SS-71] does not delete condemned Pods that are going already', () => {
    const scenario = healthyWorld({ ...spec, replicas: 5 })
    scenario.world.delete('pods', 'web-3')
    scenario.world.delete('pods', 'web-4')
    scenario.patch({ replicas: 3 })
    expect(scenario.steps()).toEqual([])
    expect(scenario.pods()).toHaveLength(5)
    scenario.drive()
    expect(scenario.steps()).toEqual([])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-72] comes back to a Pod that is going when it is gone', () => {
    const scenario = healthyWorld({ ...spec, replicas: 3 })
    scenario.world.delete('pods', 'web-0')
    scenario.patch({ replicas: 5 })
    expect(scenario.steps()).toEqual(isMonotonic ? [] : ['create web-3', 'create web-4'])
    scenario.remove('web-0')
    expect(scenario.steps()).toEqual(['create web-0'])
    scenario.drive()
    expect(scenario.steps()).toEqual(isMonotonic ? ['create web-3', 'create web-4'] : [])
    expect(scenario.counters).toBe('r5 rd5 av5 cu5 up5')
    expectClaimOwners(scenario, variant)
  })

  it('[SS-73] counts from the start that is asked for', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 3, ordinals: { start: 2 } })
    scenario.drive()
    expect(scenario.steps()).toEqual(['create web-2', 'create web-3', 'create web-4'])
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
    expectClaimOwners(scenario, variant)
  })

  for (const { id, ordinals, replicas, first } of [
    { id: 'SS-74a', ordinals: {}, replicas: 3, first: 0 },
    { id: 'SS-74b', ordinals: { start: 4 }, replicas: 4, first: 4 },
    { id: 'SS-74c', ordinals: { start: 2 }, replicas: 7, first: 2 },
  ])
    it(`[${id}] scales to one, which is the lowest: ${JSON.stringify(ordinals)}`, () => {
      const scenario = new DrivenWorld({ ...spec, replicas, ordinals })
      scenario.drive()
      expect(scenario.pods()).toEqual(
        Array.from({ length: replicas }, (_, index) => `web-${first + index}`),
      )
      scenario.forget()
      scenario.patch({ replicas: 1 })
      scenario.drive()
      expect(scenario.steps()).toEqual(
        Array.from(
          { length: replicas - 1 },
          (_, index) => `delete web-${first + replicas - 1 - index}`,
        ),
      )
      expect(scenario.pods()).toEqual([`web-${first}`])
      expect(scenario.counters).toBe('r1 rd1 av1 cu1 up1')
    })

  for (const { id, from, to, steps, pods } of [
    {
      id: 'SS-75',
      from: { replicas: 2 },
      to: { replicas: 3, ordinals: { start: 2 } },
      steps: ['create web-2', 'create web-3', 'create web-4', 'delete web-1', 'delete web-0'],
      pods: ['web-2', 'web-3', 'web-4'],
    },
    {
      id: 'SS-76',
      from: { replicas: 2, ordinals: { start: 2 } },
      to: { ordinals: { start: 4 } },
      steps: ['create web-4', 'create web-5', 'delete web-3', 'delete web-2'],
      pods: ['web-4', 'web-5'],
    },
    {
      id: 'SS-77',
      from: { replicas: 2, ordinals: { start: 3 } },
      to: { ordinals: { start: 2 } },
      steps: ['create web-2', 'delete web-4'],
      pods: ['web-2', 'web-3'],
    },
    {
      id: 'SS-78',
      from: { replicas: 2, ordinals: { start: 3 } },
      to: { ordinals: null },
      steps: ['create web-0', 'create web-1', 'delete web-4', 'delete web-3'],
      pods: ['web-0', 'web-1'],
    },
  ])
    it(`[${id}] moves its ordinals to ${pods.join(' ')}`, () => {
      const scenario = new DrivenWorld({ ...spec, ...from })
      scenario.drive()
      const kept = scenario.pods().filter((name) => pods.includes(name))
      const before = kept.map((name) => scenario.pod(name).metadata.uid)
      scenario.forget()
      scenario.patch(to)
      scenario.drive()
      expect(scenario.steps()).toEqual(steps)
      expect(scenario.pods()).toEqual(pods)
      expect(kept.map((name) => scenario.pod(name).metadata.uid)).toEqual(before)
      expect(scenario.counters).toBe(
        `r${pods.length} rd${pods.length} av${pods.length} cu${pods.length} up${pods.length}`,
      )
      expectClaimOwners(scenario, variant)
    })

  it('[SS-79] [SS-81a] grows behind a Pod that is not Ready only as the policy lets it', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 1 })
    scenario.setPod('web-0', 'running')
    scenario.forget()
    scenario.patch({ replicas: 3 })
    expect(scenario.steps()).toEqual(isMonotonic ? [] : ['create web-1', 'create web-2'])
    scenario.setPod('web-0', 'ready')
    expect(scenario.pods()).toEqual(isMonotonic ? ['web-0', 'web-1'] : ['web-0', 'web-1', 'web-2'])
    scenario.drive()
    expect(scenario.counters).toBe('r3 rd3 av3 cu3 up3')
  })

  it('[SS-80] [SS-81b] shrinks while no Pod is Ready only as the policy lets it', () => {
    const scenario = healthyWorld({ ...spec, replicas: 3 })
    for (const name of ['web-2', 'web-1', 'web-0']) scenario.setPod(name, 'running')
    scenario.forget()
    scenario.patch({ replicas: 0 })
    expect(scenario.steps()).toEqual(
      isMonotonic ? [] : ['delete web-2', 'delete web-1', 'delete web-0'],
    )
    if (isMonotonic) {
      for (const name of ['web-0', 'web-1', 'web-2']) scenario.world.setPodState(name, 'ready')
      scenario.settle()
      scenario.drive()
      expect(scenario.steps()).toEqual(['delete web-2', 'delete web-1', 'delete web-0'])
    }
    scenario.drive()
    expect(scenario.pods()).toEqual([])
  })

  it('[SS-82] replaces a lost Pod below one that is not Ready', () => {
    const scenario = healthyWorld({ ...spec, replicas: 2 })
    scenario.setPod('web-1', 'running')
    const { uid } = scenario.pod('web-1').metadata
    scenario.forget()
    scenario.remove('web-0')
    scenario.setPod('web-0', 'ready')
    expect(scenario.steps()).toEqual(['create web-0'])
    expect(scenario.pod('web-1').metadata.uid).toBe(uid)
  })

  it("[SS-93] is stopped by somebody else's Pod of its name, without an event", () => {
    const scenario = new DrivenWorld({}, { empty: true })
    scenario.world.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1', labels: { app: 'other' } },
      spec: { containers: [{ name: 'other', image: 'other' }] },
    })
    scenario.create({ ...spec, replicas: 2 })
    scenario.settle()
    scenario.setPod('web-0', 'ready')
    expect(scenario.pod('web-0').status.phase).toBe('Running')
    scenario.forget()
    scenario.settle(60_000)
    const passes = scenario.passes()
    // 5 ms doubled each time: some dozen tries in a minute, and no end.
    expect(passes.length).toBeGreaterThan(2)
    for (const { writes, error } of passes) {
      expect(writes).toEqual(['create web-1: 409'])
      expect(error).toMatch(/^pods "web-1" already exists/)
    }
    expect(scenario.events().filter((event) => event.startsWith('Failed'))).toEqual([])
    expect(scenario.counters).toBe('r1 rd1 av1 cu1 up1')
    expect(scenario.pod('web-1').metadata.ownerReferences).toBeUndefined()
  })

  it('[SS-94] [SS-T12a] has nothing to roll out where it has no replicas', () => {
    const scenario = new DrivenWorld({ ...spec, replicas: 0 })
    const { updateRevision } = scenario.set.status
    scenario.forget()
    scenario.patch(image('nginx:1.28'))
    expect(scenario.log()).toEqual(['create revision 2', 'status r0 rd0 av0 cu0 up0'])
    const { status } = scenario.set
    expect(status.updateRevision).not.toBe(updateRevision)
    expect(status.currentRevision).toBe(status.updateRevision)
  })
})

describe('a Parallel set', () => {
  it('[SS-84] replaces what has ended, and waits for what a finalizer holds', () => {
    const scenario = new DrivenWorld(PARALLEL)
    scenario.world.patch('pods', 'web-0', { metadata: { finalizers: ['test/keep'] } })
    scenario.delete('web-0')
    scenario.remove('web-0')
    scenario.forget()
    scenario.setPod('web-1', 'failed')
    expect(scenario.steps()).toEqual(['delete web-1', 'create web-1'])
    scenario.setPod('web-2', 'succeeded')
    expect(scenario.steps()).toEqual(['delete web-2', 'create web-2'])
    expect(scenario.pod('web-0').metadata.deletionTimestamp).toBeDefined()
    scenario.world.patch('pods', 'web-0', { metadata: { finalizers: null } })
    scenario.settle()
    expect(scenario.steps()).toEqual(['create web-0'])
  })

  it('[SS-85] counts the Pods that there are where admission refuses one', () => {
    const scenario = new DrivenWorld({ ...PARALLEL, replicas: 0 })
    scenario.inject({
      method: 'POST',
      path: /\/pods$/,
      nth: 3,
      times: Infinity,
      reason: 'Forbidden',
    })
    scenario.forget()
    scenario.patch({ replicas: 4 })
    const [first] = scenario.passes()
    expect(first?.error).toBe('injected')
    expect(scenario.set.status.replicas).toBe(2)
    expect(scenario.pods()).toEqual(['web-0', 'web-1'])
  })

  it.each([
    { from: 3, to: 30 },
    { from: 0, to: 1000 },
  ])('[SS-86] creates $from to $to in two passes at most', ({ from, to }) => {
    const scenario = new DrivenWorld({ ...PARALLEL, replicas: from }, { binds: false })
    scenario.forget()
    scenario.world.patch('statefulsets', 'web', { spec: { replicas: to } })
    scenario.simulation.runFor(5)
    const passes = scenario.passes().slice(0, 2)
    const created = passes.flatMap(({ writes }) =>
      writes.filter((write) => /^create web-\d+$/.test(write)),
    )
    expect(created).toHaveLength(to - from)
    expect(scenario.pods()).toHaveLength(to)
  })

  it.each([
    { from: 10, to: 1 },
    { from: 501, to: 0 },
  ])('[SS-87] deletes $from to $to in two passes at most', ({ from, to }) => {
    const scenario = new DrivenWorld({ ...PARALLEL, replicas: from }, { binds: false })
    scenario.forget()
    scenario.world.patch('statefulsets', 'web', { spec: { replicas: to } })
    scenario.simulation.runFor(5)
    const deleted = scenario
      .passes()
      .slice(0, 2)
      .flatMap(({ writes }) => writes.filter((write) => write.startsWith('delete')))
    expect(deleted).toEqual(
      Array.from({ length: from - to }, (_, index) => `delete web-${from - 1 - index}`),
    )
  })
})
