import type { WebSocket } from 'ws'
import type { RemoteStreams } from '#sim/apimachinery/request.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { awaitStatus, PumpIn, pumpOut } from './stream-pump.ts'

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const ERROR = 3
const RESIZE = 4
const CLOSE = 255
const FRAME_BYTES_MAX = 32 * 1024

/** In order of preference. Only v5 can close stdin; the first of all has no JSON status. */
export const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io']

/** Joins the streams of exec or attach with the channels of a WebSocket. */
export function serveExecChannels(
  socket: WebSocket,
  streams: RemoteStreams,
  simulation: Simulation,
  wake: () => void,
): void {
  const send = (channel: number, bytes: Uint8Array) => {
    if (socket.readyState !== socket.OPEN) return
    for (let at = 0; at === 0 || at < bytes.length; at += FRAME_BYTES_MAX)
      socket.send(Buffer.concat([Buffer.of(channel), bytes.subarray(at, at + FRAME_BYTES_MAX)]))
  }
  const stdin = streams.stdin === undefined ? undefined : new PumpIn(simulation, streams.stdin)
  let openOutputs = 0
  let finish: (() => void) | undefined
  const closeOutput = () => {
    openOutputs--
    if (openOutputs === 0) finish?.()
  }
  for (const [channel, source] of [
    [STDOUT, streams.stdout],
    [STDERR, streams.stderr],
  ] as const) {
    if (source === undefined) continue
    openOutputs++
    pumpOut(simulation, source, (bytes) => send(channel, bytes), closeOutput)
  }
  awaitStatus(simulation, streams.done, (status) => {
    // What the command wrote last is read before its end is told.
    finish = () => {
      const { kind: _kind, apiVersion: _version, code: _code, ...told } = status
      const isOld = socket.protocol === 'channel.k8s.io'
      const text = isOld
        ? status.status === 'Success'
          ? ''
          : (status.message ?? '')
        : JSON.stringify(told)
      if (text !== '') send(ERROR, Buffer.from(text))
      socket.close(1000)
    }
    if (openOutputs === 0) finish()
  })
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary && socket.protocol !== 'channel.k8s.io') return
    const bytes = data.subarray(1)
    if (data[0] === STDIN) stdin?.push(bytes)
    else if (data[0] === RESIZE) resize(streams, bytes)
    else if (data[0] === CLOSE && bytes[0] === STDIN) stdin?.end()
    wake()
  })
  socket.on('close', () => {
    streams.close()
    wake()
  })
  socket.on('error', () => socket.terminate())
}

function resize(streams: RemoteStreams, bytes: Uint8Array): void {
  const match = /"Width":\s*(\d+).*"Height":\s*(\d+)/.exec(Buffer.from(bytes).toString())
  if (match !== null) streams.resize?.(Number(match[1]), Number(match[2]))
}

/** One forwarded port: two channels, each of which begins with the port's number. */
export function serveForwardChannels(
  socket: WebSocket,
  ports: readonly { readonly port: number; readonly streams: RemoteStreams }[],
  simulation: Simulation,
  wake: () => void,
): void {
  const inputs = new Map<number, PumpIn>()
  let open = ports.length
  for (const [index, { port, streams }] of ports.entries()) {
    const data = 2 * index
    const head = Buffer.alloc(2)
    head.writeUInt16LE(port)
    const send = (channel: number, bytes: Uint8Array) => {
      if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.of(channel), bytes]))
    }
    send(data, head)
    send(data + 1, head)
    if (streams.stdin !== undefined) inputs.set(data, new PumpIn(simulation, streams.stdin))
    if (streams.stdout !== undefined)
      pumpOut(
        simulation,
        streams.stdout,
        (bytes) => send(data, bytes),
        () => {},
      )
    awaitStatus(simulation, streams.done, (status) => {
      if (status.status === 'Failure') send(data + 1, Buffer.from(status.message ?? ''))
      open--
      if (open === 0) socket.close(1000)
    })
  }
  socket.on('message', (data: Buffer) => {
    inputs.get(data[0] ?? -1)?.push(data.subarray(1))
    wake()
  })
  socket.on('close', () => {
    for (const { streams } of ports) streams.close()
    wake()
  })
  socket.on('error', () => socket.terminate())
}
