import { expect, it } from 'vitest'
import fc from 'fast-check'
import type { Task } from '#sim/kernel/process.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { AddressPool, podSubnet } from './addresses.ts'
import {
  ByteReader,
  encodeRequest,
  encodeResponse,
  HttpError,
  httpDate,
  parseUrl,
  readRequest,
  readResponse,
  resolveUrl,
  urlText,
} from './http.ts'

/** A stream that arrives in pieces of the given sizes, the last one repeated. */
function pieces(bytes: Uint8Array, sizes: readonly number[]): ByteReader {
  let at = 0
  let turn = 0
  return new ByteReader({
    // oxlint-disable-next-line require-yield -- everything is there
    *read(): Task<Uint8Array | undefined> {
      if (at >= bytes.length) return undefined
      const size = sizes[Math.min(turn++, sizes.length - 1)] ?? 1
      at += size
      return bytes.subarray(at - size, at)
    },
  })
}

function run<T>(task: Task<T>): T {
  const simulation = new Simulation({ seed: 1 })
  let error: unknown
  const process = simulation.spawn(task, { name: 'test', onError: (thrown) => (error = thrown) })
  simulation.runUntilRest()
  if (process.exit?.type !== 'returned') throw error
  return process.exit.value
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })

it('reads requests and responses as they were written, however they are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), sizes, (body, cuts) => {
      const headers = [
        ['Host', 'web-0.nginx'],
        ['Content-Length', String(body.length)],
      ] as const
      const sent = encodeRequest({ method: 'POST', target: '/a?b', headers, body })
      const got = run(readRequest(pieces(sent, cuts)))
      expect(got).toMatchObject({ method: 'POST', target: '/a?b', version: 'HTTP/1.1' })
      expect([...(got?.body ?? [])]).toEqual([...body])
      const answer = { version: 'HTTP/1.1', status: 200, reason: 'OK', headers, body }
      const back = run(readResponse(pieces(encodeResponse(answer), cuts), 'GET'))
      expect(back).toMatchObject({ status: 200, reason: 'OK' })
      expect([...back.body]).toEqual([...body])
    }),
  )
})

it.each([
  {
    name: 'chunks',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    body: 'abcde',
  },
  { name: 'the end of the stream', text: 'HTTP/1.0 200 OK\r\n\r\nto the end', body: 'to the end' },
  { name: 'no body of 204', text: 'HTTP/1.1 204 No Content\r\n\r\nx', body: '' },
])('delimits a body by $name', ({ text, body }) => {
  const response = run(readResponse(pieces(encodeUtf8(text), [7]), 'GET'))
  expect(decodeUtf8(response.body)).toBe(body)
})

it.each([
  { text: '', problem: 'empty' },
  { text: 'hello\r\n\r\n', problem: 'malformed' },
  { text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', problem: 'truncated' },
])('says that $text is $problem', ({ text, problem }) => {
  const read = () => run(readResponse(pieces(encodeUtf8(text), [5]), 'GET'))
  expect(read).toThrow(new HttpError(problem as 'empty').message)
})

it.each([
  ['localhost', 'http://localhost/'],
  ['web-0.nginx:8080/x?y', 'http://web-0.nginx:8080/x?y'],
  ['HTTP://10.1.2.3', 'http://10.1.2.3/'],
])('takes %s for %s', (text, full) => {
  const url = parseUrl(text)
  expect(url && urlText(url)).toBe(full)
})

it('follows relative and absolute locations', () => {
  const base = parseUrl('http://a/b/c')
  if (base === undefined) throw new Error('unreachable')
  const to = (location: string) => {
    const url = resolveUrl(base, location)
    return url && urlText(url)
  }
  expect(to('/x')).toBe('http://a/x')
  expect(to('d')).toBe('http://a/b/d')
  expect(to('http://z/')).toBe('http://z/')
})

it('writes dates as headers have them', () => {
  expect(httpDate(Date.UTC(2024, 0, 8, 10, 15, 30))).toBe('Mon, 08 Jan 2024 10:15:30 GMT')
})

it('gives every Pod of a node another address, and the freed ones last', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (steps) => {
      const pool = new AddressPool(podSubnet('10.244', 3))
      const held: string[] = []
      for (const isAllocation of steps) {
        if (!isAllocation) {
          const freed = held.shift()
          if (freed === undefined) continue
          pool.release(freed)
          if (held.length < 200) expect(pool.allocate()).not.toBe(freed)
          continue
        }
        const ip = pool.allocate()
        if (ip === undefined) continue
        expect(held).not.toContain(ip)
        expect(ip).toMatch(/^10\.244\.3\.\d+$/)
        held.push(ip)
      }
    }),
  )
})
