// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { createAppStore } from '#state/store.ts'
import { createWorkerClient, type WorkerPort } from '#worker/client.ts'
import type { Changed, ToWorker } from '#worker/protocol.ts'
import { ShownSetProvider } from '../ShownSetProvider.tsx'
import { StoreProvider } from '../app-context.ts'
import { Stage } from '../stage/Stage.tsx'
import { CrashReport } from './CrashReport.tsx'
import { StatusLine } from './StatusLine.tsx'
import { Transport } from './TopBar.tsx'

let root: Root
let place: HTMLElement
let sent: ToWorker[]
let port: WorkerPort

beforeEach(async () => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #tell: (entries: object[]) => void
      constructor(tell: (entries: object[]) => void) {
        this.#tell = tell
      }
      observe() {
        this.#tell([{ contentRect: { width: 720, height: 400 } }])
      }
      disconnect() {}
    },
  )
  sent = []
  port = {
    postMessage: (message) => sent.push(message),
    onmessage: null,
    onerror: null,
    terminate: () => {},
  }
  const store = createAppStore({
    worker: createWorkerClient(port, (run) => run()),
    storage: { read: () => undefined, write: () => {} },
    onLeave: () => {},
    loadLessons: () => Promise.resolve([]),
    build: 'test',
  })
  place = document.body.appendChild(document.createElement('div'))
  root = createRoot(place)
  await act(async () => {
    root.render(
      <StoreProvider value={store}>
        <Transport mode="wide" />
        <ShownSetProvider>
          <Stage />
        </ShownSetProvider>
        <StatusLine />
        <CrashReport />
      </StoreProvider>,
    )
  })
})

afterEach(async () => {
  await act(async () => {
    root.unmount()
  })
  place.remove()
  vi.unstubAllGlobals()
})

function object(kind: string, name: string, rest: object): KubeObject {
  return {
    apiVersion: kind === 'StatefulSet' ? 'apps/v1' : 'v1',
    kind,
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    ...rest,
  }
}

function message(part: Partial<Changed>): Changed {
  return {
    type: 'changed',
    sequence: 1,
    isSnapshot: true,
    clock: { time: 32_400, unixMs: 32_400, isPaused: false, isAtRest: false, speed: 1 },
    upserted: [],
    removed: [],
    writes: [],
    phases: [],
    decisions: [],
    componentDecisions: [],
    faults: [],
    output: [],
    inputs: [],
    terminals: [],
    ...part,
  }
}

const WEB = object('StatefulSet', 'web', { spec: { serviceName: 'nginx', replicas: 2 } })
const WEB_0 = object('Pod', 'web-0', {
  spec: { nodeName: 'node-a', containers: [{ name: 'nginx' }] },
  status: {
    phase: 'Pending',
    containerStatuses: [{ name: 'nginx', state: { waiting: { reason: 'ContainerCreating' } } }],
  },
})

async function receive(change: Changed): Promise<void> {
  await act(async () => {
    port.onmessage?.({ data: change })
  })
}

function labels(role: string): readonly (string | null)[] {
  return [...place.querySelectorAll(`[role=${role}]`)].map((one) => one.getAttribute('aria-label'))
}

it('says hello first, then opens its terminals', () => {
  expect(sent.map((one) => one.type)).toEqual(['hello', 'openTerminal', 'openTerminal'])
})

it('says what to do while there is no StatefulSet', async () => {
  await receive(message({}))
  expect(place.textContent).toContain('No StatefulSet yet')
})

it('draws a labelled slot for every ordinal, with what is in it or whom it waits for', async () => {
  await receive(
    message({
      upserted: [WEB, WEB_0],
      decisions: [
        {
          number: 1,
          time: 21_000,
          namespace: 'default',
          set: 'web',
          cause: '',
          verdicts: [],
          summary: 'The controller waits for web-0.',
          awaited: 'web-0',
          waiters: ['web-1'],
        },
      ],
    }),
  )
  expect(labels('group').filter((label) => label?.startsWith('Slot'))).toEqual([
    'Slot 0: web-0. ContainerCreating on node-a',
    'Slot 1: web-1. Not created. The controller waits for web-0',
  ])
  expect(place.textContent).toContain('waits for web-0 to be Ready')
  expect(place.textContent).toContain('for 11.4 s')
})

it('asks the worker to pause, and shows what the worker says of it', async () => {
  await receive(message({}))
  const pause = place.querySelector<HTMLElement>('[aria-label=Pause]')
  await act(async () => {
    pause?.click()
  })
  expect(sent.at(-1)).toEqual({ type: 'pause' })
  const clock = { time: 0, unixMs: 0, isPaused: true, isAtRest: false, speed: 1 } as const
  await receive(message({ sequence: 2, isSnapshot: false, clock }))
  expect(place.querySelector('[aria-label=Play]')).not.toBeNull()
})

it('scales by one with an arrow key on the grip', async () => {
  await receive(message({ upserted: [WEB] }))
  const grip = place.querySelector('[role=slider]')
  await act(async () => {
    grip?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
  })
  expect(sent.at(-1)).toMatchObject({
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/default/statefulsets/web/scale',
    body: { spec: { replicas: 3 } },
  })
})

it('shows the report of a crash, and starts anew', async () => {
  await act(async () => {
    port.onmessage?.({ data: { type: 'crashed', message: 'two pods', report: 'trace' } })
  })
  expect(place.querySelector('[role=alertdialog]')?.textContent).toContain('two pods')
  const buttons = [...place.querySelectorAll<HTMLElement>('[role=alertdialog] button')]
  await act(async () => {
    buttons.at(-1)?.click()
  })
  expect(sent.some((one) => one.type === 'reset')).toBe(true)
  expect(place.querySelector('[role=alertdialog]')).toBeNull()
})
