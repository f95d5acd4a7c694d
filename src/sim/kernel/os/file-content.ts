const CHUNK_BYTES = 64 * 1024

/**
 * The bytes of a file, in chunks. A chunk that was never written, or only with zeros, is not
 * stored: filling a simulated disk of gigabytes must not take gigabytes of the browser.
 */
export class FileContent {
  readonly #chunks: (Uint8Array | undefined)[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Up to `max` bytes from `offset`; empty at the end. The result is a copy. */
  read(offset: number, max: number): Uint8Array {
    const length = Math.max(0, Math.min(max, this.#size - offset))
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length;) {
      const at = offset + done
      const within = at % CHUNK_BYTES
      const part = Math.min(length - done, CHUNK_BYTES - within)
      const chunk = this.#chunks[Math.floor(at / CHUNK_BYTES)]
      if (chunk !== undefined) bytes.set(chunk.subarray(within, within + part), done)
      done += part
    }
    return bytes
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = offset + done
      const within = at % CHUNK_BYTES
      const part = Math.min(bytes.length - done, CHUNK_BYTES - within)
      this.#writeChunk(Math.floor(at / CHUNK_BYTES), within, bytes.subarray(done, done + part))
      done += part
    }
    if (bytes.length > 0) this.#size = Math.max(this.#size, offset + bytes.length)
  }

  truncate(size: number): void {
    if (size < this.#size) {
      this.#chunks.length = Math.ceil(size / CHUNK_BYTES)
      // What lay behind the end must read as zeros if the file grows again.
      const last = this.#chunks.length - 1
      this.#chunks[last]?.fill(0, size - last * CHUNK_BYTES)
      if (last < 0) this.#chunks.length = 0
    }
    this.#size = size
  }

  #writeChunk(index: number, within: number, bytes: Uint8Array): void {
    const chunk = this.#chunks[index]
    if (chunk === undefined && isZero(bytes)) {
      if (index >= this.#chunks.length) this.#chunks.length = index + 1
      return
    }
    const end = within + bytes.length
    const fitting = chunk !== undefined && chunk.length >= end ? chunk : grown(chunk, end)
    fitting.set(bytes, within)
    this.#chunks[index] = fitting
  }
}

// A plain loop: this looks at every byte of a disk that is being filled.
function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false
  return true
}

function grown(chunk: Uint8Array | undefined, end: number): Uint8Array {
  const capacity = Math.min(CHUNK_BYTES, Math.max(end, 2 * (chunk?.length ?? 0), 64))
  const larger = new Uint8Array(capacity)
  if (chunk !== undefined) larger.set(chunk)
  return larger
}
