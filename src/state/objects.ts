import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type {
  Changed,
  ComponentDecision,
  DecisionPass,
  DnsName,
  FaultEntry,
  PhaseEntry,
  Picture,
  WriteEntry,
} from '#worker/protocol.ts'
import { type ByUid, type KnownKinds, NOTHING } from './kube.ts'
import { type RevisionOrder, withRevisions } from './revisions.ts'

/** The mirror of the cluster: its objects, and the logs of what happened to them. */
export type ObjectsSlice = {
  readonly byKind: Readonly<Record<string, ByUid>>
  readonly writes: readonly WriteEntry[]
  readonly phases: readonly PhaseEntry[]
  readonly passes: readonly DecisionPass[]
  /** What the other components concluded. */
  readonly conclusions: readonly ComponentDecision[]
  /** What was broken and mended on purpose. */
  readonly faults: readonly FaultEntry[]
  readonly dns: readonly DnsName[]
  /** Virtual time of the last change of the records, by name and type: what flashes. */
  readonly dnsChangedAt: ReadonlyMap<string, number>
  /** By namespace and name of the set: a set that is made anew takes up the revisions it finds. */
  readonly revisions: Readonly<Record<string, RevisionOrder>>
  /** How many entries of each log were let go of. */
  readonly dropped: Omit<Picture['logs'], 'faults'>
  /** How far back a past moment can be shown. */
  readonly historyFrom: number
}

/** Above this the oldest entries of a log are dropped, so a run left overnight stays small. */
const LOG_MAX = 50_000

export const EMPTY_OBJECTS: ObjectsSlice = {
  byKind: {},
  writes: [],
  phases: [],
  passes: [],
  conclusions: [],
  faults: [],
  dns: [],
  dnsChangedAt: new Map(),
  revisions: {},
  dropped: { writes: 0, phases: 0, decisions: 0, componentDecisions: 0 },
  historyFrom: 0,
}

/** The slice after a message; what the message does not touch keeps its identity. */
export function withChange(before: ObjectsSlice, change: Changed): ObjectsSlice {
  const state = change.isSnapshot ? EMPTY_OBJECTS : before
  const logs = {
    writes: appended(state.writes, change.writes),
    phases: appended(state.phases, change.phases),
    passes: appended(state.passes, change.decisions),
    conclusions: appended(state.conclusions, change.componentDecisions),
    // People do little, and what lasts is told by what began it: none of this is let go of.
    faults: change.faults.length === 0 ? state.faults : [...state.faults, ...change.faults],
  }
  return {
    byKind: withObjects(state.byKind, change),
    ...logs,
    ...withDns(state, change),
    revisions: withNewRevisions(state.revisions, change.upserted),
    dropped: withDropped(state, change, logs),
    historyFrom: change.historyFrom ?? state.historyFrom,
  }
}

function withDropped(
  before: ObjectsSlice,
  { writes, phases, decisions, componentDecisions }: Changed,
  now: Pick<ObjectsSlice, 'writes' | 'phases' | 'passes' | 'conclusions'>,
): ObjectsSlice['dropped'] {
  const { dropped } = before
  const next = {
    writes: dropped.writes + before.writes.length + writes.length - now.writes.length,
    phases: dropped.phases + before.phases.length + phases.length - now.phases.length,
    decisions: dropped.decisions + before.passes.length + decisions.length - now.passes.length,
    componentDecisions:
      dropped.componentDecisions +
      before.conclusions.length +
      componentDecisions.length -
      now.conclusions.length,
  }
  return next
}

export function objectsOf<K extends keyof KnownKinds>(
  state: Pick<ObjectsSlice, 'byKind'>,
  kind: K,
): ByUid<KnownKinds[K]> {
  // What is stored under a kind has that kind's shape: the server validated it.
  return (state.byKind[kind] ?? NOTHING) as ByUid<KnownKinds[K]>
}

export function findObject(
  state: Pick<ObjectsSlice, 'byKind'>,
  uid: string | undefined,
): KubeObject | undefined {
  if (uid === undefined) return undefined
  for (const objects of Object.values(state.byKind)) {
    const object = objects.get(uid)
    if (object !== undefined) return object
  }
  return undefined
}

export function withObjects(
  byKind: ObjectsSlice['byKind'],
  { upserted, removed }: Pick<Changed, 'upserted' | 'removed'>,
): ObjectsSlice['byKind'] {
  if (upserted.length === 0 && removed.length === 0) return byKind
  const next: Record<string, ByUid> = { ...byKind }
  const copies = new Map<string, Map<string, KubeObject>>()
  const copyOf = (kind: string) => {
    const copy = copies.get(kind) ?? new Map(next[kind] ?? NOTHING)
    copies.set(kind, copy)
    next[kind] = copy
    return copy
  }
  for (const uid of removed) {
    const kind = Object.keys(next).find((name) => next[name]?.has(uid))
    if (kind !== undefined) copyOf(kind).delete(uid)
  }
  for (const object of upserted) copyOf(object.kind).set(object.metadata.uid, object)
  return next
}

function appended<T>(log: readonly T[], entries: readonly T[]): readonly T[] {
  if (entries.length === 0) return log
  const next = [...log, ...entries]
  return next.length > LOG_MAX ? next.slice(-LOG_MAX) : next
}

function withDns(state: ObjectsSlice, { dns, clock }: Changed) {
  if (dns === undefined) return { dns: state.dns, dnsChangedAt: state.dnsChangedAt }
  const before = new Set(state.dns.map(dnsKey))
  const dnsChangedAt = new Map(state.dnsChangedAt)
  for (const record of dns) {
    if (!before.has(dnsKey(record))) dnsChangedAt.set(dnsKey(record), clock.time)
  }
  return { dns, dnsChangedAt }
}

export function dnsKey({ name, type, data }: DnsName): string {
  return `${name} ${type} ${data}`
}

function withNewRevisions(
  revisions: ObjectsSlice['revisions'],
  upserted: readonly KubeObject[],
): ObjectsSlice['revisions'] {
  let next = revisions
  for (const object of byAge(upserted)) {
    const { name, namespace } = object.metadata
    // A revision is named after its set and its hash, and is an orphan when its Pods are.
    const key = revisionsKey({ name: name.slice(0, name.lastIndexOf('-')), namespace })
    const before = next[key] ?? []
    const after = withRevisions(before, [name])
    if (after !== before) next = { ...next, [key]: after }
  }
  return next
}

/** Where a set's revisions are kept. */
export function revisionsKey(set: {
  readonly name: string
  readonly namespace?: string | undefined
}): string {
  return `${set.namespace ?? ''}/${set.name}`
}

/** Going back gives an old revision the newest number, but a page that is loaded then must not. */
function byAge(objects: readonly KubeObject[]): readonly KnownKinds['ControllerRevision'][] {
  return objects
    .filter((object) => object.kind === 'ControllerRevision')
    .map((object) => object as KnownKinds['ControllerRevision'])
    .sort((a, b) => createdAt(a) - createdAt(b) || a.revision - b.revision)
}

function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp)
}
