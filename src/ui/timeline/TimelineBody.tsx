import { formatTime } from '#sim/kernel/time.ts'
import { type KeyboardEvent, type PointerEvent, type WheelEvent, useRef, useState } from 'react'
import { PHASE_WORDS } from '#state/phase-words.ts'
import { formatSpan } from '#state/time.ts'
import {
  axisTicks,
  type Lane,
  timeRange,
  type TimelineModel,
  type TimeRange,
  zoomed,
} from '#state/timeline.ts'
import { liveOf } from '#state/past.ts'
import { useApp, useAppStore, useLive, useNow } from '#ui/app-context.ts'
import { VisuallyHidden } from '#ui/primitives/VisuallyHidden.tsx'
import { useSize } from '#ui/use-size.ts'
import { useRevisionOrder, useShown } from '#ui/use-slots.ts'
import { ActionsLane } from './ActionsLane.tsx'
import { laneSizes } from './draw-lanes.ts'
import styles from './timeline.module.css'
import { Playhead } from './Playhead.tsx'
import { useLanesCanvas } from './use-lanes-canvas.ts'
import { useScrub } from './use-scrub.ts'

export type TimelineBodyProps = { readonly model: TimelineModel; readonly isSmall: boolean }

export function TimelineBody({ model, isSmall }: TimelineBodyProps) {
  const time = useNow(50)
  const now = useLive((live) => Math.floor(live.clock.time / 50) * 50)
  const first = useLive((live) => live.historyFrom)
  const view = useApp((state) => state.timelineWindow)
  const range = timeRange(view, now, model.first)
  const strip = useRef<HTMLDivElement>(null)
  const { width } = useSize(strip)
  const placeOf = (at: number) => ((at - range.start) / (range.end - range.start)) * width
  const left = placeOf(now)
  const shownLeft = placeOf(time)
  const pan = usePan(range)
  const scrub = useScrub(strip, range)
  return (
    <div className={styles.body} data-small={isSmall ? '' : undefined} {...pan} {...scrub}>
      <div className={styles.row}>
        <span />
        <div className={styles.axis} ref={strip} data-scrub="">
          {axisTicks(range, width).map(({ time: at, label }) => {
            const x = placeOf(at)
            const isClear =
              x < width - 12 &&
              Math.abs(x - shownLeft) > 50 &&
              Math.abs(x - left) > (time < now ? 64 : 50)
            return (
              isClear && (
                <span key={at} data-first={x < 8 ? '' : undefined} style={{ left: x }}>
                  {label}
                </span>
              )
            )
          })}
        </div>
      </div>
      {!isSmall && (
        <div className={styles.row}>
          <span className={styles.label}>actions</span>
          <ActionsLane actions={model.actions} range={range} width={width} nowAt={left} />
        </div>
      )}
      {model.lanes.length === 0 && (
        <p className={styles.none}>Each ordinal of the set on the stage has a lane here.</p>
      )}
      <Lanes model={model} range={range} now={now} width={width} isSmall={isSmall} />
      <div className={styles.over}>
        {first > 0 && placeOf(first) > 0 && (
          <span className={styles.unkept} style={{ width: placeOf(first) }}>
            kept from {formatTime(first)} on
          </span>
        )}
        <Playhead {...{ time, now, first, width }} left={shownLeft} liveLeft={left} />
      </div>
    </div>
  )
}

/** Arrow keys and sideways wheel move through time; plus, minus and Ctrl wheel zoom. */
function usePan(range: TimeRange) {
  const store = useAppStore()
  const showTimeline = useApp((state) => state.showTimeline)
  const span = range.end - range.start
  const move = (ms: number) => {
    const end = Math.max(span * 0.1, range.end + ms)
    showTimeline({ spanMs: span, end })
  }
  const zoom = (factor: number) => {
    showTimeline(zoomed(range, liveOf(store.getState()).clock.time, factor))
  }
  return {
    onKeyDown: (event: KeyboardEvent) => {
      const act = {
        ArrowLeft: () => move(-span / 10),
        ArrowRight: () => move(span / 10),
        '+': () => zoom(0.5),
        '-': () => zoom(2),
        Home: () => showTimeline({ spanMs: span, end: span }),
        End: () => showTimeline({ spanMs: span, end: 'now' }),
      }[event.key]
      if (act === undefined) return
      event.preventDefault()
      act()
    },
    onWheel: (event: WheelEvent) => {
      if (event.ctrlKey) zoom(event.deltaY > 0 ? 1.25 : 0.8)
      else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move((event.deltaX / 600) * span)
    },
  }
}

type LanesProps = TimelineBodyProps & {
  readonly range: TimeRange
  readonly now: number
  readonly width: number
}

const LANE_MAX = 46
const SMALL_LANE_MAX = 25

function Lanes({ model, range, now, width, isSmall }: LanesProps) {
  const area = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const { height } = useSize(area)
  const [scrollTop, setScrollTop] = useState(0)
  const [tip, setTip] = useState<Tip | undefined>(undefined)
  const revisions = useRevisionOrder(useShown().set)
  const sizes = laneSizes(
    Math.min(isSmall ? SMALL_LANE_MAX : LANE_MAX, laneHeight(height, model.lanes.length)),
  )
  useLanesCanvas(canvas, {
    width,
    height,
    scrollTop,
    lanes: model.lanes,
    range,
    now,
    sizes,
    revisions,
  })
  const first = Math.floor(scrollTop / sizes.lane)
  const count = Math.ceil(height / sizes.lane) + 1
  return (
    <div
      className={styles.lanes}
      ref={area}
      role="group"
      aria-label="Lanes. Arrow keys move through time, plus and minus zoom"
      // Scrolling and the keys above need the focus here.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      onPointerMove={(event) => setTip(tipAt(event, model.lanes, { range, now, width, sizes }))}
      onPointerLeave={() => setTip(undefined)}
    >
      <div className={styles.pinned}>
        <canvas
          ref={canvas}
          className={styles.canvas}
          style={{ width, height }}
          aria-hidden="true"
        />
      </div>
      <div style={{ height: model.lanes.length * sizes.lane }}>
        {model.lanes.slice(first, first + count).map((lane, index) => (
          <div
            key={lane.ordinal}
            className={styles.laneLabel}
            style={{ top: (first + index) * sizes.lane, height: sizes.lane }}
          >
            {!isSmall && <span>{lane.ordinal}</span>}
            <b>{isSmall ? lane.ordinal : lane.name}</b>
            <VisuallyHidden>{laneText(lane)}</VisuallyHidden>
          </div>
        ))}
      </div>
      {tip !== undefined && (
        <span className={styles.tip} style={{ left: tip.x, top: tip.y }}>
          {tip.text}
        </span>
      )}
    </div>
  )
}

const LANE_MIN = 16

/** Lanes share the room there is while a bar fits in each; more of them scroll. */
function laneHeight(height: number, count: number): number {
  if (count === 0) return 30
  const fitting = Math.floor(height / count)
  return fitting < LANE_MIN ? 22 : fitting
}

function laneText(lane: Lane): string {
  const last = lane.bars.at(-1)
  if (last === undefined) return 'nothing yet'
  if (last.until !== undefined) return `gone since ${formatTime(last.until)}`
  return `${PHASE_WORDS[last.phase]} since ${formatTime(last.from)}`
}

type Tip = { readonly x: number; readonly y: number; readonly text: string }
type TipScale = Pick<LanesProps, 'range' | 'now' | 'width'> & {
  readonly sizes: ReturnType<typeof laneSizes>
}

function tipAt(
  event: PointerEvent<HTMLElement>,
  lanes: readonly Lane[],
  { range, now, width, sizes }: TipScale,
): Tip | undefined {
  const box = event.currentTarget.getBoundingClientRect()
  const y = event.clientY - box.top + event.currentTarget.scrollTop
  const x = event.clientX - box.left - (box.width - width)
  const time = range.start + (x / width) * (range.end - range.start)
  const lane = lanes[Math.floor(y / sizes.lane)]
  const bar = lane?.bars.find((one) => one.from <= time && (one.until ?? now) >= time)
  if (lane === undefined || bar === undefined || time > now || x < 0) return undefined
  const until = bar.until === undefined ? 'now' : formatTime(bar.until)
  const span = formatSpan((bar.until ?? now) - bar.from)
  return {
    x: Math.min(event.clientX - box.left, box.width - 250),
    y: Math.floor(y / sizes.lane) * sizes.lane + sizes.lane,
    text: `${lane.name} ${PHASE_WORDS[bar.phase]}, ${formatTime(bar.from)} to ${until}, ${span}`,
  }
}
