import type { FileSystem } from '#sim/kernel/os/filesystem.ts'

const DIRECTORIES = ['/bin', '/dev', '/etc', '/home', '/proc', '/root', '/tmp', '/usr/bin']
const MORE_DIRECTORIES = ['/usr/local/bin', '/var/log', '/var/tmp', '/run', '/mnt']

/** The directories and devices that every host has. */
export function makeStandardTree(fs: FileSystem): void {
  for (const path of [...DIRECTORIES, ...MORE_DIRECTORIES]) fs.mkdir(path, { recursive: true })
  fs.chmod('/tmp', 0o1777)
  for (const kind of ['null', 'zero', 'full', 'tty'] as const) fs.mknod(`/dev/${kind}`, { kind })
  for (const [fd, name] of ['stdin', 'stdout', 'stderr'].entries()) {
    fs.mknod(`/dev/${name}`, { kind: 'fd', fd })
  }
}
