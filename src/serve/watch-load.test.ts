import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiReply, Call } from '#sim/apimachinery/request.ts'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { HttpFront } from './http-server.ts'
import { RealTimeLoop } from './run-in-real-time.ts'
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
  let front: HttpFront
  let loop: RealTimeLoop
  let url: string
  let openWatches: number

  beforeEach(async () => {
    openWatches = 0
    const simulation = new Simulation({ seed: 1 })
    const server = new ApiServer({ simulation, resources: resourceDefinitions })
    const call: Call = (request) => counted(server.call(request))
    loop = new RealTimeLoop(simulation, 1, (error) => {
      throw error
    })
    const catchUp = () => loop.catchUp()
    front = new HttpFront({ call, simulation, catchUp, wake: () => loop.wake() })
    url = `http://127.0.0.1:${await front.listen(0)}`
    loop.start()
    const body = { metadata: { name: 'default' } }
    server.call({ method: 'POST', path: '/api/v1/namespaces', body, user: 'tester' })
  })

  afterEach(async () => {
    loop.stop()
    await front.close()
  })

  function counted(reply: ApiReply): ApiReply {
    if (reply.type !== 'watch') return reply
    const start: typeof reply.start = (sink) => {
      const stop = reply.start(sink)
      let isOpen = true
      openWatches++
      return () => {
        if (isOpen) openWatches--
        isOpen = false
        stop()
      }
    }
    return { ...reply, start }
  }

  it('are forgotten, whether their clients leave or vanish', async () => {
    const result = await loadWatches({ url, watches: 200, writesPerSecond: 100, seconds: 0.5 })
    expect(result.streams).toBe(1)
    await eventually(
      async () => openWatches,
      (count) => count === 0,
    )
  })
})
