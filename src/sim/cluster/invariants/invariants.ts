import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { subjectOf, type TellDecision } from '#sim/apimachinery/decision.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiRequest, Call } from '#sim/apimachinery/request.ts'
import type { ApiServer, StorageChange } from '#sim/apiserver/api-server.ts'
import { serviceAccount } from '#sim/controllers/context.ts'
import { isInRange, parsePodName } from '#sim/controllers/statefulset/ordinals.ts'
import { hasEnded, type PodState, readPod } from '#sim/controllers/statefulset/pod-state.ts'
import { InvariantError } from '#sim/kernel/invariant.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { ContainerChange } from '#sim/kubelet/kubelet.ts'
import { CachedSets, type SeenRevision, setOwning } from './cached-sets.ts'
import { claimDeletionFault, identityFault, ownershipFault } from './claim-rules.ts'
import { Occupants } from './occupants.ts'
import { type Acts, creationFault, deletionFault, type Fault } from './pod-order.ts'
import type { SetView } from './set-view.ts'
import { restingStatusFault, writtenStatusFault } from './status-rules.ts'

export type InvariantsOptions = {
  readonly simulation: Simulation
  readonly server: ApiServer
  /**
   * How far the caches of the StatefulSet controller have come; by it one knows what it knew.
   * Undefined while none runs here: somebody else's controller is not ours to judge.
   */
  readonly seen: SeenRevision | undefined
  readonly allowsMaxUnavailable: boolean
  /** Told of two Pods of one name that run at once after a forced deletion. */
  readonly onDecision?: TellDecision
}

type ActsOfPass = {
  readonly mark: string
  readonly created: Set<number>
  readonly deleted: Set<string>
  updated: number
}

/** Two Pods of one ordinal running at once, which a forced deletion has brought about. */
export type Consequence = { readonly atMs: number; readonly text: string }

const CONTROLLER = serviceAccount('statefulset-controller')
const CONSEQUENCES_KEPT = 100
/** A pass that has met a conflict goes on after at most so long. */
const PAUSE_MS_MAX = 260

/**
 * Watches over a whole cluster and stops it when what must hold does not. It hears every change at
 * once, and is no controller: nothing in the cluster learns of it, and leaving it out changes no run.
 */
export class Invariants {
  readonly #options: InvariantsOptions
  readonly #sets: CachedSets
  readonly #occupants: Occupants
  readonly #consequences: Consequence[] = []
  /** Sets and Pods as stored, by uid: the owners that claims may have. */
  readonly #living = new Map<string, KubeObject>()
  /** When the controller last met a conflict, by namespace. */
  readonly #conflicts = new Map<string, number>()
  /** Where a write was refused and no status written since: the next attempt may be far off. */
  readonly #refused = new Set<string>()
  readonly #terminatingNamespaces = new Set<string>()
  /** What has changed since the world was last at rest. */
  readonly #restless = new Set<SetView>()
  readonly #acts = new WeakMap<SetView, ActsOfPass>()

  constructor(options: InvariantsOptions) {
    this.#options = options
    const { simulation, server } = options
    this.#sets = new CachedSets(
      (resource) => this.#seen(resource),
      (view) => this.#restless.add(view),
    )
    this.#occupants = new Occupants({
      onFault: (fault, pod, user) =>
        this.#fail(fault, { verb: 'holds', resource: 'pods', object: pod, user }),
      onConsequence: (text, pod, other) => this.#noteConsequence(text, pod, other),
    })
    server.onChange((change) => this.#observe(change))
    simulation.onRest(() => this.#checkAtRest())
  }

  /** Two Pods of one name that ran at once after a forced deletion, newest last. */
  get consequences(): readonly Consequence[] {
    return this.#consequences
  }

  /**
   * Stands between the StatefulSet controller and its server. A pass that meets a conflict waits
   * and goes on by what it knew before, which nobody else knows; so it is not judged by the caches.
   */
  hearing(call: Call): Call {
    return (request) => {
      const reply = call(request)
      if (request.user === CONTROLLER && request.method !== 'GET') this.#hear(request, reply.code)
      return reply
    }
  }

  /** To be told by every kubelet. */
  readonly containerChanged = (change: ContainerChange): void => {
    if (setOwning(change.pod) !== undefined) this.#occupants.containerChanged(change)
  }

  #hear({ path }: ApiRequest, code: number): void {
    const namespace = namespaceIn(path)
    if (code === 409) this.#conflicts.set(namespace, this.#options.simulation.now)
    if (code >= 400) this.#refused.add(namespace)
    else if (path.endsWith('/status')) this.#refused.delete(namespace)
  }

  #observe(change: StorageChange): void {
    switch (change.resource) {
      case 'pods':
        return this.#observePod(change)
      case 'statefulsets.apps':
        return this.#observeSet(change)
      case 'persistentvolumeclaims':
        return this.#observeClaim(change)
      case 'namespaces':
        return this.#observeNamespace(change)
    }
  }

  #observePod(change: StorageChange): void {
    const pod = change.object as Pod // Of the resource's kind.
    this.#keepLiving(change)
    if (change.type === 'DELETED' && setOwning(pod) !== undefined) {
      this.#occupants.podRemoved(pod, change.user, this.#options.simulation.now)
    }
    if (change.user === CONTROLLER && this.#options.seen !== undefined) {
      // The caches first, and the change itself only once it has got there.
      this.#sets.catchUp()
      const isOwnership = pod.metadata.ownerReferences !== change.old?.metadata.ownerReferences
      if (change.type === 'MODIFIED' && isOwnership) this.#sets.takeOwnership(pod)
      else if (this.#judges(pod)) this.#checkPod(pod, change)
    }
    this.#sets.observe(change)
  }

  #observeSet(change: StorageChange): void {
    this.#keepLiving(change)
    if (change.user === CONTROLLER && change.type === 'MODIFIED' && this.#judges(change.object)) {
      this.#sets.catchUp()
      const { uid } = change.object.metadata
      const view = this.#sets.view(uid)
      if (view !== undefined) {
        const { allowsMaxUnavailable } = this.#options
        const stored = change.object as StatefulSet // Of the resource's kind.
        const fault = writtenStatusFault(view, stored, allowsMaxUnavailable)
        if (fault !== undefined) this.#fail(fault, told(change))
      }
    }
    this.#sets.observe(change)
  }

  #observeClaim(change: StorageChange): void {
    const claim = change.object as PersistentVolumeClaim // Of the resource's kind.
    if (isDeletionStart(change)) {
      const fault = claimDeletionFault({
        claim: change.old ?? claim,
        user: change.user,
        isNamespaceTerminating: this.#terminatingNamespaces.has(claim.metadata.namespace ?? ''),
        owner: (uid) => this.#living.get(uid),
      })
      if (fault !== undefined) this.#fail(fault, told(change))
    }
    const isGivenOwners =
      change.user === CONTROLLER &&
      change.type === 'MODIFIED' &&
      claim.metadata.ownerReferences !== change.old?.metadata.ownerReferences
    if (!isGivenOwners || !this.#judges(claim)) return
    this.#sets.catchUp()
    const fault = ownershipFault(claim, {
      setByUid: (uid) => this.#sets.view(uid)?.set,
      setOfPod: (namespace, name) => this.#sets.viewOfPod({ namespace, name })?.set,
    })
    if (fault !== undefined) this.#fail(fault, told(change))
  }

  #observeNamespace({ type, object }: StorageChange): void {
    const { name, deletionTimestamp } = object.metadata
    if (type !== 'DELETED' && deletionTimestamp !== undefined) this.#terminatingNamespaces.add(name)
    else this.#terminatingNamespaces.delete(name)
  }

  #checkPod(pod: Pod, change: StorageChange): void {
    if (change.type === 'ADDED') this.#checkCreation(pod, change)
    else if (isDeletionStart(change)) this.#checkDeletion(change)
  }

  #checkCreation(pod: Pod, change: StorageChange): void {
    const view = this.#sets.view(setOwning(pod) ?? '')
    const set = view?.set
    if (view === undefined || set === undefined) {
      this.#fail({ rule: 'order of creation', text: 'no set asks for it' }, told(change))
      return
    }
    const { ordinal } = parsePodName(pod.metadata.name)
    const acts = this.#actsOn(view)
    const fault = creationFault(view, ordinal, this.#context(acts)) ?? identityFault(set, pod)
    if (fault !== undefined) this.#fail(fault, told(change))
    acts.created.add(ordinal)
  }

  #checkDeletion(change: StorageChange): void {
    const stored = (change.old ?? change.object) as Pod // Of the resource's kind.
    const view = this.#sets.viewOfPod(stored.metadata) ?? this.#sets.view(setOwning(stored) ?? '')
    const { name } = stored.metadata
    if (view === undefined) {
      this.#fail({ rule: 'order of deletion', text: 'it belongs to no set' }, told(change))
      return
    }
    const acts = this.#actsOn(view)
    const pod = view.get(name) ?? readPod(stored)
    const fault = deletionFault(view, pod, this.#context(acts))
    if (fault !== undefined) this.#fail(fault, told(change))
    acts.deleted.add(name)
    if (view.set !== undefined && isInRange(view.set, pod.ordinal) && !hasEnded(pod)) acts.updated++
  }

  #checkAtRest(): void {
    if (this.#restless.size === 0) return
    if (this.#options.seen !== undefined) {
      this.#sets.catchUp()
      for (const view of this.#restless) {
        const fault = restingStatusFault(view, this.#options.simulation.unixMs)
        if (fault === undefined || view.set === undefined) continue
        if (this.#refused.has(view.set.metadata.namespace ?? '')) continue
        const user = CONTROLLER
        this.#fail(fault, { verb: 'left', resource: 'statefulsets.apps', object: view.set, user })
      }
    }
    this.#restless.clear()
  }

  #judges({ metadata: { namespace = '' } }: KubeObject): boolean {
    if (this.#options.seen === undefined) return false
    const conflictAt = this.#conflicts.get(namespace) ?? -Infinity
    return this.#options.simulation.now - conflictAt > PAUSE_MS_MAX
  }

  #seen(resource: 'pods' | 'statefulsets'): number {
    return this.#options.seen?.(resource) ?? Infinity
  }

  /** What the pass that is going on has done to the set so far. */
  #actsOn(view: SetView): ActsOfPass {
    const { mark } = this.#sets
    let acts = this.#acts.get(view)
    if (acts?.mark !== mark) {
      acts = { mark, created: new Set(), deleted: new Set(), updated: 0 }
      this.#acts.set(view, acts)
    }
    return acts
  }

  #keepLiving({ type, object }: StorageChange): void {
    if (type === 'DELETED') this.#living.delete(object.metadata.uid)
    else this.#living.set(object.metadata.uid, object)
  }

  #noteConsequence(text: string, pod: Pod, other: Pod): void {
    const { simulation, onDecision } = this.#options
    const { name, uid } = other.metadata
    onDecision?.({
      time: simulation.now,
      component: 'invariants',
      subject: subjectOf('pods', pod),
      conclusion: 'allow',
      reason: 'ForcedDeletion',
      awaited: [],
      evidence: [{ resource: 'pods', name, field: 'metadata.uid', value: uid }],
      why: text,
    })
    simulation.trace.record(simulation.now, 'CONSEQUENCE', text)
    if (this.#consequences.length === CONSEQUENCES_KEPT) this.#consequences.shift()
    this.#consequences.push({ atMs: simulation.now, text })
  }

  #fail({ rule, text }: Fault, { verb, resource, object, user }: Told): void {
    const { namespace = '', name, uid } = object.metadata
    const what = `${user} ${verb} ${resource} ${namespace}/${name} (uid ${uid})`
    this.#options.simulation.fail(new InvariantError(`“${rule}” is broken: ${what}, but ${text}`))
  }

  #context(acts: Acts) {
    const { simulation, allowsMaxUnavailable } = this.#options
    const isGoing = ({ pod }: PodState): boolean => {
      const stored = this.#living.get(pod.metadata.uid)
      return stored === undefined || stored.metadata.deletionTimestamp !== undefined
    }
    return { nowMs: simulation.unixMs, allowsMaxUnavailable, acts, isGoing }
  }
}

/** What was done, for the report. */
type Told = {
  readonly verb: string
  readonly resource: string
  readonly object: KubeObject
  readonly user: string
}

function told(change: StorageChange): Told {
  const { type, resource, object, user } = change
  const verb = isDeletionStart(change) ? 'deletes' : type === 'ADDED' ? 'creates' : 'changes'
  return { verb, resource, object, user }
}

function namespaceIn(path: string): string {
  return /\/namespaces\/([^/]+)/.exec(path)?.[1] ?? ''
}

/** The write by which an object is marked as going, or goes at once. */
function isDeletionStart({ type, object, old }: StorageChange): boolean {
  if (type === 'ADDED' || old?.metadata.deletionTimestamp !== undefined) return false
  return type === 'DELETED' || object.metadata.deletionTimestamp !== undefined
}
