import { describe, expect, it } from 'vitest'
import { newClaim } from './claims.ts'
import {
  ALL_VARIANTS,
  claimTemplate,
  POLICIES,
  ScenarioWorld,
  statefulSet,
} from './scenario-world.test-kit.ts'
import type { StatefulSet } from '#sim/apimachinery/kinds.ts'

// Section 10.6 of the specification: how Pods and their claims are created, repaired and deleted.

const CLAIMS = /\/persistentvolumeclaims$/
const PODS = /\/pods$/
const ONE_POD = /\/pods\/web-0$/
// The Pod carries a generateName beside its name, and the server believes that it chose.
const ALREADY_EXISTS =
  'pods "web-0" already exists, the server was not able to generate a unique name for the object'
/** Long enough for the pass that a deed causes, too short for what that one causes. */
const ONE_PASS_MS = 1.5

/** What the set is told of as gone wrong, in its own words. */
const failedCreation = (why: string) =>
  `Warning FailedCreate: Create Pod web-0 in StatefulSet web failed error: ${why}`
const CLAIM_CREATED =
  'Normal SuccessfulCreate: Create Claim www-web-0 Pod web-0 in StatefulSet web success'
const POD_CREATED = 'Normal SuccessfulCreate: Create Pod web-0 in StatefulSet web successful'
const POD_UPDATED = 'Normal SuccessfulUpdate: Update Pod web-0 in StatefulSet web successful'
const failedUpdate = (why: string) =>
  `Warning FailedUpdate: Update Pod web-0 in StatefulSet web failed error: ${why}`

/** Of the first pass that failed. */
function firstError({ decisions }: ScenarioWorld): string | undefined {
  return decisions.find(({ error }) => error !== undefined)?.error
}

describe.each(ALL_VARIANTS)('$policy, retention $retention: a creation', ({ spec, retention }) => {
  const asleep = () => new ScenarioWorld({ ...spec, replicas: 0 })
  const wake = ({ world }: ScenarioWorld) =>
    world.patch('statefulsets', 'web', { spec: { replicas: 1 } })
  const ownsClaims = retention.startsWith('D')

  it('[SS-142] [SS-T24] makes the claim, then the Pod, and tells of both', () => {
    const scenario = new ScenarioWorld({ ...spec, replicas: 1 })
    expect(scenario.typedEvents()).toEqual([CLAIM_CREATED, POD_CREATED])
    expect(scenario.writes().slice(1, 3)).toEqual([
      'create persistentvolumeclaims www-web-0',
      'create pods web-0',
    ])
  })

  it('[SS-143] [SS-T18] of a Pod whose name is taken fails in silence, and owns no claim', () => {
    const scenario = asleep()
    scenario.createClaim('www-web-0')
    scenario.createPod('web-0')
    scenario.settle()
    scenario.writes()
    wake(scenario)
    scenario.settle()
    expect(firstError(scenario)).toBe(ALREADY_EXISTS)
    expect(scenario.typedEvents()).toEqual([])
    expect(scenario.owners('www-web-0')).toEqual([])
    const writes = scenario.writes()
    expect(writes[0]).toBe('create pods web-0 409')
    expect(writes[1]).toBe('update statefulsets/status web')
    // Tried again for ever, with more and more time in between.
    expect(new Set(writes.slice(2))).toEqual(new Set(['create pods web-0 409']))
  })

  it('[SS-144] does not get to the Pod where its claim is refused, and says so twice', () => {
    const scenario = asleep()
    scenario.inject({ method: 'POST', path: CLAIMS })
    scenario.requests.length = 0
    wake(scenario)
    scenario.simulation.runFor(ONE_PASS_MS)
    expect(scenario.requests.filter((request) => request.startsWith('POST'))).toEqual([
      'POST /api/v1/namespaces/default/persistentvolumeclaims',
    ])
    expect(firstError(scenario)).toBe('failed to create PVC www-web-0: injected')
    expect(scenario.typedEvents()).toEqual([
      'Warning FailedCreate: Create Claim www-web-0 for Pod web-0 in StatefulSet web failed error: injected',
      failedCreation('failed to create PVC www-web-0: injected'),
    ])
    scenario.settle()
    expect(scenario.typedEvents().slice(2)).toEqual([CLAIM_CREATED, POD_CREATED])
  })

  it('[SS-144a] tries every claim, tells of each and of all together', () => {
    const scenario = new ScenarioWorld({
      ...spec,
      replicas: 0,
      volumeClaimTemplates: ['a', 'b', 'c'].map(claimTemplate),
    })
    scenario.createClaim('b-web-0', { finalizers: ['test/keep'] })
    scenario.world.delete('persistentvolumeclaims', 'b-web-0')
    scenario.settle()
    scenario.inject({ method: 'POST', path: CLAIMS })
    wake(scenario)
    scenario.simulation.runFor(ONE_PASS_MS)
    expect(scenario.typedEvents()).toEqual([
      'Warning FailedCreate: Create Claim a-web-0 for Pod web-0 in StatefulSet web failed error: injected',
      'Normal SuccessfulCreate: Create Claim c-web-0 Pod web-0 in StatefulSet web success',
      failedCreation('[failed to create PVC a-web-0: injected, pvc b-web-0 is being deleted]'),
    ])
  })

  it('[SS-144b] whose claim came into being unseen tells of the Pod alone', () => {
    const scenario = asleep()
    scenario.holdCache('persistentvolumeclaims')
    scenario.createClaim('www-web-0')
    wake(scenario)
    scenario.simulation.runFor(ONE_PASS_MS)
    const why = 'failed to create PVC www-web-0: persistentvolumeclaims "www-web-0" already exists'
    expect(scenario.typedEvents()).toEqual([failedCreation(why)])
    scenario.releaseCache('persistentvolumeclaims')
    scenario.settle()
    expect(scenario.pods()).toEqual(['web-0'])
  })

  it('[SS-145] waits for a claim that is on its way out, and then makes a new one', () => {
    const scenario = asleep()
    scenario.createClaim('www-web-0', { finalizers: ['test/keep'] })
    const { uid } = scenario.claim('www-web-0').metadata
    scenario.world.delete('persistentvolumeclaims', 'www-web-0')
    scenario.settle()
    wake(scenario)
    scenario.simulation.runFor(ONE_PASS_MS)
    expect(firstError(scenario)).toBe('pvc www-web-0 is being deleted')
    expect(scenario.typedEvents()).toEqual([failedCreation('pvc www-web-0 is being deleted')])
    expect(scenario.pods()).toEqual([])
    scenario.world.patch('persistentvolumeclaims', 'www-web-0', { metadata: { finalizers: null } })
    scenario.settle(1000)
    expect(scenario.pods()).toEqual(['web-0'])
    expect(scenario.claim('www-web-0').metadata.uid).not.toBe(uid)
  })

  it('[SS-146] whose Pod is refused keeps the claim it has made', () => {
    const scenario = asleep()
    scenario.inject({ method: 'POST', path: PODS })
    wake(scenario)
    scenario.simulation.runFor(ONE_PASS_MS)
    expect(scenario.typedEvents()).toEqual([CLAIM_CREATED, failedCreation('injected')])
    expect(firstError(scenario)).toBe('injected')
    scenario.settle()
    expect(scenario.typedEvents().slice(2)).toEqual([POD_CREATED])
  })

  it('[SS-146a] puts the owners of an old claim right even if the Pod is refused', () => {
    const scenario = asleep()
    scenario.createClaim('www-web-0')
    scenario.settle()
    scenario.inject({ method: 'POST', path: PODS })
    wake(scenario)
    scenario.simulation.runFor(ONE_PASS_MS)
    expect(scenario.owners('www-web-0')).toEqual(ownsClaims ? ['StatefulSet/web'] : [])
    expect(scenario.typedEvents()).toEqual([failedCreation('injected')])
  })

  it('[SS-146b] tells of a claim whose owners are refused, and not of the Pod', () => {
    const scenario = asleep()
    scenario.createClaim('www-web-0')
    scenario.settle()
    scenario.inject({ method: 'PUT', path: /persistentvolumeclaims\/www-web-0$/ })
    wake(scenario)
    scenario.simulation.runFor(ONE_PASS_MS)
    expect(scenario.pods()).toEqual(['web-0'])
    const why = 'could not update claim www-web-0 for delete policy ownerRefs: injected'
    expect(scenario.typedEvents()).toEqual([ownsClaims ? failedUpdate(why) : POD_CREATED])
    expect(firstError(scenario)).toBe(ownsClaims ? why : undefined)
    scenario.settle()
    expect(scenario.owners('www-web-0')).toEqual(ownsClaims ? ['StatefulSet/web'] : [])
  })
})

describe.each(ALL_VARIANTS)('$policy, retention $retention: a healthy Pod', ({ spec }) => {
  const healthy = () => {
    const scenario = new ScenarioWorld({ ...spec, replicas: 1 })
    scenario.makeReady()
    scenario.writes()
    return scenario
  }
  const eventsAfter = (scenario: ScenarioWorld, deed: () => void): string[] => {
    const known = scenario.typedEvents().length
    deed()
    return scenario.typedEvents().slice(known)
  }
  const NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
  const INDEX_LABEL = 'apps.kubernetes.io/pod-index'
  const unlabel = (scenario: ScenarioWorld, ...labels: string[]) => {
    const removed = Object.fromEntries(labels.map((label) => [label, null]))
    scenario.world.patch('pods', 'web-0', { metadata: { labels: removed } })
    scenario.settle()
  }

  it('[SS-147] with claims as they should be is left alone', () => {
    const scenario = healthy()
    scenario.requests.length = 0
    expect(eventsAfter(scenario, () => scenario.touch())).toEqual([])
    expect(scenario.requests).toEqual([])
  })

  it('[SS-148] [SS-T23] gets its name label back, and with it the index', () => {
    const scenario = healthy()
    const deed = () => unlabel(scenario, NAME_LABEL, INDEX_LABEL)
    expect(eventsAfter(scenario, deed)).toEqual([POD_UPDATED])
    expect(scenario.writes()).toEqual(['update pods web-0'])
    expect(scenario.pod('web-0').metadata.labels).toMatchObject({
      [NAME_LABEL]: 'web-0',
      [INDEX_LABEL]: '0',
    })
  })

  it('[SS-148a] [SS-T23] does not get the index back where it has its name', () => {
    const scenario = healthy()
    expect(eventsAfter(scenario, () => unlabel(scenario, INDEX_LABEL))).toEqual([])
    expect(scenario.writes()).toEqual([])
  })

  it('[SS-148b] is told of when the repair is refused', () => {
    const scenario = healthy()
    scenario.inject({ method: 'PUT', path: ONE_POD })
    const deed = () => unlabel(scenario, NAME_LABEL)
    expect(eventsAfter(scenario, deed)).toEqual([failedUpdate('injected'), POD_UPDATED])
    expect(scenario.pod('web-0').metadata.labels[NAME_LABEL]).toBe('web-0')
  })

  it('[SS-150] is repaired as the cache has it after somebody else wrote it first', () => {
    const scenario = healthy()
    const annotations = { rival: 'yes' }
    const rival = () => scenario.world.patch('pods', 'web-0', { metadata: { annotations } })
    scenario.inject({ method: 'PUT', path: ONE_POD, meanwhile: rival })
    scenario.decisions.length = 0
    expect(eventsAfter(scenario, () => unlabel(scenario, NAME_LABEL))).toEqual([POD_UPDATED])
    expect(firstError(scenario)).toBeUndefined()
    const { metadata } = scenario.pod('web-0')
    expect(metadata.annotations).toEqual(annotations)
    expect(metadata.labels[NAME_LABEL]).toBe('web-0')
  })

  it('[SS-150a] is given up after four conflicts, and told of', () => {
    const scenario = healthy()
    const message = 'rival'
    scenario.inject({ method: 'PUT', path: ONE_POD, reason: 'Conflict', times: 4, message })
    scenario.requests.length = 0
    const deed = () => {
      unlabel(scenario, NAME_LABEL)
      scenario.settle(100)
    }
    expect(eventsAfter(scenario, deed)).toEqual([failedUpdate('rival'), POD_UPDATED])
    // 10, 50 and 250 ms apart, and once more in another pass.
    expect(scenario.requests.filter((request) => request.endsWith('/pods/web-0'))).toHaveLength(5)
  })

  it('[SS-150b] is not written again where the rival has repaired it', () => {
    const scenario = healthy()
    const labels = { [NAME_LABEL]: 'web-0' }
    const rival = () => scenario.world.patch('pods', 'web-0', { metadata: { labels } })
    scenario.inject({ method: 'PUT', path: ONE_POD, meanwhile: rival })
    expect(eventsAfter(scenario, () => unlabel(scenario, NAME_LABEL))).toEqual([POD_UPDATED])
    const puts = scenario.requests.filter(
      (request) => request === 'PUT /api/v1/namespaces/default/pods/web-0',
    )
    expect(puts).toHaveLength(1)
  })
})

describe.each(POLICIES)('a Pod of a %s set that came without volumes', (podManagementPolicy) => {
  // Adopted, as it was made by hand; what its spec lacks can no longer be written.
  const adopted = (prepare: (scenario: ScenarioWorld) => void = () => {}) => {
    const scenario = new ScenarioWorld({}, { empty: true })
    scenario.createPod('web-0', { labels: { app: 'nginx' } })
    scenario.settle()
    scenario.world.setPodState('web-0', 'ready')
    prepare(scenario)
    scenario.create({ podManagementPolicy, replicas: 1 })
    scenario.settle()
    expect(scenario.pod('web-0').metadata.ownerReferences).toHaveLength(1)
    return scenario
  }

  it('[SS-149] gets its claim, and is told of as the server refuses the volume', () => {
    const events = adopted().typedEvents()
    expect(events[0]).toBe(CLAIM_CREATED)
    expect(events[1]).toContain(
      'Warning FailedUpdate: Update Pod web-0 in StatefulSet web failed error: Pod "web-0" is invalid: spec: Forbidden: pod updates may not change fields other than',
    )
  })

  it('[SS-149a] is told of twice where the claim is refused', () => {
    const refuse = (scenario: ScenarioWorld) => scenario.inject({ method: 'POST', path: CLAIMS })
    expect(adopted(refuse).typedEvents().slice(0, 2)).toEqual([
      'Warning FailedCreate: Create Claim www-web-0 for Pod web-0 in StatefulSet web failed error: injected',
      failedUpdate('failed to create PVC www-web-0: injected'),
    ])
  })
})

describe.each(POLICIES)('a deletion of a Pod of a %s set', (podManagementPolicy) => {
  const scaledDown = (prepare: (scenario: ScenarioWorld) => void) => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
    scenario.makeReady()
    const known = scenario.typedEvents().length
    scenario.decisions.length = 0
    prepare(scenario)
    scenario.world.patch('statefulsets', 'web', { spec: { replicas: 0 } })
    scenario.simulation.runFor(ONE_PASS_MS)
    return { events: scenario.typedEvents().slice(known), error: firstError(scenario) }
  }
  const DELETED = 'Normal SuccessfulDelete: Delete Pod web-0 in StatefulSet web successful'
  const remove = { method: 'DELETE', path: ONE_POD } as const

  it('[SS-151] is told of, also where the Pod was gone already', () => {
    expect(scaledDown(() => {})).toEqual({ events: [DELETED], error: undefined })
    const gone = scaledDown((scenario) => {
      const finish = () => scenario.world.delete('pods', 'web-0', { gracePeriodSeconds: 0 })
      scenario.inject({ ...remove, meanwhile: finish })
    })
    expect(gone).toEqual({ events: [DELETED], error: undefined })
  })

  it('[SS-151a] that is refused is told of and tried again', () => {
    const { events, error } = scaledDown((scenario) => scenario.inject(remove))
    expect(events).toEqual([
      'Warning FailedDelete: Delete Pod web-0 in StatefulSet web failed error: injected',
    ])
    expect(error).toBe('injected')
  })
})

describe('[SS-152] the labels of a claim', () => {
  it.each([
    { template: undefined, matchLabels: undefined, want: undefined },
    { template: undefined, matchLabels: { app: 'nginx' }, want: { app: 'nginx' } },
    { template: { tier: 'db' }, matchLabels: undefined, want: { tier: 'db' } },
    {
      template: { tier: 'db' },
      matchLabels: { app: 'nginx' },
      want: { tier: 'db', app: 'nginx' },
    },
    {
      template: { app: 'other', tier: 'db' },
      matchLabels: { app: 'nginx' },
      want: { tier: 'db', app: 'nginx' },
    },
  ])('are $want for a template with $template and a selector of $matchLabels', (row) => {
    const { template, matchLabels, want } = row
    const one = claimTemplate('www')
    const set = statefulSet('web', {
      selector: matchLabels === undefined ? {} : { matchLabels },
    }) as StatefulSet
    const labelled = {
      ...one,
      metadata: { ...one.metadata, ...(template === undefined ? {} : { labels: template }) },
    }
    const { metadata } = newClaim(labelled, set, 2)
    expect(metadata.name).toBe('www-web-2')
    expect(metadata.labels).toEqual(want)
    expect(metadata.ownerReferences).toBeUndefined()
  })

  it('[SS-152a] owe nothing to expressions of the selector or to the Pod template', () => {
    const scenario = new ScenarioWorld({
      replicas: 1,
      selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['nginx'] }] },
    })
    expect(scenario.claim('www-web-0').metadata.labels).toBeUndefined()
  })
})
