import {
  type ComponentDecision,
  type Evidence,
  listedNames,
  subjectOf,
} from '#sim/apimachinery/decision.ts'
import type { ResourceName } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { DecisionTeller } from '../context.ts'
import { type GraphNode, ownersOf } from './owner-graph.ts'
import type { OwnerVerdicts } from './owner-verdicts.ts'

/** What the collector says of an object it deletes, keeps, holds back or leaves behind. */
export function createCollectorDecisions(tell: DecisionTeller) {
  return {
    /** Nothing is left to stay for. */
    collected(resource: ResourceName, object: KubeObject, verdicts: OwnerVerdicts): void {
      tell(() => {
        const { name } = object.metadata
        const isWaitedFor = verdicts.waiting.length > 0
        const going = isWaitedFor ? verdicts.waiting : verdicts.dangling
        const [owners, isOne] = [ownerNames(object, going), going.length === 1]
        return {
          ...about(resource, object),
          conclusion: 'delete',
          reason: isWaitedFor ? 'OwnerWaits' : 'OwnersGone',
          evidence: ownerEvidence(resource, object, verdicts),
          why: isWaitedFor
            ? `${name} is deleted because its ${isOne ? 'owner' : 'owners'} ${owners} ${isOne ? 'is being deleted in the foreground and waits' : 'are being deleted in the foreground and wait'} for it`
            : `${name} is deleted because its ${isOne ? 'owner' : 'owners'} ${owners} ${isOne ? 'is' : 'are'} gone`,
        }
      })
    },

    /** Another owner remains; only the references to those that go are cut. */
    kept(resource: ResourceName, object: KubeObject, verdicts: OwnerVerdicts): void {
      tell(() => ({
        ...about(resource, object),
        conclusion: 'release',
        reason: 'OwnerRemains',
        evidence: ownerEvidence(resource, object, verdicts),
        why: `${object.metadata.name} stays for its owner ${ownerNames(object, verdicts.solid)} and loses its reference to ${ownerNames(object, [...verdicts.dangling, ...verdicts.waiting])}`,
      }))
    },

    /** Deleted in the foreground: it goes last. */
    heldBack(resource: ResourceName, object: KubeObject, blocking: readonly GraphNode[]): void {
      tell(() => ({
        ...about(resource, object),
        conclusion: 'wait',
        reason: 'DependentsRemain',
        awaited: blocking.map((one) => subjectOf(one.resource, one.object)),
        evidence: [
          field(resource, object, 'metadata.finalizers', 'foregroundDeletion'),
          ...blocking.map((one) =>
            field(one.resource, one.object, 'metadata.ownerReferences', 'blockOwnerDeletion'),
          ),
        ],
        why: `${object.metadata.name} is being deleted in the foreground and stays until its dependents are gone: ${listedNames(blocking.map((one) => one.object.metadata.name))}`,
      }))
    },

    /** Deleted as an orphan's parent: its dependents stay without it. */
    orphaned(resource: ResourceName, object: KubeObject, dependents: readonly GraphNode[]): void {
      tell(() => {
        const names = dependents.map((one) => one.object.metadata.name)
        return {
          ...about(resource, object),
          conclusion: 'orphan',
          reason: 'OrphanRequested',
          evidence: [field(resource, object, 'metadata.finalizers', 'orphan')],
          why:
            names.length === 0
              ? `${object.metadata.name} goes and has no dependents to leave behind`
              : `${object.metadata.name} goes and leaves its dependents without an owner: ${listedNames(names)}`,
        }
      })
    },
  }
}

function about(
  resource: ResourceName,
  object: KubeObject,
): Pick<ComponentDecision, 'subject' | 'awaited'> {
  return { subject: subjectOf(resource, object), awaited: [] }
}

function ownerNames(object: KubeObject, uids: readonly string[]): string {
  const owners = ownersOf(object).filter(({ uid }) => uids.includes(uid))
  return listedNames(owners.map(({ kind, name }) => `${kind} ${name}`))
}

function ownerEvidence(
  resource: ResourceName,
  object: KubeObject,
  { solid, waiting }: OwnerVerdicts,
): readonly Evidence[] {
  return ownersOf(object).map(({ kind, name, uid }) => {
    const state = solid.includes(uid) ? 'exists' : waiting.includes(uid) ? 'is waiting' : 'is gone'
    return field(resource, object, 'metadata.ownerReferences', `${kind} ${name} ${state}`)
  })
}

function field(
  resource: ResourceName,
  { metadata }: KubeObject,
  path: string,
  value: string,
): Evidence {
  return { resource, name: metadata.name, field: path, value }
}
