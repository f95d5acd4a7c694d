import { ApiServer } from '#sim/apiserver/api-server.ts'
import { protobufFormat } from '#sim/apiserver/protobuf-format.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { HttpFront } from './http-server.ts'
import { RealTimeLoop } from './run-in-real-time.ts'

export type ServedApi = {
  readonly simulation: Simulation
  readonly server: ApiServer
  readonly front: HttpFront
  readonly port: number
  readonly url: string
  readonly stop: () => Promise<void>
}

/** The API server alone over HTTP, in this process: a namespace `default`, and nobody who writes. */
export async function serveApi(options: { eventLogSize?: number } = {}): Promise<ServedApi> {
  const simulation = new Simulation({ seed: 1 })
  const server = new ApiServer({
    simulation,
    resources: resourceDefinitions,
    protobuf: protobufFormat,
    ...options,
  })
  const loop = new RealTimeLoop(simulation, 1, (error) => {
    throw error
  })
  const front = new HttpFront({
    call: server.call,
    simulation,
    catchUp: () => loop.catchUp(),
    wake: () => loop.wake(),
  })
  const port = await front.listen(0)
  loop.start()
  const body = { metadata: { name: 'default' } }
  server.call({ method: 'POST', path: '/api/v1/namespaces', body, user: 'tester' })
  const stop = async () => {
    loop.stop()
    await front.close()
  }
  return { simulation, server, front, port, url: `http://127.0.0.1:${port}`, stop }
}
