import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react'

export type GripOptions = {
  readonly value: number
  readonly min: number
  readonly max: number
  readonly pixelsPerUnit: number
  readonly onCommit: (value: number) => void
}

/** A whole number moved by dragging or by arrow keys; nothing is sent until it is let go. */
export function useGrip({ value, min, max, pixelsPerUnit, onCommit }: GripOptions) {
  const [moved, setMoved] = useState<{ from: number; to: number } | undefined>(undefined)
  const startX = useRef(0)
  // A draft is of the value it began at: once the cluster says another, it is over.
  const draft = moved?.from === value ? moved.to : undefined
  const setDraft = (to: number | undefined) =>
    setMoved(to === undefined ? undefined : { from: value, to })
  const clamp = (next: number) => Math.min(max, Math.max(min, Math.round(next)))
  const commit = (next: number) => {
    if (next === value) setDraft(undefined)
    else onCommit(next)
  }
  return {
    shown: draft ?? value,
    handlers: {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        startX.current = event.clientX
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
        setDraft(clamp(value + (event.clientX - startX.current) / pixelsPerUnit))
      },
      onPointerUp: () => draft !== undefined && commit(draft),
      onPointerCancel: () => setDraft(undefined),
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        const step = KEY_STEPS[event.key]
        if (step === undefined) return
        event.preventDefault()
        const next = clamp((draft ?? value) + step)
        setDraft(next)
        commit(next)
      },
    },
  }
}

const KEY_STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
}
