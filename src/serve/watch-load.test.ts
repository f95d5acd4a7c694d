import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ServedApi, serveApi } from './served-api.test-kit.ts'
import { eventually, ServedCluster } from './served-cluster.test-kit.ts'
import { loadWatches } from './watch-load.test-kit.ts'

describe('many watches', () => {
  it('tells a thousand of them every write once, in order', async () => {
    const cluster = await ServedCluster.start({ args: ['--speed', '1'] })
    try {
      const { url } = cluster
      const result = await loadWatches({ url, watches: 1000, writesPerSecond: 200, seconds: 5 })
      console.log(`1,000 watches, ${result.writes} writes: the last seen after ${result.lagMs} ms`)
      expect(result.writes).toBe(1000)
      expect(result.events).toBe(1001)
      expect(result).toMatchObject({ streams: 1, isInOrder: true })
      expect(result.held).toEqual(result.listed)
    } finally {
      expect(await cluster.stop()).toBe(0)
    }
  }, 60_000)
})

describe('watches that are closed', () => {
  let served: ServedApi

  beforeEach(async () => {
    served = await serveApi()
  })

  afterEach(() => served.stop())

  it('are forgotten, a thousand of them, with their connections', async () => {
    const { server, front, url } = served
    let during = { watches: 0, connections: 0 }
    const result = await loadWatches({
      url,
      watches: 1000,
      writesPerSecond: 40,
      seconds: 0.5,
      beforeClose: async () => {
        during = { watches: server.openWatches, connections: await front.connections() }
      },
    })
    expect(result.streams).toBe(1)
    expect(during.watches).toBe(1000)
    expect(during.connections).toBeGreaterThanOrEqual(1000)
    await eventually(
      async () => server.openWatches,
      (count) => count === 0,
    )
    // Connections that a client keeps for its next request have nothing to do with watches.
    await eventually(
      () => front.connections(),
      (count) => count < 10,
    )
  })

  it('are forgotten, also those that wait behind another in one connection', async () => {
    const { server, port } = served
    const request = 'GET /api/v1/namespaces/default/configmaps?watch=1 HTTP/1.1\r\nhost: x\r\n\r\n'
    const warned = vi.spyOn(process, 'emitWarning')
    const socket = connect(port, '127.0.0.1', () => socket.write(request.repeat(30)))
    await eventually(
      async () => server.openWatches,
      (count) => count === 30,
    )
    socket.destroy()
    await eventually(
      async () => server.openWatches,
      (count) => count === 0,
    )
    expect(warned).not.toHaveBeenCalled()
    warned.mockRestore()
  })

  it('are forgotten when they end by themselves', async () => {
    const { server, url } = served
    const watch = `${url}/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1`
    const gone = `${url}/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=1`
    const bodies = await Promise.all([watch, gone].map(async (one) => (await fetch(one)).text()))
    expect(bodies[1]).toContain('"reason":"Expired"')
    await eventually(
      async () => server.openWatches,
      (count) => count === 0,
    )
  })
})
