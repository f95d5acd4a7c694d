import { createContext, use, useMemo, useState } from 'react'
import { addressesByName } from '#state/dns-view.ts'
import { indexEvents } from '#state/events.ts'
import type { ClusterEvent, KnownKinds } from '#state/kube.ts'
import type { RevisionOrder } from '#state/revisions.ts'
import { departedSet, isDeparted } from '#state/departed.ts'
import { revisionsKey } from '#state/objects.ts'
import { shownSet } from '#state/selection.ts'
import { type SlotView, slotsOf } from '#state/slots.ts'
import { createHoldsReader, type Hold } from '#state/waits.ts'
import type { DecisionPass } from '#worker/protocol.ts'
import { useApp, useLive, useNow, useObjects } from './app-context.ts'

/** The set on the stage and what is known of it: computed once, shown by many panels. */
export type ShownSet = {
  readonly set: KnownKinds['StatefulSet'] | undefined
  /** The set itself is gone: what is shown is what it left. */
  readonly isDeparted: boolean
  /** The passes over it, oldest first. */
  readonly passes: readonly DecisionPass[]
  readonly pass: DecisionPass | undefined
  readonly slots: readonly SlotView[]
  /** The set of the timeline, which runs on to the present: that of the stage, or a later one. */
  readonly laneSet: KnownKinds['StatefulSet'] | undefined
  /** Its waits up to the present. */
  readonly holds: readonly Hold[]
  readonly eventsOfPod: (uid: string) => readonly ClusterEvent[]
}

export const ShownSetContext = createContext<ShownSet | undefined>(undefined)

export function useShown(): ShownSet {
  const shown = use(ShownSetContext)
  if (shown === undefined) throw new Error('no set is provided: see ShownSetProvider')
  return shown
}

export function useComputedShownSet(): ShownSet {
  const present = useApp(shownSet)
  const byKind = useApp((state) => state.byKind)
  const allPasses = useApp((state) => state.passes)
  const set = useMemo(
    () => present ?? departedSet({ byKind, passes: allPasses }),
    [present, byKind, allPasses],
  )
  const passes = usePasses(set, allPasses)
  const laterSet = useLive((live) => shownSet({ ...live, selectedSetUid: undefined }))
  const laneSet = set ?? laterSet
  const livePasses = useLive((live) => live.passes)
  const isLive = livePasses === allPasses && laneSet === set
  const laterPasses = usePasses(laneSet, isLive ? NO_PASSES : livePasses)
  const lanePasses = isLive ? passes : laterPasses
  const [readHolds] = useState(createHoldsReader)
  const holds = useMemo(() => readHolds(lanePasses), [readHolds, lanePasses])
  const events = useObjects('Event')
  const eventsOfPod = useMemo(() => {
    const index = indexEvents(events)
    return (uid: string) => index.get(uid) ?? NO_EVENTS
  }, [events])
  const pass = passes.at(-1)
  const slots = useSlots({ set, pass, eventsOfPod })
  return useMemo(
    () => ({
      set,
      isDeparted: set !== undefined && isDeparted(set),
      passes,
      pass,
      slots,
      laneSet,
      holds,
      eventsOfPod,
    }),
    [set, passes, pass, slots, laneSet, holds, eventsOfPod],
  )
}

function usePasses(
  set: KnownKinds['StatefulSet'] | undefined,
  passes: readonly DecisionPass[],
): readonly DecisionPass[] {
  const name = set?.metadata.name
  const namespace = set?.metadata.namespace
  return useMemo(
    () => passes.filter((pass) => pass.set === name && pass.namespace === namespace),
    [passes, name, namespace],
  )
}

function useSlots({
  set,
  pass,
  eventsOfPod,
}: Pick<ShownSet, 'set' | 'pass' | 'eventsOfPod'>): readonly SlotView[] {
  const pods = useObjects('Pod')
  const claims = useObjects('PersistentVolumeClaim')
  const volumes = useObjects('PersistentVolume')
  const attachments = useObjects('VolumeAttachment')
  const dns = useApp((state) => state.dns)
  const clock = useClockFace(useAgeStep())
  const namespace = set?.metadata.namespace ?? 'default'
  const addresses = useMemo(() => addressesByName(dns, namespace), [dns, namespace])
  return useMemo(() => {
    if (set === undefined) return []
    return slotsOf({ set, pods, claims, volumes, attachments, eventsOfPod, addresses, pass, clock })
  }, [set, pods, claims, volumes, attachments, eventsOfPod, addresses, pass, clock])
}

/** While time flies nobody reads seconds; ages then change a few times in a second of the wall. */
function useAgeStep(): number {
  return useApp(({ clock: { speed, isPaused } }) => {
    if (isPaused) return 1000
    return speed === 'max' ? 60_000 : Math.max(1000, speed * 250)
  })
}

/** Virtual now and its place on the wall, at a resolution that suits what is shown. */
export function useClockFace(stepMs: number): { readonly time: number; readonly unixMs: number } {
  const time = useNow(stepMs)
  const offset = useApp((state) => state.clock.unixMs - state.clock.time)
  return useMemo(() => ({ time, unixMs: time + offset }), [time, offset])
}

export function useRevisionOrder(set: KnownKinds['StatefulSet'] | undefined): RevisionOrder {
  return useApp((state) => (set && state.revisions[revisionsKey(set.metadata)]) ?? NO_REVISIONS)
}

const NO_PASSES: readonly DecisionPass[] = []
const NO_REVISIONS: RevisionOrder = []
const NO_EVENTS: readonly ClusterEvent[] = []
