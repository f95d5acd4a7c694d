import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Files } from './files.ts'

/** The files of the host a kubectl runs on. */
export function processFiles(proc: OsProcess): Files {
  const { fs } = proc.host
  return {
    read: (path) => fs.readFile(path),
    write: (path, bytes) => fs.writeFile(path, bytes),
    kind: (path) => {
      const stat = fs.exists(path) ? fs.stat(path) : undefined
      if (stat === undefined) return undefined
      return stat.type === 'directory' ? 'directory' : 'file'
    },
    list: (path) => [...fs.readdir(path)].sort(),
    makeDirectories: (path) => fs.mkdir(path, { recursive: true }),
  }
}
