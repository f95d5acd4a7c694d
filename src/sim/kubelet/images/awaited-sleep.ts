import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'

/**
 * Sleeps while the world is not at rest, although the program's other waits let it be: a server
 * that starts or stops is on its way somewhere.
 */
export function awaitedSleep(delayMs: number): Task {
  return suspend<void>((wake, _fail, process) => {
    const timer = process.simulation.after(delayMs, () => wake(), { label: process.name })
    return () => timer.cancel()
  })
}
