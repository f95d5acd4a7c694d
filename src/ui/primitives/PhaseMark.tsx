import type { ReactNode } from 'react'
import type { PodPhaseLetter } from '#worker/protocol.ts'
import styles from './primitives.module.css'

const LINE = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.6 } as const

const SHAPES: Readonly<Record<PodPhaseLetter, ReactNode>> = {
  P: <circle cx="10" cy="10" r="8.5" {...LINE} strokeDasharray="3.2 2.14" />,
  C: (
    <>
      <path d="M1.5 10a8.5 8.5 0 0 0 17 0z" fill="currentColor" fillOpacity=".28" />
      <circle cx="10" cy="10" r="8.5" {...LINE} />
    </>
  ),
  N: (
    <>
      <circle cx="10" cy="10" r="9" {...LINE} strokeWidth={1.2} />
      <circle cx="10" cy="10" r="6.8" {...LINE} strokeWidth={1.2} />
    </>
  ),
  R: <circle cx="10" cy="10" r="9.3" fill="currentColor" />,
  T: <path d="M1.5 10 6 2h12.5v16H6z" {...LINE} strokeLinejoin="round" />,
  L: <path d="M10 .8 19.6 18.6H.4z" fill="currentColor" />,
  I: <path d="M10 .6 19.4 10 10 19.4.6 10z" {...LINE} strokeLinejoin="round" />,
  F: <path d="M6.2.8h7.6l5.4 5.4v7.6l-5.4 5.4H6.2L.8 13.8V6.2z" fill="currentColor" />,
  U: <path d="M1.8 1.8h16.4v16.4H1.8z" {...LINE} strokeDasharray="3.6 2.6" />,
}

/** Where the letter stands in its shape, and how large. */
const LETTERS: Readonly<Record<PodPhaseLetter, { x: number; y: number; size?: number }>> = {
  P: { x: 10, y: 14.1 },
  C: { x: 10, y: 14.1 },
  N: { x: 10, y: 13.7, size: 10 },
  R: { x: 10, y: 14.1 },
  T: { x: 11.3, y: 14.1 },
  L: { x: 10, y: 16.6, size: 10.5 },
  I: { x: 10, y: 14 },
  F: { x: 10, y: 14.1 },
  U: { x: 10, y: 14.1 },
}

const FILLED = new Set<PodPhaseLetter>(['R', 'L', 'F'])

/** A phase as shape and letter; the word stands beside it. */
export function PhaseMark({ phase }: { readonly phase: PodPhaseLetter }) {
  const { x, y, size } = LETTERS[phase]
  return (
    <svg className={styles.mark} data-phase={phase} viewBox="0 0 20 20" aria-hidden="true">
      {SHAPES[phase]}
      <text
        className={styles.letter}
        data-on={FILLED.has(phase) ? '' : undefined}
        x={x}
        y={y}
        style={size === undefined ? undefined : { fontSize: size }}
      >
        {phase === 'U' ? '?' : phase}
      </text>
    </svg>
  )
}
