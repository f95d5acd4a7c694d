import { readColors } from '#ui/theme/palette.ts'
import type { PodPhaseLetter } from '#worker/protocol.ts'

const TOKENS = {
  P: 'pending',
  C: 'creating',
  N: 'notready',
  R: 'ready',
  T: 'terminating',
  L: 'trouble',
  I: 'trouble',
  F: 'trouble',
  U: 'unknown',
} as const satisfies Record<PodPhaseLetter, string>

export type PhasePaint = {
  readonly text: string
  readonly fill: string
  readonly wash: string
  /** The texture, or nothing where the bar is plain. */
  readonly texture: CanvasPattern | null
}

export type Paint = {
  readonly phases: Readonly<Record<PodPhaseLetter, PhasePaint>>
  readonly ink: string
  readonly inkSoft: string
  readonly rule: string
  readonly surface: string
  readonly frame: string
  readonly accent: string
}

/** Everything the timeline paints with, in the theme in effect. */
export function createPaint(canvas: HTMLCanvasElement, scale: number): Paint {
  const at = canvas.parentElement ?? document.body
  const base = readColors(['ink-1', 'ink-3', 'rule', 'bg-1', 'bg-0', 'accent'], at)
  const letters = Object.keys(TOKENS) as PodPhaseLetter[]
  const phases = Object.fromEntries(
    letters.map((letter) => {
      const token = TOKENS[letter]
      const colors = readColors([token, `${token}-fill`, `${token}-wash`], at)
      const text = colors[token] ?? ''
      const fill = colors[`${token}-fill`] ?? ''
      const wash = colors[`${token}-wash`] ?? ''
      return [letter, { text, fill, wash, texture: createTexture(letter, fill, wash, scale) }]
    }),
  ) as Record<PodPhaseLetter, PhasePaint>
  return {
    phases,
    ink: base['ink-1'],
    inkSoft: base['ink-3'],
    rule: base.rule,
    surface: base['bg-1'],
    frame: base['bg-0'],
    accent: base.accent,
  }
}

type Draw = (context: CanvasRenderingContext2D, size: number) => void

const TEXTURES: Readonly<Partial<Record<PodPhaseLetter, { size: number; draw: Draw }>>> = {
  C: { size: 8, draw: (context, size) => diagonals(context, size, 3, [1]) },
  N: { size: 6, draw: (context, size) => context.fillRect(0, 0, 2, size) },
  T: { size: 7, draw: (context, size) => diagonals(context, size, 1.5, [1, -1]) },
  L: { size: 11, draw: (context, size) => context.fillRect(0, 0, 7, size) },
  I: {
    size: 6,
    draw: (context) => {
      context.arc(3, 3, 1.7, 0, Math.PI * 2)
      context.fill()
    },
  },
  U: { size: 4, draw: (context, size) => context.fillRect(0, 0, size, 1) },
}

function createTexture(
  letter: PodPhaseLetter,
  fill: string,
  wash: string,
  scale: number,
): CanvasPattern | null {
  const texture = TEXTURES[letter]
  if (texture === undefined) return null
  const tile = document.createElement('canvas')
  tile.width = tile.height = Math.round(texture.size * scale)
  const context = tile.getContext('2d')
  if (context === null) return null
  const ratio = tile.width / texture.size
  context.scale(ratio, ratio)
  context.fillStyle = wash
  context.fillRect(0, 0, texture.size, texture.size)
  context.fillStyle = context.strokeStyle = fill
  texture.draw(context, texture.size)
  const pattern = context.createPattern(tile, 'repeat')
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio))
  return pattern
}

/** Lines from corner to corner, with their neighbours, so that tiles join without a seam. */
function diagonals(
  context: CanvasRenderingContext2D,
  size: number,
  width: number,
  directions: readonly (1 | -1)[],
): void {
  context.lineWidth = width
  for (const direction of directions) {
    for (const shift of [-size, 0, size]) {
      context.beginPath()
      context.moveTo(shift - size, direction === 1 ? size * 2 : -size)
      context.lineTo(shift + size * 2, direction === 1 ? -size : size * 2)
      context.stroke()
    }
  }
}
