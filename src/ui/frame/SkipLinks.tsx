import { useApp } from '#ui/app-context.ts'
import styles from './frame.module.css'

const REGIONS = ['Lesson', 'Stage', 'Timeline'] as const

/** The first stops of the keyboard: over the bar, to where the work is. */
export function SkipLinks() {
  const goToTerminal = useApp((state) => state.goToTerminal)
  return (
    <nav className={styles.skip} aria-label="Skip to">
      {REGIONS.map((name) => (
        <button key={name} type="button" onClick={() => focusRegion(name)}>
          Skip to {name.toLowerCase()}
        </button>
      ))}
      <button type="button" onClick={() => goToTerminal(1)}>
        Skip to terminal 1
      </button>
    </nav>
  )
}

/** Puts the focus before the first control of a region, so that Tab goes on from there. */
function focusRegion(name: string): void {
  const region = document.querySelector<HTMLElement>(`[role=region][aria-label="${name}"]`)
  region?.setAttribute('tabindex', '-1')
  region?.focus()
}
