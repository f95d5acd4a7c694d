import { memo } from 'react'
import type { KnownKinds } from '#state/kube.ts'
import type { SlotView } from '#state/slots.ts'
import { useApp } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import { PhaseMark } from '#ui/primitives/PhaseMark.tsx'
import { useRevisionOrder } from '#ui/use-slots.ts'
import { Disks } from './Disks.tsx'
import { PodCard } from './PodCard.tsx'
import { slotLabel } from './slot-label.ts'
import styles from './stage.module.css'

export type TilesProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slots: readonly SlotView[]
}

/** Many slots: a mark and a number each; the one that matters stays large. */
export function Tiles({ set, slots }: TilesProps) {
  const selectedUid = useApp((state) => state.selectedUid)
  const order = useRevisionOrder(set)
  const large =
    slots.find((slot) => slot.isAwaited) ?? slots.find((slot) => slot.pod?.uid === selectedUid)
  return (
    <div className={styles.many}>
      {large?.pod !== undefined && (
        <div className={styles.large}>
          <div className={styles.slotHead}>
            <span className={styles.ordinal}>{large.ordinal}</span>
            <div>
              <div className={styles.name}>{large.name}</div>
              <div className={styles.dns}>
                <code>{large.dnsName}:</code> {large.record ?? 'no record'}
              </div>
            </div>
          </div>
          <div className={styles.bay}>
            {large.isAwaited && <span className={styles.reticle} aria-hidden="true" />}
            <PodCard pod={large.pod} order={order} density="full" />
          </div>
          <Disks set={set} slot={large} density="full" />
        </div>
      )}
      <ul className={styles.tiles}>
        {slots.map((slot) => (
          <Tile key={slot.ordinal} slot={slot} />
        ))}
      </ul>
    </div>
  )
}

const Tile = memo(
  function Tile({ slot }: { readonly slot: SlotView }) {
    const select = useApp((state) => state.select)
    const { pod } = slot
    return (
      <li>
        <button
          type="button"
          className={styles.tile}
          data-phase={pod?.letter}
          data-awaited={slot.isAwaited ? '' : undefined}
          aria-label={slotLabel(slot)}
          title={slotLabel(slot)}
          onClick={() => pod !== undefined && select(pod.uid)}
        >
          {pod === undefined ? <Icon name="todo" size={20} /> : <PhaseMark phase={pod.letter} />}
          <span>{slot.ordinal}</span>
        </button>
      </li>
    )
  },
  ({ slot: a }, { slot: b }) =>
    a.pod?.uid === b.pod?.uid && a.isAwaited === b.isAwaited && slotLabel(a) === slotLabel(b),
)
