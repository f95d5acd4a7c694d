import { type RefObject, useLayoutEffect, useRef } from 'react'
import { useTheme } from '#ui/theme/use-theme.ts'
import { drawLanes, type Scene } from './draw-lanes.ts'
import { createPaint, type Paint } from './textures.ts'

export type LanesScene = Omit<Scene, 'context' | 'paint'>

/** Feeds one canvas: sizes it for the screen, reads its colours, paints the scene. */
export function useLanesCanvas(ref: RefObject<HTMLCanvasElement | null>, scene: LanesScene): void {
  const theme = useTheme()
  const paint = useRef<{ readonly theme: string; readonly scale: number; readonly paint: Paint }>(
    null,
  )
  useLayoutEffect(() => {
    const canvas = ref.current
    const context = canvas?.getContext('2d')
    if (canvas === null || !context) return
    const scale = window.devicePixelRatio || 1
    const width = Math.round(scene.width * scale)
    const height = Math.round(scene.height * scale)
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width
      canvas.height = height
    }
    if (paint.current?.theme !== theme || paint.current.scale !== scale) {
      paint.current = { theme, scale, paint: createPaint(canvas, scale) }
    }
    context.setTransform(scale, 0, 0, scale, 0, 0)
    drawLanes({ ...scene, context, paint: paint.current.paint })
  })
}
