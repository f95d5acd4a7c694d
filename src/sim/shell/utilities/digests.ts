/** MD5 of bytes, in hexadecimal. */
export function md5(bytes: Uint8Array): string {
  let [a, b, c, d] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476]
  const padded = pad(bytes, true)
  for (let block = 0; block < padded.length; block += 64) {
    const word = (index: number): number => {
      const at = block + index * 4
      const [p = 0, q = 0, r = 0, s = 0] = padded.subarray(at, at + 4)
      return p | (q << 8) | (r << 16) | (s << 24)
    }
    let [w, x, y, z] = [a, b, c, d]
    for (let i = 0; i < 64; i++) {
      const round = i >> 4
      const mix =
        round === 0
          ? (x & y) | (~x & z)
          : round === 1
            ? (z & x) | (~z & y)
            : round === 2
              ? x ^ y ^ z
              : y ^ (x | ~z)
      const index = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] ?? 0
      const constant = Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0
      const sum = (w + mix + constant + word(index & 15)) | 0
      ;[w, z, y, x] = [z, y, x, (x + rotateLeft(sum, MD5_SHIFTS[round]?.[i & 3] ?? 0)) | 0]
    }
    ;[a, b, c, d] = [(a + w) | 0, (b + x) | 0, (c + y) | 0, (d + z) | 0]
  }
  return [a, b, c, d].map((each) => hex(swap(each))).join('')
}

const MD5_SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
]

/** SHA-256 of bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  const state = primes(8).map((prime) => fraction(Math.sqrt(prime)))
  const constants = primes(64).map((prime) => fraction(Math.cbrt(prime)))
  const padded = pad(bytes, false)
  const words = new Int32Array(64)
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) {
      const [p = 0, q = 0, r = 0, s = 0] = padded.subarray(block + i * 4, block + i * 4 + 4)
      words[i] = (p << 24) | (q << 16) | (r << 8) | s
    }
    for (let i = 16; i < 64; i++) {
      const [x, y] = [words[i - 15] ?? 0, words[i - 2] ?? 0]
      const low = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
      const high = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
      words[i] = ((words[i - 16] ?? 0) + low + (words[i - 7] ?? 0) + high) | 0
    }
    compress(state, words, constants)
  }
  return state.map(hex).join('')
}

function compress(state: number[], words: Int32Array, constants: readonly number[]): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const high = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + high + choice + (constants[i] ?? 0) + (words[i] ?? 0)) | 0
    const low = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + low + majority) | 0]
  }
  for (const [index, each] of [a, b, c, d, e, f, g, h].entries()) {
    state[index] = ((state[index] ?? 0) + each) | 0
  }
}

function pad(bytes: Uint8Array, isLittleEndian: boolean): Uint8Array {
  const length = Math.ceil((bytes.length + 9) / 64) * 64
  const padded = new Uint8Array(length)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  const bits = bytes.length * 8
  const [low, high] = [bits >>> 0, Math.floor(bits / 2 ** 32)]
  view.setUint32(length - 8, isLittleEndian ? low : high, isLittleEndian)
  view.setUint32(length - 4, isLittleEndian ? high : low, isLittleEndian)
  return padded
}

function primes(count: number): readonly number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}

function fraction(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0
}

function rotate(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by))
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function swap(value: number): number {
  return (
    ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)
  )
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
