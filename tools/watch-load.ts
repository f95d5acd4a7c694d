// A minute of writes under a thousand watches, on a served cluster: tsx tools/watch-load.ts [URL]
// Without a URL it serves one itself, and tells what its heap holds before, during and after.
import { WebSocket } from 'ws'
import { ServedCluster } from '../src/serve/served-cluster.test-kit.ts'
import { loadWatches } from '../src/serve/watch-load.test-kit.ts'

const given = process.argv[2]
const cluster =
  given === undefined
    ? await ServedCluster.start({ args: [], nodeArgs: ['--inspect=127.0.0.1:0'] })
    : undefined
const url = given ?? cluster?.url ?? ''
const heapMiB: Record<string, number> = {}
const measure = async (when: string) => {
  if (cluster?.inspector !== undefined) heapMiB[when] = await heapOf(cluster.inspector)
}
await measure('before')
const result = await loadWatches({
  url,
  watches: 1000,
  writesPerSecond: 200,
  seconds: 60,
  beforeClose: () => measure('during'),
})
// The server hears of a connection's end a moment after the client.
await new Promise((done) => setTimeout(done, 1000))
await measure('after')
const { held, listed, ...figures } = result
console.log({ ...figures, agreesWithList: held.join() === listed.join(), heapMiB })
await cluster?.stop()

/** What is reachable in a Node that can be inspected: used heap after a full collection. */
async function heapOf(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector)
  await new Promise((done, failed) => socket.on('open', done).on('error', failed))
  const ask = (id: number, method: string) =>
    new Promise<{ usedSize?: number }>((done) => {
      const hear = (data: Buffer) => {
        const reply = JSON.parse(data.toString()) as { id: number; result: { usedSize?: number } }
        if (reply.id !== id) return
        socket.off('message', hear)
        done(reply.result)
      }
      socket.on('message', hear)
      socket.send(JSON.stringify({ id, method }))
    })
  await ask(1, 'HeapProfiler.collectGarbage')
  const { usedSize = NaN } = await ask(2, 'Runtime.getHeapUsage')
  socket.close()
  return Math.round(usedSize / 2 ** 18) / 4
}
