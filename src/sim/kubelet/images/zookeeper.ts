import type { Timings } from '#sim/client/timings.ts'
import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { type Image, newImage, PATH } from './image.ts'
import { zkCli } from './zookeeper-client.ts'
import { CLIENT_PORT, ZookeeperServer } from './zookeeper-server.ts'

/**
 * The image of the ZooKeeper tutorial: servers that know each other by the names of their
 * headless Service.
 */
export function newZookeeperImage(core: ReadonlyMap<string, Program>, timings: Timings): Image {
  const start = startZookeeper(timings.profile === 'instant')
  return newImage({
    sizeBytes: 113_000_000,
    commands: core,
    // In a directory of their own on PATH: a lesson removes one of them.
    files: new Map([
      ['/opt/zookeeper/bin/start-zookeeper', start],
      ['/opt/zookeeper/bin/zookeeper-ready', ready],
      ['/opt/zookeeper/bin/zkCli.sh', zkCli],
    ]),
    entrypoint: ['start-zookeeper'],
    env: [['PATH', `/opt/zookeeper/bin:${PATH}`]],
    user: { uid: 1000, gid: 1000 },
    binDirectory: '/usr/bin',
  })
}

function startZookeeper(isInstant: boolean): Program {
  return function* start(proc) {
    const option = (name: string, otherwise: string) =>
      proc.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise
    const ordinal = /-(\d+)$/.exec(proc.host.hostname)?.[1]
    if (ordinal === undefined) {
      yield* proc.write(2, 'Failed to extract ordinal from hostname\n')
      return 1
    }
    const { fs } = proc.host
    const dataDir = option('data_dir', '/var/lib/zookeeper/data')
    fs.mkdir(dataDir, { recursive: true })
    fs.writeText(`${dataDir}/myid`, `${Number(ordinal) + 1}\n`)
    const confDir = option('conf_dir', '/opt/zookeeper/conf')
    fs.mkdir(confDir, { recursive: true })
    const servers = serverNames(proc, Number(option('servers', '1')))
    fs.writeText(`${confDir}/zoo.cfg`, configuration(option, dataDir, servers))
    return yield* new ZookeeperServer(proc, {
      dataDir,
      peers: servers.filter((_name, index) => index !== Number(ordinal)),
      startMs: isInstant ? 1 : 5000,
      exitMs: isInstant ? 0 : 200,
    }).run()
  }
}

function configuration(
  option: (name: string, otherwise: string) => string,
  dataDir: string,
  names: readonly string[],
): string {
  const ports = `${option('server_port', '2888')}:${option('election_port', '3888')}`
  const servers = names.map((name, index) => `server.${index + 1}=${name}:${ports}`)
  return [
    `clientPort=${option('client_port', String(CLIENT_PORT))}`,
    `dataDir=${dataDir}`,
    `dataLogDir=${option('data_log_dir', dataDir)}`,
    `tickTime=${option('tick_time', '2000')}`,
    `initLimit=${option('init_limit', '10')}`,
    `syncLimit=${option('sync_limit', '5')}`,
    `maxClientCnxns=${option('max_client_cnxns', '60')}`,
    `minSessionTimeout=${option('min_session_timeout', '4000')}`,
    `maxSessionTimeout=${option('max_session_timeout', '40000')}`,
    `autopurge.snapRetainCount=${option('snap_retain_count', '3')}`,
    `autopurge.purgeInterval=${option('purge_interval', '0')}`,
    ...servers,
    '',
  ].join('\n')
}

/** `zk-0.zk-hs.default.svc.cluster.local` and so on, from the server's own full name. */
function serverNames(proc: OsProcess, count: number): readonly string[] {
  const { hostname, fs } = proc.host
  const lines = fs.readText('/etc/hosts').split('\n')
  const own = lines.map((line) => line.split(/\s+/)).find((words) => words.includes(hostname))
  const [name = hostname, ...domain] = (own?.[1] ?? hostname).split('.')
  const stem = name.replace(/-\d+$/, '')
  return Array.from({ length: count }, (_unused, index) =>
    [`${stem}-${index}`, ...domain].join('.'),
  )
}

/** Sends `ruok` and expects `imok`, as the tutorial's probe does. */
const ready: Program = function* (proc) {
  const port = Number(proc.argv[1] ?? CLIENT_PORT)
  return (yield* isOk(proc, port)) ? 0 : 1
}

function* isOk(proc: OsProcess, port: number): Task<boolean> {
  const { network } = proc.host
  if (network === undefined) return false
  try {
    const connection = yield* network.connect('127.0.0.1', port)
    try {
      yield* connection.write(Uint8Array.from('ruok', (letter) => letter.charCodeAt(0)))
      const answer = yield* connection.read()
      return answer !== undefined && String.fromCharCode(...answer) === 'imok'
    } finally {
      connection.destroy()
    }
  } catch (error) {
    if (error instanceof OsError) return false
    throw error
  }
}
