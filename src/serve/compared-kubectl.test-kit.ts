import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClients } from '../../tools/real-clients.ts'
import { Workbench } from '../../tools/recordings/kubectl/workbench.ts'
import { type ServedApi, serveApi } from './served-api.test-kit.ts'
import { type Outcome, start } from './served-cluster.test-kit.ts'

type Printed = { readonly stdout: string; readonly stderr: string; readonly code: number }

/** Kubectl 1.36 and ours before one server: what they print has to agree, but for their clocks. */
export class ComparedKubectl {
  readonly bench: Workbench
  readonly #served: ServedApi
  readonly #kubectl: string
  readonly #home = mkdtempSync(join(tmpdir(), 'compared-'))

  private constructor(served: ServedApi, kubectl: string) {
    this.#served = served
    this.#kubectl = kubectl
    this.bench = new Workbench(served)
    const account = { metadata: { name: 'default' } }
    this.bench.api('POST', '/api/v1/namespaces/default/serviceaccounts', account)
  }

  static async start(): Promise<ComparedKubectl> {
    const clients = realClients()
    if ('reason' in clients) throw new Error(clients.reason)
    return new ComparedKubectl(await serveApi(), clients.kubectl)
  }

  async stop(): Promise<void> {
    await this.#served.stop()
    rmSync(this.#home, { recursive: true, force: true })
  }

  /** A file for both. */
  write(name: string, text: string): void {
    writeFileSync(join(this.#home, name), text)
    this.bench.write(name, text)
  }

  real(...args: readonly string[]): Promise<Outcome> {
    const env = { HOME: this.#home, KUBECONFIG: join(this.#home, 'none') }
    return start(this.#kubectl, ['-s', this.#served.url, ...args], { env, cwd: this.#home }).ended
  }

  async both(words: string): Promise<{ readonly real: Printed; readonly own: Printed }> {
    const { stdout, stderr, code } = await this.real(...words.split(' '))
    return { real: { stdout, stderr, code }, own: this.bench.run(`kubectl ${words}`) }
  }
}

/** Why tests that compare are left out, if they have to be; said once. */
export function whyNotCompared(): string | undefined {
  const clients = realClients()
  if (!('reason' in clients)) return undefined
  console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)
  return clients.reason
}
