import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClients } from '../../tools/real-clients.ts'

const root = resolve(import.meta.dirname, '../..')
const clients = realClients()
const kubectl = 'kubectl' in clients ? clients.kubectl : undefined
if ('reason' in clients) console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)

/** `npm run serve` on a free port, thirty times faster than real time. */
async function startServe(args: readonly string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/.bin/tsx'), 'src/serve/main.ts', '--port', '0', ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const url = await new Promise<string>((found, failed) => {
    let seen = ''
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
      const match = /Serving on (http:\/\/127\.0\.0\.1:\d+)/.exec(seen)
      if (match?.[1] !== undefined) found(match[1])
    })
    child.on('exit', (code) => failed(new Error(`serve ended with ${code}: ${seen}`)))
  })
  return { child, url }
}

describe.skipIf(kubectl === undefined)('kubectl 1.36 against serve', () => {
  let server: { child: ChildProcess; url: string }
  let home: string

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'kubectl-'))
    writeFileSync(
      join(home, 'web.yaml'),
      readFileSync(join(root, 'src/lessons/basics/web.yaml'), 'utf8'),
    )
    server = await startServe(['--speed', '30', '--seed', '3'])
  }, 60_000)

  afterAll(async () => {
    const ended = new Promise((done) => server.child.on('exit', done))
    server.child.kill('SIGTERM')
    expect(await ended).toBe(0)
    rmSync(home, { recursive: true, force: true })
  })

  async function run(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(kubectl ?? '', ['-s', server.url, ...args], {
      cwd: home,
      env: { ...process.env, HOME: home, KUBECONFIG: join(home, 'none') },
      timeout: 60_000,
    })
    return stdout
  }

  it('creates, watches, lists, deletes and scales', async () => {
    const watch = spawn(kubectl ?? '', ['-s', server.url, 'get', 'pods', '-w', '--no-headers'], {
      env: { ...process.env, HOME: home, KUBECONFIG: join(home, 'none') },
    })
    let rows = ''
    watch.stdout.on('data', (chunk: Buffer) => (rows += chunk.toString()))

    expect(await run('create', '-f', 'web.yaml')).toBe(
      'service/nginx created\nstatefulset.apps/web created\n',
    )
    await run('rollout', 'status', 'statefulset/web', '--timeout=60s')
    const wide = await run('get', 'sts,pvc,pods', '-o', 'wide')
    expect(wide).toMatch(/statefulset\.apps\/web +2\/2 +\S+ +nginx +k8s\.gcr\.io\/nginx-slim:0\.8/)
    expect(wide).toMatch(/persistentvolumeclaim\/www-web-1 +Bound/)
    expect(wide).toMatch(/pod\/web-1 +1\/1 +Running +0 +\S+ +10\.244\.\d+\.\d+ +node-[abc]/)

    const uidBefore = await run('get', 'pod', 'web-0', '-o', 'jsonpath={.metadata.uid}')
    expect(await run('delete', 'pod', 'web-0')).toBe('pod "web-0" deleted from default namespace\n')
    await run('rollout', 'status', 'statefulset/web', '--timeout=60s')
    await run('wait', '--for=condition=Ready', 'pod/web-0', '--timeout=60s')
    const uidAfter = await run('get', 'pod', 'web-0', '-o', 'jsonpath={.metadata.uid}')
    expect(uidAfter).not.toBe(uidBefore)

    expect(await run('scale', 'sts', 'web', '--replicas=3')).toBe('statefulset.apps/web scaled\n')
    await run('rollout', 'status', 'statefulset/web', '--timeout=60s')
    expect(await run('get', 'pods', '-o', 'name')).toBe('pod/web-0\npod/web-1\npod/web-2\n')
    expect(await run('exec', 'web-2', '--', 'hostname')).toBe('web-2\n')

    watch.kill('SIGINT')
    const order = rows.split('\n').map((row) => row.split(/ +/).slice(0, 3).join(' '))
    expect(order.indexOf('web-0 1/1 Running')).toBeGreaterThanOrEqual(0)
    expect(order.indexOf('web-0 1/1 Running')).toBeLessThan(order.indexOf('web-1 0/1 Pending'))
  }, 120_000)
})
