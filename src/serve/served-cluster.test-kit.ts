import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

export type Outcome = {
  readonly stdout: string
  readonly stderr: string
  /** Both streams, as they came. */
  readonly output: string
  readonly code: number
}

export type Running = {
  readonly child: ChildProcess
  readonly ended: Promise<Outcome>
  /** Waits until the program has printed this. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>
  /** Ends it as Ctrl-C would, and waits for that. */
  readonly interrupt: () => Promise<Outcome>
}

const PATIENCE_MS = 60_000

/** A program from outside, with what it prints. It is killed if it never comes to an end. */
export function start(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string | Buffer } = {},
): Running {
  const child = spawn(program, [...args], {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let [stdout, stderr, output] = ['', '', '']
  const listeners = new Set<() => void>()
  const hear = (text: string) => {
    output += text
    for (const listener of listeners) listener()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    hear(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    hear(text)
  })
  // Who does not read its input closes it early; that is its right.
  child.stdin.on('error', () => {})
  if (options.input !== undefined) child.stdin.end(options.input)
  else child.stdin.end()
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  const ended = new Promise<Outcome>((done, failed) => {
    child.on('error', failed)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal === 'SIGKILL') output += `\n(killed after ${PATIENCE_MS} ms)`
      done({ stdout, stderr, output, code: code ?? -1 })
    })
  })
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((found, failed) => {
      const look = () => {
        const match = pattern.exec(output)
        if (match === null) return
        listeners.delete(look)
        found(match)
      }
      listeners.add(look)
      void ended.then(() => failed(new Error(`ended without ${pattern}: ${output}`)))
      look()
    })
  const interrupt = () => {
    child.kill('SIGINT')
    return ended
  }
  return { child, ended, printed, interrupt }
}

/** One cluster served over HTTP by a process of its own, and a home for those who visit it. */
export class ServedCluster {
  readonly url: string
  readonly home: string
  /** Where the server's Node can be inspected, if it was told to allow that. */
  readonly inspector: string | undefined
  readonly #server: Running
  readonly #kubectl: string

  private constructor({ running, url, inspector }: Listening, kubectl: string) {
    this.#server = running
    this.url = url
    this.inspector = inspector
    this.#kubectl = kubectl
    this.home = mkdtempSync(join(tmpdir(), 'served-'))
  }

  static async start(
    options: {
      kubectl?: string
      args?: readonly string[]
      /** Arguments of the server's Node itself. */
      nodeArgs?: readonly string[]
    } = {},
  ): Promise<ServedCluster> {
    const args = options.args ?? ['--speed', '30', '--seed', '3']
    const server = spawn(
      process.execPath,
      [...(options.nodeArgs ?? []), '--import', 'tsx', 'src/serve/main.ts', '--port', '0', ...args],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    return new ServedCluster(await listening(server), options.kubectl ?? '')
  }

  /** Ends the server as an operator would; its exit code. */
  async stop(): Promise<number> {
    this.#server.child.kill('SIGTERM')
    const { code } = await this.#server.ended
    rmSync(this.home, { recursive: true, force: true })
    return code
  }

  get env(): Record<string, string> {
    // Discovery is cached by address and port, and ports come back: each home has its own cache.
    return { HOME: this.home, KUBECONFIG: join(this.home, 'none'), HELM_KUBEAPISERVER: this.url }
  }

  /** Writes a file in the home, with the folders it lies in. */
  write(name: string, text: string | Buffer): string {
    const path = join(this.home, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  startKubectl(
    args: readonly string[],
    { env, input }: { env?: Record<string, string>; input?: string | Buffer } = {},
  ): Running {
    return start(this.#kubectl, ['-s', this.url, ...args], {
      env: { ...this.env, ...env },
      cwd: this.home,
      ...(input === undefined ? {} : { input }),
    })
  }

  /** What kubectl prints on stdout; a failure is the test's. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const outcome = await this.startKubectl(args).ended
    if (outcome.code === 0) return outcome.stdout
    throw new Error(`kubectl ${args.join(' ')} ended with ${outcome.code}: ${outcome.output}`)
  }

  /** A part of an object, by JSONPath. */
  read(object: string, path: string): Promise<string> {
    return this.kubectl('get', object, '-o', `jsonpath=${path}`)
  }

  /** What kubectl prints on both streams, with its exit code, whatever that is. */
  async outcome(args: readonly string[], input?: string | Buffer): Promise<Outcome> {
    return this.startKubectl(args, input === undefined ? {} : { input }).ended
  }
}

type Listening = {
  readonly running: Running
  readonly url: string
  readonly inspector: string | undefined
}

function listening(child: ChildProcess): Promise<Listening> {
  let [stdout, stderr] = ['', '']
  const ended = new Promise<Outcome>((done) => {
    child.on('close', (code) => done({ stdout, stderr, output: stdout + stderr, code: code ?? -1 }))
  })
  const interrupt = () => {
    child.kill('SIGINT')
    return ended
  }
  const printed = () => Promise.reject(new Error('a server is asked over HTTP'))
  return new Promise((found, failed) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
      process.stderr.write(chunk)
    })
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      const url = /Serving on (http:\/\/127\.0\.0\.1:\d+)/.exec(stdout)?.[1]
      if (url === undefined) return
      const inspector = /Debugger listening on (\S+)/.exec(stderr)?.[1]
      found({ url, inspector, running: { child, ended, printed, interrupt } })
    })
    void ended.then(({ output }) => failed(new Error(`serve ended: ${output}`)))
  })
}

/** Asks until the answer is as wanted, for what comes about by itself. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
): Promise<T> {
  const endsAt = performance.now() + 30_000
  for (;;) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    if (performance.now() > endsAt) throw new Error(`still ${JSON.stringify(answer)}`)
    await new Promise((done) => setTimeout(done, 100))
  }
}

/** A StatefulSet of one Pod. */
export function setOf(name: string, podSpec: object): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      serviceName: 'nginx',
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec },
    },
  })
}

/** A container that does nothing, and does not end when it is asked to. */
export function sleeper(name: string, image = 'busybox:1.36') {
  return { name, image, command: ['sleep', '1000000'] }
}

/** A manifest of the lessons, as learners apply it. */
export function lessonManifest(path: string): string {
  return readFileSync(join(root, 'src/lessons', path), 'utf8')
}
