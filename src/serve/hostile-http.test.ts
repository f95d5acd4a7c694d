import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedApi, serveApi } from './served-api.test-kit.ts'

const MAPS = '/api/v1/namespaces/default/configmaps'
const PATIENCE_MS = 20_000

type Answer = { readonly code: number; readonly type: string; readonly body: string }

describe('over HTTP, hostile clients', () => {
  let served: ServedApi

  beforeAll(async () => {
    served = await serveApi()
  })

  afterAll(() => served.stop())

  /** Bytes as they are, past every check of an HTTP library; what comes back until the end. */
  function sendRaw(bytes: Buffer): Promise<string> {
    return new Promise((done, failed) => {
      const socket = connect(served.port, '127.0.0.1')
      let heard = ''
      const timer = setTimeout(
        () => failed(new Error(`no answer to ${bytes.toString()}`)),
        PATIENCE_MS,
      )
      const end = () => {
        clearTimeout(timer)
        done(heard)
      }
      socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
      // A server that has said no may close before it has read everything.
      socket.on('error', end).on('close', end)
      socket.end(bytes)
    })
  }

  async function send(
    method: string,
    target: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
  ): Promise<Answer> {
    const payload = Buffer.from(body)
    const lines = Object.entries({
      host: 'x',
      connection: 'close',
      'content-length': String(payload.length),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
    return parsed(await sendRaw(Buffer.concat([head, payload])))
  }

  function expectStatus({ code, type, body }: Answer, shown: string): void {
    expect(code, shown).toBeGreaterThanOrEqual(200)
    expect(body, shown).not.toMatch(/\n\s+at |node_modules|\.ts:/)
    if (code < 400 || !type.startsWith('application/json')) return
    const status = JSON.parse(Buffer.from(body, 'latin1').toString()) as object
    expect(status, shown).toMatchObject({ kind: 'Status', apiVersion: 'v1', code })
    expect(status, shown).not.toMatchObject({ reason: 'InternalError' })
  }

  async function expectAlive(): Promise<void> {
    expect((await send('GET', '/readyz', '')).body).toBe('ok')
  }

  const odd = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
    fc.constantFrom(
      '%',
      '%zz',
      '%00',
      '%ff%fe',
      '%ed%a0%80',
      '%c0%af',
      '..',
      '//',
      '?',
      '#',
      '[::1]',
      '%2e%2e%2f',
      '\\',
      '@',
      ':',
      '%F0%9F%98%80',
    ),
  )
  const target = fc
    .tuple(
      fc.constantFrom(MAPS, '/api', '/apis/apps/v1', '', '/openapi/v2'),
      fc.array(odd, { maxLength: 3 }),
      fc.array(fc.tuple(fc.constantFrom('labelSelector', 'watch', 'limit', 'a'), odd), {
        maxLength: 2,
      }),
    )
    .map(([root, rest, query]) => {
      const path = [root, ...rest].join('/').replaceAll(/[\s?#]/g, '') || '/'
      const text = query.map(([key, value]) => `${key}=${value.replaceAll(/[\s#]/g, '')}`).join('&')
      return query.length === 0 || text.includes('watch') ? path : `${path}?${text}`
    })

  it('get an answer to whatever they ask for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'),
        target,
        fc.uint8Array({ maxLength: 30 }),
        async (method, path, body) => {
          expectStatus(await send(method, path, body), `${method} ${path}`)
        },
      ),
      { numRuns: 200 },
    )
    await expectAlive()
  })

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['half a request', 'GET /api', 400],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n', 400],
    [
      'two lengths',
      `POST ${MAPS} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}`,
      400,
    ],
    [
      'a length that is none',
      `POST ${MAPS} HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n{}`,
      400,
    ],
    [
      'a body that stops short',
      `POST ${MAPS} HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{}`,
      400,
    ],
    [
      'chunks that are none',
      `POST ${MAPS} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    ['a header with a zero', 'GET /api HTTP/1.1\r\nhost: x\r\na: \0\r\n\r\n', 400],
    // Not more than is read at once: what is left unread would take the answer with it.
    [
      'headers without end',
      `GET /api HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(30_000)}\r\n\r\n`,
      431,
    ],
    [
      'an upgrade to nothing',
      'GET /api HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n',
      400,
    ],
    [
      'a whole address for a path',
      'GET http://else.where/api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      200,
    ],
  ])('may send %s, and are let go', async (_what, text, code) => {
    expect(await sendRaw(Buffer.from(text, 'latin1'))).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `))
    await expectAlive()
  })

  it.each([
    ['a byte order mark', '\ufeff{"metadata":{"name":"bom"}}', 400],
    ['nothing', '', 400],
    ['two objects', '{"metadata":{"name":"two"}}{}', 400],
    ['a zero', '{"metadata":{"name":"a\0"}}', 400],
    ['an array', '[]', 400],
    ['deep arrays', `{"data":${'['.repeat(100_000)}`, 400],
    ['deep objects', `${'{"data":'.repeat(50_000)}1${'}'.repeat(50_000)}`, 400],
    ['half a surrogate pair', '{"metadata":{"name":"half"},"data":{"k":"\\ud800"}}', 201],
    ['too much', `{"data":{"k":"${'x'.repeat(3_145_728)}"}}`, 413],
  ])('may send %s for a body', async (_what, body, code) => {
    const answer = await send('POST', MAPS, body)
    expectStatus(answer, body.slice(0, 80))
    expect(answer.code).toBe(code)
    await expectAlive()
  })

  it('may send bytes that are no text', async () => {
    const bytes = [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xff], [0xf5, 0x80, 0x80, 0x80]]
    for (const [index, within] of bytes.entries()) {
      const body = Buffer.concat([
        Buffer.from(`{"metadata":{"name":"b${index}"},"data":{"k":"`),
        Buffer.from(within),
        Buffer.from('"}}'),
      ])
      const answer = await send('POST', MAPS, body)
      // Go's decoder puts the replacement character in their place.
      expect(answer.code).toBe(201)
      expect(Buffer.from(answer.body, 'latin1').toString()).toContain('\ufffd')
    }
  })

  it('are refused in one voice, whatever the method', async () => {
    const answer = await send('PROPFIND', MAPS, '')
    expect(answer.code).toBe(405)
    expectStatus(answer, 'PROPFIND')
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'MethodNotAllowed' })
  })
})

function parsed(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const code = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0)
  const type = /^content-type: (.*)$/im.exec(head)?.[1] ?? ''
  const whole = rest.join('\r\n\r\n')
  return { code, type, body: /^transfer-encoding: chunked/im.test(head) ? unchunked(whole) : whole }
}

function unchunked(text: string): string {
  let rest = text
  let body = ''
  for (;;) {
    const size = Number.parseInt(rest, 16)
    if (!(size > 0)) return body
    const at = rest.indexOf('\r\n') + 2
    body += rest.slice(at, at + size)
    rest = rest.slice(at + size + 2)
  }
}
