import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Resource } from './registry.ts'
import type { Storage } from './storage.ts'
import { bookmarkOf, type WatchDelivery } from './watch-hub.ts'

const INTERVAL_MS = 60_000

/**
 * Tells watchers that asked for it how far the world has come, about once a minute, so that one
 * that reconnects after a quiet hour does not ask for a history that is gone.
 */
export class Bookmarks {
  readonly #simulation: Simulation
  readonly #storage: Storage
  readonly #delivery: WatchDelivery
  readonly #resources: () => readonly Resource[]
  #isScheduled = false

  constructor(parts: {
    readonly simulation: Simulation
    readonly storage: Storage
    readonly delivery: WatchDelivery
    readonly resources: () => readonly Resource[]
  }) {
    this.#simulation = parts.simulation
    this.#storage = parts.storage
    this.#delivery = parts.delivery
    this.#resources = parts.resources
  }

  /** Someone wants bookmarks. */
  keepSending(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#simulation.after(INTERVAL_MS, () => this.#send(), {
      label: 'apiserver/bookmarks',
      periodic: true,
    })
  }

  #send(): void {
    this.#isScheduled = false
    const { revision } = this.#storage
    let isWanted = false
    for (const resource of this.#resources()) {
      if (resource.stored !== resource) continue
      for (const watcher of resource.hub.watchers()) {
        if (!watcher.wantsBookmarks) continue
        isWanted = true
        this.#delivery.enqueue(watcher, bookmarkOf(watcher.resource, revision))
      }
    }
    if (isWanted) this.keepSending()
  }
}
