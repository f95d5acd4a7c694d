import { NullFile } from '#sim/kernel/os/open-files.ts'
import { Pipe } from '#sim/kernel/os/pipe.ts'
import type { Host, OpenFile, Program } from '#sim/kernel/os/types.ts'
import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { concatBytes } from '#sim/kernel/os/utf8.ts'
import { join } from '#sim/kernel/waits.ts'
import { exitCode } from './shell.ts'
import { shellProgram } from './shell-program.ts'

export type ScriptResult = {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

export type ScriptOptions = {
  readonly cwd?: string
  readonly env?: ReadonlyMap<string, string>
  /** argv[0]: `bash` and `sh` differ in words and in what they know. */
  readonly shell?: string
  readonly program?: Program
}

/** Runs `sh -c script` on a host and collects what it prints. */
export function* runScript(
  host: Host,
  script: string,
  options: ScriptOptions = {},
): Task<ScriptResult> {
  const [out, err] = [new Pipe(), new Pipe()]
  const name = options.shell ?? 'bash'
  const process = host.processes.spawn({
    host,
    program: options.program ?? host.command(name) ?? shellProgram,
    argv: [name, '-c', script],
    env: options.env ?? new Map([['PATH', '/usr/local/bin:/usr/bin:/bin']]),
    cwd: options.cwd ?? '/',
    files: new Map<number, OpenFile>([
      [0, new NullFile()],
      [1, out.writeEnd],
      [2, err.writeEnd],
    ]),
    group: 'new',
  })
  const readers = [out, err].map((pipe) =>
    host.simulation.spawn(collect(pipe.readEnd), { name: `${host.hostname}/output` }),
  )
  const texts: string[] = []
  for (const reader of readers) {
    const exit = yield* join(reader)
    texts.push(exit.type === 'returned' ? exit.value : '')
  }
  const [stdout = '', stderr = ''] = texts
  return { stdout, stderr, code: exitCode(yield* process.wait()) }
}

function* collect(end: OpenFile): Task<string> {
  end.retain()
  try {
    const chunks: Uint8Array[] = []
    for (;;) {
      const chunk = yield* end.read(64 * 1024)
      if (chunk === undefined) return decodeUtf8(concatBytes(chunks))
      chunks.push(chunk)
    }
  } finally {
    end.release()
  }
}
