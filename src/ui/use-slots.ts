import { useMemo } from 'react'
import { indexEvents } from '#state/events.ts'
import type { ClusterEvent, KnownKinds } from '#state/kube.ts'
import type { RevisionOrder } from '#state/revisions.ts'
import { shownSet } from '#state/selection.ts'
import { type SlotView, slotsOf } from '#state/slots.ts'
import type { DecisionPass } from '#worker/protocol.ts'
import { useApp, useNow, useObjects } from './app-context.ts'

export function useShownSet(): KnownKinds['StatefulSet'] | undefined {
  return useApp(shownSet)
}

/** The passes over one set, oldest first. */
export function usePasses(set: KnownKinds['StatefulSet'] | undefined): readonly DecisionPass[] {
  const passes = useApp((state) => state.passes)
  const name = set?.metadata.name
  const namespace = set?.metadata.namespace
  return useMemo(
    () => passes.filter((pass) => pass.set === name && pass.namespace === namespace),
    [passes, name, namespace],
  )
}

/** Virtual now and its place on the wall, at a resolution that suits what is shown. */
export function useClockFace(stepMs: number): { readonly time: number; readonly unixMs: number } {
  const time = useNow(stepMs)
  const offset = useApp((state) => state.clock.unixMs - state.clock.time)
  return useMemo(() => ({ time, unixMs: time + offset }), [time, offset])
}

export function useEventIndex(): ReadonlyMap<string, readonly ClusterEvent[]> {
  const events = useObjects('Event')
  return useMemo(() => indexEvents(events), [events])
}

export function useRevisionOrder(set: KnownKinds['StatefulSet'] | undefined): RevisionOrder {
  return useApp((state) => (set && state.revisions[set.metadata.uid]) ?? NO_REVISIONS)
}

const NO_REVISIONS: RevisionOrder = []
const NO_EVENTS: readonly ClusterEvent[] = []

export function useSlots(
  set: KnownKinds['StatefulSet'] | undefined,
  pass: DecisionPass | undefined,
): readonly SlotView[] {
  const pods = useObjects('Pod')
  const claims = useObjects('PersistentVolumeClaim')
  const volumes = useObjects('PersistentVolume')
  const attachments = useObjects('VolumeAttachment')
  const events = useEventIndex()
  const dns = useApp((state) => state.dns)
  const clock = useClockFace(1000)
  return useMemo(() => {
    if (set === undefined) return []
    const eventsOfPod = (uid: string) => events.get(uid) ?? NO_EVENTS
    return slotsOf({ set, pods, claims, volumes, attachments, eventsOfPod, dns, pass, clock })
  }, [set, pods, claims, volumes, attachments, events, dns, pass, clock])
}
