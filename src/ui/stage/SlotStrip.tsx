import { PHASE_WORDS } from '#state/phase-words.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import { PhaseMark } from '#ui/primitives/PhaseMark.tsx'
import { useShown } from '#ui/use-slots.ts'
import styles from './phone-stage.module.css'
import { slotLabel } from './slot-label.ts'

function showIt(place: HTMLElement | null): void {
  place?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

/** The stage as a strip, above whatever else a phone shows. */
export function SlotStrip() {
  const { pass, slots } = useShown()
  if (slots.length === 0) return <span hidden />
  const waiters = pass?.waiters ?? []
  return (
    <div
      className={styles.strip}
      role="region"
      aria-label="Stage"
      // More slots than fit scroll, by keys as well.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      {slots.map((slot) => (
        <div
          key={slot.ordinal}
          ref={slot.isAwaited ? showIt : undefined}
          role="group"
          aria-label={slotLabel(slot)}
          data-look={slot.isAwaited ? '' : undefined}
        >
          {slot.pod === undefined ? (
            <Icon name="todo" size={20} />
          ) : (
            <PhaseMark phase={slot.pod.letter} />
          )}
          <span>
            <b>{slot.name}</b>
            {slot.pod === undefined
              ? waiters.includes(slot.name)
                ? 'waits'
                : 'no Pod'
              : PHASE_WORDS[slot.pod.letter]}
          </span>
        </div>
      ))}
    </div>
  )
}
