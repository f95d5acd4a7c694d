import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden as forbiddenField, unsupported } from '#sim/apimachinery/field-errors.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, WatchEvent } from '#sim/apimachinery/request.ts'
import { expired, invalid, resourceVersionTooLarge } from '#sim/apimachinery/statuses.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { selectionOf } from './read.ts'
import { intParameter, type Scope, versionParameter } from './scope.ts'
import type { Selection } from './selection.ts'
import type { ServerState } from './server-state.ts'
import { bookmarkOf, ChangeEvents, type Watcher } from './watch-hub.ts'

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

type Start = 'currentState' | 'now' | 'history'

export type WatchTransform = (event: WatchEvent) => WatchEvent

/** Checks a watch at once; it begins when its reply is started. */
export function handleWatch(scope: Scope, transform: WatchTransform | undefined): ApiReply {
  const { query } = scope
  checkWatchOptions(scope)
  const selection = selectionOf(scope)
  const version = versionParameter(query, 'plain')
  const start = startOf(scope, version)
  const wantsBookmarks = query.flag('allowWatchBookmarks')
  const timeoutSeconds = intParameter(query, 'timeoutSeconds') ?? 0
  return {
    type: 'watch',
    code: 200,
    start: (sink) =>
      new WatchRun(scope, {
        resource: scope.resource,
        selection,
        sink,
        transform,
        wantsBookmarks,
        isOpen: true,
      }).begin(start, version, timeoutSeconds),
  }
}

function startOf(scope: Scope, version: number): Start {
  const initial = scope.query.get('sendInitialEvents')
  if (initial !== undefined && scope.query.flag('sendInitialEvents')) return 'currentState'
  if (version > 0) return 'history'
  return initial === undefined ? 'currentState' : 'now'
}

function checkWatchOptions(scope: Scope): void {
  const match = scope.query.get('resourceVersionMatch') ?? ''
  const hasInitial = scope.query.get('sendInitialEvents') !== undefined
  const errors: FieldError[] = []
  const field = 'resourceVersionMatch'
  if (hasInitial && match !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
    errors.push(forbiddenField(field, why))
  }
  if (!hasInitial && match !== '') {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'
    errors.push(forbiddenField(field, why))
  }
  if (match !== '' && match !== 'NotOlderThan')
    errors.push(unsupported(field, match, ['NotOlderThan']))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
}

/** One watch from its first event to its end. */
class WatchRun {
  readonly #scope: Scope
  readonly #server: ServerState
  readonly #watcher: Watcher
  #cancelTimeout: (() => void) | undefined

  constructor(scope: Scope, watcher: Watcher) {
    this.#scope = scope
    this.#server = scope.server
    this.#watcher = watcher
  }

  begin(start: Start, version: number, timeoutSeconds: number): () => void {
    if (this.#sendBacklog(start, version)) {
      this.#scope.resource.hub.add(this.#watcher)
      if (this.#watcher.wantsBookmarks) this.#server.bookmarks.keepSending()
      if (timeoutSeconds > 0) this.#endAfter(timeoutSeconds)
    } else {
      this.#send(undefined)
    }
    return () => this.#stop()
  }

  /** False when there is nothing after what was sent: an error. */
  #sendBacklog(start: Start, version: number): boolean {
    switch (start) {
      case 'now':
        return true
      case 'history':
        return this.#sendHistory(version)
      case 'currentState':
        return this.#sendState(version)
    }
  }

  #sendState(version: number): boolean {
    const { revision } = this.#server.storage
    if (version > revision) {
      this.#sendError(resourceVersionTooLarge(String(version), String(revision)).status)
      return false
    }
    const { store } = this.#scope.resource
    for (const object of store.select(this.#watcher.selection))
      this.#send({ type: 'ADDED', object })
    if (this.#watcher.wantsBookmarks)
      this.#send(bookmarkOf(this.#scope.resource, revision, { [INITIAL_EVENTS_END]: 'true' }))
    return true
  }

  #sendHistory(version: number): boolean {
    const { store } = this.#scope.resource
    const changes = store.changesSince(version)
    if (changes === undefined) {
      const message = `too old resource version: ${version} (${store.compactedRevision})`
      this.#sendError(expired(message).status)
      return false
    }
    const selection: Selection = this.#watcher.selection
    for (const change of changes) {
      const event = new ChangeEvents(change).for(selection)
      if (event !== undefined) this.#send(event)
    }
    return true
  }

  #sendError(status: Status): void {
    // ERROR is the one event that carries no object of the watched kind.
    this.#send({ type: 'ERROR', object: status as unknown as KubeObject })
  }

  #send(event: WatchEvent | undefined): void {
    this.#server.delivery.enqueue(this.#watcher, event)
  }

  #endAfter(seconds: number): void {
    const timer = this.#server.simulation.after(
      seconds * 1000,
      () => {
        this.#scope.resource.hub.remove(this.#watcher)
        this.#send(undefined)
      },
      { label: 'apiserver/watch-timeout', periodic: true },
    )
    this.#cancelTimeout = () => timer.cancel()
  }

  #stop(): void {
    this.#watcher.isOpen = false
    this.#cancelTimeout?.()
    this.#scope.resource.hub.remove(this.#watcher)
  }
}
