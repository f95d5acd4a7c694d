import type { Changed, FromWorker, Reply, ToWorker } from './protocol.ts'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** A message that is answered by a reply; the client numbers it. */
export type Question = DistributiveOmit<Extract<ToWorker, { id: number }>, 'id'>
/** A message nobody answers. */
export type Notice = Exclude<ToWorker, { id: number }>

export type WorkerListener = {
  readonly onReady: (protocolVersion: number) => void
  /** Everything that arrived since the last frame, oldest first. */
  readonly onChanged: (batch: readonly Changed[]) => void
  /** Terminal output, at once: a key's echo does not wait for a frame. */
  readonly onOutput: (terminal: number, text: string) => void
  readonly onCrashed: (message: string, report: string) => void
}

export type WorkerClient = {
  readonly send: (message: Notice) => void
  readonly ask: (question: Question) => Promise<Reply>
  readonly listen: (listener: WorkerListener) => void
  readonly dispose: () => void
}

/** The part of a Worker the client uses, so that a test can stand in for one. */
export type WorkerPort = {
  postMessage: (message: ToWorker) => void
  onmessage: ((event: { readonly data: FromWorker }) => void) | null
  onerror: ((event: { readonly message: string }) => void) | null
  terminate: () => void
}

export function createWorkerClient(
  port: WorkerPort = openWorker(),
  nextFrame: (run: () => void) => void = onNextFrame,
): WorkerClient {
  const pending = new Map<number, (reply: Reply) => void>()
  let nextId = 1
  let listener: WorkerListener | undefined
  let batch: Changed[] = []
  let lastSequence: number | undefined
  let isResyncing = false

  function flush(): void {
    const changes = batch
    batch = []
    if (changes.length > 0) listener?.onChanged(changes)
  }

  function receiveChanged(change: Changed): void {
    for (const { terminal, text } of change.output) listener?.onOutput(terminal, text)
    const isNext = lastSequence === undefined || change.sequence === lastSequence + 1
    if (!change.isSnapshot && (isResyncing || !isNext)) {
      // A gap: what came after it may speak of objects the page never saw.
      if (!isResyncing) port.postMessage({ type: 'resync' })
      isResyncing = true
      return
    }
    isResyncing = false
    lastSequence = change.sequence
    if (change.isSnapshot) batch = []
    batch.push(change)
    if (batch.length === 1) nextFrame(flush)
  }

  function fail(message: string, report: string): void {
    for (const resolve of pending.values()) resolve({ ok: false, message })
    pending.clear()
    listener?.onCrashed(message, report)
  }

  port.onmessage = ({ data }) => {
    switch (data.type) {
      case 'ready':
        return listener?.onReady(data.protocolVersion)
      case 'reply': {
        const resolve = pending.get(data.id)
        pending.delete(data.id)
        return resolve?.(data.result)
      }
      case 'changed':
        return receiveChanged(data)
      case 'crashed':
        return fail(data.message, data.report)
    }
  }
  port.onerror = (event) => fail(event.message || 'the worker could not be started', '')

  return {
    send: (message) => port.postMessage(message),
    ask: (question) =>
      new Promise((resolve) => {
        const id = nextId++
        pending.set(id, resolve)
        port.postMessage({ ...question, id })
      }),
    listen: (next) => {
      listener = next
    },
    dispose: () => {
      port.terminate()
      for (const resolve of pending.values()) {
        resolve({ ok: false, message: 'the worker was stopped' })
      }
      pending.clear()
    },
  }
}

function openWorker(): WorkerPort {
  const worker = new Worker(new URL('./host.worker.ts', import.meta.url), { type: 'module' })
  // The DOM knows messages as `any`; protocol.ts says what the host sends.
  return worker as unknown as WorkerPort
}

/** A hidden page gets no frames; it still must not pile up messages. */
function onNextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run, 200)
  else requestAnimationFrame(run)
}
