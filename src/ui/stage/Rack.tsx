import { type CSSProperties, useRef } from 'react'
import type { KnownKinds } from '#state/kube.ts'
import type { SlotView } from '#state/slots.ts'
import { isDeparted } from '#state/departed.ts'
import { Acting } from '#ui/primitives/Acting.tsx'
import { useSize } from '#ui/use-size.ts'
import type { DecisionPass } from '#worker/protocol.ts'
import { Bus } from './Bus.tsx'
import { PartitionLine } from './PartitionLine.tsx'
import { arrowOf, rackLayout, type RackLayout } from './rack-layout.ts'
import { ScaleGrip } from './ScaleGrip.tsx'
import { Slot } from './Slot.tsx'
import styles from './stage.module.css'
import { Tiles } from './Tiles.tsx'
import { WaitArrow } from './WaitArrow.tsx'

export type RackProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slots: readonly SlotView[]
  readonly pass: DecisionPass | undefined
}

export function Rack({ set, slots, pass }: RackProps) {
  const area = useRef<HTMLDivElement>(null)
  const size = useSize(area)
  const layout = rackLayout(slots.length, size)
  return (
    <div className={styles.body}>
      <div className={styles.racks} ref={area}>
        {slots.length === 0 && (
          <p className={styles.zero}>
            No Pod is wanted. Scale the set to see its slots, by the grip at the right edge or with{' '}
            <code>kubectl scale sts/{set.metadata.name} --replicas=3</code>.
          </p>
        )}
        {size.width > 0 && slots.length > 0 && layout.density === 'tiles' && (
          <Tiles set={set} slots={slots} />
        )}
        {size.width > 0 &&
          layout.density !== 'tiles' &&
          chunks(slots, layout.columns).map((row) => (
            <Row key={row[0]?.ordinal} {...{ set, pass, layout }} slots={row} all={slots} />
          ))}
      </div>
      {!isDeparted(set) && (
        <Acting>
          <ScaleGrip set={set} />
        </Acting>
      )}
    </div>
  )
}

type RowProps = RackProps & { readonly layout: RackLayout; readonly all: readonly SlotView[] }

function Row({ set, slots, all, pass, layout }: RowProps) {
  const awaitedPod = slots.find((slot) => slot.isAwaited)?.pod
  const arrow = arrowOf(
    slots.map((slot) => slot.name),
    isDeparted(set) ? undefined : pass?.awaited,
    pass?.waiters ?? [],
    layout.isNarrow ? '' : awaitedPod?.letter === 'T' ? ' to be gone' : ' to be Ready',
  )
  const isFirst = slots[0] === all[0]
  return (
    <div
      className={styles.rack}
      data-density={layout.density}
      data-narrow={layout.isNarrow ? '' : undefined}
      data-arrow={arrow === undefined ? undefined : ''}
      style={{ '--n': layout.columns, '--gap': `${layout.gap}px` } as CSSProperties}
    >
      <Bus set={set} isNamed={isFirst} />
      {slots.map((slot, index) => (
        <Slot key={slot.ordinal} set={set} slot={slot} column={index + 1} layout={layout} />
      ))}
      {arrow !== undefined && <WaitArrow arrow={arrow} />}
      <Acting>
        <PartitionLine set={set} slots={slots} isLast={slots.at(-1) === all.at(-1)} />
      </Acting>
    </div>
  )
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}
