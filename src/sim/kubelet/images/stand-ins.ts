import type { Timings } from '#sim/client/timings.ts'
import { OsError, type Program } from '#sim/kernel/os/types.ts'
import { newServer, notSimulated } from './generic.ts'
import { type Image, newImage, PATH } from './image.ts'

type StandIn = {
  readonly repositories: readonly string[]
  readonly program: string
  readonly ports: readonly number[]
  readonly sizeBytes: number
  readonly exitCode?: number
  /** Programs that real manifests call in probes and hooks, and what they do here. */
  readonly helpers?: readonly string[]
  readonly startMs?: number
  readonly env?: readonly (readonly [string, string])[]
  readonly answer?: (text: string) => string | undefined
}

const STAND_INS: readonly StandIn[] = [
  {
    repositories: ['docker.io/library/postgres', 'docker.io/bitnami/postgresql'],
    program: 'postgres',
    ports: [5432],
    sizeBytes: 152_000_000,
    helpers: ['pg_isready', 'psql'],
    env: [['PGDATA', '/var/lib/postgresql/data']],
  },
  {
    repositories: [
      'docker.io/library/mysql',
      'docker.io/library/mariadb',
      'docker.io/bitnami/mysql',
    ],
    program: 'mysqld',
    ports: [3306],
    sizeBytes: 150_000_000,
    helpers: ['mysqladmin', 'mysql'],
    startMs: 2000,
  },
  {
    repositories: ['docker.io/library/redis', 'docker.io/bitnami/redis', 'docker.io/valkey/valkey'],
    program: 'redis-server',
    ports: [6379],
    sizeBytes: 42_000_000,
    helpers: ['redis-cli'],
    answer: (text) => (/ping/i.test(text) ? '+PONG\r\n' : `-ERR unknown command\r\n`),
  },
  {
    repositories: ['docker.io/library/mongo', 'docker.io/bitnami/mongodb'],
    program: 'mongod',
    ports: [27017],
    sizeBytes: 260_000_000,
    helpers: ['mongosh', 'mongo'],
  },
  {
    repositories: ['docker.io/library/zookeeper', 'docker.io/bitnami/zookeeper'],
    program: 'zookeeper',
    ports: [2181, 2888, 3888],
    sizeBytes: 120_000_000,
    exitCode: 143,
    helpers: ['zkCli.sh', 'zkServer.sh'],
    answer: (text) => (text.startsWith('ruok') ? 'imok' : undefined),
  },
  {
    repositories: [
      'gcr.io/google-samples/cassandra',
      'gcr.io/google_samples/cassandra',
      'docker.io/library/cassandra',
    ],
    program: 'cassandra',
    ports: [7000, 7001, 7199, 9042],
    sizeBytes: 130_000_000,
    exitCode: 143,
    startMs: 30_000,
    helpers: ['nodetool', 'cqlsh', '/ready-probe.sh'],
  },
  {
    repositories: ['gcr.io/google-samples/xtrabackup'],
    program: 'xtrabackup',
    ports: [3307],
    sizeBytes: 80_000_000,
    helpers: ['ncat'],
  },
  {
    repositories: ['docker.io/library/rabbitmq'],
    program: 'rabbitmq-server',
    ports: [5672, 15672, 25672],
    sizeBytes: 100_000_000,
    helpers: ['rabbitmq-diagnostics', 'rabbitmqctl'],
  },
  {
    repositories: ['registry.k8s.io/etcd', 'quay.io/coreos/etcd', 'docker.io/bitnami/etcd'],
    program: 'etcd',
    ports: [2379, 2380],
    sizeBytes: 57_000_000,
    helpers: ['etcdctl'],
  },
  {
    repositories: ['docker.io/library/memcached'],
    program: 'memcached',
    ports: [11211],
    sizeBytes: 31_000_000,
  },
  {
    repositories: [
      'docker.io/library/elasticsearch',
      'docker.elastic.co/elasticsearch/elasticsearch',
    ],
    program: 'elasticsearch',
    ports: [9200, 9300],
    sizeBytes: 480_000_000,
    exitCode: 143,
    startMs: 15_000,
  },
  {
    repositories: ['docker.io/apache/kafka', 'docker.io/bitnami/kafka'],
    program: 'kafka',
    ports: [9092, 9093],
    sizeBytes: 200_000_000,
    exitCode: 143,
    startMs: 5000,
  },
  {
    repositories: ['docker.io/library/nats', 'docker.io/library/consul', 'docker.io/library/httpd'],
    program: 'server',
    ports: [80, 4222, 8500],
    sizeBytes: 56_000_000,
  },
]

function serverEntries(core: ReadonlyMap<string, Program>, timings: Timings): readonly Entry[] {
  return STAND_INS.map((standIn) => ({
    repositories: standIn.repositories,
    tags: ANY_VERSION,
    make: () => standInImage(standIn, core, timings),
  }))
}

function standInImage(
  standIn: StandIn,
  core: ReadonlyMap<string, Program>,
  timings: Timings,
): Image {
  const server = newServer({
    name: standIn.program,
    ports: standIn.ports,
    exitCode: standIn.exitCode ?? 0,
    startMs: timings.profile === 'instant' ? 1 : (standIn.startMs ?? 500),
    exitMs: timings.profile === 'instant' ? 0 : 100,
    ...(standIn.answer === undefined ? {} : { answer: standIn.answer }),
  })
  const [port = 0] = standIn.ports
  const helpers = (standIn.helpers ?? []).map(
    (name) => [name, isReadyCheck(name) ? portCheck(port) : notSimulated(name)] as const,
  )
  return newImage({
    sizeBytes: standIn.sizeBytes,
    commands: new Map([...core, ...helpers.filter(([name]) => !name.startsWith('/'))]),
    files: new Map([
      [`/usr/bin/${standIn.program}`, server],
      ...helpers.filter(([name]) => name.startsWith('/')),
    ]),
    entrypoint: [`/usr/bin/${standIn.program}`],
    env: [['PATH', PATH], ...(standIn.env ?? [])],
    binDirectory: '/usr/bin',
  })
}

function isReadyCheck(name: string): boolean {
  return /^(pg_isready|mysqladmin|rabbitmq-diagnostics|\/ready-probe\.sh)$/.test(name)
}

/** Whether the server of this container takes connections: what the real checks find out first. */
function portCheck(port: number): Program {
  return function* check(proc) {
    const { network } = proc.host
    if (network === undefined) return 1
    const connection = yield* network.connect('127.0.0.1', port)
    connection.destroy()
    return 0
  }
}

