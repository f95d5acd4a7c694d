import { Device, type DirectoryInode, type Inode } from '#sim/kernel/os/inodes.ts'
import { FileSystem } from '#sim/kernel/os/filesystem.ts'
import { normalizePath } from '#sim/kernel/os/paths.ts'
import { Processes } from '#sim/kernel/os/process-table.ts'
import { type Host, type HostNetwork, OsError, type Program } from '#sim/kernel/os/types.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Image } from './images/image.ts'

/** A volume, or a file of the Pod, at a path of one container. */
export type ContainerMount = {
  readonly path: string
  readonly readOnly: boolean
  /** What is mounted; asked for when somebody first looks into the filesystem. */
  readonly inode: () => Inode
  readonly source?: string
}

export type ContainerHostOptions = {
  readonly simulation: Simulation
  readonly hostname: string
  readonly image: Image
  readonly mounts: readonly ContainerMount[]
  readonly network: HostNetwork
}

const DIRECTORIES = [
  '/bin',
  '/dev/pts',
  '/dev/shm',
  '/etc',
  '/home',
  '/lib',
  '/media',
  '/mnt',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/srv',
  '/sys',
  '/tmp',
  '/usr/bin',
  '/usr/lib',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/share',
  '/var/lib',
  '/var/log',
  '/var/run',
  '/var/tmp',
] as const

/**
 * What a container's processes live in. Its filesystem is made when somebody first looks: most of
 * ten thousand web servers never get a request.
 */
export class ContainerHost implements Host {
  readonly simulation: Simulation
  readonly hostname: string
  readonly processes = new Processes()
  readonly network: HostNetwork
  readonly #options: ContainerHostOptions
  #fs: FileSystem | undefined

  constructor(options: ContainerHostOptions) {
    this.simulation = options.simulation
    this.hostname = options.hostname
    this.network = options.network
    this.#options = options
  }

  get fs(): FileSystem {
    this.#fs ??= this.#build()
    return this.#fs
  }

  /** The filesystem if anybody has looked into it. */
  get builtFs(): FileSystem | undefined {
    return this.#fs
  }

  command(name: string): Program | undefined {
    const { commands, files, binDirectory } = this.#options.image
    if (name.includes('/')) return this.#programAt(normalizePath(name))
    const program = commands.get(name)
    if (program === undefined) return this.#fileOnPath(name, files)
    // Removing a program's file takes the program away.
    const isThere = this.#fs === undefined || this.#fs.exists(`${binDirectory}/${name}`)
    return isThere ? program : undefined
  }

  commandNames(): readonly string[] {
    return [...this.#options.image.commands.keys()]
  }

  #fileOnPath(name: string, files: ReadonlyMap<string, Program>): Program | undefined {
    for (const [path, program] of files) {
      if (path.endsWith(`/${name}`) && path.includes('bin/')) {
        return this.#fs === undefined || this.#fs.exists(path) ? program : undefined
      }
    }
    return undefined
  }

  #programAt(path: string): Program | undefined {
    const { commands, files } = this.#options.image
    const own = files.get(path)
    if (own !== undefined) return this.#fs === undefined || this.#fs.exists(path) ? own : undefined
    if (!/^\/(usr\/)?(local\/)?s?bin\/[^/]+$/.test(path)) return undefined
    const name = path.slice(path.lastIndexOf('/') + 1)
    return commands.has(name) ? this.command(name) : undefined
  }

  #build(): FileSystem {
    const { simulation, image, mounts } = this.#options
    const fs = new FileSystem({
      simulation,
      device: new Device({ name: 'overlay', type: 'overlay', capacityBytes: 60 * 1024 ** 3 }),
    })
    for (const path of DIRECTORIES) fs.mkdir(path, { recursive: true })
    fs.chmod('/tmp', 0o1777)
    buildDevices(fs)
    buildAccounts(fs)
    // A program's file is one inode with all its names: links cost a map entry each.
    const size = image.commands.size
    if (size > 0) {
      fs.writeText(`${image.binDirectory}/sh`, '', { mode: 0o755 })
      fs.chmod(`${image.binDirectory}/sh`, 0o755)
      for (const name of image.commands.keys()) {
        if (name === 'sh' || name.includes('/')) continue
        fs.link(`${image.binDirectory}/sh`, `${image.binDirectory}/${name}`)
      }
    }
    for (const path of image.files.keys()) {
      fs.mkdir(path.slice(0, path.lastIndexOf('/')) || '/', { recursive: true })
      if (!fs.exists(path)) fs.writeText(path, '')
      fs.chmod(path, 0o755)
    }
    image.build(fs)
    for (const mount of mounts) {
      fs.mount(mount.path, mount.inode(), {
        readOnly: mount.readOnly,
        ...(mount.source === undefined ? {} : { source: mount.source }),
      })
    }
    return fs
  }
}

function buildDevices(fs: FileSystem): void {
  for (const kind of ['null', 'zero', 'full', 'random', 'tty'] as const) {
    fs.mknod(`/dev/${kind}`, { kind })
  }
  fs.mknod('/dev/urandom', { kind: 'random' })
  for (const [fd, name] of ['stdin', 'stdout', 'stderr'].entries()) {
    fs.mknod(`/dev/${name}`, { kind: 'fd', fd })
  }
}

function buildAccounts(fs: FileSystem): void {
  fs.writeText(
    '/etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
  )
  fs.writeText('/etc/group', 'root:x:0:\nwheel:x:10:root\nnogroup:x:65534:\n')
}

/** Walks or makes a path below a volume's root, as `subPath` asks for. */
export function subdirectory(root: DirectoryInode, path: string, simulation: Simulation): Inode {
  const fs = new FileSystem({ simulation })
  fs.mount('/volume', root)
  const at = normalizePath(`/volume/${path}`)
  if (!fs.exists(at)) fs.mkdir(at, { recursive: true })
  return fs.inode(at)
}

/** The text of a file, or '' where there is none. */
export function readTextOr(fs: FileSystem, path: string): string {
  try {
    return fs.readText(path)
  } catch (error) {
    if (error instanceof OsError) return ''
    throw error
  }
}
