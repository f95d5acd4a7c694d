/** Text as UTF-8 bytes. The simulation compiles without the DOM library, hence its own codec. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) return encodeSlowly(text)
    bytes[i] = unit
  }
  return bytes
}

const NONE = new Uint8Array(0)

export function decodeUtf8(bytes: Uint8Array): string {
  return new Utf8Decoder().finish(bytes)
}

/** Decodes a stream whose chunks may end inside a character. */
export class Utf8Decoder {
  #pending = NONE

  push(chunk: Uint8Array): string {
    const bytes = this.#pending.length === 0 ? chunk : concatBytes([this.#pending, chunk])
    const whole = lengthOfWholeCharacters(bytes)
    this.#pending = whole === bytes.length ? NONE : bytes.slice(whole)
    return decodeWhole(whole === bytes.length ? bytes : bytes.subarray(0, whole))
  }

  finish(chunk: Uint8Array): string {
    const text = this.push(chunk)
    const rest = this.#pending.length > 0 ? '\ufffd' : ''
    this.#pending = NONE
    return text + rest
  }
}

export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const chunk of chunks) length += chunk.length
  const all = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

function encodeSlowly(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text) {
    let point = character.codePointAt(0) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd
    if (point < 0x80) bytes.push(point)
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), continuation(point))
    else if (point < 0x10000) {
      bytes.push(0xe0 | (point >> 12), continuation(point >> 6), continuation(point))
    } else {
      bytes.push(0xf0 | (point >> 18), continuation(point >> 12))
      bytes.push(continuation(point >> 6), continuation(point))
    }
  }
  return Uint8Array.from(bytes)
}

function continuation(bits: number): number {
  return 0x80 | (bits & 0x3f)
}

/** How many bytes a character that starts with this byte takes; 0 for one that starts none. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >= 0xc2 && lead < 0xe0) return 2
  if (lead >= 0xe0 && lead < 0xf0) return 3
  if (lead >= 0xf0 && lead < 0xf5) return 4
  return 0
}

function lengthOfWholeCharacters(bytes: Uint8Array): number {
  const length = bytes.length
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    return sequenceLength(byte) > back ? length - back : length
  }
  return length
}

const UNITS_AT_ONCE = 8192

function decodeWhole(bytes: Uint8Array): string {
  let text = ''
  const units: number[] = []
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i] ?? 0
    const size = lead < 0x80 ? 1 : validLength(bytes, i)
    if (size === 0) {
      units.push(0xfffd)
      i++
    } else {
      pushPoint(units, pointAt(bytes, i, size))
      i += size
    }
    if (units.length >= UNITS_AT_ONCE) text += String.fromCharCode(...units.splice(0))
  }
  return text + String.fromCharCode(...units)
}

function validLength(bytes: Uint8Array, at: number): number {
  const size = sequenceLength(bytes[at] ?? 0)
  for (let i = 1; i < size; i++) {
    if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  }
  return size > 2 && !isShortest(bytes[at] ?? 0, bytes[at + 1] ?? 0) ? 0 : size
}

/** Not what fewer bytes could say, no half of a surrogate pair, and not beyond the last character. */
function isShortest(lead: number, second: number): boolean {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0
    case 0xed:
      return second < 0xa0
    case 0xf0:
      return second >= 0x90
    case 0xf4:
      return second < 0x90
    default:
      return true
  }
}

function pointAt(bytes: Uint8Array, at: number, size: number): number {
  const lead = bytes[at] ?? 0
  if (size === 1) return lead
  let point = lead & (0xff >> (size + 1))
  for (let i = 1; i < size; i++) point = (point << 6) | ((bytes[at + i] ?? 0) & 0x3f)
  return point
}

function pushPoint(units: number[], point: number): void {
  if (point < 0x10000) units.push(point)
  else units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff))
}
