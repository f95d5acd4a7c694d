import type { Call, WatchEvent } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'

export type Reachability = {
  readonly isCutOff: () => boolean
  readonly onHeal: (listener: () => void) => void
}

const UNREACHABLE: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'dial tcp: i/o timeout',
  reason: 'ServiceUnavailable',
  code: 503,
}

/**
 * The API server as a node reaches it: not at all while it is cut off, and what its watches
 * would have brought comes when the way is free again.
 */
export function reachableCall(call: Call, reachability: Reachability): Call {
  const stalled: (() => void)[] = []
  reachability.onHeal(() => {
    for (const deliver of stalled.splice(0)) deliver()
  })
  return (request) => {
    if (reachability.isCutOff()) return { type: 'object', code: 503, body: UNREACHABLE }
    const reply = call(request)
    if (reply.type !== 'watch') return reply
    return {
      ...reply,
      start: (sink) => {
        let isOpen = true
        const inOrder = (deliver: () => void) => {
          const deliverIfOpen = () => {
            if (isOpen) deliver()
          }
          if (reachability.isCutOff() || stalled.length > 0) stalled.push(deliverIfOpen)
          else deliverIfOpen()
        }
        const stop = reply.start({
          event: (event: WatchEvent) => inOrder(() => sink.event(event)),
          end: () => inOrder(() => sink.end()),
        })
        return () => {
          isOpen = false
          stop()
        }
      },
    }
  }
}
