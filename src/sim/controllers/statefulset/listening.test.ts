import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CONTROLLER, POLICIES, statefulSet } from './scenario-world.test-kit.ts'
import { TestWorld } from './test-world.ts'

// A pass that somebody listens to looks at every Pod, for it has to say something of each; one
// that nobody listens to leaves out whom it knows to be settled. Both have to do the same.

type Step =
  | { readonly type: 'spec'; readonly spec: object }
  | { readonly type: 'pod'; readonly ordinal: number; readonly to: string }
  | { readonly type: 'delete' | 'finish'; readonly ordinal: number }
  | { readonly type: 'metadata'; readonly ordinal: number; readonly metadata: object }
  | { readonly type: 'claim'; readonly ordinal: number; readonly metadata: object }
  | { readonly type: 'loseClaim' | 'make'; readonly ordinal: number }
  | { readonly type: 'wait'; readonly ms: number }

const ordinal = fc.nat(4)
const policy = fc.constantFrom('Retain', 'Delete')
const SPECS: fc.Arbitrary<object> = fc.oneof(
  fc.record({ replicas: fc.nat(4) }),
  fc.record({ minReadySeconds: fc.constantFrom(0, 2) }),
  fc.record({ ordinals: fc.record({ start: fc.nat(2) }) }),
  fc.record({
    updateStrategy: fc.oneof(
      fc.record({ rollingUpdate: fc.record({ partition: fc.nat(3) }) }),
      fc.constant({ type: 'OnDelete', rollingUpdate: null }),
      fc.constant({ type: 'RollingUpdate' }),
    ),
  }),
  fc.record({
    persistentVolumeClaimRetentionPolicy: fc.record({ whenDeleted: policy, whenScaled: policy }),
  }),
  fc.nat(2).map((version) => ({
    template: { metadata: { annotations: { version: String(version) } } },
  })),
)
const STEPS: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('spec' as const), spec: SPECS }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('pod' as const),
      ordinal,
      to: fc.constantFrom('ready', 'ready', 'ready', 'unready', 'failed', 'succeeded'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('delete', 'finish'), ordinal }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('metadata' as const),
      ordinal,
      metadata: fc.constantFrom<object[]>(
        { ownerReferences: null },
        { labels: { 'statefulset.kubernetes.io/pod-name': null } },
        { labels: { 'controller-revision-hash': null } },
        { labels: { app: 'other' } },
        { labels: { app: 'nginx' } },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('claim' as const),
      ordinal,
      metadata: fc.constantFrom<object[]>({ ownerReferences: null }, { labels: { a: 'b' } }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('loseClaim', 'make'), ordinal }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(3000) }),
  },
)

it.each(POLICIES)('a %s set fares the same whether or not somebody listens', (management) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(STEPS, fc.nat(60)), { maxLength: 30 }), (steps) => {
      const [heard, unheard] = [true, false].map((isHeard) => writesOf(steps, management, isHeard))
      expect(unheard).toEqual(heard)
    }),
    { numRuns: 60 },
  )
})

/** The controller's writes as the server's log has them. */
function writesOf(
  steps: readonly (readonly [Step, number])[],
  podManagementPolicy: (typeof POLICIES)[number],
  isHeard: boolean,
): string[] {
  const simulation = new Simulation({ seed: 5 })
  const server = new ApiServer({ simulation, resources: resourceDefinitions })
  const world = new TestWorld({
    simulation,
    call: server.call,
    ...(isHeard ? { onDecision: () => {} } : {}),
  })
  const writes: string[] = []
  server.onWrite(({ user, verb, objectRef, code, requestObject }) => {
    if (user !== CONTROLLER || objectRef.resource === 'events') return
    const { resource, subresource, name } = objectRef
    const what = `${verb} ${resource} ${name} ${code}`
    const sent = requestObject as { status?: unknown } | undefined
    writes.push(subresource === undefined ? what : `${what} ${JSON.stringify(sent?.status)}`)
  })
  server.onChange(({ type, resource, object }) => {
    if (resource !== 'pods' || type !== 'ADDED') return
    simulation.after(2, () => world.bind(object.metadata.name), { label: 'bind' })
  })
  // Claims with owners, which somebody may take away.
  const retention = { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } }
  world.create('statefulsets', statefulSet('web', { podManagementPolicy, ...retention }))
  for (const name of ['web-0', 'web-1', 'web-2']) {
    simulation.runFor(50)
    world.setPodState(name, 'ready')
  }
  for (const [step, waitMs] of steps) {
    take(world, step)
    simulation.runFor(waitMs)
  }
  // What is still under way, and what only a change of the set brings to light.
  simulation.runFor(5000)
  world.patch('statefulsets', 'web', { metadata: { annotations: { touched: 'yes' } } })
  simulation.runFor(5000)
  return writes
}

function take(world: TestWorld, step: Step): void {
  switch (step.type) {
    case 'spec':
      world.patch('statefulsets', 'web', { spec: step.spec })
      return
    case 'pod':
      world.setPodState(`web-${step.ordinal}`, step.to)
      return
    case 'delete':
      world.delete('pods', `web-${step.ordinal}`)
      return
    case 'finish':
      world.delete('pods', `web-${step.ordinal}`, { gracePeriodSeconds: 0 })
      return
    case 'metadata':
      world.patch('pods', `web-${step.ordinal}`, { metadata: step.metadata })
      return
    case 'claim':
      world.patch('persistentvolumeclaims', `www-web-${step.ordinal}`, {
        metadata: step.metadata,
      })
      return
    case 'loseClaim':
      world.delete('persistentvolumeclaims', `www-web-${step.ordinal}`)
      world.patch('persistentvolumeclaims', `www-web-${step.ordinal}`, {
        metadata: { finalizers: null },
      })
      return
    case 'make':
      // Another spelling of an ordinal that is taken.
      world.create('pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `web-0${step.ordinal}`, labels: { app: 'nginx' } },
        spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }] },
      })
      return
    case 'wait':
      world.simulation.runFor(step.ms)
  }
}
