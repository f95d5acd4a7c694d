import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WEB_YAML } from '../../tools/recordings/kubectl/scene.ts'

const TSX = join(process.cwd(), 'node_modules/.bin/tsx')
const MAIN = join(process.cwd(), 'src/serve/kubectl-main.ts')

let server: ChildProcess
let address = ''
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubectl-'))
  writeFileSync(join(folder, 'web.yaml'), WEB_YAML)
  server = spawn(TSX, ['src/serve/main.ts', '--port', '0', '--speed', 'max'], { stdio: 'pipe' })
  address = await new Promise((resolve) => {
    server.stdout?.on('data', (chunk: Buffer) => {
      const match = /Serving on (\S+)/.exec(chunk.toString())
      if (match?.[1] !== undefined) resolve(match[1])
    })
  })
}, 60_000)

afterAll(() => {
  server.kill('SIGTERM')
  rmSync(folder, { recursive: true })
})

function kubectl(args: readonly string[], input = '') {
  const run = spawnSync(TSX, [MAIN, '-s', address, ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
  })
  return { stdout: run.stdout, stderr: run.stderr, code: run.status }
}

it('works over HTTP as it does in the page', () => {
  expect(kubectl(['create', '-f', 'web.yaml'])).toEqual({
    stdout: 'service/nginx created\nstatefulset.apps/web created\n',
    stderr: '',
    code: 0,
  })
  const wait = ['wait', '--for=jsonpath={.status.readyReplicas}=2', 'sts/web', '--timeout=20s']
  expect(kubectl(wait)).toEqual({
    stdout: 'statefulset.apps/web condition met\n',
    stderr: '',
    code: 0,
  })
  expect(kubectl(['--dialect', '1.10', 'get', 'sts']).stdout).toMatch(
    /^NAME {6}DESIRED {3}CURRENT {3}AGE\nweb {7}2 {9}2 {9}\d+[sm]\n$/,
  )
  expect(kubectl(['exec', '-i', 'web-0', '--', 'cat'], 'a\nb\n')).toEqual({
    stdout: 'a\nb\n',
    stderr: '',
    code: 0,
  })
  expect(kubectl(['exec', 'web-1', '--', 'sh', '-c', 'hostname; exit 5'])).toEqual({
    stdout: 'web-1\n',
    stderr: 'command terminated with exit code 5\n',
    code: 5,
  })
  expect(kubectl(['apply', '-f', '-'], WEB_YAML).stdout).toBe(
    'service/nginx configured\nstatefulset.apps/web configured\n',
  )
  expect(kubectl(['delete', 'pod', 'web-0']).stdout).toBe(
    'pod "web-0" deleted from default namespace\n',
  )
}, 120_000)

it('tells that nobody listens', () => {
  const run = spawnSync(TSX, [MAIN, '-s', 'http://127.0.0.1:9', 'get', 'pods'], {
    encoding: 'utf8',
  })
  expect(run.status).toBe(1)
  expect(run.stderr).toMatch(
    /^(The connection to the server 127\.0\.0\.1:9 was refused - did you specify the right host or port\?|Unable to connect to the server: .*)\n$/,
  )
}, 60_000)
