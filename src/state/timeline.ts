import { formatTime, type SimTime } from '#sim/kernel/time.ts'
import { actWords } from '#sim/cluster/faults/act.ts'
import type { FaultEntry, PhaseEntry, PodPhaseLetter, WriteEntry } from '#worker/protocol.ts'
import { ordinalIn } from './kube.ts'
import type { TimelineWindow } from './layout.ts'
import type { Hold } from './waits.ts'

export type Bar = {
  readonly phase: PodPhaseLetter
  readonly from: SimTime
  /** Absent while it lasts. */
  readonly until?: SimTime
  readonly revision: string
  /** The last bar of an occupant: the place of its revision's letter. */
  readonly isLast: boolean
}

export type Tick = { readonly time: SimTime; readonly isController: boolean }

export type Lane = {
  readonly ordinal: number
  readonly name: string
  readonly bars: readonly Bar[]
  readonly ticks: readonly Tick[]
  readonly holds: readonly Hold[]
}

export type ActionMark = {
  readonly time: SimTime
  readonly by: 'controller' | 'you'
  readonly label: string
}

export type TimelineModel = {
  /** When the first thing happened that is shown. */
  readonly first: SimTime
  readonly lanes: readonly Lane[]
  readonly actions: readonly ActionMark[]
}

export type TimelineInput = {
  readonly set: { readonly name: string; readonly namespace: string }
  /** Ordinals that have a lane even where nothing happened yet. */
  readonly ordinals: readonly number[]
  readonly phases: readonly PhaseEntry[]
  readonly writes: readonly WriteEntry[]
  readonly faults: readonly FaultEntry[]
  readonly holds: readonly Hold[]
}

/** What the timeline of one set shows, in virtual time; pixels come later. */
export function timelineModel(input: TimelineInput): TimelineModel {
  const { set } = input
  const bars = barsByOrdinal(input)
  const ticks = ticksByOrdinal(input)
  const ordinals = [...new Set([...input.ordinals, ...bars.keys()])].sort((a, b) => a - b)
  const actions = actionMarks(input)
  const waits = holdsByWaiter(input.holds)
  const began = [...bars.values()].map((list) => list[0]?.from ?? Infinity)
  const first = Math.min(...began, actions[0]?.time ?? Infinity)
  return {
    first: Number.isFinite(first) ? first : 0,
    lanes: ordinals.map((ordinal) => {
      const name = `${set.name}-${ordinal}`
      return {
        ordinal,
        name,
        bars: bars.get(ordinal) ?? [],
        ticks: ticks.get(ordinal) ?? [],
        holds: holdsToShow(set.name, waits.get(name) ?? [], bars.get(ordinal) ?? [], ordinal),
      }
    }),
    actions,
  }
}

/**
 * The waits of one lane. Who waits with a Pod in its own lane is shown only beside the awaited one:
 * there the line is short, elsewhere it would cross what happens in between.
 */
function holdsToShow(
  setName: string,
  holds: readonly Hold[],
  bars: readonly Bar[],
  ordinal: number,
): readonly Hold[] {
  return holds.filter((hold) => {
    const awaited = ordinalIn(setName, hold.awaited)
    const isBeside = awaited !== undefined && Math.abs(awaited - ordinal) === 1
    return isBeside || !isCovered(bars, hold)
  })
}

/** Whether a Pod stood in the lane during the wait. */
export function isCovered(bars: readonly Bar[], { from, until = Infinity }: Hold): boolean {
  return bars.some((bar) => bar.from < until && (bar.until ?? Infinity) > from)
}

function holdsByWaiter(holds: readonly Hold[]): ReadonlyMap<string, readonly Hold[]> {
  const groups = new Map<string, Hold[]>()
  for (const hold of holds) {
    const group = groups.get(hold.waiter)
    if (group === undefined) groups.set(hold.waiter, [hold])
    else group.push(hold)
  }
  return groups
}

function barsByOrdinal({ set, phases }: TimelineInput): ReadonlyMap<number, readonly Bar[]> {
  const lanes = new Map<number, Bar[]>()
  for (const entry of phases) {
    if (entry.namespace !== set.namespace) continue
    const ordinal = ordinalIn(set.name, entry.pod)
    if (ordinal === undefined) continue
    const bars = lanes.get(ordinal) ?? []
    lanes.set(ordinal, bars)
    endLastBar(bars, entry)
    const { phase, time, revision } = entry
    if (phase !== 'gone') bars.push({ phase, from: time, revision, isLast: true })
  }
  return lanes
}

function endLastBar(bars: Bar[], entry: PhaseEntry): void {
  const last = bars.at(-1)
  if (last === undefined || last.until !== undefined) return
  bars[bars.length - 1] = { ...last, until: entry.time, isLast: entry.phase === 'gone' }
}

function ticksByOrdinal({ set, writes }: TimelineInput): ReadonlyMap<number, readonly Tick[]> {
  const lanes = new Map<number, Tick[]>()
  for (const write of writes) {
    if (write.resource !== 'pods' || write.namespace !== set.namespace || write.code >= 400)
      continue
    const ordinal = ordinalIn(set.name, write.name)
    if (ordinal === undefined) continue
    const ticks = lanes.get(ordinal) ?? []
    lanes.set(ordinal, ticks)
    ticks.push({ time: write.time, isController: isStatefulSetController(write.user) })
  }
  return lanes
}

function actionMarks({ set, writes, faults }: TimelineInput): readonly ActionMark[] {
  const marks: ActionMark[] = faults.map((fault) => ({
    time: fault.time,
    by: 'you',
    label: actWords(fault),
  }))
  for (const write of writes) {
    if (write.code >= 400) continue
    if (isStatefulSetController(write.user)) {
      const isPodWrite = write.resource === 'pods' && ordinalIn(set.name, write.name) !== undefined
      if (isPodWrite && (write.verb === 'create' || write.verb === 'delete')) {
        marks.push({ time: write.time, by: 'controller', label: `${write.verb} ${write.name}` })
      }
    } else if (isPerson(write.user)) {
      marks.push({ time: write.time, by: 'you', label: personLabel(write) })
    }
  }
  return marks.sort((a, b) => a.time - b.time)
}

function personLabel({ verb, name, subresource }: WriteEntry): string {
  return `${subresource === 'scale' ? 'scale' : subresource === 'eviction' ? 'evict' : verb} ${name}`
}

export function isStatefulSetController(user: string): boolean {
  return user === 'system:serviceaccount:kube-system:statefulset-controller'
}

/** Components of the cluster all have names that begin with `system:`. */
export function isPerson(user: string): boolean {
  return !user.startsWith('system:')
}

/** The span shown, in virtual milliseconds. */
export type TimeRange = { readonly start: SimTime; readonly end: SimTime }

const FIT_SECONDS = [15, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800, 3600]

/** Long enough for an update of three Pods, short enough to tell its writes apart. */
const LATEST_MS = 120_000
const LATEST_STEP_MS = 30_000

/**
 * Everything since the first thing happened, in a span that leaves room ahead and grows by
 * steps, so that the picture stands still while time goes on; the end of that; or the chosen span.
 */
export function timeRange(view: TimelineWindow, now: SimTime, first: SimTime = 0): TimeRange {
  if (typeof view === 'object') {
    const end = view.end === 'now' ? now + view.spanMs * 0.12 : view.end
    return { start: end - view.spanMs, end }
  }
  const whole = wholeRange(now, first)
  if (view === 'fit' || whole.end - whole.start <= LATEST_MS) return whole
  const start = Math.ceil((now - LATEST_MS * 0.88) / LATEST_STEP_MS) * LATEST_STEP_MS
  return { start, end: start + LATEST_MS }
}

function wholeRange(now: SimTime, first: SimTime): TimeRange {
  const start = first > now * 0.15 ? Math.max(0, Math.floor((first - 2000) / 5000) * 5000) : 0
  const spanMs = now - start
  const seconds =
    FIT_SECONDS.find((one) => one * 1000 * 0.88 >= spanMs) ??
    Math.ceil(spanMs / 0.88 / 3_600_000) * 3600
  return { start, end: start + seconds * 1000 }
}

/** Zooms by a factor around now, or around the middle where now is out of sight. */
export function zoomed({ start, end }: TimeRange, now: SimTime, factor: number): TimelineWindow {
  const spanMs = Math.min(Math.max((end - start) * factor, 200), 24 * 3_600_000)
  if (now >= start && now <= end) return { spanMs, end: 'now' }
  return { spanMs, end: (start + end) / 2 + spanMs / 2 }
}

const AXIS_STEPS_MS = [
  50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_200_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000,
]

/** The moments the axis names, at most one in so many pixels. */
export function axisTicks(
  { start, end }: TimeRange,
  width: number,
): readonly { readonly time: SimTime; readonly label: string }[] {
  const most = Math.max(1, Math.floor(width / 90))
  const step = AXIS_STEPS_MS.find((one) => (end - start) / one <= most) ?? 86_400_000
  const first = Math.max(0, Math.ceil(start / step) * step)
  const ticks: { time: SimTime; label: string }[] = []
  for (let time = first; time <= end; time += step) {
    ticks.push({ time, label: formatTime(time, step < 1000 ? 1 : 0) })
  }
  return ticks
}
