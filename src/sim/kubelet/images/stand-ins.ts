import type { Timings } from '#sim/client/timings.ts'
import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { newServer, notSimulated } from './generic.ts'
import { type Image, newImage, PATH } from './image.ts'

/** A well-known server, of which only start, ports, readiness and end are simulated. */
export type StandIn = {
  readonly repositories: readonly string[]
  readonly program: string
  readonly ports: readonly number[]
  readonly sizeBytes: number
  readonly exitCode?: number
  /** Programs of probes, which find out whether the server takes connections. */
  readonly checks?: readonly string[]
  /** Clients whose work is not simulated. */
  readonly unsupported?: readonly string[]
  readonly clients?: ReadonlyMap<string, Program>
  readonly startMs?: number
  readonly env?: readonly (readonly [string, string])[]
  readonly answer?: (text: string) => string | undefined
}

export const STAND_INS: readonly StandIn[] = [
  {
    repositories: ['docker.io/library/postgres', 'docker.io/bitnami/postgresql'],
    program: 'postgres',
    ports: [5432],
    sizeBytes: 152_000_000,
    checks: ['pg_isready'],
    unsupported: ['psql'],
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
    checks: ['mysqladmin'],
    clients: new Map([['mysql', mysql]]),
    startMs: 2000,
  },
  {
    repositories: ['docker.io/library/redis', 'docker.io/bitnami/redis', 'docker.io/valkey/valkey'],
    program: 'redis-server',
    ports: [6379],
    sizeBytes: 42_000_000,
    clients: new Map([['redis-cli', redisCli]]),
    answer: (text) => (/ping/i.test(text) ? '+PONG\r\n' : `-ERR unknown command\r\n`),
  },
  {
    repositories: ['docker.io/library/mongo', 'docker.io/bitnami/mongodb'],
    program: 'mongod',
    ports: [27017],
    sizeBytes: 260_000_000,
    unsupported: ['mongosh', 'mongo'],
  },
  {
    repositories: ['docker.io/library/zookeeper', 'docker.io/bitnami/zookeeper'],
    program: 'zookeeper',
    ports: [2181, 2888, 3888],
    sizeBytes: 120_000_000,
    exitCode: 143,
    unsupported: ['zkCli.sh', 'zkServer.sh'],
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
    checks: ['/ready-probe.sh'],
    clients: new Map([['nodetool', nodetool]]),
    unsupported: ['cqlsh'],
  },
  {
    repositories: ['gcr.io/google-samples/xtrabackup'],
    program: 'xtrabackup',
    ports: [3307],
    sizeBytes: 80_000_000,
    unsupported: ['ncat'],
  },
  {
    repositories: ['docker.io/library/rabbitmq'],
    program: 'rabbitmq-server',
    ports: [5672, 15672, 25672],
    sizeBytes: 100_000_000,
    checks: ['rabbitmq-diagnostics'],
    unsupported: ['rabbitmqctl'],
  },
  {
    repositories: ['registry.k8s.io/etcd', 'quay.io/coreos/etcd', 'docker.io/bitnami/etcd'],
    program: 'etcd',
    ports: [2379, 2380],
    sizeBytes: 57_000_000,
    unsupported: ['etcdctl'],
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

export function standInImage(
  standIn: StandIn,
  core: ReadonlyMap<string, Program>,
  timings: Timings,
): Image {
  const isInstant = timings.profile === 'instant'
  const server = newServer({
    name: standIn.program,
    ports: standIn.ports,
    exitCode: standIn.exitCode ?? 0,
    startMs: isInstant ? 1 : (standIn.startMs ?? 500),
    exitMs: isInstant ? 0 : 100,
    ...(standIn.answer === undefined ? {} : { answer: standIn.answer }),
  })
  const [port = 0] = standIn.ports
  const helpers = new Map<string, Program>([
    ...(standIn.checks ?? []).map((name) => [name, portCheck(port)] as const),
    ...(standIn.unsupported ?? []).map((name) => [name, notSimulated(name)] as const),
    ...(standIn.clients ?? []),
  ])
  const program = `/usr/bin/${standIn.program}`
  // A lesson may take such a program away by renaming its file.
  const files = [...helpers].map(
    ([name, helper]) => [name.startsWith('/') ? name : `/usr/bin/${name}`, helper] as const,
  )
  return newImage({
    sizeBytes: standIn.sizeBytes,
    commands: core,
    files: new Map([[program, server], ...files]),
    entrypoint: [program],
    env: [['PATH', PATH], ...(standIn.env ?? [])],
    binDirectory: '/usr/bin',
  })
}

/** Whether the server of this container takes connections: what the real checks find out first. */
function portCheck(port: number): Program {
  return function* check(proc) {
    return (yield* takesConnections(proc, '127.0.0.1', port)) ? 0 : 1
  }
}

function* takesConnections(proc: OsProcess, host: string, port: number): Task<boolean> {
  const { network } = proc.host
  const [ip] = (yield* network?.lookup(host) ?? none()) ?? []
  if (network === undefined || ip === undefined) return false
  try {
    const connection = yield* network.connect(ip, port)
    connection.destroy()
    return true
  } catch (error) {
    if (error instanceof OsError) return false
    throw error
  }
}

// oxlint-disable-next-line require-yield -- there is nobody to ask
function* none(): Task<readonly string[]> {
  return []
}

/** The client as far as probes need it: `SELECT 1` is answered by any server that is there. */
function* mysql(proc: OsProcess): Task<number> {
  const { argv } = proc
  const option = (name: string) => {
    const at = argv.indexOf(name)
    return at < 0 ? undefined : argv[at + 1]
  }
  const host = option('-h') ?? '127.0.0.1'
  if (!(yield* takesConnections(proc, host, 3306))) {
    yield* proc.write(2, `ERROR 2003 (HY000): Can't connect to MySQL server on '${host}' (111)\n`)
    return 1
  }
  const statement = option('-e') ?? ''
  if (!/^\s*select\s+1\s*;?\s*$/i.test(statement)) {
    yield* proc.write(2, 'mysql: statements other than SELECT 1 are not simulated\n')
    return 1
  }
  yield* proc.write(1, '1\n1\n')
  return 0
}

/** Sends its words over the socket and prints the answer. */
function* redisCli(proc: OsProcess): Task<number> {
  const words = proc.argv.slice(1)
  const hostAt = words.indexOf('-h')
  const host = hostAt < 0 ? '127.0.0.1' : (words[hostAt + 1] ?? '')
  const command = hostAt < 0 ? words : words.toSpliced(hostAt, 2)
  const { network } = proc.host
  const [ip] = (yield* network?.lookup(host) ?? none()) ?? []
  try {
    if (network === undefined || ip === undefined) throw new OsError('ECONNREFUSED')
    const connection = yield* network.connect(ip, 6379)
    yield* connection.write(Uint8Array.from(`${command.join(' ')}\r\n`, (one) => one.charCodeAt(0)))
    const answer = (yield* connection.read()) ?? new Uint8Array(0)
    connection.destroy()
    yield* proc.write(
      1,
      `${String.fromCharCode(...answer)
        .trimEnd()
        .replace(/^[+-]/, '')}\n`,
    )
    return 0
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    yield* proc.write(2, `Could not connect to Redis at ${host}:6379: ${error.message}\n`)
    return 1
  }
}

/** `nodetool drain`, which the tutorial's preStop hook calls; there is nothing to flush here. */
function* nodetool(proc: OsProcess): Task<number> {
  if (proc.argv[1] === 'drain') return 0
  yield* proc.write(2, `nodetool: ${proc.argv[1] ?? ''}: this command is not simulated\n`)
  return 1
}
