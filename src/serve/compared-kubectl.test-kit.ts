import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClients } from '../../tools/real-clients.ts'
import { Workbench } from '../../tools/recordings/kubectl/workbench.ts'
import { type ServedApi, serveApi } from './served-api.test-kit.ts'
import { type Outcome, start } from './served-cluster.test-kit.ts'

type Printed = { readonly stdout: string; readonly stderr: string; readonly code: number }

/**
 * Kubectl 1.36 and ours: what they print has to agree, but for their clocks. They work on one
 * server, or each on one of its own, so that what the first does is not done when the second comes.
 */
export class ComparedKubectl {
  readonly bench: Workbench
  readonly #served: ServedApi
  readonly #others: ServedApi
  readonly #kubectl: string
  readonly #home = mkdtempSync(join(tmpdir(), 'compared-'))

  private constructor(kubectl: string, served: ServedApi, others: ServedApi) {
    this.#kubectl = kubectl
    this.#served = served
    this.#others = others
    this.bench = new Workbench(others)
    const account = { metadata: { name: 'default' } }
    this.api('POST', '/api/v1/namespaces/default/serviceaccounts', account)
  }

  static async start({ isApart = false } = {}): Promise<ComparedKubectl> {
    const clients = realClients()
    if ('reason' in clients) throw new Error(clients.reason)
    const served = await serveApi()
    return new ComparedKubectl(clients.kubectl, served, isApart ? await serveApi() : served)
  }

  /** Sets the scene for both; a refusal fails the test. */
  api(...request: Parameters<Workbench['api']>): void {
    this.bench.api(...request)
    if (this.#served !== this.#others) new Workbench(this.#served).api(...request)
  }

  async stop(): Promise<void> {
    await this.#served.stop()
    if (this.#served !== this.#others) await this.#others.stop()
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
    const args = words.split(' ')
    const { stdout, stderr, code } = await this.real(...args)
    const own = this.bench.run(`kubectl ${args.map((arg) => `'${arg}'`).join(' ')}`)
    return { real: { stdout, stderr, code }, own }
  }
}

/** Why tests that compare are left out, if they have to be; said once. */
export function whyNotCompared(): string | undefined {
  const clients = realClients()
  if (!('reason' in clients)) return undefined
  console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)
  return clients.reason
}
