import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { ApiRequest, RemoteCall } from '#sim/apimachinery/request.ts'
import { FileSystem } from '#sim/kernel/os/filesystem.ts'
import { BytesFile } from '#sim/kernel/os/open-files.ts'
import { Processes } from '#sim/kernel/os/process-table.ts'
import type { Host, OpenFile, OsProcess, Program } from '#sim/kernel/os/types.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { type Dialect, createKubectl } from '#sim/kubectl/kubectl.ts'
import type { Manifest } from '#sim/kubectl/manifest.ts'

/** A command that takes longer, in virtual time, waits for something that never comes. */
const RUN_MS_MAX = 300_000

export type RunResult = { readonly stdout: string; readonly stderr: string; readonly code: number }

/** A kubectl on a workstation in front of an API server, without a cluster around it. */
export class Workbench {
  readonly simulation: Simulation
  readonly server: ApiServer
  readonly requests: ApiRequest[] = []
  readonly host: Host
  readonly commands = new Map<string, Program>()
  dialect: Dialect = '1.36'

  /** With a cluster it works against that one. */
  constructor(cluster?: { readonly simulation: Simulation; readonly server: ApiServer }) {
    const simulation =
      cluster?.simulation ?? new Simulation({ seed: 1, epochMs: Date.UTC(2026, 10, 22, 5, 0, 0) })
    this.simulation = simulation
    this.server = cluster?.server ?? new ApiServer({ simulation, resources: resourceDefinitions })
    this.host = {
      simulation,
      hostname: 'workstation',
      fs: new FileSystem({ simulation }),
      processes: new Processes(),
      command: (name) => this.commands.get(name),
      commandNames: () => [...this.commands.keys()],
      network: undefined,
    }
    this.host.fs.mkdir('/home/user', { recursive: true })
    this.host.fs.mkdir('/tmp', { recursive: true })
    // oxlint-disable-next-line require-yield -- the server answers at once
    const { requests, server } = this
    const call: RemoteCall = function* (request) {
      requests.push(request)
      return server.call(request)
    }
    this.commands.set(
      'kubectl',
      createKubectl({
        call,
        dialect: () => this.dialect,
        unixMs: () => simulation.unixMs,
      }),
    )
  }

  write(path: string, text: string): void {
    const absolute = path.startsWith('/') ? path : `/home/user/${path}`
    this.host.fs.mkdir(absolute.slice(0, absolute.lastIndexOf('/')), { recursive: true })
    this.host.fs.writeText(absolute, text)
  }

  /** Sends a request past kubectl, to set the scene; a refusal fails the test. */
  api(method: ApiRequest['method'], path: string, body?: unknown, contentType?: string): Manifest {
    const reply = this.server.call({
      method,
      path,
      user: 'kubernetes-admin',
      headers: {
        accept: 'application/json',
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body }),
    })
    if (reply.type !== 'object' || reply.code >= 400) {
      throw new Error(`${method} ${path}: ${JSON.stringify(reply)}`)
    }
    return reply.body as Manifest
  }

  start(
    command: string,
    options: {
      stdin?: string
      env?: Readonly<Record<string, string>>
      files?: Map<number, OpenFile>
    } = {},
  ): { readonly proc: OsProcess; readonly result: () => RunResult } {
    const argv = splitWords(command)
    const stdout = new Sink()
    const stderr = new Sink()
    const files =
      options.files ??
      new Map<number, OpenFile>([
        [0, new BytesFile(encodeUtf8(options.stdin ?? ''))],
        [1, stdout],
        [2, stderr],
      ])
    const program = this.commands.get(argv[0] ?? '')
    if (program === undefined) throw new Error(`no command ${argv[0]}`)
    const proc = this.host.processes.spawn({
      host: this.host,
      program,
      argv,
      env: new Map(Object.entries({ HOME: '/home/user', ...options.env })),
      cwd: '/home/user',
      files,
    })
    return {
      proc,
      result: () => {
        const { status } = proc
        const code = status === undefined ? 124 : status.type === 'exited' ? status.code : 128
        return { stdout: stdout.text, stderr: stderr.text, code }
      },
    }
  }

  /** Runs a command to its end, or until nothing moves any more. */
  run(command: string, options: Parameters<Workbench['start']>[1] = {}): RunResult {
    const { proc, result } = this.start(command, options)
    const deadline = this.simulation.now + RUN_MS_MAX
    while (proc.status === undefined && (this.simulation.nextEventAt ?? Infinity) <= deadline) {
      if (!this.simulation.step()) break
    }
    if (this.simulation.failure !== undefined) throw this.simulation.failure
    if (proc.status === undefined) proc.signal('SIGKILL')
    return result()
  }
}

class Sink implements OpenFile {
  readonly kind = 'pipe'
  text = '';

  // oxlint-disable-next-line require-yield -- nobody reads this end
  *read(): Generator<never, undefined, unknown> {
    return undefined
  }

  // oxlint-disable-next-line require-yield -- takes everything at once
  *write(bytes: Uint8Array): Generator<never, void, unknown> {
    this.text += decodeUtf8(bytes)
  }

  retain(): void {}

  release(): void {}
}

/** Words of a command line as a shell would split it: quotes and backslashes only. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  const pattern = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g
  for (const [word] of line.matchAll(pattern)) {
    words.push(
      word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, escaped, double, single) => {
        if (escaped !== undefined) return escaped
        return double === undefined ? single : double.replace(/\\(["\\$`])/g, '$1')
      }),
    )
  }
  return words
}
