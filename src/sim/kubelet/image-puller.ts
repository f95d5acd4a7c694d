import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { RecordedEvent } from '#sim/client/event-recorder.ts'
import type { Timings } from '#sim/client/timings.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { Lock, sleep } from '#sim/kernel/waits.ts'
import { Backoff, goDuration } from './backoff.ts'
import type { KubeletDialect } from './dialect.ts'
import type { ImageCatalog } from './images/catalog.ts'
import type { Image } from './images/image.ts'
import { type ImageReference, parseImageReference, referenceText } from './images/reference.ts'

/** The reason and message with which a container waits for its image. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

export type LocalImage = {
  readonly image: Image
  /** In full, as the runtime tells it. */
  readonly name: string
  /** `{repository}@sha256:{digest}` */
  readonly id: string
}

export type PullerOptions = {
  readonly simulation: Simulation
  readonly catalog: ImageCatalog
  readonly timings: Timings
  readonly dialect: KubeletDialect
}

const BACKOFF_FIRST_MS = 10_000
const BACKOFF_MAX_MS = 300_000

type Tell = (event: RecordedEvent) => void

/**
 * The images of one node. Pulls are one after the other, and failures are backed off by Pod and
 * image.
 *
 * Upstream: pkg/kubelet/images/image_manager.go.
 */
export class ImagePuller {
  readonly #options: PullerOptions
  readonly #local = new Map<string, LocalImage>()
  readonly #backoff = new Backoff(BACKOFF_FIRST_MS, BACKOFF_MAX_MS)
  readonly #lastErrors = new Map<string, string>()
  readonly #lock = new Lock()

  constructor(options: PullerOptions) {
    this.#options = options
  }

  /** Names and sizes, as node status lists them. */
  list(): readonly { readonly names: readonly string[]; readonly sizeBytes: number }[] {
    return [...this.#local.values()].map((local) => ({
      names: [local.id, local.name],
      sizeBytes: local.image.sizeBytes,
    }))
  }

  /** Forgets the images, as a node that is new has none. */
  clear(): void {
    this.#local.clear()
  }

  /** Until the image is there; throws ImageError. */
  *ensure(pod: Pod, container: core.Container, tell: Tell): Task<LocalImage> {
    const text = container.image ?? ''
    const reference = parseImageReference(text)
    if (reference === undefined) throw refuseName(text, tell)
    const name = referenceText(reference)
    const local = this.#local.get(name)
    const policy = container.imagePullPolicy ?? 'IfNotPresent'
    if (local !== undefined && policy !== 'Always') {
      tell({ type: 'Normal', reason: 'Pulled', message: this.#options.dialect.present(text) })
      return local
    }
    if (policy === 'Never') {
      const message = `Container image "${text}" is not present with pull policy of Never`
      tell({ type: 'Warning', reason: 'ErrImageNeverPull', message })
      throw new ImageError('ErrImageNeverPull', message)
    }
    const key = `${pod.metadata.uid}_${text}`
    this.#refuseWhileBackingOff(key, text, tell)
    return yield* this.#pull(key, text, reference, tell)
  }

  /** What is left of the longest back-off of this Pod's pulls. */
  forgetPod(uid: string): void {
    this.#backoff.forgetPrefix(`${uid}_`)
    for (const key of this.#lastErrors.keys()) {
      if (key.startsWith(`${uid}_`)) this.#lastErrors.delete(key)
    }
  }

  #refuseWhileBackingOff(key: string, text: string, tell: Tell): void {
    const { simulation } = this.#options
    if (this.#backoff.remainingSinceUseMs(key, simulation.now) === 0) return
    const message = `Back-off pulling image "${text}"`
    tell({ type: 'Normal', reason: 'BackOff', message })
    const cause = this.#lastErrors.get(key)
    throw new ImageError(
      'ImagePullBackOff',
      cause === undefined ? message : `${message}: ErrImagePull: ${cause}`,
    )
  }

  *#pull(key: string, text: string, reference: ImageReference, tell: Tell): Task<LocalImage> {
    const { simulation, catalog, timings, dialect } = this.#options
    const name = referenceText(reference)
    tell({ type: 'Normal', reason: 'Pulling', message: dialect.pulling(text) })
    const askedAt = simulation.now
    const release = yield* this.#lock.acquire()
    try {
      const startedAt = simulation.now
      const pulled = catalog.pull(reference)
      const isLocal = this.#local.has(name)
      const delayMs =
        pulled.type === 'error' || isLocal
          ? timings.pullCachedMs()
          : timings.pullMs(pulled.image.sizeBytes)
      yield* sleep(delayMs + catalog.extraDelayMs(reference))
      if (pulled.type === 'error') {
        this.#backoff.next(key, simulation.now, simulation.now)
        this.#lastErrors.set(key, pulled.message)
        const message = `Failed to pull image "${text}": ${pulled.message}`
        tell({ type: 'Warning', reason: 'Failed', message })
        throw new ImageError('ErrImagePull', pulled.message)
      }
      const transfer = goDuration(simulation.now - startedAt)
      const total = goDuration(simulation.now - askedAt)
      const message = dialect.pulled(text, transfer, total, pulled.image.sizeBytes)
      tell({ type: 'Normal', reason: 'Pulled', message })
      return this.#keep(name, reference, pulled.image)
    } finally {
      release()
    }
  }

  #keep(name: string, reference: ImageReference, image: Image): LocalImage {
    const known = this.#local.get(name)
    if (known !== undefined) return known
    const digest = reference.digest ?? `sha256:${digestOf(name)}`
    const local = { image, name, id: `${reference.host}/${reference.repository}@${digest}` }
    this.#local.set(name, local)
    return local
  }
}

function refuseName(text: string, tell: Tell): ImageError {
  const message = `Failed to apply default image tag "${text}": couldn't parse image name "${text}": invalid reference format`
  tell({ type: 'Warning', reason: 'InspectFailed', message })
  return new ImageError('InvalidImageName', message)
}

/** 64 digits that follow from the name, so the same image has the same digest on every node. */
function digestOf(name: string): string {
  let digest = ''
  for (let lane = 0; lane < 8; lane++) {
    let hash = 0x811c9dc5 ^ Math.imul(lane, 0x9e3779b1)
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    digest += (hash >>> 0).toString(16).padStart(8, '0')
  }
  return digest
}
