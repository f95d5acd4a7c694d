import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, ApiRequest, WatchEvent } from '#sim/apimachinery/request.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { ApiServer } from './api-server.ts'
import { protobufFormat } from './protobuf-format.ts'
import { resourceDefinitions } from './resources/registry.ts'

export type Watched = {
  readonly events: WatchEvent[]
  readonly stop: () => void
}

/** A server without controllers, with two namespaces, for tests. */
export class TestServer {
  readonly simulation = new Simulation({ seed: 1 })
  readonly server: ApiServer

  constructor(
    options: {
      readonly eventLogSize?: number
      readonly featureGates?: Readonly<Record<string, boolean>>
    } = {},
  ) {
    this.server = new ApiServer({
      simulation: this.simulation,
      resources: resourceDefinitions,
      protobuf: protobufFormat,
      ...options,
    })
    for (const name of ['default', 'other']) {
      this.send('POST', '/api/v1/namespaces', { metadata: { name } })
      this.send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, {
        metadata: { name: 'default' },
      })
    }
  }

  reply(
    method: ApiRequest['method'],
    target: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): ApiReply {
    const [path = '', query = ''] = target.split('?')
    const pairs = query.split('&').filter((pair) => pair !== '')
    return this.server.call({
      method,
      path,
      query: pairs.map((pair) => {
        const [key = '', value = ''] = pair.split('=').map(decodeURIComponent)
        return [key, value] as const
      }),
      headers: { 'user-agent': 'test', ...headers },
      ...(body === undefined ? {} : { body }),
      user: 'tester',
    })
  }

  /** The answer's object, whatever its code. */
  send<T = KubeObject>(
    method: ApiRequest['method'],
    target: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): T {
    const reply = this.reply(method, target, body, headers)
    if (reply.type !== 'object') throw new Error(`${target} answered with a ${reply.type}`)
    return reply.body as T
  }

  watch(target: string): Watched {
    const reply = this.reply('GET', target)
    if (reply.type !== 'watch') throw new Error(`${target} answered with a ${reply.type}`)
    const events: WatchEvent[] = []
    const stop = reply.start({ event: (event) => events.push(event), end: () => {} })
    return { events, stop }
  }

  settle(): void {
    this.simulation.runUntilRest()
  }
}
