import { Pipe } from '#sim/kernel/os/pipe.ts'
import { type OpenFile, OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { addFile, closeFd, LineReader, openFd } from '../input.ts'
import { AwkError, type Output } from './syntax.ts'

/** The files and commands that a program writes to and reads from, by their names. */
export class AwkChannels {
  readonly #proc: OsProcess
  readonly #outputs = new Map<string, { readonly fd: number; readonly child?: OsProcess }>()
  readonly #readers = new Map<string, { readonly reader: LineReader; readonly fd: number }>()

  constructor(proc: OsProcess) {
    this.#proc = proc
  }

  /** The descriptor for `> target`, `>> target` or `| target`: opened once, kept until closed. */
  *outputTo(target: string, kind: Output['kind']): Task<number> {
    const known = this.#outputs.get(target)
    if (known !== undefined) return known.fd
    if (target === '/dev/stderr') return 2
    if (target === '/dev/stdout') return 1
    if (kind === '|') return this.#startWriter(target)
    const file = yield* this.#proc.open(target, {
      write: true,
      create: true,
      truncate: kind === '>',
      append: kind === '>>',
    })
    const fd = addFile(this.#proc, file)
    this.#outputs.set(target, { fd })
    return fd
  }

  /** The next line of a file or of a command's output; -1 where the file cannot be opened. */
  *nextLineOf(name: string, isCommand: boolean): Task<string | undefined | -1> {
    let known = this.#readers.get(name)
    if (known === undefined) {
      const fd = isCommand ? this.#startReader(name) : yield* this.#openFile(name)
      if (fd === undefined) return -1
      known = { reader: new LineReader(this.#proc, fd), fd }
      this.#readers.set(name, known)
    }
    return yield* known.reader.next()
  }

  /** Runs a command to its end; its exit code. */
  *run(command: string): Task<number> {
    const status = yield* this.#shell(command, new Map(this.#proc.files), -1).wait()
    return status.type === 'exited' ? status.code : 256
  }

  *close(name: string): Task<number> {
    const reader = this.#readers.get(name)
    if (reader !== undefined) {
      closeFd(this.#proc, reader.fd)
      this.#readers.delete(name)
      return 0
    }
    const output = this.#outputs.get(name)
    if (output === undefined) return -1
    this.#outputs.delete(name)
    closeFd(this.#proc, output.fd)
    if (output.child !== undefined) yield* output.child.wait()
    return 0
  }

  /** What is written to has to arrive before the program ends. */
  *closeOutputs(): Task {
    for (const name of [...this.#outputs.keys()]) yield* this.close(name)
  }

  #startWriter(command: string): number {
    const pipe = new Pipe()
    const fd = addFile(this.#proc, pipe.writeEnd)
    const child = this.#shell(command, new Map(this.#proc.files).set(0, pipe.readEnd), fd)
    this.#outputs.set(command, { fd, child })
    return fd
  }

  #startReader(command: string): number {
    const pipe = new Pipe()
    const fd = addFile(this.#proc, pipe.readEnd)
    this.#shell(command, new Map(this.#proc.files).set(1, pipe.writeEnd), fd)
    return fd
  }

  *#openFile(name: string): Task<number | undefined> {
    try {
      return yield* openFd(this.#proc, name)
    } catch (error) {
      if (error instanceof OsError) return undefined
      throw error
    }
  }

  #shell(command: string, files: Map<number, OpenFile>, ours: number): OsProcess {
    const program = this.#proc.host.command('sh')
    if (program === undefined) throw new AwkError('no shell to run commands with')
    files.delete(ours)
    return this.#proc.host.processes.spawn({
      host: this.#proc.host,
      program,
      argv: ['sh', '-c', command],
      env: this.#proc.env,
      cwd: this.#proc.cwd,
      files,
      parent: this.#proc,
    })
  }
}
