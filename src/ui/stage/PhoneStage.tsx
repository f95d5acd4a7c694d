import { Fragment, type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import type { KnownKinds } from '#state/kube.ts'
import { revisionLetter } from '#state/revisions.ts'
import type { SlotView } from '#state/slots.ts'
import { nearestWaiter } from '#state/waits.ts'
import { Chip } from '#ui/primitives/Chip.tsx'
import { Icon, VolumeIcon } from '#ui/primitives/Icon.tsx'
import { PhaseMark } from '#ui/primitives/PhaseMark.tsx'
import { RevisionFlag } from '#ui/primitives/RevisionFlag.tsx'
import { useRevisionOrder, useShown } from '#ui/use-slots.ts'
import type { DecisionPass } from '#worker/protocol.ts'
import { Gaze } from './Gaze.tsx'
import styles from './phone-stage.module.css'
import { NoSet } from './NoSet.tsx'
import { PodCard } from './PodCard.tsx'
import { SetHead } from './SetHead.tsx'
import { slotLabel } from './slot-label.ts'

/** Slots stacked, the wait running up the left edge. */
export function PhoneStage() {
  const { set, passes, pass, slots } = useShown()
  return (
    <section className={styles.stage} role="region" aria-label="Stage">
      {set === undefined ? (
        <div className={styles.nothing}>
          <NoSet />
        </div>
      ) : (
        <>
          <SetHead set={set} isShort />
          <Gaze set={set} slots={slots} passes={passes} />
          <Column set={set} slots={slots} pass={pass} />
        </>
      )}
    </section>
  )
}

type ColumnProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slots: readonly SlotView[]
  readonly pass: DecisionPass | undefined
}

function Column({ set, slots, pass }: ColumnProps) {
  const column = useRef<HTMLDivElement>(null)
  const wait = useRef<HTMLSpanElement>(null)
  usePlacedWait({ column, wait, slots, pass })
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  return (
    <div className={styles.column} ref={column}>
      {slots.map((slot) => (
        <Fragment key={slot.ordinal}>
          {slot.ordinal === partition && <Partition set={set} partition={partition} />}
          {slots.length > WHOLE_MAX && isSteady(slot, pass) ? (
            <BriefSlot set={set} slot={slot} />
          ) : (
            <PhoneSlot set={set} slot={slot} />
          )}
        </Fragment>
      ))}
      {slots.every(({ ordinal }) => ordinal < partition) && partition > 0 && (
        <Partition set={set} partition={partition} />
      )}
      <span className={styles.wait} ref={wait} hidden aria-hidden="true" />
    </div>
  )
}

type PartitionProps = Pick<ColumnProps, 'set'> & { readonly partition: number }

/** The line between the ordinals that stay and those that go on. */
function Partition({ set, partition }: PartitionProps) {
  const order = useRevisionOrder(set)
  if (partition === 0) return null
  const { currentRevision, updateRevision } = set.status ?? {}
  return (
    <p className={styles.partition}>
      <span>
        below {partition}: stay at {revisionLetter(order, currentRevision)}
      </span>
      <span>
        from {partition}: go to {revisionLetter(order, updateRevision)}
      </span>
    </p>
  )
}

/** So many slots are seen at one glance; of more, those where nothing happens take two lines. */
const WHOLE_MAX = 3

function isSteady({ name, isAwaited, isWanted, pod }: SlotView, pass?: DecisionPass): boolean {
  if (isAwaited) return false
  if (pod !== undefined) return pod.letter === 'R'
  return !isWanted || pass === undefined || nearestWaiter(pass) !== name
}

type PlacedWait = Pick<ColumnProps, 'slots' | 'pass'> & {
  readonly column: RefObject<HTMLDivElement | null>
  readonly wait: RefObject<HTMLSpanElement | null>
}

/** Puts the line from the middle of the bay that waits to that of the one it waits for. */
function usePlacedWait({ column, wait, slots, pass }: PlacedWait): void {
  const awaited = pass?.awaited
  const waiter = pass && nearestWaiter(pass)
  useLayoutEffect(() => {
    const middleOf = (name: string | undefined) => {
      const bay = column.current?.querySelector<HTMLElement>(`[data-bay="${name}"]`)
      return bay ? bay.offsetTop + bay.offsetHeight / 2 : undefined
    }
    const line = wait.current
    const to = middleOf(awaited)
    const from = middleOf(waiter)
    if (line === null) return
    line.toggleAttribute('hidden', to === undefined || from === undefined)
    if (to === undefined || from === undefined) return
    line.style.setProperty('top', `${Math.min(to, from)}px`)
    line.style.setProperty('height', `${Math.abs(from - to)}px`)
    line.setAttribute('data-head', to < from ? 'top' : 'bottom')
  }, [column, wait, slots, awaited, waiter])
  useEffect(() => {
    const bay = column.current?.querySelector(`[data-bay="${awaited}"]`)
    bay?.parentElement?.scrollIntoView({ block: 'nearest' })
  }, [column, awaited])
}

type PhoneSlotProps = Pick<ColumnProps, 'set'> & { readonly slot: SlotView }

function PhoneSlot({ set, slot }: PhoneSlotProps) {
  const order = useRevisionOrder(set)
  return (
    <section className={styles.slot} role="group" aria-label={slotLabel(slot)}>
      <div className={styles.slotHead}>
        <span className={styles.ordinal}>{slot.ordinal}</span>
        <span className={styles.name}>{slot.name}</span>
        <span className={styles.dns}>
          {slot.dnsName === slot.name ? '' : `${slot.dnsName}: `}
          {slot.record ?? 'no record'}
        </span>
      </div>
      <div className={styles.bay} data-bay={slot.name}>
        {slot.isAwaited && <span className={styles.reticle} aria-hidden="true" />}
        {slot.pod === undefined ? (
          <div className={styles.empty}>
            <b>{slot.isWanted ? 'Not created yet' : 'Empty'}</b>
            <span>{slot.emptyReason}</span>
          </div>
        ) : (
          <PodCard
            key={slot.pod.uid}
            pod={slot.pod}
            order={order}
            density="full"
            facts={slot.pod.facts.filter(({ term }) => term === 'node' || term === 'UID')}
          />
        )}
      </div>
      <PhoneDisks set={set} slot={slot} />
    </section>
  )
}

function PhoneDisks({ set, slot }: PhoneSlotProps) {
  return (
    <>
      {missingClaims(set, slot).map((name) => (
        <div key={name} className={styles.disk} data-none="">
          <VolumeIcon className={styles.volume} />
          <code>{name}</code>
          <span>no claim yet</span>
        </div>
      ))}
      {slot.claims.map((claim) => (
        <div key={claim.uid} className={styles.disk}>
          <VolumeIcon className={styles.volume} />
          <code>{claim.name}</code>
          <Chip tone={claim.tone}>{claim.state}</Chip>
          <span>{claim.detail}</span>
        </div>
      ))}
    </>
  )
}

/** A slot where nothing happens: what is in it, and its disk. */
function BriefSlot({ set, slot }: PhoneSlotProps) {
  const order = useRevisionOrder(set)
  const { ordinal, name, pod, isWanted } = slot
  return (
    <section className={styles.slot} role="group" aria-label={slotLabel(slot)}>
      <div className={styles.slotHead} data-brief="" data-bay={name}>
        <span className={styles.ordinal}>{ordinal}</span>
        <span className={styles.name}>{name}</span>
        {pod === undefined ? (
          <span className={styles.word}>
            <Icon name="todo" size={18} />
            {isWanted ? 'not created yet' : 'empty'}
          </span>
        ) : (
          <span className={styles.word}>
            <PhaseMark phase={pod.letter} />
            {pod.word}
            <RevisionFlag order={order} hash={pod.revision} />
            {pod.flag}
          </span>
        )}
        <span className={styles.dns}>{slot.record ?? 'no record'}</span>
      </div>
      <PhoneDisks set={set} slot={slot} />
    </section>
  )
}

function missingClaims(set: KnownKinds['StatefulSet'], slot: SlotView): readonly string[] {
  return (set.spec?.volumeClaimTemplates ?? [])
    .map((template) => `${template.metadata?.name}-${slot.name}`)
    .filter((name) => slot.isWanted && !slot.claims.some((claim) => claim.name === name))
}
