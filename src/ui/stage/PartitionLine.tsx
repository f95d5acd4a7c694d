import type { CSSProperties } from 'react'
import type { KnownKinds } from '#state/kube.ts'
import { revisionLetter } from '#state/revisions.ts'
import type { SlotView } from '#state/slots.ts'
import { useApp } from '#ui/app-context.ts'
import { useRevisionOrder } from '#ui/use-slots.ts'
import styles from './stage.module.css'
import { useGrip } from './use-grip.ts'

export type PartitionLineProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slots: readonly SlotView[]
}

/** The line below which ordinals keep the old revision, with what each side keeps. */
export function PartitionLine({ set, slots }: PartitionLineProps) {
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  const place = slots.findIndex((slot) => slot.ordinal === partition)
  if (partition === 0 || place < 1) return null
  return <Line set={set} partition={partition} place={place} />
}

type LineProps = Pick<PartitionLineProps, 'set'> & {
  readonly partition: number
  readonly place: number
}

function Line({ set, partition, place }: LineProps) {
  const movePartition = useApp((state) => state.movePartition)
  const order = useRevisionOrder(set)
  const { shown, handlers } = useGrip({
    value: partition,
    min: 0,
    max: 1000,
    pixelsPerUnit: 96,
    onCommit: (next) => movePartition(set, next),
  })
  return (
    <div className={styles.partition} style={{ '--at': place } as CSSProperties}>
      <span>
        below {shown}: stay at {revisionLetter(order, set.status?.currentRevision)}
      </span>
      <span data-side="right">
        from {shown}: go to {revisionLetter(order, set.status?.updateRevision)}
      </span>
      <button
        type="button"
        role="slider"
        aria-label="Partition"
        aria-valuenow={shown}
        aria-valuemin={0}
        aria-valuemax={1000}
        title="Drag to move the partition, or use the arrow keys"
        {...handlers}
      />
    </div>
  )
}
