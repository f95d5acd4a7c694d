import { revisionLetter, type RevisionOrder } from '#state/revisions.ts'
import { type Bar, isCovered, type Lane, type TimeRange } from '#state/timeline.ts'
import type { Hold } from '#state/waits.ts'
import type { Paint } from './textures.ts'

export type LaneSizes = {
  readonly lane: number
  readonly barTop: number
  readonly bar: number
  readonly tickTop: number
  readonly tick: number
}

export function laneSizes(lane: number): LaneSizes {
  const bar = lane >= 40 ? 24 : lane >= 28 ? 14 : 12
  const barTop = lane >= 28 ? 5 : lane >= 22 ? 4 : 1
  const tickTop = barTop + bar + (lane >= 22 ? 2 : 1)
  return { lane, barTop, bar, tickTop, tick: Math.min(6, lane - tickTop) }
}

export type Scene = {
  readonly context: CanvasRenderingContext2D
  readonly width: number
  readonly height: number
  readonly scrollTop: number
  readonly lanes: readonly Lane[]
  readonly range: TimeRange
  readonly now: number
  readonly sizes: LaneSizes
  readonly paint: Paint
  readonly revisions: RevisionOrder
}

/** Paints the lanes in sight. Time runs over the whole width; nothing is drawn after now. */
export function drawLanes(scene: Scene): void {
  const { context, width, height, lanes, sizes, scrollTop } = scene
  context.clearRect(0, 0, width, height)
  const first = Math.max(0, Math.floor(scrollTop / sizes.lane))
  const last = Math.min(lanes.length - 1, Math.floor((scrollTop + height) / sizes.lane))
  drawGrid(scene, first, last)
  for (let index = first; index <= last; index++) drawLane(scene, index)
  // Arrows go between lanes, so they lie above all of them.
  for (let index = first; index <= last; index++) drawArrows(scene, index)
}

function xOf({ range, width }: Scene, time: number): number {
  return ((time - range.start) / (range.end - range.start)) * width
}

function topOf({ sizes, scrollTop }: Scene, index: number): number {
  return index * sizes.lane - scrollTop
}

function drawGrid(scene: Scene, first: number, last: number): void {
  const { context, width, height, paint, now, sizes } = scene
  context.strokeStyle = paint.rule
  context.lineWidth = 1
  context.beginPath()
  for (let index = first; index <= last; index++) {
    const y = Math.round(topOf(scene, index)) + 0.5
    context.moveTo(0, y)
    context.lineTo(width, y)
  }
  context.stroke()
  const bottom = Math.min(height, topOf(scene, last) + sizes.lane)
  context.globalAlpha = 0.55
  context.beginPath()
  for (let x = Math.max(0, xOf(scene, now)) + 11.5; x < width; x += 12) {
    context.moveTo(Math.round(x) + 0.5, 0)
    context.lineTo(Math.round(x) + 0.5, bottom)
  }
  context.stroke()
  context.globalAlpha = 1
}

function drawLane(scene: Scene, index: number): void {
  const lane = scene.lanes[index]
  if (lane === undefined) return
  const top = topOf(scene, index)
  for (const hold of lane.holds) drawHold(scene, lane, hold, top)
  for (const bar of lane.bars) drawBar(scene, bar, top)
  drawTicks(scene, lane, top)
}

function drawBar(scene: Scene, bar: Bar, top: number): void {
  const { context, width, paint, sizes, now } = scene
  const from = xOf(scene, bar.from)
  const until = xOf(scene, bar.until ?? now)
  if (until < 0 || from > width) return
  const left = Math.max(-2, Math.round(from))
  const right = Math.min(width + 2, Math.max(left + 3, Math.round(until)))
  const y = top + sizes.barTop
  const phase = paint.phases[bar.phase]
  fillBar(scene, bar, left, y, right - left)
  context.strokeStyle = phase.fill
  context.lineWidth = 1
  context.setLineDash(bar.phase === 'P' ? [3, 2] : [])
  context.strokeRect(left + 0.5, y + 0.5, right - left - 1, sizes.bar - 1)
  context.setLineDash([])
  if (right - left >= 20)
    drawTag(scene, bar.phase === 'U' ? '?' : bar.phase, Math.max(left, 0), y, phase.text)
  if (bar.isLast && right - left >= 44 && scene.revisions.length > 1) {
    const letter = revisionLetter(scene.revisions, bar.revision)
    drawTag(scene, letter, Math.min(right, width) - 16, y, paint.ink)
  }
}

function fillBar(scene: Scene, bar: Bar, left: number, y: number, width: number): void {
  const { context, paint, sizes } = scene
  const phase = paint.phases[bar.phase]
  context.fillStyle =
    phase.texture ??
    (bar.phase === 'R' ? phase.fill : bar.phase === 'F' ? phase.wash : paint.surface)
  context.fillRect(left, y, width, sizes.bar)
  if (bar.phase !== 'F') return
  context.fillStyle = phase.fill
  context.fillRect(left, y + sizes.bar / 2 - 1.5, width, 3)
}

function drawTag(scene: Scene, letter: string, x: number, y: number, color: string): void {
  const { context, paint, sizes } = scene
  context.fillStyle = paint.surface
  context.fillRect(x + 1, y + 1, 15, sizes.bar - 2)
  context.fillStyle = color
  context.font = `600 12px 'IBM Plex Sans Variable', sans-serif`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(letter, x + 8.5, y + sizes.bar / 2 + 0.5)
}

/** Closer than a pixel, ticks are one tick: a burst of writes costs what can be seen. */
function drawTicks(scene: Scene, lane: Lane, top: number): void {
  const { context, width, paint, sizes } = scene
  const y = top + sizes.tickTop
  let lastX = -10
  for (const { time, isController } of lane.ticks) {
    const x = Math.round(xOf(scene, time))
    if (x < 0 || x > width || (x - lastX < 1 && !isController)) continue
    lastX = x
    if (isController) triangle(context, x, y, paint.accent)
    else {
      context.fillStyle = paint.ink
      context.fillRect(x - 0.5, y, 1.5, sizes.tick)
    }
  }
}

function triangle(context: CanvasRenderingContext2D, x: number, y: number, color: string): void {
  context.fillStyle = color
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(x + 4, y + 6)
  context.lineTo(x - 4, y + 6)
  context.fill()
}

function drawHold(scene: Scene, lane: Lane, hold: Hold, top: number): void {
  const { context, width, paint, sizes, now, frame } = { ...scene, frame: scene.paint.frame }
  const from = Math.max(0, xOf(scene, hold.from))
  const until = Math.min(width, xOf(scene, hold.until ?? now))
  if (until < 0 || from > width || until - from < 2) return
  const isUnderBar = isCovered(lane.bars, hold)
  const y = top + (isUnderBar ? sizes.tickTop + 3 : sizes.barTop + sizes.bar / 2)
  dashed(scene, from, y, until, y)
  const text = `waits for ${hold.awaited}`
  context.font = `400 12px 'IBM Plex Sans Variable', sans-serif`
  const textWidth = context.measureText(text).width
  if (isUnderBar || until - from < textWidth + 34) return
  context.fillStyle = frame
  context.fillRect(from + 10, y - 8, textWidth + 10, 16)
  context.fillStyle = paint.accent
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  context.fillText(text, from + 15, y + 0.5)
}

function dashed(scene: Scene, x1: number, y1: number, x2: number, y2: number): void {
  const { context, paint } = scene
  context.strokeStyle = paint.accent
  context.lineWidth = 1.5
  context.setLineDash([3, 2.5])
  context.beginPath()
  context.moveTo(x1, y1)
  context.lineTo(x2, y2)
  context.stroke()
  context.setLineDash([])
}

function drawArrows(scene: Scene, index: number): void {
  const lane = scene.lanes[index]
  if (lane === undefined) return
  for (const hold of lane.holds) {
    const awaited = scene.lanes.findIndex((one) => one.name === hold.awaited)
    if (awaited < 0) continue
    if (hold.until === undefined) drawWaitHead(scene, hold, index, awaited)
    else drawRelease(scene, hold.until, awaited, index)
  }
}

/** While it lasts: from the waiter's line to the bar of what it waits for. */
function drawWaitHead(scene: Scene, hold: Hold, waiter: number, awaited: number): void {
  const { context, paint, sizes, now } = scene
  const x = xOf(scene, now) - 10
  if (x < 0 || x < xOf(scene, hold.from)) return
  const isUp = awaited < waiter
  const start = topOf(scene, waiter) + sizes.barTop + sizes.bar / 2
  const end = topOf(scene, awaited) + sizes.barTop + (isUp ? sizes.bar + 2 : -1)
  dashed(scene, x, start, x, end)
  context.fillStyle = paint.accent
  arrowHead(context, x, end, isUp ? -1 : 1, 5.5)
}

/** When it ends: from the awaited moment to what it let begin. */
function drawRelease(scene: Scene, time: number, awaited: number, waiter: number): void {
  const { context, width, paint, sizes } = scene
  const x = Math.round(xOf(scene, time)) + 0.5
  if (x < 0 || x > width) return
  const isDown = waiter > awaited
  const start = topOf(scene, awaited) + sizes.barTop + (isDown ? sizes.bar : 0)
  const end = topOf(scene, waiter) + sizes.barTop + (isDown ? 0 : sizes.bar)
  context.strokeStyle = context.fillStyle = paint.ink
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(x, start)
  context.lineTo(x, end)
  context.stroke()
  arrowHead(context, x, end, isDown ? 1 : -1, 4.5)
}

function arrowHead(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  direction: 1 | -1,
  half: number,
): void {
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(x - half, y - direction * 7)
  context.lineTo(x + half, y - direction * 7)
  context.fill()
}
