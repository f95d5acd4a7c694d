import { useEffect, useRef } from 'react'
import type { KnownKinds } from '#state/kube.ts'
import type { SlotView } from '#state/slots.ts'
import { Named } from '#ui/primitives/Named.tsx'
import { useRevisionOrder } from '#ui/use-slots.ts'
import { Disks } from './Disks.tsx'
import { PodCard } from './PodCard.tsx'
import type { RackLayout } from './rack-layout.ts'
import { slotLabel } from './slot-label.ts'
import styles from './stage.module.css'

export type SlotProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slot: SlotView
  readonly column: number
  readonly layout: Pick<RackLayout, 'density' | 'isNarrow'>
}

export function Slot({ set, slot, column, layout }: SlotProps) {
  const place = useRef<HTMLElement>(null)
  const order = useRevisionOrder(set)
  const isOn = slot.record !== undefined
  const { isAwaited } = slot
  useEffect(() => {
    if (isAwaited) place.current?.scrollIntoView({ block: 'nearest' })
  }, [isAwaited])
  return (
    <section
      className={styles.slot}
      ref={place}
      style={{ gridColumn: column }}
      role="group"
      aria-label={slotLabel(slot)}
    >
      <span className={styles.pin} data-on={isOn ? '' : undefined} />
      <div className={styles.slotHead}>
        <span className={styles.ordinal}>{slot.ordinal}</span>
        <div>
          <div className={styles.name}>{slot.name}</div>
          <div className={styles.dns} title={slot.dnsName}>
            {slot.dnsName !== slot.name && (
              <code>
                {slot.dnsName}
                <i>:</i>
              </code>
            )}{' '}
            <span>{slot.record ?? 'no record'}</span>
          </div>
        </div>
      </div>
      {slot.pod === undefined ? (
        <div className={styles.bay} data-empty="">
          {slot.isAwaited && <span className={styles.reticle} aria-hidden="true" />}
          <b>{slot.isWanted ? 'Not created yet' : 'Empty'}</b>
          <span>
            <Named text={slot.emptyReason} setName={set.metadata.name} />
          </span>
        </div>
      ) : (
        <div className={styles.bay}>
          {slot.isAwaited && <span className={styles.reticle} aria-hidden="true" />}
          <PodCard key={slot.pod.uid} pod={slot.pod} order={order} {...layout} />
        </div>
      )}
      <Disks set={set} slot={slot} {...layout} />
    </section>
  )
}
