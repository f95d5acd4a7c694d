import { Processes } from '#sim/kernel/os/process-table.ts'
import { FileSystem } from '#sim/kernel/os/filesystem.ts'
import type { Host } from '#sim/kernel/os/types.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { type Dialect, createKubectl } from '#sim/kubectl/kubectl.ts'
import { createHttpCall } from './kubectl-http.ts'
import { hostCommand, nodeFiles, standardStreams } from './kubectl-host.ts'
import { RealTimeLoop } from './run-in-real-time.ts'

/**
 * `npm run -s kubectl -- …`: our kubectl under Node against a served cluster. It is the program
 * that runs in the page, with this machine's files and streams, and HTTP in place of a call.
 */
const { argv, server, dialect } = readArguments(process.argv.slice(2))
const simulation = new Simulation({ seed: 1, epochMs: Date.now() })
const loop = new RealTimeLoop(simulation, 1, (error) => {
  throw error
})
const wake = (): void => loop.wake()
const http = createHttpCall({ server, wake })
const program = createKubectl({
  call: http.call,
  dialect: () => dialect,
  unixMs: () => Date.now() + http.clockSkewMs(),
  server,
  files: () => nodeFiles,
})
const host: Host = {
  simulation,
  hostname: 'localhost',
  fs: new FileSystem({ simulation }),
  processes: new Processes(),
  command: hostCommand,
  commandNames: () => [],
  network: undefined,
}
const env = Object.entries(process.env).filter(
  (entry): entry is [string, string] => entry[1] !== undefined,
)
const proc = host.processes.spawn({
  host,
  program,
  argv: ['kubectl', ...argv],
  env: new Map(env),
  cwd: process.cwd(),
  files: standardStreams(wake),
})
process.on('SIGINT', () => {
  proc.signal('SIGINT')
  wake()
})
proc.onExit((status) => {
  loop.stop()
  const code = status.type === 'exited' ? status.code : 130
  // What was written must have left before the process ends.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
})
loop.start()

function readArguments(words: readonly string[]): {
  argv: readonly string[]
  server: string
  dialect: Dialect
} {
  const kept: string[] = []
  let server = 'http://127.0.0.1:8001'
  let dialect: Dialect = '1.36'
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') {
      kept.push(...words.slice(at))
      break
    }
    const [name, inline] = splitFlag(word)
    const isOurs = name === '--dialect' || name === '-s' || name === '--server'
    if (!isOurs) {
      kept.push(word)
      continue
    }
    const value = inline ?? words[++at] ?? ''
    if (name !== '--dialect') server = value.replace(/\/$/, '')
    else if (value === '1.36' || value === '1.10') dialect = value
    else {
      console.error(`error: unknown dialect "${value}", there are 1.36 and 1.10`)
      process.exit(1)
    }
  }
  return { argv: kept, server, dialect }
}

function splitFlag(word: string): [string, string?] {
  const equals = word.indexOf('=')
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)]
}
