import { describe, expect, it } from 'vitest'
import { createWorkerClient, type WorkerPort } from './client.ts'
import type { Changed, FromWorker, ToWorker } from './protocol.ts'

function harness() {
  const sent: ToWorker[] = []
  const frames: (() => void)[] = []
  const port: WorkerPort = {
    postMessage: (message) => sent.push(message),
    onmessage: null,
    onerror: null,
    terminate: () => {},
  }
  const client = createWorkerClient(port, (run) => frames.push(run))
  const batches: number[][] = []
  const outputs: string[] = []
  const crashes: string[] = []
  client.listen({
    onReady: () => {},
    onChanged: (batch) => batches.push(batch.map((one) => one.sequence)),
    onOutput: (_terminal, text) => outputs.push(text),
    onCrashed: (message) => crashes.push(message),
  })
  const receive = (data: FromWorker) => port.onmessage?.({ data })
  const frame = () => frames.splice(0).forEach((run) => run())
  return { client, sent, batches, outputs, crashes, receive, frame }
}

function changed(sequence: number, isSnapshot = false, text = ''): Changed {
  return {
    type: 'changed',
    sequence,
    isSnapshot,
    clock: { time: sequence, unixMs: 0, isPaused: false, isAtRest: false, speed: 1 },
    upserted: [],
    removed: [],
    writes: [],
    phases: [],
    decisions: [],
    componentDecisions: [],
    faults: [],
    output: text === '' ? [] : [{ terminal: 1, text }],
    inputs: [],
    terminals: [],
  }
}

describe('batches', () => {
  it('hands over what came since the last frame, once a frame', () => {
    const { receive, frame, batches } = harness()
    receive(changed(1, true))
    receive(changed(2))
    expect(batches).toEqual([])
    frame()
    receive(changed(3))
    frame()
    frame()
    expect(batches).toEqual([[1, 2], [3]])
  })

  it('passes terminal output on without waiting for a frame', () => {
    const { receive, outputs } = harness()
    receive(changed(1, true, 'a'))
    receive(changed(2, false, 'b'))
    expect(outputs).toEqual(['a', 'b'])
  })
})

describe('gaps', () => {
  it('asks once for everything, and drops what it cannot place until that comes', () => {
    const { receive, frame, sent, batches } = harness()
    receive(changed(1, true))
    receive(changed(3))
    receive(changed(4))
    receive(changed(5, true))
    receive(changed(6))
    frame()
    expect(sent).toEqual([{ type: 'resync' }])
    expect(batches).toEqual([[5, 6]])
  })

  it('takes a snapshot of any number: a new cluster counts from the beginning', () => {
    const { receive, frame, sent, batches } = harness()
    receive(changed(8, true))
    receive(changed(1, true))
    receive(changed(2))
    frame()
    expect(sent).toEqual([])
    expect(batches).toEqual([[1, 2]])
  })
})

describe('questions', () => {
  it('gives each asker the reply with the number of its question', async () => {
    const { client, receive, sent } = harness()
    const first = client.ask({ type: 'readFile', path: 'a' })
    const second = client.ask({ type: 'readFile', path: 'b' })
    const ids = sent.map((message) => ('id' in message ? message.id : 0))
    receive({ type: 'reply', id: ids[1] ?? 0, result: { ok: true, code: 200, body: 'B' } })
    receive({ type: 'reply', id: ids[0] ?? 0, result: { ok: true, code: 200, body: 'A' } })
    expect([await first, await second]).toEqual([
      { ok: true, code: 200, body: 'A' },
      { ok: true, code: 200, body: 'B' },
    ])
  })

  it('answers those who still wait when the simulation stops', async () => {
    const { client, receive, crashes } = harness()
    const asked = client.ask({ type: 'runUntilRest' })
    receive({ type: 'crashed', message: 'two pods share an ordinal', report: '' })
    expect(await asked).toEqual({ ok: false, message: 'two pods share an ordinal' })
    expect(crashes).toEqual(['two pods share an ordinal'])
  })
})
