import type { Timings } from '#sim/client/timings.ts'
import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { type Image, newImage, PATH } from './image.ts'
import { newServer, notSimulated } from './generic.ts'

const CLIENT_PORT = 2181

/**
 * The image of the ZooKeeper tutorial. Its servers know who they are and answer `ruok`, which is
 * what the tutorial's probes ask; the database itself is not simulated.
 */
export function newZookeeperImage(core: ReadonlyMap<string, Program>, timings: Timings): Image {
  const server = newServer({
    name: 'zookeeper',
    ports: [CLIENT_PORT, 2888, 3888],
    exitCode: 143,
    startMs: timings.profile === 'instant' ? 1 : 5000,
    exitMs: timings.profile === 'instant' ? 0 : 200,
    answer: (text) => (text.startsWith('ruok') ? 'imok' : undefined),
  })
  return newImage({
    sizeBytes: 113_000_000,
    commands: core,
    // In a directory of their own on PATH: a lesson removes one of them.
    files: new Map([
      ['/opt/zookeeper/bin/start-zookeeper', startZookeeper(server)],
      ['/opt/zookeeper/bin/zookeeper-ready', ready],
      ['/opt/zookeeper/bin/zkCli.sh', notSimulated('zkCli.sh')],
    ]),
    entrypoint: ['start-zookeeper'],
    env: [['PATH', `/opt/zookeeper/bin:${PATH}`]],
    user: { uid: 1000, gid: 1000 },
    binDirectory: '/usr/bin',
  })
}

function startZookeeper(server: Program): Program {
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
    fs.writeText(`${confDir}/zoo.cfg`, configuration(proc, option, dataDir))
    return yield* server(proc)
  }
}

function configuration(
  proc: OsProcess,
  option: (name: string, otherwise: string) => string,
  dataDir: string,
): string {
  const hosts = fullName(proc)
  const stem = hosts.name.replace(/-\d+$/, '')
  const servers = Array.from(
    { length: Number(option('servers', '1')) },
    (_unused, index) =>
      `server.${index + 1}=${stem}-${index}.${hosts.domain}:${option('server_port', '2888')}:${option('election_port', '3888')}`,
  )
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

function fullName(proc: OsProcess): { readonly name: string; readonly domain: string } {
  const { hostname, fs } = proc.host
  const line = fs
    .readText('/etc/hosts')
    .split('\n')
    .find((one) => one.split(/\s+/).includes(hostname))
  const [name = hostname, ...rest] = (line?.split(/\s+/)[1] ?? hostname).split('.')
  return { name, domain: rest.join('.') }
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
