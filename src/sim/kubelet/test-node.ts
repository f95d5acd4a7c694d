import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { KubeletEndpoint } from '#sim/apimachinery/kubelet-endpoint.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, Call } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { createTimings, type TimingProfile } from '#sim/client/timings.ts'
import type { Program } from '#sim/kernel/os/types.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { NETWORK_PLANS } from '#sim/network/addresses.ts'
import { createNetwork } from '#sim/network/network.ts'
import type { KubeletDialectName } from './dialect.ts'
import { createImageCatalog, type Kubelet, startKubelet } from './kubelet.ts'
import { createVolumeStore } from './volumes.ts'

/** The server's side, which only a test may bring along: it lies in another layer. */
export type TestServer = {
  readonly newServer: (simulation: Simulation) => {
    readonly call: Call
    onChange(
      listener: (change: { readonly resource: string; readonly object: KubeObject }) => void,
    ): () => void
    onWrite(
      listener: (entry: {
        readonly verb: string
        readonly objectRef: { readonly resource: string }
      }) => void,
    ): () => void
    connectKubelet(nodeName: string, endpoint: KubeletEndpoint): () => void
  }
  /** The cells of a Pod's row: name, ready, status, restarts. */
  readonly podRow: (object: KubeObject, unixMs: number) => readonly unknown[]
}

export type TestNodeOptions = {
  readonly nodes?: number
  readonly dialect?: KubeletDialectName
  readonly timings?: TimingProfile
  readonly seed?: number
  readonly capacity?: Readonly<Record<string, string>>
  readonly commands?: ReadonlyMap<string, Program>
  readonly busyboxCommands?: ReadonlyMap<string, Program>
}

const sleepFor: Program = function* (proc) {
  yield* proc.sleep(Number(proc.argv[1]) * 1000)
  return 0
}

const exitWith: Program = function* (proc) {
  const [, code = '0', seconds = '0'] = proc.argv
  if (seconds !== '0') yield* proc.sleep(Number(seconds) * 1000)
  return Number(code)
}

const cat: Program = function* (proc) {
  const [, path] = proc.argv
  if (path === undefined) {
    for (;;) {
      const chunk = yield* proc.read(0)
      if (chunk === undefined) return 0
      yield* proc.writeBytes(1, chunk)
    }
  }
  const file = yield* proc.open(path, { read: true })
  for (;;) {
    const chunk = yield* file.read(4096)
    if (chunk === undefined) return 0
    yield* proc.writeBytes(1, chunk)
  }
}

/** `save PATH TEXT` */
const save: Program = function* (proc) {
  const [, path = '', text = ''] = proc.argv
  const file = yield* proc.open(path, { write: true, create: true, truncate: true })
  file.retain()
  try {
    yield* file.write(encodeUtf8(text))
  } finally {
    file.release()
  }
  return 0
}

const print: Program = function* (proc) {
  yield* proc.write(1, `${proc.argv.slice(1).join(' ')}\n`)
  return 0
}

const COMMANDS = new Map<string, Program>([
  ['sleep', sleepFor],
  ['exit', exitWith],
  ['cat', cat],
  ['save', save],
  ['echo', print],
])

/** An API server, a network and kubelets, without scheduler and controllers. */
export function createTestNode(outside: TestServer, options: TestNodeOptions = {}) {
  const { dialect = '1.36', nodes = 1 } = options
  const simulation = new Simulation({ seed: options.seed ?? 1 })
  const server = outside.newServer(simulation)
  const timings = createTimings(options.timings ?? 'kind', simulation.random.fork('timings'))
  const network = createNetwork({
    simulation,
    call: server.call,
    timings,
    plan: NETWORK_PLANS[dialect],
  })
  const volumes = createVolumeStore(simulation)
  const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    server.call({
      method,
      path,
      user: 'kubernetes-admin',
      ...(body === undefined ? {} : { body }),
      ...(method === 'PATCH'
        ? { headers: { 'content-type': 'application/merge-patch+json' } }
        : {}),
    })
  const create = (path: string, body: unknown) => {
    const reply = call('POST', path, body)
    if (reply.type === 'object' && reply.code >= 400) {
      throw new Error(`${path}: ${(reply.body as Status).message}`)
    }
    return reply
  }
  for (const name of ['default', 'kube-system', 'kube-node-lease']) {
    if (isRefusal(call('GET', `/api/v1/namespaces/${name}`))) {
      create('/api/v1/namespaces', { metadata: { name } })
    }
    if (isRefusal(call('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`))) {
      create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
    }
  }
  network.start()
  const { commands = COMMANDS, busyboxCommands = commands } = options
  const shared = { commands, busyboxCommands, timings, dialect }
  const images = createImageCatalog(shared)
  const kubelets: Kubelet[] = []
  for (let index = 0; index < nodes; index++) {
    const nodeName = `node-${String.fromCharCode(97 + (index % 26))}${index < 26 ? '' : Math.floor(index / 26)}`
    kubelets.push(
      startKubelet({
        ...shared,
        simulation,
        call: server.call,
        nodeName,
        capacity: options.capacity ?? { cpu: '4', memory: '8Gi', pods: '110' },
        network,
        images,
        volumes,
        connect: (endpoint) => server.connectKubelet(nodeName, endpoint),
      }),
    )
  }
  simulation.run({ until: 1000 })

  const rows: string[] = []
  server.onChange(({ resource, object }) => {
    if (resource !== 'pods') return
    const cells = outside.podRow(object, simulation.unixMs).slice(0, 4).map(String)
    const [name, ready, status, restarts = ''] = cells
    rows.push(`${name} ${ready} ${status} ${restarts.split(' ')[0]}`)
  })

  const getPod = (name: string): Pod | undefined => {
    const reply = call('GET', `/api/v1/namespaces/default/pods/${name}`)
    return isRefusal(reply) ? undefined : ((reply as { body: unknown }).body as Pod)
  }

  return {
    simulation,
    server,
    network,
    volumes,
    kubelets,
    rows,
    call,
    create,
    getPod,
    /** Creates a Pod and binds it, as the scheduler would. */
    run(name: string, spec: object, options: { node?: string; labels?: object } = {}): void {
      create('/api/v1/namespaces/default/pods', {
        metadata: { name, labels: options.labels ?? { app: name } },
        spec,
      })
      create(`/api/v1/namespaces/default/pods/${name}/binding`, {
        metadata: { name },
        target: { kind: 'Node', name: options.node ?? 'node-a' },
      })
    },
    /** Until nothing but heartbeats is left; what it took in virtual milliseconds. */
    rest(): void {
      simulation.runUntilRest(5_000_000)
    },
    remove(name: string, gracePeriodSeconds?: number): void {
      call(
        'DELETE',
        `/api/v1/namespaces/default/pods/${name}`,
        gracePeriodSeconds === undefined ? undefined : { gracePeriodSeconds },
      )
    },
    events(name: string): string[] {
      const reply = call('GET', '/api/v1/namespaces/default/events') as {
        body: {
          items: {
            involvedObject: { name: string }
            type: string
            reason: string
            message: string
            count: number
          }[]
        }
      }
      return reply.body.items
        .filter((event) => event.involvedObject.name === name)
        .map((event) => `${event.type} ${event.reason} ${event.message}`)
    },
    /** Runs a command in a container and gives back what it wrote and how it ended. */
    exec(pod: string, command: readonly string[], input?: string, container?: string) {
      const reply = server.call({
        method: 'POST',
        path: `/api/v1/namespaces/default/pods/${pod}/exec`,
        query: [
          ...command.map((word) => ['command', word] as const),
          ['stdout', 'true'],
          ['stderr', 'true'],
          ...(input === undefined ? [] : ([['stdin', 'true']] as const)),
          ...(container === undefined ? [] : ([['container', container]] as const)),
        ],
        user: 'kubernetes-admin',
      })
      if (reply.type !== 'stream') {
        return { code: -1, stdout: '', stderr: '', status: (reply as { body: Status }).body }
      }
      const streams = reply.start()
      const out: string[] = []
      const err: string[] = []
      const drain = function* (source: typeof streams.stdout, into: string[]): Task {
        for (;;) {
          const chunk = source === undefined ? undefined : yield* source.read()
          if (chunk === undefined) return
          into.push(decodeUtf8(chunk))
        }
      }
      simulation.spawn(drain(streams.stdout, out), { name: 'test/stdout' })
      simulation.spawn(drain(streams.stderr, err), { name: 'test/stderr' })
      if (input !== undefined) {
        simulation.spawn(
          (function* (): Task {
            yield* streams.stdin?.write(encodeUtf8(input)) ?? nothing()
            streams.stdin?.end()
          })(),
          { name: 'test/stdin' },
        )
      }
      let status: Status | undefined
      simulation.spawn(
        (function* (): Task {
          status = yield* streams.done()
        })(),
        { name: 'test/done' },
      )
      for (let i = 0; i < 100_000 && status === undefined; i++) if (!simulation.step()) break
      simulation.run({ until: simulation.now + 1 })
      const cause = status?.details?.causes?.[0]?.message
      const code = status?.status === 'Success' ? 0 : Number(cause ?? 1)
      return { code, stdout: out.join(''), stderr: err.join(''), status }
    },
    logs(pod: string, query: readonly (readonly [string, string])[] = []): string {
      const reply = server.call({
        method: 'GET',
        path: `/api/v1/namespaces/default/pods/${pod}/log`,
        query,
        user: 'kubernetes-admin',
      })
      if (reply.type === 'text') {
        return typeof reply.body === 'string' ? reply.body : decodeUtf8(reply.body)
      }
      return (reply as { body: Status }).body.message ?? ''
    },
  }
}

export type TestNode = ReturnType<typeof createTestNode>

// oxlint-disable-next-line no-empty-function -- there is nothing to wait for
function* nothing(): Task {}

function isRefusal(reply: ApiReply): boolean {
  return reply.type === 'object' && reply.code >= 400
}
