import { newDirectory } from '#sim/kernel/os/filesystem.ts'
import { Device, type DirectoryInode, FileInode, SymlinkInode } from '#sim/kernel/os/inodes.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { PodVolume } from './pod-volumes.ts'

/** Texts by path, as ConfigMaps, Secrets and projected volumes hold them. */
export type Content = ReadonlyMap<string, string>

/** Files behind `..data`, which is swapped whole when they change. */
export function contentVolume(
  name: string,
  read: () => Content,
  simulation: Simulation,
  isAlwaysThere = false,
): PodVolume {
  // A missing object holds the Pod back; the files themselves are made when somebody looks.
  let content = isAlwaysThere ? undefined : read()
  let root: DirectoryInode | undefined
  return {
    name,
    source: 'tmpfs',
    isReadOnly: true,
    root: () => {
      content ??= read()
      return (root ??= newContentRoot(content, simulation))
    },
    refresh: () => {
      if (content === undefined) return
      const next = read()
      if (sameContent(content, next)) return
      content = next
      if (root !== undefined) fillContentRoot(root, next, simulation)
    },
  }
}

function sameContent(a: Content, b: Content): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

function newContentRoot(content: Content, simulation: Simulation): DirectoryInode {
  const root = newDirectory(new Device({ name: 'tmpfs', type: 'tmpfs' }), simulation)
  root.mode = 0o777
  fillContentRoot(root, content, simulation)
  return root
}

function fillContentRoot(root: DirectoryInode, content: Content, simulation: Simulation): void {
  const mtimeMs = simulation.unixMs
  const { device } = root
  for (const name of [...root.entries.keys()]) root.unlink(name, mtimeMs)
  const date = new Date(mtimeMs).toISOString()
  const stamp = `..${date.slice(0, 19).replaceAll('-', '_').replaceAll(':', '_').replace('T', '_')}.${Math.floor(mtimeMs % 1e9)}`
  const data = newDirectory(device, simulation)
  root.link(stamp, data, mtimeMs)
  root.link('..data', new SymlinkInode({ device, mode: 0o777, mtimeMs }, stamp), mtimeMs)
  for (const [path, text] of content) {
    const parts = path.split('/')
    const file = parts.pop() ?? path
    let directory = data
    for (const part of parts) {
      let next = directory.entries.get(part)
      if (next?.type !== 'directory') {
        next = newDirectory(device, simulation)
        directory.link(part, next, mtimeMs)
      }
      directory = next
    }
    const inode = new FileInode({ device, mode: 0o644, mtimeMs })
    inode.write(0, encodeUtf8(text), mtimeMs)
    directory.link(file, inode, mtimeMs)
    const top = parts[0] ?? file
    if (!root.entries.has(top)) {
      root.link(top, new SymlinkInode({ device, mode: 0o777, mtimeMs }, `..data/${top}`), mtimeMs)
    }
  }
}
