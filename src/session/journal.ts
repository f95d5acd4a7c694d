import type { PodMoment, RecordedEvent } from '#lessons/world.ts'
import type { ComponentDecision } from '#sim/apimachinery/decision.ts'
import { type Event, type Pod, RESOURCE_PATHS } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { AuditEntry, StorageChange } from '#sim/apiserver/api-server.ts'
import type { FaultEntry } from '#sim/cluster/faults/act.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import { podPhaseLetter } from './pod-phase.ts'

/** One write as the audit log has it: the timeline's ticks and "who wrote this". */
export type WriteEntry = {
  readonly time: SimTime
  readonly verb: 'create' | 'update' | 'patch' | 'delete'
  readonly user: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly code: number
}

/** The nine states of the visual language; see ui/theme. */
export type PodPhaseLetter = 'P' | 'C' | 'N' | 'R' | 'T' | 'L' | 'I' | 'F' | 'U'

/** A Pod's phase from an instant on, as the timeline draws it; `gone` ends the bar. */
export type PhaseEntry = {
  readonly time: SimTime
  readonly uid: string
  readonly namespace: string
  readonly pod: string
  readonly phase: PodPhaseLetter | 'gone'
  readonly revision: string
}

/** One pass of the StatefulSet controller over one set, as data. */
export type DecisionPass = {
  readonly number: number
  readonly time: SimTime
  readonly namespace: string
  readonly set: string
  /** What made the controller look, in words: `Pod web-0 changed`. Empty where unknown. */
  readonly cause: string
  readonly verdicts: readonly Verdict[]
  /** The sentence for the gaze: who waits, for whom, why. */
  readonly summary: string
  /** The ordinal the controller waits for, if it waits. */
  readonly awaited?: string
  readonly waiters: readonly string[]
}

export type Verdict = {
  readonly pod: string
  readonly action: 'keep' | 'create' | 'wait' | 'delete' | 'repair' | 'stop' | 'not looked at'
  readonly why: string
}

/** How long each log was at some moment. */
export type LogLengths = {
  readonly writes: number
  readonly phases: number
  readonly decisions: number
  readonly componentDecisions: number
  readonly faults: number
}

/** Heartbeats and the like would drown what a person did and the controllers answered. */
const UNTOLD_RESOURCES: ReadonlySet<string> = new Set(['leases', 'events'])

/**
 * What happened in a run, as the page and the lessons tell it: writes, phases of Pods, decisions.
 * It only listens; leaving it out changes nothing in the run.
 */
export class Journal {
  readonly writes: WriteEntry[] = []
  readonly phases: PhaseEntry[] = []
  readonly decisions: DecisionPass[] = []
  /** What the other components concluded; what they only say again is left out. */
  readonly componentDecisions: ComponentDecision[] = []
  /** What was broken and mended on purpose. */
  readonly faults: FaultEntry[] = []
  readonly moments: PodMoment[] = []
  readonly events: RecordedEvent[] = []
  readonly #now: () => SimTime
  readonly #letters = new Map<string, string>()
  /** What each component said last of each object. */
  readonly #saidLast = new Map<string, string>()

  constructor(now: () => SimTime) {
    this.#now = now
  }

  get lengths(): LogLengths {
    const { writes, phases, decisions, componentDecisions, faults } = this
    return {
      writes: writes.length,
      phases: phases.length,
      decisions: decisions.length,
      componentDecisions: componentDecisions.length,
      faults: faults.length,
    }
  }

  recordWrite(entry: AuditEntry): void {
    const { objectRef, verb } = entry
    if (UNTOLD_RESOURCES.has(objectRef.resource) || isDryRun(entry)) return
    this.writes.push({
      time: this.#now(),
      verb: verb === 'deletecollection' ? 'delete' : verb,
      user: entry.user,
      resource: objectRef.resource,
      namespace: objectRef.namespace ?? '',
      name: objectRef.name ?? nameOf(entry.responseObject),
      subresource: objectRef.subresource ?? '',
      code: entry.code,
    })
  }

  recordDecision(pass: DecisionPass): void {
    this.decisions.push(pass)
  }

  /** Binders and budgets look again and again: only what is new to say is kept. */
  recordComponentDecision(decision: ComponentDecision): void {
    const key = `${decision.component}/${decision.subject.uid}`
    if (this.#saidLast.get(key) === decision.why) return
    this.#saidLast.set(key, decision.why)
    this.componentDecisions.push(decision)
  }

  recordFault(entry: FaultEntry): void {
    this.faults.push(entry)
  }

  recordChange(change: StorageChange): void {
    if (change.resource === 'events' && change.type !== 'DELETED') this.#recordEvent(change)
    if (change.resource !== 'pods') return
    // The store qualifies resources by group, and `pods` of the core group are Pods.
    const pod = change.object as Pod
    const letter = change.type === 'DELETED' ? 'gone' : podPhaseLetter(pod)
    this.#recordMoments(pod, change)
    const { uid } = pod.metadata
    if (this.#letters.get(uid) === letter) return
    if (letter === 'gone') this.#letters.delete(uid)
    else this.#letters.set(uid, letter)
    this.phases.push({
      time: this.#now(),
      uid,
      namespace: pod.metadata.namespace ?? '',
      pod: pod.metadata.name,
      phase: letter,
      revision: pod.metadata.labels?.['controller-revision-hash'] ?? '',
    })
  }

  #recordEvent(change: StorageChange): void {
    // As with Pods below: the resource says the kind.
    const { involvedObject, reason = '', message = '' } = change.object as Event
    const { kind, name = '' } = involvedObject
    const resource = Object.entries(RESOURCE_PATHS).find(([, path]) => path.kind === kind)?.[0]
    if (resource === undefined) return
    this.events.push({ time: this.#now(), about: { resource, name }, reason, message })
  }

  #recordMoments(pod: Pod, change: StorageChange): void {
    const old = change.old as Pod | undefined
    const add = (became: PodMoment['became']): void => {
      const { name, uid } = pod.metadata
      this.moments.push({ pod: name, uid, became, time: this.#now() })
    }
    if (change.type === 'ADDED') add('created')
    if (change.type === 'DELETED') {
      add('gone')
      return
    }
    if (pod.status?.phase === 'Running' && old?.status?.phase !== 'Running') add('running')
    if (isReady(pod) && !(old !== undefined && isReady(old))) add('ready')
    if (isTerminating(pod) && !(old !== undefined && isTerminating(old))) add('terminating')
  }
}

function isDryRun({ requestUri }: AuditEntry): boolean {
  return /[?&]dryRun=All(&|$)/.test(requestUri)
}

function isReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  )
}

function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined
}

function nameOf(object: unknown): string {
  const metadata = (object as { metadata?: { name?: unknown } } | undefined)?.metadata
  return typeof metadata?.name === 'string' ? metadata.name : ''
}
