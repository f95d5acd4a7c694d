import type { OwnerReference } from 'kubernetes-types/meta/v1'
import { describe, expect, it } from 'vitest'
import { ALL_VARIANTS, POLICIES, ScenarioWorld } from './scenario-world.test-kit.ts'

// Section 10.6 of the specification: with whom a claim goes, over a server whose garbage collector
// takes the word of owner references.

const retaining = (whenDeleted: 'Retain' | 'Delete', whenScaled: 'Retain' | 'Delete') => ({
  persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
})
const CONFLICTING = (claim: string) =>
  `Warning ConflictingController: PersistentVolumeClaim ${claim} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`
const UPDATED = (pod: string) =>
  `Normal SuccessfulUpdate: Update Pod ${pod} in StatefulSet web successful`

/** Somebody real to own a claim, so that the collector lets the reference be. */
function someoneElse({ world }: ScenarioWorld, controller = true): OwnerReference {
  const { body } = world.request('POST', '/api/v1/namespaces/default/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { generateName: 'someone-' },
  })
  const { name, uid } = body.metadata
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...(controller ? { controller } : {}) }
}

function own({ world }: ScenarioWorld, claim: string, ...owners: readonly object[]): void {
  const { code, body } = world.patch('persistentvolumeclaims', claim, {
    metadata: { ownerReferences: owners },
  })
  expect(code, JSON.stringify(body)).toBe(200)
}

/** Kubelets let go of what is being deleted until the set has as many Pods as it asks for. */
function scale(scenario: ScenarioWorld, replicas: number): void {
  scenario.patch({ replicas })
  scenario.converge(10)
  expect(scenario.pods()).toHaveLength(replicas)
}

const ownerKinds = (scenario: ScenarioWorld, claim: string) =>
  scenario.owners(claim).map((owner) => owner.split('/')[0])

describe.each(ALL_VARIANTS)('$policy, retention $retention', ({ policy, spec, retention }) => {
  const inRange = retention.startsWith('D') ? ['StatefulSet/web'] : []
  const condemnedBy: Readonly<Record<string, (pod: string) => string[]>> = {
    RD: (pod) => [`Pod/${pod}`],
    DD: (pod) => [`Pod/${pod}`],
    DR: () => ['StatefulSet/web'],
  }
  const condemned = condemnedBy[retention] ?? (() => [])

  it('[SS-153a] [SS-T14] a claim has the owners of the table, in range and condemned', () => {
    const scenario = new ScenarioWorld({ ...spec, replicas: 2 })
    scenario.converge(10)
    for (const claim of ['www-web-0', 'www-web-1']) expect(scenario.owners(claim)).toEqual(inRange)
    scenario.patch({ replicas: 0 })
    // Deleted, but their kubelets have not let go: under OrderedReady that is the first one only,
    // and yet both claims are condemned.
    for (const pod of ['web-0', 'web-1']) {
      expect(scenario.owners(`www-${pod}`)).toEqual(condemned(pod))
      for (const ref of scenario.claim(`www-${pod}`).metadata.ownerReferences ?? []) {
        expect(ref).toMatchObject({ controller: true, blockOwnerDeletion: true })
      }
    }
    scenario.patch({ replicas: 2 })
    // Whoever is in range again goes with the set again; a Pod that is going waits its turn.
    if (policy === 'Parallel') expect(scenario.owners('www-web-0')).toEqual(inRange)
    scenario.converge(10)
    // The claim of the Pod that went is stale until the collector has it, and that wakes nobody.
    scenario.touch()
    scenario.converge(10)
    expect(scenario.pods()).toEqual(['web-0', 'web-1'])
    for (const claim of ['www-web-0', 'www-web-1']) expect(scenario.owners(claim)).toEqual(inRange)
  })

  it('[SS-165] an orphan is adopted, claims follow the policy, and only those of its own Pods', () => {
    const scenario = new ScenarioWorld({ ...spec, replicas: 2 })
    scenario.converge(10)
    scenario.world.patch('pods', 'web-1', { metadata: { ownerReferences: null } })
    const { uid } = scenario.set.metadata
    const web = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid, controller: true }
    scenario.createClaim('www-web-2')
    scenario.createPod('xweb-2', { labels: { app: 'nginx' }, ownerReferences: [web] })
    scenario.settle()
    expect(scenario.pod('web-1').metadata.ownerReferences).toHaveLength(1)
    expect(scenario.pod('xweb-2').metadata.ownerReferences).toBeUndefined()
    for (const claim of ['www-web-0', 'www-web-1']) expect(scenario.owners(claim)).toEqual(inRange)
    scenario.patch({ replicas: 0 })
    for (const pod of ['web-0', 'web-1']) {
      expect(scenario.owners(`www-${pod}`)).toEqual(condemned(pod))
    }
    expect(scenario.owners('www-web-2')).toEqual([])
    scenario.converge(10)
    scenario.settle(1000)
    const kept = retention.endsWith('D') ? [] : ['www-web-0', 'www-web-1']
    expect(scenario.claims().toSorted()).toEqual([...kept, 'www-web-2'].toSorted())
  })
})

describe.each(POLICIES)('%s', (podManagementPolicy) => {
  const running = (spec: object = {}) => {
    const scenario = new ScenarioWorld({ podManagementPolicy, ...spec })
    scenario.converge(10)
    return scenario
  }
  const eventsAfter = (scenario: ScenarioWorld, deed: () => void): string[] => {
    const known = scenario.typedEvents().length
    deed()
    return scenario.typedEvents().slice(known)
  }

  it('[SS-160] a bare claim gets its owner with the Pod; one that is managed is left alone', () => {
    const scenario = new ScenarioWorld({
      podManagementPolicy,
      replicas: 0,
      ...retaining('Delete', 'Retain'),
    })
    scenario.createClaim('www-web-0')
    scenario.createClaim('www-web-1')
    const other = someoneElse(scenario)
    own(scenario, 'www-web-1', other)
    scenario.settle()
    scenario.writes()
    scenario.patch({ replicas: 2 })
    scenario.converge(10)
    expect(scenario.owners('www-web-0')).toEqual(['StatefulSet/web'])
    expect(scenario.owners('www-web-1')).toEqual([`ConfigMap/${other.name}`])
    expect(scenario.writes().filter((write) => write.includes('persistentvolumeclaims'))).toEqual([
      'update persistentvolumeclaims www-web-0',
    ])
    expect(scenario.typedEvents()).toContain(CONFLICTING('www-web-1'))
  })

  it('[SS-161] [SS-T15] a policy taken back is undone with one event and an idle write of the Pod', () => {
    const scenario = running({ replicas: 1, ...retaining('Delete', 'Retain') })
    const { resourceVersion } = scenario.pod('web-0').metadata
    scenario.writes()
    const deed = () => scenario.patch(retaining('Retain', 'Retain'))
    expect(eventsAfter(scenario, deed)).toEqual([UPDATED('web-0')])
    expect(scenario.owners('www-web-0')).toEqual([])
    expect(scenario.writes()).toEqual([
      'update persistentvolumeclaims www-web-0',
      'update pods web-0',
      'update statefulsets/status web',
    ])
    expect(scenario.pod('web-0').metadata.resourceVersion).toBe(resourceVersion)
  })

  it('[SS-161a] [SS-T15] the owner of a new claim is written in silence, a pass after the Pod', () => {
    const scenario = new ScenarioWorld({
      podManagementPolicy,
      replicas: 1,
      ...retaining('Delete', 'Delete'),
    })
    const writes = scenario.writes()
    const created = writes.indexOf('create pods web-0')
    expect(writes.slice(created, created + 4)).toEqual([
      'create pods web-0',
      'update statefulsets/status web',
      'update persistentvolumeclaims www-web-0',
      'update statefulsets/status web',
    ])
    expect(scenario.typedEvents().map((event) => event.split(':')[0])).toEqual([
      'Normal SuccessfulCreate',
      'Normal SuccessfulCreate',
    ])
  })

  it('[SS-162] claims that are missing under a running Pod are no matter, until they are there', () => {
    const scenario = running({ replicas: 1, ...retaining('Delete', 'Retain') })
    scenario.removeClaim('www-web-0')
    scenario.settle()
    scenario.writes()
    scenario.decisions.length = 0
    expect(eventsAfter(scenario, () => scenario.touch())).toEqual([])
    expect(scenario.claims()).toEqual([])
    expect(scenario.writes()).toEqual([])
    expect(scenario.decisions.map(({ error }) => error)).toEqual([undefined])
    scenario.createClaim('www-web-0')
    scenario.settle()
    expect(eventsAfter(scenario, () => scenario.touch())).toEqual([UPDATED('web-0')])
    expect(scenario.owners('www-web-0')).toEqual(['StatefulSet/web'])
    expect(scenario.writes()).toEqual([
      'update persistentvolumeclaims www-web-0',
      'update pods web-0',
    ])
  })

  it.each(['Retain', 'Delete'] as const)(
    '[SS-164] [SS-T16] whenDeleted %s: an ordinal stays empty while its claim is an earlier Pod’s',
    (whenDeleted) => {
      const scenario = running({ replicas: 2, ...retaining(whenDeleted, 'Delete') })
      const stale = {
        apiVersion: 'v1',
        kind: 'Pod',
        name: 'web-2',
        uid: 'earlier',
        controller: true,
      }
      // A finalizer keeps the collector from being done with it.
      scenario.createClaim('www-web-2', { ownerReferences: [stale], finalizers: ['test/keep'] })
      scenario.settle()
      const { metadata } = scenario.claim('www-web-2')
      scenario.decisions.length = 0
      scenario.writes()
      scenario.patch({ replicas: 3 })
      scenario.settle(3_600_000)
      expect(scenario.pods()).toEqual(['web-0', 'web-1'])
      expect(scenario.claim('www-web-2').metadata.ownerReferences).toEqual(metadata.ownerReferences)
      expect(scenario.writes()).toEqual(['update statefulsets/status web'])
      // No failure, so nobody looks again: one pass for the change, one for the status.
      expect(scenario.decisions.map(({ error }) => error)).toEqual([undefined, undefined])
      scenario.world.patch('persistentvolumeclaims', 'www-web-2', {
        metadata: { finalizers: null },
      })
      scenario.settle(3_600_000)
      expect(scenario.claims()).not.toContain('www-web-2')
      expect(scenario.pods()).toEqual(['web-0', 'web-1'])
      scenario.touch()
      scenario.converge(5)
      expect(scenario.pods()).toEqual(['web-0', 'web-1', 'web-2'])
      expect(scenario.claim('www-web-2').metadata.uid).not.toBe(metadata.uid)
    },
  )

  it('[SS-164a] a Parallel set fills the other ordinals meanwhile, an ordered one does not', () => {
    const scenario = running({ replicas: 1, ...retaining('Retain', 'Delete') })
    const stale = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', uid: 'earlier', controller: true }
    scenario.createClaim('www-web-1', { ownerReferences: [stale], finalizers: ['test/keep'] })
    scenario.settle()
    scenario.patch({ replicas: 3 })
    scenario.makeReady()
    const wanted = podManagementPolicy === 'Parallel' ? ['web-0', 'web-2'] : ['web-0']
    expect(scenario.pods()).toEqual(wanted)
  })

  it('[SS-166] [SS-T25] claims go with the set, and Pods in no order of the controller’s', () => {
    const scenario = running({ replicas: 3, ...retaining('Delete', 'Retain') })
    for (const claim of scenario.claims())
      expect(scenario.owners(claim)).toEqual(['StatefulSet/web'])
    scenario.writes()
    const known = scenario.typedEvents().length
    scenario.world.delete('statefulsets', 'web')
    scenario.settle()
    const deletions = scenario.pods().map((pod) => scenario.pod(pod).metadata.deletionTimestamp)
    expect(deletions.every((at) => at !== undefined)).toBe(true)
    scenario.converge(5)
    scenario.settle(1000)
    expect(scenario.pods()).toEqual([])
    expect(scenario.claims()).toEqual([])
    expect(scenario.revisions()).toEqual([])
    expect(scenario.writes()).toEqual([])
    expect(scenario.typedEvents().slice(known)).toEqual([])
  })

  it('[SS-166a] claims stay behind the set where nothing says otherwise', () => {
    const scenario = running({ replicas: 3, ...retaining('Retain', 'Delete') })
    scenario.world.delete('statefulsets', 'web')
    scenario.settle()
    scenario.converge(5)
    scenario.settle(1000)
    expect(scenario.pods()).toEqual([])
    expect(scenario.claims()).toHaveLength(3)
  })

  it('[SS-167] claims of condemned Pods go with them', () => {
    const scenario = running({ replicas: 3, ...retaining('Retain', 'Delete') })
    scenario.writes()
    scenario.patch({ replicas: 1 })
    expect(scenario.writes().slice(0, 3)).toEqual([
      'update persistentvolumeclaims www-web-2',
      'update persistentvolumeclaims www-web-1',
      'delete pods web-2',
    ])
    scenario.converge(10)
    scenario.settle(1000)
    expect(scenario.pods()).toEqual(['web-0'])
    expect(scenario.claims()).toEqual(['www-web-0'])
  })

  it('[SS-168] a claim that somebody else manages outlives its Pod until they let go', () => {
    const scenario = running({ replicas: 2 })
    own(scenario, 'www-web-1', someoneElse(scenario))
    scenario.patch(retaining('Retain', 'Delete'))
    scale(scenario, 0)
    scenario.settle(1000)
    expect(scenario.claims()).toEqual(['www-web-1'])
    expect(ownerKinds(scenario, 'www-web-1')).toEqual(['ConfigMap'])
    own(scenario, 'www-web-1')
    scale(scenario, 2)
    scale(scenario, 1)
    scenario.settle(1000)
    expect(scenario.claims()).toEqual(['www-web-0'])
  })

  it('[SS-168a] a claim that somebody else manages is told of when its Pod is made', () => {
    const scenario = running({ replicas: 2, ...retaining('Retain', 'Delete') })
    own(scenario, 'www-web-1', someoneElse(scenario))
    const down = eventsAfter(scenario, () => scale(scenario, 1))
    // Its owners are as they may be, so nobody looks at them twice.
    expect(down).not.toContain(CONFLICTING('www-web-1'))
    const up = eventsAfter(scenario, () => scale(scenario, 2))
    expect(up).toContain(CONFLICTING('www-web-1'))
    expect(ownerKinds(scenario, 'www-web-1')).toEqual(['ConfigMap'])
  })

  it.each([
    { deed: 'the set is deleted', ...retaining('Delete', 'Retain'), left: [] },
    { deed: 'the set is scaled', ...retaining('Retain', 'Delete'), left: ['www-web-0'] },
  ])('[SS-169] the claim of a Pod that lost its owner is not forgotten when $deed', (row) => {
    const { deed, left, ...policy } = row
    const scenario = running({ replicas: 3, ...policy })
    scenario.world.patch('pods', 'web-2', { metadata: { ownerReferences: null } })
    if (deed === 'the set is deleted') {
      // Together, the Pod as well as its claim: adopted first, or an orphan that stays.
      scenario.world.delete('statefulsets', 'web')
      scenario.settle(1000)
      scenario.world.delete('pods', 'web-2')
    } else {
      scenario.patch({ replicas: 1 })
    }
    scenario.converge(10)
    scenario.settle(1000)
    expect(scenario.claims()).toEqual(left)
  })

  it('[SS-170] each claim gets what its owners allow, and goes or stays accordingly', () => {
    const scenario = running({ replicas: 4 })
    const { uid } = scenario.set.metadata
    const web = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' }
    const wanted = { ...web, uid, controller: true, blockOwnerDeletion: true }
    const foreign = someoneElse(scenario, false)
    own(scenario, 'www-web-1', foreign)
    // Kept from the collector, which would find that no such set exists.
    scenario.world.patch('persistentvolumeclaims', 'www-web-3', {
      metadata: { finalizers: ['test/keep'] },
    })
    const stale = { ...web, uid: 'earlier', controller: true }
    own(scenario, 'www-web-3', stale)
    scenario.patch(retaining('Delete', 'Retain'))
    scenario.settle(1000)
    const refs = (ordinal: number) => scenario.claim(`www-web-${ordinal}`).metadata.ownerReferences
    expect(refs(0)).toEqual([wanted])
    expect(refs(1)).toEqual([foreign, wanted])
    expect(refs(2)).toEqual([wanted])
    expect(refs(3)).toEqual([stale])
    const { controller: _flag, ...unflagged } = wanted
    own(scenario, 'www-web-0', unflagged)
    scenario.touch()
    expect(refs(0)).toEqual([wanted])
    scenario.world.delete('statefulsets', 'web')
    scenario.settle(1000)
    for (const pod of scenario.pods()) scenario.remove(pod)
    scenario.settle(1000)
    // The one with an owner besides loses the set's reference and stays.
    expect(scenario.claims()).toEqual(['www-web-1', 'www-web-3'])
    expect(refs(1)).toEqual([foreign])
  })
})
