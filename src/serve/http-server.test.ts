import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { KubeletEndpoint } from '#sim/apimachinery/kubelet-endpoint.ts'
import type { ApiReply } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { Channel } from '#sim/kernel/waits.ts'
import { type ServedApi, serveApi } from './served-api.test-kit.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const NAMESPACE = '/api/v1/namespaces/default'

/** A command that says back what it hears, in capitals, and ends with code 3. */
function shout(): ApiReply {
  return {
    type: 'stream',
    code: 101,
    start: () => {
      const output = new Channel<Uint8Array>()
      const ended = new Channel<true>()
      return {
        stdin: {
          *write(bytes) {
            output.push(Buffer.from(Buffer.from(bytes).toString().toUpperCase()))
            yield* []
          },
          end: () => {
            output.close()
            ended.push(true)
          },
        },
        stdout: { read: () => output.take() },
        *done() {
          yield* ended.take()
          return {
            metadata: {},
            status: 'Failure',
            reason: 'NonZeroExitCode',
            details: { causes: [{ reason: 'ExitCode', message: '3' }] },
          } as unknown as Status
        },
        close: () => {},
      }
    },
  }
}

describe('the HTTP front', () => {
  let served: ServedApi
  let url: string

  beforeEach(async () => {
    served = await serveApi()
    url = served.url
    const refuse = (): ApiReply => ({ type: 'text', code: 500, body: 'not here' })
    const kubelet: KubeletEndpoint = {
      exec: shout,
      attach: refuse,
      logs: refuse,
      portForward: refuse,
    }
    served.server.connectKubelet('n', kubelet)
    await post(`${NAMESPACE}/serviceaccounts`, { metadata: { name: 'default' } })
  })

  afterEach(() => served.stop())

  function post(path: string, body: unknown): Promise<Response> {
    return fetch(url + path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) })
  }

  it('escapes as Go does, and says what the server warns of', async () => {
    const created = await post(`${NAMESPACE}/configmaps`, {
      metadata: { name: 'a' },
      data: { html: '<&>' },
      dta: 1,
    })
    expect(created.status).toBe(201)
    expect(created.headers.get('warning')).toBe(String.raw`299 - "unknown field \"dta\""`)
    expect(await created.text()).toContain(String.raw`"html":"\u003c\u0026\u003e"`)
  })

  it('streams a watch, and ends it by the clock of its client', async () => {
    const response = await fetch(`${url}${NAMESPACE}/configmaps?watch=1&timeoutSeconds=1`)
    const lines = response.text()
    await post(`${NAMESPACE}/configmaps`, { metadata: { name: 'a' } })
    const events = (await lines)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string })
    expect(events.map(({ type }) => type)).toEqual(['ADDED'])
  })

  it('answers what is no request with a refusal, and lives on', async () => {
    const bad = await fetch(`${url}${NAMESPACE}/configmaps`, { method: 'POST', body: '{' })
    expect(bad.status).toBe(415)
    expect((await fetch(`${url}/nowhere`)).status).toBe(404)
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok')
  })

  /** What `exec` opens. */
  async function shoutedAt(): Promise<WebSocket> {
    await post(`${NAMESPACE}/pods`, {
      metadata: { name: 'p' },
      spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
    })
    return new WebSocket(
      `${url.replace('http', 'ws')}${NAMESPACE}/pods/p/exec?command=x&stdin=1&stdout=1`,
      'v5.channel.k8s.io',
    )
  }

  it('carries exec over a WebSocket, with the end of stdin and an exit code', async () => {
    const socket = await shoutedAt()
    const told: [number, string][] = []
    socket.on('message', (data: Buffer) => told.push([data[0] ?? 0, data.subarray(1).toString()]))
    socket.on('open', () => {
      socket.send(Buffer.from('\0hello'))
      socket.send(Buffer.of(255, 0))
    })
    await new Promise((resolve) => socket.on('close', resolve))
    expect(told[0]).toEqual([1, 'HELLO'])
    expect(told[1]?.[0]).toBe(3)
    expect(JSON.parse(told[1]?.[1] ?? '')).toMatchObject({ reason: 'NonZeroExitCode' })
  })

  it('refuses exec on an absent Pod before anything is upgraded', async () => {
    const socket = new WebSocket(
      `${url.replace('http', 'ws')}${NAMESPACE}/pods/absent/exec?command=x&stdout=1`,
      'v5.channel.k8s.io',
    )
    const code = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('error', () => {})
    })
    expect(code).toBe(404)
  })

  it('ends what is open when it closes: watches, and what has left HTTP', async () => {
    const watch = await fetch(`${url}${NAMESPACE}/configmaps?watch=1`)
    const socket = await shoutedAt()
    await new Promise((resolve) => socket.on('open', resolve))
    const ended = new Promise((resolve) => socket.on('close', resolve))
    await served.stop()
    await ended
    await expect(watch.text()).rejects.toThrow()
  })

  it('listens to this host alone', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ scopeid, address }) => (scopeid ?? 0) === 0 && address !== '127.0.0.1')
      .map(({ address }) => address)
    // All of 127.0.0.0/8 is this host on Linux, so there is always one to try.
    const tried = process.platform === 'linux' ? ['127.0.0.2', ...others] : others
    for (const address of tried)
      await expect(reached(address, served.port), address).rejects.toThrow('ECONNREFUSED')
    await reached('127.0.0.1', served.port)
  })

  it('lets pages of any origin ask, and read what it warns of', async () => {
    const headers = { origin: 'http://example.org', 'access-control-request-method': 'PATCH' }
    const asked = await fetch(`${url}${NAMESPACE}/configmaps`, { method: 'OPTIONS', headers })
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH')
    const listed = await fetch(`${url}${NAMESPACE}/configmaps`)
    for (const { headers: told } of [asked, listed]) {
      expect(told.get('access-control-allow-origin')).toBe('*')
      expect(told.get('access-control-expose-headers')).toContain('Warning')
    }
  })
})

function reached(host: string, port: number): Promise<void> {
  return new Promise((done, failed) => {
    const socket = connect({ host, port }, () => {
      socket.destroy()
      done()
    })
    socket.on('error', failed)
  })
}
