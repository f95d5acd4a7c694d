import type { ApiReply, RemoteStreams } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { SpdyConnection, type SpdyStream, type SpdyTransport } from './spdy-connection.ts'
import { awaitStatus, PumpIn, pumpOut } from './stream-pump.ts'

export const SPDY_EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
export const SPDY_FORWARD_PROTOCOL = 'portforward.k8s.io'
/** Port-forward of today: SPDY inside the messages of a WebSocket. */
export const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io'

type World = { readonly simulation: Simulation; readonly wake: () => void }

/** exec and attach over SPDY, once the client has opened all the streams it asked for. */
export function serveExecSpdy(
  transport: SpdyTransport,
  query: URLSearchParams,
  start: () => RemoteStreams,
  world: World,
): SpdyConnection {
  const wants = (name: string) => query.get(name) === 'true' || query.get(name) === '1'
  const expected = new Set(['error'])
  for (const name of ['stdin', 'stdout']) if (wants(name)) expected.add(name)
  if (wants('tty')) expected.add('resize')
  else if (wants('stderr')) expected.add('stderr')
  const opened = new Map<string, SpdyStream>()
  const connection = new SpdyConnection(transport, (stream) => {
    opened.set(stream.headers.get('streamtype') ?? '', stream)
    if ([...expected].every((name) => opened.has(name)) && opened.size === expected.size)
      joinExec(connection, opened, start(), world)
  })
  return connection
}

function joinExec(
  connection: SpdyConnection,
  opened: ReadonlyMap<string, SpdyStream>,
  streams: RemoteStreams,
  { simulation, wake }: World,
): void {
  let openOutputs = 0
  let finish: (() => void) | undefined
  for (const [name, source] of [
    ['stdout', streams.stdout],
    ['stderr', streams.stderr],
  ] as const) {
    const stream = opened.get(name)
    if (stream === undefined || source === undefined) continue
    openOutputs++
    pumpOut(
      simulation,
      source,
      (bytes) => stream.write(bytes),
      () => {
        openOutputs--
        if (openOutputs === 0) finish?.()
      },
    )
  }
  const stdin = opened.get('stdin')
  if (stdin !== undefined && streams.stdin !== undefined) {
    const pump = new PumpIn(simulation, streams.stdin)
    stdin.onData = (bytes) => {
      pump.push(bytes)
      wake()
    }
    stdin.onEnd = () => {
      pump.end()
      wake()
    }
  }
  const resize = opened.get('resize')
  if (resize !== undefined) {
    resize.onData = (bytes) => {
      const match = /"Width":\s*(\d+).*"Height":\s*(\d+)/.exec(Buffer.from(bytes).toString())
      if (match !== null) streams.resize?.(Number(match[1]), Number(match[2]))
      wake()
    }
  }
  awaitStatus(simulation, streams.done, (status) => {
    finish = () => {
      const { kind: _kind, apiVersion: _version, code: _code, ...told } = status
      opened.get('error')?.write(Buffer.from(JSON.stringify(told)))
      connection.close()
    }
    if (openOutputs === 0) finish()
  })
  wake()
}

/** Port-forward: a pair of streams for each TCP connection, joined by their request id. */
export function serveForwardSpdy(
  transport: SpdyTransport,
  open: (port: string) => ApiReply,
  world: World,
): SpdyConnection {
  const pairs = new Map<string, Map<string, SpdyStream>>()
  return new SpdyConnection(transport, (stream) => {
    const id = stream.headers.get('requestid') ?? ''
    const pair = pairs.get(id) ?? new Map<string, SpdyStream>()
    pairs.set(id, pair)
    pair.set(stream.headers.get('streamtype') ?? '', stream)
    const [data, error] = [pair.get('data'), pair.get('error')]
    if (data === undefined || error === undefined) return
    pairs.delete(id)
    joinForward(data, error, open(data.headers.get('port') ?? ''), world)
  })
}

function joinForward(
  data: SpdyStream,
  error: SpdyStream,
  reply: ApiReply,
  { simulation, wake }: World,
): void {
  if (reply.type !== 'stream') {
    const status = reply.type === 'object' ? (reply.body as Status) : undefined
    error.write(Buffer.from(status?.message ?? 'error forwarding port'))
    error.end()
    data.end()
    return
  }
  const streams = reply.start()
  if (streams.stdout !== undefined) {
    pumpOut(
      simulation,
      streams.stdout,
      (bytes) => data.write(bytes),
      () => data.end(),
    )
  }
  if (streams.stdin !== undefined) {
    const pump = new PumpIn(simulation, streams.stdin)
    data.onData = (bytes) => {
      pump.push(bytes)
      wake()
    }
    data.onEnd = () => {
      pump.end()
      wake()
    }
  }
  awaitStatus(simulation, streams.done, (status) => {
    if (status.status === 'Failure') error.write(Buffer.from(status.message ?? ''))
    error.end()
  })
  wake()
}
