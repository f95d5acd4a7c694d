import { formatTime } from '#sim/kernel/time.ts'
import { useMemo } from 'react'
import { withShortVolumes } from '#state/claims.ts'
import { holds, lastWords, wordsAround } from '#state/conclusions.ts'
import type { KnownKinds } from '#state/kube.ts'
import { findObject } from '#state/objects.ts'
import { useApp } from '#ui/app-context.ts'
import { Named } from '#ui/primitives/Named.tsx'
import { ObjectLink } from '#ui/primitives/ObjectLink.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import styles from './explain.module.css'

const SHOWN_MAX = 5

/** What scheduler, garbage collector, binder and budgets last said of the set's objects. */
export function LastWords({ set }: { readonly set: KnownKinds['StatefulSet'] }) {
  const conclusions = useApp((state) => state.conclusions)
  const byKind = useApp((state) => state.byKind)
  const { name, namespace } = set.metadata
  // What was said changes rarely, what is there with every frame.
  const around = useMemo(
    () => wordsAround({ name, namespace }, conclusions),
    [name, namespace, conclusions],
  )
  const words = useMemo(
    () =>
      lastWords(around, {
        exists: (uid) => findObject({ byKind }, uid) !== undefined,
        most: SHOWN_MAX,
      }),
    [around, byKind],
  )
  if (words.length === 0) return null
  return (
    <Section title="Around the set" detail="the last word of each">
      {words.map((word) => (
        <div
          key={`${word.component} ${word.subject.uid}`}
          className={styles.row}
          data-look={holds(word) ? '' : undefined}
        >
          <code>
            <ObjectLink uid={word.subject.uid}>{word.subject.name}</ObjectLink>
          </code>
          <span>
            <span className={styles.action}>{word.conclusion}</span>{' '}
            <Named text={withShortVolumes(word.why)} setName={set.metadata.name} />{' '}
            <small className={styles.source}>
              {word.component}, {formatTime(word.time)}
            </small>
          </span>
        </div>
      ))}
    </Section>
  )
}
