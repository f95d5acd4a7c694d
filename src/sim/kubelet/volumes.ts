import { Device, type DirectoryInode, type Inode } from '#sim/kernel/os/inodes.ts'
import { FileSystem, newDirectory } from '#sim/kernel/os/filesystem.ts'
import { OsError } from '#sim/kernel/os/types.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'

export type VolumeOptions = {
  readonly capacityBytes: number
  /** A block disk has a filesystem of its own with `lost+found`; a local directory has neither. */
  readonly isBlockDisk: boolean
}

export type StoredVolume = {
  /** The PersistentVolume's name. */
  readonly name: string
  readonly device: Device
  readonly root: DirectoryInode
  readonly isBlockDisk: boolean
}

export type VolumeEntry = {
  readonly path: string
  readonly type: 'file' | 'directory' | 'other'
  readonly size: number
  readonly mtimeMs: number
}

/**
 * The backing stores of PersistentVolumes, by their names. They outlive Pods and nodes, and go
 * only when whoever provisioned them deletes them.
 */
export class VolumeStore {
  readonly #simulation: Simulation
  readonly #volumes = new Map<string, StoredVolume>()
  readonly #hostPaths = new Map<string, FileSystem>()
  #devices = 0

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  /** The volume, made at its first use. A capacity that has grown since is taken over. */
  ensure(name: string, options: VolumeOptions): StoredVolume {
    const known = this.#volumes.get(name)
    if (known !== undefined) {
      known.device.capacityBytes = Math.max(known.device.capacityBytes, options.capacityBytes)
      return known
    }
    const device = new Device({
      name: options.isBlockDisk ? `/dev/xvdb${letter(this.#devices++)}` : '/dev/sda1',
      type: 'ext4',
      capacityBytes: options.capacityBytes,
    })
    const root = newDirectory(device, this.#simulation)
    root.mode = options.isBlockDisk ? 0o755 : 0o777
    if (options.isBlockDisk) {
      const lost = newDirectory(device, this.#simulation)
      lost.mode = 0o700
      root.link('lost+found', lost, this.#simulation.unixMs)
    }
    const volume = { name, device, root, isBlockDisk: options.isBlockDisk }
    this.#volumes.set(name, volume)
    return volume
  }

  get(name: string): StoredVolume | undefined {
    return this.#volumes.get(name)
  }

  names(): readonly string[] {
    return [...this.#volumes.keys()]
  }

  /** Deletes the data, as a provisioner does for reclaim policy Delete. */
  delete(name: string): void {
    this.#volumes.delete(name)
  }

  /** Everything in a volume, depth first, paths relative to its root. */
  list(name: string): readonly VolumeEntry[] {
    const volume = this.#volumes.get(name)
    const entries: VolumeEntry[] = []
    if (volume !== undefined) collect(volume.root, '', entries)
    return entries
  }

  /** A file of a volume; undefined if there is none. */
  read(name: string, path: string): Uint8Array | undefined {
    const volume = this.#volumes.get(name)
    if (volume === undefined) return undefined
    const fs = new FileSystem({ simulation: this.#simulation })
    fs.mount('/volume', volume.root)
    try {
      return fs.readFile(`/volume/${path}`)
    } catch (error) {
      if (error instanceof OsError) return undefined
      throw error
    }
  }

  /** The files of a node that hostPath volumes show. */
  hostFiles(node: string): FileSystem {
    let files = this.#hostPaths.get(node)
    if (files === undefined) {
      files = new FileSystem({
        simulation: this.#simulation,
        device: new Device({ name: '/dev/sda1' }),
      })
      this.#hostPaths.set(node, files)
    }
    return files
  }
}

export function createVolumeStore(simulation: Simulation): VolumeStore {
  return new VolumeStore(simulation)
}

function collect(directory: DirectoryInode, prefix: string, entries: VolumeEntry[]): void {
  const names = [...directory.entries.keys()].sort()
  for (const name of names) {
    const inode = directory.entries.get(name) as Inode // The name comes from the same map.
    const path = `${prefix}${name}`
    const type = inode.type === 'file' || inode.type === 'directory' ? inode.type : 'other'
    entries.push({ path, type, size: inode.size, mtimeMs: inode.mtimeMs })
    if (inode.type === 'directory') collect(inode, `${path}/`, entries)
  }
}

function letter(index: number): string {
  return String.fromCharCode(97 + (index % 26))
}
