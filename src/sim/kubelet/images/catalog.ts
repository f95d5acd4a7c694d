import type { Timings } from '#sim/client/timings.ts'
import type { Program } from '#sim/kernel/os/types.ts'
import {
  busyboxCommands,
  busyboxOldCommands,
  curl,
  curlOld,
  networkCommands,
} from '#sim/network/tools/commands.ts'
import { newServer, notSimulated, pause } from './generic.ts'
import { type Image, newImage, PATH } from './image.ts'
import { DEFAULT_PAGE, newNginx } from './nginx.ts'
import { type ImageReference, referenceText } from './reference.ts'
import { newZookeeperImage } from './zookeeper.ts'

export type CatalogOptions = {
  /** Core utilities and `sh`, which every image but the barest has. */
  readonly commands: ReadonlyMap<string, Program>
  /** The same in busybox's words, for the images that are made of it. */
  readonly busyboxCommands?: ReadonlyMap<string, Program>
  readonly timings: Timings
  /** Untagged busybox is that of the era. */
  readonly dialect: '1.36' | '1.10'
}

/** What a registry says to a pull. */
export type Pulled =
  | { readonly type: 'image'; readonly image: Image }
  | { readonly type: 'error'; readonly message: string }

type Entry = {
  readonly repositories: readonly string[]
  readonly tags: RegExp
  readonly make: (tag: string) => Image
}

/** Every image that can be pulled. One catalog serves all nodes, so images are made once. */
export class ImageCatalog {
  readonly #entries: readonly Entry[]
  readonly #images = new Map<string, Image>()
  readonly #failures = new Map<string, string>()

  constructor(options: CatalogOptions) {
    this.#entries = catalogEntries(options)
  }

  /** Makes pulls of this image fail with `message`, until undefined takes that back. */
  setFailure(reference: string, message: string | undefined): void {
    if (message === undefined) this.#failures.delete(reference)
    else this.#failures.set(reference, message)
  }

  pull(reference: ImageReference): Pulled {
    const text = referenceText(reference)
    const failure = this.#failures.get(text)
    if (failure !== undefined) return { type: 'error', message: failure }
    const image = this.#image(reference)
    if (image !== undefined) return { type: 'image', image }
    return { type: 'error', message: this.#refusal(reference) }
  }

  #image(reference: ImageReference): Image | undefined {
    const text = referenceText(reference)
    const known = this.#images.get(text)
    if (known !== undefined) return known
    const entry = this.#entryOf(reference)
    if (entry === undefined || reference.digest !== undefined || !entry.tags.test(reference.tag)) {
      return undefined
    }
    const image = entry.make(reference.tag)
    this.#images.set(text, image)
    return image
  }

  #entryOf({ host, repository }: ImageReference): Entry | undefined {
    const name = `${host}/${repository}`
    return this.#entries.find((entry) => entry.repositories.includes(name))
  }

  #refusal(reference: ImageReference): string {
    const text = referenceText(reference)
    const prefix = `failed to pull and unpack image "${text}": failed to resolve reference "${text}"`
    if (this.#entryOf(reference) !== undefined || isGoogleHost(reference.host)) {
      return `rpc error: code = NotFound desc = ${prefix}: ${text}: not found`
    }
    if (reference.host === 'docker.io') {
      return `rpc error: code = Unknown desc = ${prefix}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`
    }
    const { host, repository, tag } = reference
    return `rpc error: code = Unknown desc = ${prefix}: failed to do request: Head "https://${host}/v2/${repository}/manifests/${tag}": dial tcp: lookup ${host}: no such host`
  }
}

function isGoogleHost(host: string): boolean {
  return /^(registry\.k8s\.io|k8s\.gcr\.io|gcr\.io|quay\.io)$/.test(host)
}

const ANY_VERSION = /^(latest|stable|mainline|lts|v?\d[\w.-]*|[a-z]+(-slim)?)$/

function catalogEntries(options: CatalogOptions): readonly Entry[] {
  const { timings, commands } = options
  const core = withoutNetwork(commands)
  const applets = withoutNetwork(options.busyboxCommands ?? commands)
  const withCurl = (program: Program) => new Map([...core, ['curl', program]])
  const oldBusybox = new Map([...applets, ...busyboxOldCommands])
  const newBusybox = new Map([...applets, ...busyboxCommands])
  const equipped = new Map([...core, ...networkCommands])
  const busybox = (tag: string) => {
    const isOld = tag === 'latest' ? options.dialect === '1.10' : isUpTo128(tag)
    return newImage({
      sizeBytes: isOld ? 727_869 : 2_156_519,
      commands: isOld ? oldBusybox : newBusybox,
      command: ['sh'],
    })
  }
  return [
    {
      repositories: [
        'registry.k8s.io/nginx-slim',
        'k8s.gcr.io/nginx-slim',
        'gcr.io/google_containers/nginx-slim',
        'gcr.io/google-containers/nginx-slim',
      ],
      tags: /^0\.(7|8|9|1\d|2[0-9])$/,
      make: (tag) => nginxSlim(tag, withCurl(curlOld), timings),
    },
    {
      repositories: ['docker.io/library/nginx'],
      tags: /^(latest|stable|mainline|\d[\d.]*)(-(alpine|perl|bookworm|bullseye|trixie)[\w.-]*)?$|^alpine/,
      make: (tag) => nginxOfficial(tag, tag.includes('alpine') ? newBusybox : core, timings),
    },
    {
      repositories: [
        'docker.io/library/busybox',
        'gcr.io/google_containers/busybox',
        'k8s.gcr.io/busybox',
        'registry.k8s.io/busybox',
        'registry.k8s.io/e2e-test-images/busybox',
      ],
      tags: /^(latest|stable|musl|glibc|uclibc|1\.\d[\w.-]*)$/,
      make: busybox,
    },
    {
      repositories: ['docker.io/library/alpine', 'docker.io/library/bash'],
      tags: ANY_VERSION,
      make: () => newImage({ sizeBytes: 3_640_000, commands: newBusybox, command: ['/bin/sh'] }),
    },
    {
      repositories: ['docker.io/curlimages/curl', 'quay.io/curl/curl'],
      tags: ANY_VERSION,
      make: () =>
        newImage({
          sizeBytes: 9_800_000,
          commands: new Map([...newBusybox, ['curl', curl]]),
          entrypoint: ['curl'],
          user: { uid: 100, gid: 101 },
        }),
    },
    {
      repositories: [
        'registry.k8s.io/e2e-test-images/jessie-dnsutils',
        'registry.k8s.io/e2e-test-images/agnhost',
        'registry.k8s.io/dnsutils',
        'gcr.io/kubernetes-e2e-test-images/dnsutils',
        'docker.io/tutum/dnsutils',
        'docker.io/infoblox/dnstools',
        'docker.io/nicolaka/netshoot',
      ],
      tags: ANY_VERSION,
      make: () => newImage({ sizeBytes: 45_000_000, commands: equipped, command: ['sh'] }),
    },
    {
      repositories: ['debian', 'ubuntu', 'fedora', 'centos', 'python', 'node', 'golang'].map(
        (name) => `docker.io/library/${name}`,
      ),
      tags: ANY_VERSION,
      make: () =>
        newImage({
          sizeBytes: 29_700_000,
          commands: core,
          command: ['bash'],
          binDirectory: '/usr/bin',
        }),
    },
    {
      repositories: ['registry.k8s.io/pause', 'k8s.gcr.io/pause', 'gcr.io/google_containers/pause'],
      tags: ANY_VERSION,
      make: () =>
        newImage({
          sizeBytes: 318_731,
          commands: new Map(),
          files: new Map([['/pause', pause]]),
          entrypoint: ['/pause'],
        }),
    },
    {
      repositories: [
        'registry.k8s.io/kubernetes-zookeeper',
        'k8s.gcr.io/kubernetes-zookeeper',
        'gcr.io/google_containers/kubernetes-zookeeper',
        'gcr.io/google-containers/kubernetes-zookeeper',
        'docker.io/gcr.io/k8szk',
        'gcr.io/google_samples/k8szk',
        'gcr.io/google-samples/k8szk',
      ],
      tags: /^(1\.0-3\.4\.\d+|v\d+|latest)$/,
      make: () => newZookeeperImage(core, timings),
    },
    ...serverEntries(core, timings),
  ]
}

// Which network tools there are is each image's own affair.
function withoutNetwork(commands: ReadonlyMap<string, Program>): Map<string, Program> {
  return new Map([...commands].filter(([name]) => !networkCommands.has(name)))
}

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
    const connection = yield* proc.host.network?.connect('127.0.0.1', port) ?? nobody()
    connection.destroy()
    return 0
  }
}

function* nobody(): Generator<never, never> {
  throw new Error('a container without a network')
}

// Names of glibc and musl variants follow the version.
function isUpTo128(tag: string): boolean {
  const match = /^1\.(\d+)/.exec(tag)
  return match !== null && Number(match[1]) <= 28
}

function nginxSlim(tag: string, commands: ReadonlyMap<string, Program>, timings: Timings): Image {
  const minor = Number(tag.slice(2))
  const version = minor <= 9 ? '1.11.1' : minor <= 21 ? '1.13.3' : '1.13.5'
  return nginxImage({
    version,
    sizeBytes: minor <= 9 ? 42_600_000 : minor <= 21 ? 40_968_211 : 41_005_231,
    commands,
    timings,
    stopSignal: 'SIGTERM',
    startNotices: [],
    command: ['nginx', '-g', 'daemon off;'],
    entrypoint: [],
  })
}

const OFFICIAL_VERSIONS: Readonly<Record<string, string>> = {
  latest: '1.29.4',
  mainline: '1.29.4',
  alpine: '1.29.4',
  stable: '1.28.1',
}

function nginxOfficial(
  tag: string,
  commands: ReadonlyMap<string, Program>,
  timings: Timings,
): Image {
  const [name = ''] = tag.split('-')
  const version = OFFICIAL_VERSIONS[name] ?? (/^\d+\.\d+$/.test(name) ? `${name}.0` : name)
  const prefix = '/docker-entrypoint.sh:'
  return nginxImage({
    version,
    sizeBytes: tag.includes('alpine') ? 21_600_000 : 62_900_000,
    commands: new Map([...commands, ['curl', curl]]),
    timings,
    stopSignal: 'SIGQUIT',
    startNotices: [
      `${prefix} /docker-entrypoint.d/ is not empty, will attempt to perform configuration`,
      `${prefix} Looking for shell scripts in /docker-entrypoint.d/`,
      `${prefix} Configuration complete; ready for start up`,
    ],
    command: ['nginx', '-g', 'daemon off;'],
    entrypoint: [],
  })
}

function nginxImage(options: {
  readonly version: string
  readonly sizeBytes: number
  readonly commands: ReadonlyMap<string, Program>
  readonly timings: Timings
  readonly stopSignal: 'SIGTERM' | 'SIGQUIT'
  readonly startNotices: readonly string[]
  readonly command: readonly string[]
  readonly entrypoint: readonly string[]
}): Image {
  const root = '/usr/share/nginx/html'
  const [, minor = '0'] = options.version.split('.')
  const nginx = newNginx({
    version: options.version,
    hasPlainErrorPages: Number(minor) >= 17,
    root,
    readyToServeMs: options.timings.readyToServeMs,
    exitMs: options.timings.sigtermExitMs,
    startNotices: options.startNotices,
  })
  return newImage({
    sizeBytes: options.sizeBytes,
    commands: new Map([...options.commands, ['nginx', nginx]]),
    files: new Map([['/usr/sbin/nginx', nginx]]),
    command: options.command,
    entrypoint: options.entrypoint,
    stopSignal: options.stopSignal,
    env: [
      ['PATH', PATH],
      ['NGINX_VERSION', options.version],
    ],
    binDirectory: '/usr/bin',
    build: (fs) => {
      fs.mkdir(root, { recursive: true })
      fs.writeText(`${root}/index.html`, DEFAULT_PAGE)
      fs.mkdir('/etc/nginx', { recursive: true })
      fs.writeText('/etc/nginx/nginx.conf', NGINX_CONF)
      fs.mkdir('/var/log/nginx', { recursive: true })
      fs.symlink('/dev/stdout', '/var/log/nginx/access.log')
      fs.symlink('/dev/stderr', '/var/log/nginx/error.log')
      fs.writeText('/run/nginx.pid', '1\n')
    },
  })
}

// The file is there to be looked at; the server's settings are not read from it.
const NGINX_CONF = `worker_processes  1;

events {
    worker_connections  1024;
}

http {
    include       mime.types;
    default_type  application/octet-stream;
    sendfile      on;
    keepalive_timeout  65;

    server {
        listen       80;
        server_name  localhost;

        location / {
            root   html;
            index  index.html index.htm;
        }

        error_page   500 502 503 504  /50x.html;
    }
}
`
