import type { ApiRequest, Call, WatchEvent } from '#sim/apimachinery/request.ts'

/** The user that the controllers' caches watch as. */
const CACHES = 'system:kube-controller-manager'

/** Stands between the server and the caches, and lets them hear late, or nothing. */
export class SlowCaches {
  readonly #held = new Map<string, (() => void)[]>()
  readonly #watches = new Set<() => void>()
  #isDeaf = false

  hold(resource: string): void {
    if (!this.#held.has(resource)) this.#held.set(resource, [])
  }

  release(resource: string): void {
    const pending = this.#held.get(resource) ?? []
    this.#held.delete(resource)
    for (const deliver of pending) deliver()
  }

  /** From now on nothing arrives, until the watches are broken off. */
  deafen(): void {
    this.#isDeaf = true
  }

  breakWatches(): void {
    this.#isDeaf = false
    for (const end of [...this.#watches]) end()
  }

  isCaches({ user }: ApiRequest): boolean {
    return user === CACHES
  }

  call(call: Call, request: ApiRequest): ReturnType<Call> {
    const reply = call(request)
    if (reply.type !== 'watch') return reply
    const resource = request.path.slice(request.path.lastIndexOf('/') + 1)
    return {
      ...reply,
      start: (sink) => {
        const event = (told: WatchEvent): void => {
          if (this.#isDeaf) return
          const held = this.#held.get(resource)
          if (held === undefined) sink.event(told)
          else held.push(() => sink.event(told))
        }
        const stop = reply.start({ ...sink, event })
        const end = (): void => {
          stop()
          this.#watches.delete(end)
          sink.end()
        }
        this.#watches.add(end)
        return () => {
          this.#watches.delete(end)
          stop()
        }
      },
    }
  }
}
