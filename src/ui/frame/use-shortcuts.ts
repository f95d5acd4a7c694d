import { useEffect } from 'react'
import { SPEEDS } from '#state/playback.ts'
import { useAppStore } from '#ui/app-context.ts'

/** Keys that work wherever no field, terminal or control would take them. */
export function useShortcuts(): void {
  const store = useAppStore()
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const state = store.getState()
      if (event.altKey && (event.code === 'Digit1' || event.code === 'Digit2')) {
        event.preventDefault()
        state.goToTerminal(event.code === 'Digit1' ? 1 : 2)
        return
      }
      if (event.ctrlKey && event.shiftKey && event.key === 'F6') {
        event.preventDefault()
        document.querySelector<HTMLElement>('[role=toolbar] button')?.focus()
        return
      }
      if (event.key === 'Escape' && state.past !== undefined && !isTaken(event.target, NO_BUTTON)) {
        state.backToLive()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return
      // A button that was just clicked takes the space, and no other key.
      if (isTaken(event.target, event.key === ' ' ? ANY_CONTROL : NO_BUTTON)) return
      const speed = SPEEDS[Number(event.key) - 1]
      if (event.key === ' ') {
        if (state.clock.isPaused) state.resume()
        else state.pause()
      } else if (event.key === '.') state.step()
      else if (speed !== undefined) state.setSpeed(speed)
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [store])
}

// The editor takes its keys in an element that is no field but says that it is one.
const NO_BUTTON = 'input,textarea,select,[contenteditable],[role=textbox],[role=menu],[role=dialog]'

const ANY_CONTROL = `button,a,summary,${NO_BUTTON}`

function isTaken(target: EventTarget | null, by: string): boolean {
  return target instanceof Element && target.closest(by) !== null
}
