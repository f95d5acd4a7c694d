import type { MouseEvent, PointerEvent, RefObject } from 'react'
import type { TimeRange } from '#state/timeline.ts'
import { useApp } from '#ui/app-context.ts'

/** A press on the axis or the playhead takes hold of the moment; a click anywhere goes there. */
export function useScrub(strip: RefObject<HTMLElement | null>, { start, end }: TimeRange) {
  const lookAt = useApp((state) => state.lookAt)
  const look = (clientX: number, isHeld: boolean) => {
    const box = strip.current?.getBoundingClientRect()
    if (box === undefined || box.width === 0) return
    const x = clientX - box.left
    // Beside the strip are the names of the lanes.
    if (isHeld || (x >= 0 && x <= box.width)) lookAt(start + (x / box.width) * (end - start))
  }
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const isHandle = event.target instanceof Element && event.target.closest('[data-scrub]')
      if (!isHandle || event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      if (!isPlayhead(event.target)) look(event.clientX, true)
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) look(event.clientX, true)
    },
    onClick: (event: MouseEvent<HTMLElement>) => {
      if (!isPlayhead(event.target)) look(event.clientX, false)
    },
  }
}

/** A press on the playhead alone moves nothing. */
function isPlayhead(target: EventTarget): boolean {
  return target instanceof Element && target.closest('[role=slider]') !== null
}
