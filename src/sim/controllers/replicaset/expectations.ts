type Expected = { creations: number; readonly deletions: Set<string> }

/**
 * What a controller has asked for and not yet seen. Until it has, it takes no further steps: it
 * would make up for what is under way already.
 *
 * Upstream: pkg/controller/controller_utils.go, UIDTrackingControllerExpectations.
 */
export class Expectations {
  readonly #expected = new Map<string, Expected>()

  areMet(key: string): boolean {
    const expected = this.#expected.get(key)
    return expected === undefined || (expected.creations <= 0 && expected.deletions.size === 0)
  }

  expectCreations(key: string, count: number): void {
    this.#expected.set(key, { creations: count, deletions: new Set() })
  }

  expectDeletions(key: string, uids: readonly string[]): void {
    this.#expected.set(key, { creations: 0, deletions: new Set(uids) })
  }

  /** Seen, or failed: either way nothing more is to come. */
  settleCreation(key: string): void {
    const expected = this.#expected.get(key)
    if (expected !== undefined) expected.creations--
  }

  settleDeletion(key: string, uid: string): void {
    this.#expected.get(key)?.deletions.delete(uid)
  }

  forget(key: string): void {
    this.#expected.delete(key)
  }
}
