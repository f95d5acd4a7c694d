import { formatTime } from '#sim/kernel/time.ts'
import { memo } from 'react'
import { type PassGroup, whyOf } from '#state/passes.ts'
import { type RevisionOrder, withLetters } from '#state/revisions.ts'
import { objectsOf } from '#state/objects.ts'
import { podNamed } from '#state/pods.ts'
import { useApp } from '#ui/app-context.ts'
import { Named } from '#ui/primitives/Named.tsx'
import { ObjectLink } from '#ui/primitives/ObjectLink.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import type { DecisionPass, Verdict } from '#worker/protocol.ts'
import styles from './explain.module.css'

export type PassProps = { readonly group: PassGroup; readonly order: RevisionOrder }

/** One pass of the controller: what it decided of each Pod, and what it ended with. */
export const Pass = memo(function Pass({ group, order }: PassProps) {
  const { pass, first, count } = group
  const after = first.cause === '' ? '' : `, after ${first.cause}`
  const title = count === 1 ? `Pass ${pass.number}` : `Passes ${first.number} to ${pass.number}`
  return (
    <Section title={title} detail={`${formatTime(first.time)}${after}`}>
      {folded(pass).map((row) =>
        typeof row === 'string' ? (
          <div key={row} className={styles.row} data-skip="">
            <code>…</code>
            <span>{row}</span>
          </div>
        ) : (
          <Row
            key={row.pod}
            verdict={row}
            namespace={pass.namespace}
            order={order}
            isAwaited={row.pod === pass.awaited && row.action !== 'create'}
          />
        ),
      )}
      <p className={styles.ends}>
        <Named text={withLetters(order, pass.summary)} setName={pass.set} />
      </p>
    </Section>
  )
})

type RowProps = {
  readonly verdict: Verdict
  readonly namespace: string
  readonly order: RevisionOrder
  readonly isAwaited: boolean
}

function Row({ verdict, namespace, order, isAwaited }: RowProps) {
  return (
    <div
      className={styles.row}
      data-look={isAwaited ? '' : undefined}
      data-skip={verdict.action === 'not looked at' ? '' : undefined}
    >
      <code>
        <PodLink name={verdict.pod} namespace={namespace} />
      </code>
      <span>
        <span className={styles.action}>{verdict.action}</span> {withLetters(order, whyOf(verdict))}
      </span>
    </div>
  )
}

type PodLinkProps = { readonly name: string; readonly namespace: string }

/** Leads to the Pod that has the name now, if one has. */
function PodLink({ name, namespace }: PodLinkProps) {
  const uid = useApp((state) => podNamed(objectsOf(state, 'Pod'), namespace, name)?.metadata.uid)
  return <ObjectLink uid={uid}>{name}</ObjectLink>
}

const RUN_SHOWN = 3

/** In long passes, runs of Pods that are kept or not looked at tell no more than their ends do. */
function folded({ verdicts, awaited }: DecisionPass): readonly (Verdict | string)[] {
  if (verdicts.length <= 8) return verdicts
  const rows: (Verdict | string)[] = []
  for (let index = 0; index < verdicts.length; index++) {
    const first = verdicts[index]
    if (first === undefined) break
    let end = index
    while (isSame(verdicts[end + 1], first, awaited)) end++
    const length = end - index + 1
    if (length <= RUN_SHOWN) {
      rows.push(first)
      continue
    }
    rows.push(first, `${length - 2} more: ${first.action}`)
    const last = verdicts[end]
    if (last !== undefined) rows.push(last)
    index = end
  }
  return rows
}

function isSame(next: Verdict | undefined, first: Verdict, awaited: string | undefined): boolean {
  if (next === undefined || next.pod === awaited || first.pod === awaited) return false
  return (
    next.action === first.action && (first.action === 'keep' || first.action === 'not looked at')
  )
}
