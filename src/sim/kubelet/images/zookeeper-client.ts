import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import {
  askOver,
  CLIENT_PORT,
  type ClientReply,
  type ClientRequest,
  type Node,
} from './zookeeper-server.ts'

const OPERATIONS = ['create', 'set', 'delete', 'get', 'ls'] as const

/** zkCli.sh with a command on its line; its interactive prompt is not simulated. */
export const zkCli: Program = function* (proc) {
  const words = proc.argv.slice(1)
  const serverAt = words.indexOf('-server')
  const server = serverAt < 0 ? 'localhost:2181' : (words[serverAt + 1] ?? '')
  const [verb = '', path = '', data] = serverAt < 0 ? words : words.toSpliced(serverAt, 2)
  const op = OPERATIONS.find((one) => one === verb)
  if (op === undefined || !path.startsWith('/')) {
    yield* proc.write(2, `zkCli.sh: only ${OPERATIONS.join(', ')} with a path are simulated\n`)
    return 1
  }
  yield* proc.write(1, `Connecting to ${server}\n`)
  const request: ClientRequest = { op, path, ...(data === undefined ? {} : { data }) }
  const reply = yield* send(proc, server, request)
  if (reply === undefined || reply.type === 'noQuorum') {
    yield* proc.write(
      2,
      `Exception in thread "main" org.apache.zookeeper.KeeperException$ConnectionLossException: KeeperErrorCode = ConnectionLoss for ${path}\n`,
    )
    return 1
  }
  yield* proc.write(1, '\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n')
  const complaint =
    reply.type === 'exists' ? 'already exists' : reply.type === 'missing' ? 'does not exist' : ''
  if (complaint !== '') yield* proc.write(2, `Node ${complaint}: ${path}\n`)
  else if (op === 'create') yield* proc.write(1, `Created ${path}\n`)
  else if (reply.type === 'node' && op === 'ls') {
    yield* proc.write(1, `[${reply.children.join(', ')}]\n`)
  } else if (reply.type === 'node') {
    yield* proc.write(1, `${reply.node.data}\n${statLines(reply.node, reply.children.length)}`)
  }
  return complaint === '' ? 0 : 1
}

function* send(
  proc: OsProcess,
  server: string,
  request: ClientRequest,
): Task<ClientReply | undefined> {
  const { network } = proc.host
  const [host = 'localhost', port = String(CLIENT_PORT)] = server.split(':')
  if (network === undefined) return undefined
  try {
    const [ip] = yield* network.lookup(host)
    if (ip === undefined) return undefined
    const connection = yield* network.connect(ip, Number(port))
    const answer = yield* askOver(connection, `client ${JSON.stringify(request)}`)
    return answer as ClientReply // The server speaks this protocol only.
  } catch (error) {
    if (error instanceof OsError) return undefined
    throw error
  }
}

// Transaction numbers count from the epoch of the first leader.
function statLines(node: Node, children: number): string {
  const zxid = (number: number) => `0x1${number.toString(16).padStart(8, '0')}`
  return [
    `cZxid = ${zxid(node.createdZxid)}`,
    `ctime = ${javaDate(node.createdMs)}`,
    `mZxid = ${zxid(node.modifiedZxid)}`,
    `mtime = ${javaDate(node.modifiedMs)}`,
    `pZxid = ${zxid(node.createdZxid)}`,
    'cversion = 0',
    `dataVersion = ${node.version}`,
    'aclVersion = 0',
    'ephemeralOwner = 0x0',
    `dataLength = ${node.data.length}`,
    `numChildren = ${children}`,
    '',
  ].join('\n')
}

/** `Thu Dec 08 15:13:30 UTC 2016` */
function javaDate(unixMs: number): string {
  const [weekday = '', day, month, year, time] = new Date(unixMs).toUTCString().split(' ')
  return `${weekday.slice(0, 3)} ${month} ${day} ${time} UTC ${year}`
}
