import type { MouseEvent, ReactNode } from 'react'
import type { RevisionOrder } from '#state/revisions.ts'
import { PHASE_WORDS } from '#state/phase-words.ts'
import type { Fact, PodView } from '#state/slots.ts'
import { useApp } from '#ui/app-context.ts'
import { nodeFaults, podChoices, podFaults } from '#state/faults.ts'
import { objectsOf } from '#state/objects.ts'
import { FaultMenu } from '#ui/faults/FaultMenu.tsx'
import { FaultWords } from '#ui/faults/FaultWords.tsx'
import { useActiveFaults } from '#ui/faults/use-active-faults.ts'
import { Icon, type IconName } from '#ui/primitives/Icon.tsx'
import { PhaseMark } from '#ui/primitives/PhaseMark.tsx'
import { RevisionFlag } from '#ui/primitives/RevisionFlag.tsx'
import type { RackLayout } from './rack-layout.ts'
import styles from './stage.module.css'

export type PodCardProps = {
  readonly pod: PodView
  readonly order: RevisionOrder
  readonly density: RackLayout['density']
  readonly isNarrow?: boolean
  /** The Pod's name, where no slot says it. */
  readonly isNamed?: boolean
  readonly facts?: readonly Fact[]
}

export function PodCard({
  pod,
  order,
  density,
  isNarrow,
  isNamed,
  facts = pod.facts,
}: PodCardProps) {
  const select = useApp((state) => state.select)
  const showSide = useApp((state) => state.showSide)
  const isSelected = useApp((state) => state.selectedUid === pod.uid)
  const inspect = (event: MouseEvent<HTMLElement>) => {
    // What is done in the card's menu is no look at the Pod, and the menu is not in the card.
    const { target, currentTarget } = event
    if (!(target instanceof Element) || !currentTarget.contains(target)) return
    if (target.closest('[aria-haspopup=menu]') !== null) return
    select(pod.uid)
    showSide('Inspector')
  }
  return (
    <article
      className={styles.pod}
      data-phase={pod.letter}
      data-flag={pod.flag}
      data-selected={isSelected ? '' : undefined}
      onClick={inspect}
    >
      <header>
        <PhaseMark phase={pod.letter} />
        <button
          type="button"
          className={styles.plain}
          title={`Inspect ${pod.name}`}
          aria-label={`${pod.word}. Inspect ${pod.name}`}
        >
          {isNamed === true && <span className={styles.podName}>{pod.name}</span>}
          <b>
            {isNarrow === true || isNamed === true
              ? (NARROW_WORDS[pod.letter] ?? PHASE_WORDS[pod.letter])
              : pod.word}
          </b>
        </button>
        <span className={styles.flagPlace}>
          {pod.flag !== 'foreign' && <RevisionFlag order={order} hash={pod.revision} />}
        </span>
      </header>
      <Broken pod={pod} isOnNode={isNamed === true} isShort={isNarrow === true} />
      <Steps pod={pod} />
      {pod.message !== '' && (
        <div className={styles.message} title={pod.message}>
          {pod.message}
        </div>
      )}
      <Facts facts={shownFacts(facts, density, isNarrow)} />
      {isNarrow !== true && <Breaking pod={pod} />}
      {pod.flag !== undefined && <Flag flag={pod.flag} />}
    </article>
  )
}

function Breaking({ pod }: { readonly pod: PodView }) {
  const object = useApp((state) => objectsOf(state, 'Pod').get(pod.uid))
  const active = useActiveFaults()
  const choices = object === undefined ? [] : podChoices(active, object)
  if (choices.length === 0) return null
  return (
    <div className={styles.breaking}>
      <FaultMenu label={`Break ${pod.name}`} look="ghost" size="small" isSquare choices={choices}>
        <Icon name="more" />
      </FaultMenu>
    </div>
  )
}

type BrokenProps = {
  readonly pod: PodView
  /** It stands in the box of its node, which says what is wrong with the node. */
  readonly isOnNode: boolean
  readonly isShort: boolean
}

function Broken({ pod: { uid, name, node }, isOnNode, isShort }: BrokenProps) {
  const namespace = useApp((state) => objectsOf(state, 'Pod').get(uid)?.metadata.namespace)
  const active = useActiveFaults()
  const ofNode = isOnNode || node === undefined ? [] : nodeFaults(active, node)
  const notes = [
    // The card says which node it is.
    ...(isShort ? ofNode : ofNode.map((one) => ({ ...one, words: `${node} ${one.words}` }))),
    ...podFaults(active, { namespace, name }),
  ]
  return <FaultWords notes={notes} isShort={isShort} />
}

const NARROW_WORDS: Readonly<Partial<Record<PodView['letter'], string>>> = { N: 'Not Ready' }

const TRACKLESS = new Set(['T', 'F', 'U', 'L'])

function Steps({ pod }: { readonly pod: PodView }) {
  if (TRACKLESS.has(pod.letter)) return null
  const { done, now } = pod.steps
  const isStuck = pod.letter === 'I'
  return (
    <>
      <div className={styles.steps} aria-hidden="true">
        {[0, 1, 2, 3, 4].map((step) => (
          <i
            key={step}
            data-step={step < done ? 'done' : step === done && !isStuck ? 'now' : 'ahead'}
          />
        ))}
      </div>
      {now !== '' && !isStuck && (
        <div className={styles.stepName}>
          <span>{now}</span>
          <span className={styles.dim}>step {done + 1} of 5</span>
        </div>
      )}
    </>
  )
}

function shownFacts(
  facts: readonly Fact[],
  density: RackLayout['density'],
  isNarrow = false,
): readonly Fact[] {
  if (density === 'tight') return facts.slice(0, 1)
  return isNarrow ? facts.filter((fact) => !isPlain(fact)) : facts
}

/** All containers run and none came back: that is what Ready says. */
function isPlain({ value }: Fact): boolean {
  return /^(\d+) of \1, 0 restarts$/.test(value)
}

function Facts({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl>
      {facts.map((fact) => {
        const { term, value, isCode } = fact
        return (
          <div
            key={term}
            className={styles.fact}
            data-term={term}
            data-plain={isPlain(fact) ? '' : undefined}
          >
            <dt>{term}</dt>
            <dd title={value}>{isCode ? <code>{value}</code> : value}</dd>
          </div>
        )
      })}
    </dl>
  )
}

const FLAGS: Readonly<
  Record<NonNullable<PodView['flag']>, { icon: IconName; text: string; why: string }>
> = {
  condemned: { icon: 'cross', text: 'condemned', why: 'beyond replicas' },
  orphaned: { icon: 'cut', text: 'orphaned', why: 'no owner' },
  foreign: { icon: 'owner', text: 'foreign', why: 'holds the name' },
  collected: { icon: 'cut', text: 'owner gone', why: 'to be deleted' },
}

function Flag({ flag }: { readonly flag: NonNullable<PodView['flag']> }) {
  const { icon, text, why } = FLAGS[flag]
  return (
    <div className={styles.podFlag}>
      <Icon name={icon} />
      <span>
        {text}
        <i>: {why}</i>
      </span>
    </div>
  )
}
