import type { Pod } from '../src/sim/apimachinery/kinds.ts'
import type { Lesson } from '../src/lessons/lesson.ts'
import { lessonsFromFolder } from '../src/serve/lesson-files.ts'
import { Session } from '../src/session/session.ts'
import { DEFAULT_SETTINGS } from '../src/session/settings.ts'
import { Random } from '../src/sim/kernel/random.ts'
import { type Cluster, type ClusterOptions, createCluster } from '../src/sim/cluster/cluster.ts'

export type Figures = {
  name: string
  wallMs: number
  cpuMs: number
  /** What is still in use at the end, with the world in it. */
  heapMiB: number
  writes: number
  virtualSeconds: number
}

export type Outcome = {
  readonly writes: number
  readonly virtualSeconds: number
  /** What was built, to be weighed. */
  readonly world: object
}

/** Prepares outside the measurement; what it returns is measured. */
export type Benchmark = () => () => Outcome

const ADMIN = 'kubernetes-admin'
const PODS_PER_NODE = 100

export const allBenchmarks: Readonly<Record<string, Benchmark>> = {
  boot: () => () => {
    const cluster = newCluster({ nodes: 3 })
    return { writes: writesOf(cluster), virtualSeconds: cluster.bootSeconds, world: cluster }
  },
  'parallel-100': () => bringUp(100, 'Parallel'),
  'parallel-1000': () => bringUp(1000, 'Parallel'),
  'parallel-10000': () => bringUp(10_000, 'Parallel'),
  'ordered-100': () => bringUp(100, 'OrderedReady'),
  'ordered-1000': () => bringUp(1000, 'OrderedReady'),
  'control-1000': () => controlPlaneOnly(1000),
  'sets-100x10': () => bringUpSets(100, 10),
  'sets-10x100': () => bringUpSets(10, 100),
  'rolling-100': () => rollingUpdate(100),
  tutorial: playTutorial,
  'seek-10000': seekInJournal,
  'fork-tutorial': forkTutorial,
  'idle-100': () => {
    const cluster = readySet(100, 'Parallel')
    return measured(cluster, () => cluster.simulation.runFor(3_600_000))
  },
}

/** Those that take too long to be their own warm-up. */
export const LARGE: ReadonlySet<string> = new Set([
  'parallel-1000',
  'parallel-10000',
  'ordered-1000',
  'control-1000',
  'sets-100x10',
  'sets-10x100',
])

/** The whole lesson, from its first command to its last check. */
function playTutorial(): ReturnType<Benchmark> {
  const lessons = readLessons()
  return () => outcomeOf(playedTutorial(lessons))
}

/** A second run brought to the last entry of the first, by its inputs alone. */
function forkTutorial(): ReturnType<Benchmark> {
  const lessons = readLessons()
  const played = playedTutorial(lessons)
  return () => {
    const forked = new Session({ settings: DEFAULT_SETTINGS, lessons })
    forked.replayTo(played.inputs, played.history.placeOf({ entry: played.history.length - 1 }))
    return outcomeOf(forked)
  }
}

function readLessons(): ReadonlyMap<string, Lesson> {
  // From the project's root: the benchmarks are bundled elsewhere.
  return new Map(lessonsFromFolder('src/lessons').map((lesson) => [lesson.id, lesson]))
}

function playedTutorial(lessons: ReadonlyMap<string, Lesson>): Session {
  const session = new Session({ settings: DEFAULT_SETTINGS, lessons })
  session.openLesson('basics', '')
  session.playLesson()
  do session.cluster.simulation.runFor(1000)
  while (session.isPlaying)
  if (session.playerError !== undefined) throw session.playerError
  return session
}

function outcomeOf(session: Session): Outcome {
  const { length: writes } = session.journal.writes
  return { writes, virtualSeconds: session.cluster.simulation.now / 1000, world: session }
}

const SEEKS = 100

/** Moments at random, each told in whole, of a run with 10,000 entries in its journal. */
function seekInJournal(): ReturnType<Benchmark> {
  const session = new Session({ settings: DEFAULT_SETTINGS, lessons: new Map() })
  const { cluster, history } = session
  createSet(cluster, 100, 'Parallel')
  settle(cluster, 100)
  for (let round = 0; history.length < 10_000; round++) {
    request(cluster, 'PATCH', '/apis/apps/v1/namespaces/default/statefulsets/web', {
      spec: { template: { metadata: { annotations: { round: `${round}` } } } },
    })
    while (!cluster.simulation.isAtRest && history.length < 10_000) cluster.simulation.runFor(100)
  }
  const random = new Random(1)
  return () => {
    let objects = 0
    for (let count = 0; count < SEEKS; count++) {
      const entry = random.int(0, history.length - 1)
      objects += history.picture({ entry }).upserted.length
    }
    if (objects === 0) throw new Error('no moment has an object')
    return outcomeOf(session)
  }
}

function newCluster(options: Partial<ClusterOptions>): Cluster {
  return createCluster({
    seed: 1,
    nodes: 3,
    dialect: '1.36',
    featureGates: {},
    timings: 'kind',
    ...options,
  })
}

function bringUp(replicas: number, policy: string): ReturnType<Benchmark> {
  const cluster = newCluster({ nodes: Math.ceil(replicas / PODS_PER_NODE) + 1 })
  return measured(cluster, () => {
    createSet(cluster, replicas, policy)
    settle(cluster, replicas)
  })
}

/** As many Pods in many small sets as in few large ones: a sync must not cost for the neighbours. */
function bringUpSets(sets: number, replicas: number): ReturnType<Benchmark> {
  const total = sets * replicas
  const cluster = newCluster({ nodes: Math.ceil(total / PODS_PER_NODE) + 1 })
  return measured(cluster, () => {
    for (let index = 0; index < sets; index++) {
      createSet(cluster, replicas, 'Parallel', { set: `web${index}`, app: `nginx${index}` })
    }
    settle(cluster, total)
  })
}

function readySet(replicas: number, policy: string): Cluster {
  const cluster = newCluster({ nodes: Math.ceil(replicas / PODS_PER_NODE) + 1 })
  createSet(cluster, replicas, policy)
  settle(cluster, replicas)
  return cluster
}

/** Pods are bound and made Ready by the harness at once: what is left is the control plane. */
function controlPlaneOnly(replicas: number): ReturnType<Benchmark> {
  const cluster = newCluster({ nodes: 1, without: ['scheduler', 'kubelet', 'provisioner'] })
  const { simulation, server } = cluster
  server.onChange(({ type, resource, object }) => {
    if (resource !== 'pods' || type !== 'ADDED') return
    const { name, namespace } = object.metadata
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`
    simulation.soon(
      () => {
        request(cluster, 'POST', `${path}/binding`, {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name },
          target: { kind: 'Node', name: 'node-a' },
        })
        request(cluster, 'PATCH', `${path}/status`, {
          status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
        })
      },
      { label: 'harness' },
    )
  })
  return measured(cluster, () => {
    createSet(cluster, replicas, 'Parallel')
    settle(cluster, replicas)
  })
}

function rollingUpdate(replicas: number): ReturnType<Benchmark> {
  const cluster = readySet(replicas, 'OrderedReady')
  return measured(cluster, () => {
    request(cluster, 'PATCH', '/apis/apps/v1/namespaces/default/statefulsets/web', {
      spec: { template: { metadata: { annotations: { roll: 'on' } } } },
    })
    settle(cluster, replicas)
  })
}

function measured(cluster: Cluster, act: () => void): ReturnType<Benchmark> {
  return () => {
    let writes = 0
    cluster.server.onWrite(() => writes++)
    const startedAt = cluster.simulation.now
    act()
    const virtualSeconds = (cluster.simulation.now - startedAt) / 1000
    return { writes, virtualSeconds, world: cluster }
  }
}

function settle(cluster: Cluster, replicas: number): void {
  cluster.simulation.runUntilRest()
  const reply = cluster.server.call({
    method: 'GET',
    path: '/api/v1/namespaces/default/pods',
    user: ADMIN,
  })
  const pods = (reply as { body: { items: readonly Pod[] } }).body.items
  const ready = pods.filter((pod) =>
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  )
  if (ready.length !== replicas) {
    throw new Error(`${ready.length} of ${replicas} Pods are Ready; ${pods.length} exist`)
  }
}

function writesOf(cluster: Cluster): number {
  return cluster.bootWrites
}

function createSet(
  cluster: Cluster,
  replicas: number,
  podManagementPolicy: string,
  { set, app } = { set: 'web', app: 'nginx' },
): void {
  request(cluster, 'POST', '/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, labels: { app } },
    spec: { clusterIP: 'None', selector: { app }, ports: [{ port: 80, name: 'web' }] },
  })
  request(cluster, 'POST', '/apis/apps/v1/namespaces/default/statefulsets', {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: set },
    spec: {
      serviceName: app,
      replicas,
      podManagementPolicy,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: {
          containers: [
            {
              name: 'nginx',
              image: 'registry.k8s.io/nginx-slim:0.8',
              ports: [{ containerPort: 80, name: 'web' }],
              volumeMounts: [{ name: 'www', mountPath: '/usr/share/nginx/html' }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'www' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  })
}

function request(cluster: Cluster, method: 'POST' | 'PATCH', path: string, body: unknown): void {
  const contentType =
    method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json'
  const reply = cluster.server.call({
    method,
    path,
    body,
    user: ADMIN,
    headers: { 'content-type': contentType },
  })
  if (reply.type === 'object' && reply.code >= 400) {
    throw new Error(`${method} ${path}: ${(reply.body as { message?: string }).message}`)
  }
}
