import { expect } from 'vitest'
import { BareWorld, type Kind, type Stored } from './bare-world.test-kit.ts'
import type { TimedStep } from './steps.test-kit.ts'

/** What a set of five needs at most to get from anywhere to where it is to be. */
const EVENTS_MAX = 4000

export function played(
  options: Kind & { readonly seed?: number },
  steps: readonly TimedStep[],
): BareWorld {
  const world = new BareWorld(options)
  world.play(steps)
  return world
}

/** The faults are over: the world comes to rest, and everything is as the set asks. */
export function expectConverged(world: BareWorld): void {
  world.settle(EVENTS_MAX)
  // Twice: clearing one thing away may bring the next to light, and back-offs have grown long.
  for (let look = 0; look < 2; look++) {
    world.clearTheWay()
    world.settle(EVENTS_MAX)
  }
  if (world.set === undefined) {
    expect(world.list('pods').filter(isOwned).map(nameOf)).toEqual([])
    world.createSet()
    world.settle(EVENTS_MAX)
  }
  const { set } = world
  const { replicas, ordinals } = set.spec
  const start = ordinals?.start ?? 0
  const names = Array.from({ length: replicas }, (_, index) => `web-${start + index}`)
  const pods = world.list('pods')
  expect(pods.map(nameOf)).toEqual(names)
  for (const pod of pods) expectRightPod(set, pod, start)
  expectRightClaims(set, world.list('claims'), names)
  expect(set.status).toMatchObject({
    observedGeneration: set.metadata.generation,
    replicas,
    availableReplicas: replicas,
  })
  const { type, rollingUpdate } = set.spec.updateStrategy
  if (type === 'RollingUpdate' && (rollingUpdate?.partition ?? 0) === 0) {
    expect(set.status.currentRevision).toBe(set.status.updateRevision)
  }
}

export function nameOf({ metadata }: Stored): string {
  return metadata.name
}

function expectRightPod(set: Stored, { metadata, status }: Stored, start: number): void {
  expect(status.phase).toBe('Running')
  expect(metadata.deletionTimestamp).toBeUndefined()
  expect(metadata.labels['statefulset.kubernetes.io/pod-name']).toBe(metadata.name)
  expect(metadata.ownerReferences.map(uidOf)).toEqual([set.metadata.uid])
  const { type, rollingUpdate } = set.spec.updateStrategy
  const index = Number(metadata.name.slice('web-'.length)) - start
  if (type === 'OnDelete' || index < (rollingUpdate?.partition ?? 0)) return
  expect(metadata.labels['controller-revision-hash']).toBe(set.status.updateRevision)
}

/** Each Pod's claim is there, and goes with the set where the policy says so. */
function expectRightClaims(
  set: Stored,
  claims: readonly Stored[],
  podNames: readonly string[],
): void {
  const byName = new Map(claims.map((claim) => [nameOf(claim), claim]))
  const { whenDeleted } = set.spec.persistentVolumeClaimRetentionPolicy
  for (const name of podNames) {
    const claim = byName.get(`www-${name}`)
    expect(claim?.kind).toBe('PersistentVolumeClaim')
    // One that a person deleted stays until its Pod goes, and one of an earlier set is let be.
    const owners: readonly Stored[] = claim.metadata.ownerReferences ?? []
    const isOfNow = owners.every(({ uid }) => uid === set.metadata.uid)
    if (claim.metadata.deletionTimestamp !== undefined || !isOfNow) continue
    expect(owners.length).toBe(whenDeleted === 'Delete' ? 1 : 0)
  }
}

function isOwned({ metadata }: Stored): boolean {
  return metadata.ownerReferences !== undefined
}

function uidOf({ uid }: { readonly uid: string }): string {
  return uid
}
