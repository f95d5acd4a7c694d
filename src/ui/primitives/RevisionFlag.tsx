import { revisionHue, revisionLetter, type RevisionOrder } from '#state/revisions.ts'
import { VisuallyHidden } from './VisuallyHidden.tsx'
import styles from './primitives.module.css'

export type RevisionFlagProps = {
  readonly order: RevisionOrder
  readonly hash: string | undefined
}

export function RevisionFlag({ order, hash }: RevisionFlagProps) {
  if (hash === undefined || hash === '') return null
  const letter = revisionLetter(order, hash)
  return (
    <span className={styles.flag} data-hue={revisionHue(order, hash)} title={`revision ${hash}`}>
      <VisuallyHidden>revision </VisuallyHidden>
      {letter}
    </span>
  )
}
