import { type KubeObject, objectKey } from '#sim/apimachinery/objects.ts'
import type { Informer } from '#sim/client/informer.ts'

/**
 * A cache with our own writes in it before the watch brings them back, so that a volume that was
 * just given away is not given away again.
 */
export class WrittenObjects<T extends KubeObject> {
  readonly #informer: Informer<T>
  readonly #written = new Map<string, T>()

  constructor(informer: Informer<T>) {
    this.#informer = informer
    informer.onChange({
      added: (object) => this.#forgetUpTo(object),
      updated: (_old, object) => this.#forgetUpTo(object),
      deleted: (object) => this.#written.delete(objectKey(object)),
    })
  }

  get(key: string): T | undefined {
    const cached = this.#informer.getByKey(key)
    const written = this.#written.get(key)
    if (cached === undefined || written === undefined) return cached
    return isNewer(written, cached) ? written : cached
  }

  /** Whether the cache shows what was written last, or something newer. */
  isCaughtUp(key: string): boolean {
    return !this.#written.has(key)
  }

  put(object: T): T {
    this.#written.set(objectKey(object), object)
    return object
  }

  #forgetUpTo(object: T): void {
    const key = objectKey(object)
    const written = this.#written.get(key)
    if (written !== undefined && !isNewer(written, object)) this.#written.delete(key)
  }
}

function isNewer(a: KubeObject, b: KubeObject): boolean {
  return Number(a.metadata.resourceVersion) > Number(b.metadata.resourceVersion)
}
