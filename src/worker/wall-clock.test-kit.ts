import type { Lesson } from '#lessons/lesson.ts'
import { WorkerHost } from './host.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

/** A host whose wall clock only moves when the test says so; what passes is copied, as to a worker. */
export function createHostOnClock(
  lessons: readonly Lesson[],
  post: (message: FromWorker) => void,
): { readonly send: (message: ToWorker) => void; readonly pass: (ms: number) => void } {
  const wakes: { at: number; run: () => void }[] = []
  let wallMs = 0
  const host = new WorkerHost({
    post: (message) => post(structuredClone(message)),
    wallNowMs: () => wallMs,
    wakeAfter: (delay, run) => wakes.push({ at: wallMs + delay, run }),
    lessons,
  })
  return {
    send: (message) => host.receive(structuredClone(message)),
    /** Lets wall time pass, firing the host's wake-ups on the way. */
    pass: (ms) => {
      const end = wallMs + ms
      for (;;) {
        wakes.sort((a, b) => a.at - b.at)
        const next = wakes[0]
        if (next === undefined || next.at > end) break
        wakes.shift()
        wallMs = Math.max(wallMs, next.at)
        next.run()
      }
      wallMs = end
    },
  }
}
