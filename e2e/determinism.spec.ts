import { expect, test } from '@playwright/test'
import { lessonsFromFolder } from '../src/serve/lesson-files.ts'
import { Session } from '../src/session/session.ts'
import type { SessionInput } from '../src/session/inputs.ts'
import { DEFAULT_SETTINGS } from '../src/session/settings.ts'
import type { FromWorker, ToWorker } from '../src/worker/protocol.ts'

const settings = { ...DEFAULT_SETTINGS, seed: 11 }

/** A run under Node with inputs at odd moments, and what would bring a worker to the same place. */
function runUnderNode(): {
  inputs: readonly SessionInput[]
  digest: string
  until: number
  /** A moment on the way, and the trace up to it. */
  half: { readonly time: number; readonly digest: string }
} {
  const lessons = new Map(lessonsFromFolder().map((lesson) => [lesson.id, lesson]))
  const session = new Session({ settings, lessons })
  const { simulation } = session.cluster
  session.openTerminal(1, 80, 24)
  session.openTerminal(2, 80, 24)
  session.input(1, 'kubectl get pods -w\r')
  simulation.runFor(333)
  session.openLesson('basics', '')
  session.playLesson()
  simulation.runFor(47_111)
  session.input(1, '\u0003')
  session.input(1, 'while true; do :; done\r')
  simulation.runFor(1234.5)
  session.input(1, '\u0003')
  const half = { time: simulation.now, digest: simulation.trace.digest() }
  simulation.runFor(100)
  session.input(1, 'kubectl delete pod web-0 --wait=false\r')
  simulation.runFor(5000)
  return { inputs: session.inputs, digest: simulation.trace.digest(), until: simulation.now, half }
}

test('the same session, and a fork of it, has the same trace in Node and in the worker of the page', async ({
  page,
}) => {
  const { inputs, digest, until, half } = runUnderNode()
  const opened = page.waitForEvent('worker')
  await page.goto('/')
  const workerUrl = (await opened).url()
  const inBrowser = await page.evaluate(
    async ({ url, sent, time }) => {
      // The worker of the page itself, asked anew through its own protocol.
      const worker = new Worker(url, { type: 'module' })
      const ask = (message: ToWorker & { id: number }): Promise<unknown> =>
        new Promise((resolve, reject) => {
          worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
            if (data.type === 'crashed') reject(new Error(`${data.message}\n${data.report}`))
            if (data.type !== 'reply' || data.id !== message.id) return
            if (data.result.ok) resolve(data.result.body)
            else reject(new Error(data.result.message))
          })
          worker.postMessage(message)
        })
      await ask(sent)
      const whole = await ask({ type: 'traceDigest', id: 2 })
      await ask({ type: 'fork', id: 3, moment: { time } })
      return [whole, await ask({ type: 'traceDigest', id: 4 })]
    },
    {
      url: workerUrl,
      time: half.time,
      sent: { type: 'replay', id: 1, settings, inputs, until } as ToWorker & { id: number },
    },
  )
  expect(inBrowser).toEqual([digest, half.digest])
})
