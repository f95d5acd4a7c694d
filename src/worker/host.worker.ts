import { lessons } from 'virtual:lessons'
import { WorkerHost } from './host.ts'
import type { ToWorker } from './protocol.ts'

// A message to oneself comes after the messages that already wait, and without a timer's 4 ms.
const { port1, port2 } = new MessageChannel()
let wakeNow: (() => void) | undefined
port1.onmessage = () => wakeNow?.()

const host = new WorkerHost({
  post: (message) => postMessage(message),
  wallNowMs: () => performance.now(),
  wakeAfter: (wallMs, run) => {
    if (wallMs > 0) {
      setTimeout(run, wallMs)
      return
    }
    wakeNow = run
    port2.postMessage(null)
  },
  lessons,
})

onmessage = ({ data }: MessageEvent<ToWorker>) => host.receive(data)
