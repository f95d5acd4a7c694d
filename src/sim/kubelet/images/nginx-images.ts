import type { Timings } from '#sim/client/timings.ts'
import type { Program } from '#sim/kernel/os/types.ts'
import { curl } from '#sim/network/tools/commands.ts'
import { type Image, newImage, PATH } from './image.ts'
import { DEFAULT_PAGE, newNginx } from './nginx.ts'

/** The image of the tutorial: its tags stand for three versions of nginx. */
export function nginxSlim(
  tag: string,
  commands: ReadonlyMap<string, Program>,
  timings: Timings,
): Image {
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

/** The official image, which says on stderr what its entrypoint does. */
export function nginxOfficial(
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
