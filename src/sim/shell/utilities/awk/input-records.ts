import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { closeFd, LineReader, openFd } from '../input.ts'

export type InputListener = {
  /** RS, as it is when a record is asked for. */
  readonly separator: () => string
  /** `name=text` between the files. */
  readonly assign: (name: string, text: string) => void
  readonly opened: (file: string) => void
}

/** The records of the files that the command line names, or of stdin. */
export class InputRecords {
  readonly #proc: OsProcess
  readonly #operands: string[]
  readonly #listener: InputListener
  #reader: LineReader | undefined
  #fd = 0
  #hasReadFile = false
  /** What is left of a line behind a separator that is no newline. */
  #pending: string | undefined

  constructor(proc: OsProcess, operands: readonly string[], listener: InputListener) {
    this.#proc = proc
    this.#operands = [...operands]
    this.#listener = listener
  }

  *next(): Task<string | undefined> {
    for (;;) {
      const reader = this.#reader ?? (yield* this.#openNext())
      if (reader === undefined) return undefined
      const separator = this.#listener.separator()
      const record =
        separator === '\n' ? yield* reader.next() : yield* this.#paragraph(reader, separator)
      if (record !== undefined) return record
      this.closeFile()
    }
  }

  closeFile(): void {
    if (this.#fd !== 0) closeFd(this.#proc, this.#fd)
    this.#fd = 0
    this.#reader = undefined
  }

  /** Records that end elsewhere than at newlines; an empty separator means blank lines. */
  *#paragraph(reader: LineReader, separator: string): Task<string | undefined> {
    const lines: string[] = []
    for (;;) {
      const line = this.#pending ?? (yield* reader.next())
      this.#pending = undefined
      if (line === undefined) break
      if (separator === '') {
        if (line !== '') lines.push(line)
        else if (lines.length > 0) return lines.join('\n')
        continue
      }
      const at = line.indexOf(separator)
      if (at < 0) {
        lines.push(line)
        continue
      }
      this.#pending = line.slice(at + separator.length)
      lines.push(line.slice(0, at))
      return lines.join('\n')
    }
    const endsLine = separator !== '' && reader.hasFinalNewline === true
    const rest = lines.join('\n') + (endsLine && lines.length > 0 ? '\n' : '')
    return rest === '' ? undefined : rest
  }

  *#openNext(): Task<LineReader | undefined> {
    for (;;) {
      const operand = this.#operands.shift()
      if (operand === undefined) return this.#hasReadFile ? undefined : this.#readFrom(0)
      const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(operand)
      if (assignment !== null) {
        this.#listener.assign(assignment[1] ?? '', assignment[2] ?? '')
        continue
      }
      this.#hasReadFile = true
      this.#listener.opened(operand)
      return this.#readFrom(operand === '-' ? 0 : yield* openFd(this.#proc, operand))
    }
  }

  #readFrom(fd: number): LineReader {
    this.#hasReadFile = true
    this.#fd = fd
    this.#reader = new LineReader(this.#proc, fd)
    return this.#reader
  }
}
