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
  /** Whether no rack follows this one. */
  readonly isLast: boolean
}

/** The line below which ordinals keep the old revision, with what each side keeps. */
export function PartitionLine({ set, slots, isLast }: PartitionLineProps) {
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  const below = slots.filter((slot) => slot.ordinal < partition).length
  // Beyond the last slot it stands at the end: it holds the whole set back.
  if (partition === 0 || below === 0 || (below === slots.length && !isLast)) return null
  return <Line set={set} partition={partition} place={below} isEnd={below === slots.length} />
}

type LineProps = Pick<PartitionLineProps, 'set'> & {
  readonly partition: number
  readonly place: number
  readonly isEnd: boolean
}

function Line({ set, partition, place, isEnd }: LineProps) {
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
    <div
      className={styles.partition}
      data-end={isEnd ? '' : undefined}
      style={{ gridColumn: isEnd ? place : place + 1 }}
    >
      <span>
        below {shown}: stay at {revisionLetter(order, set.status?.currentRevision)}
      </span>
      {!isEnd && (
        <span data-side="right">
          from {shown}: go to {revisionLetter(order, set.status?.updateRevision)}
        </span>
      )}
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
