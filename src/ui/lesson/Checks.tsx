import { formatTime } from '#sim/kernel/time.ts'
import { useId } from 'react'
import type { Check, CheckState } from '#lessons/lesson.ts'
import { useApp } from '#ui/app-context.ts'
import { Icon, type IconName } from '#ui/primitives/Icon.tsx'
import { Unbroken } from '#ui/primitives/Unbroken.tsx'
import styles from './lesson.module.css'

export function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const heading = useId()
  return (
    <>
      <h4 id={heading} className={styles.checksHead}>
        Checks
      </h4>
      <ul className={styles.checks} aria-labelledby={heading}>
        {checks.map((check) => (
          <CheckRow key={check.id} check={check} />
        ))}
      </ul>
    </>
  )
}

const ICONS: Readonly<Record<CheckState['state'], IconName>> = {
  passed: 'check',
  waiting: 'todo',
  failed: 'cross',
}

function CheckRow({ check }: { readonly check: Check }) {
  const state = useApp((app) => app.lesson?.checks.find(({ id }) => id === check.id))
  const word = state?.state ?? 'waiting'
  return (
    <li data-state={word}>
      <Icon name={ICONS[word]} />
      <span>
        <Unbroken text={check.text} />
      </span>
      <span className={styles.state}>{stateText(state)}</span>
      {word !== 'passed' && state !== undefined && state.message !== '' && (
        <span className={styles.why}>
          <Unbroken text={state.message} />
        </span>
      )}
    </li>
  )
}

function stateText(state: CheckState | undefined): string {
  if (state?.state === 'passed') return state.at === undefined ? 'holds' : formatTime(state.at)
  return state?.state === 'failed' ? 'failed' : 'not yet'
}
