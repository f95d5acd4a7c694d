import type { FileSystem } from '#sim/kernel/os/filesystem.ts'
import type { Program, Signal } from '#sim/kernel/os/types.ts'

/** What an image holds: programs, a filesystem, and how its container starts and stops. */
export type Image = {
  readonly sizeBytes: number
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly env: readonly (readonly [string, string])[]
  readonly workingDir: string
  readonly user: { readonly uid: number; readonly gid: number }
  readonly stopSignal: Signal
  /** By name. Directories on PATH list them. */
  readonly commands: ReadonlyMap<string, Program>
  /** Programs that lie at a path of their own; they are gone when the file is. */
  readonly files: ReadonlyMap<string, Program>
  /** Fills a container's filesystem; called when somebody first looks into it. */
  readonly build: (fs: FileSystem) => void
  /** Directory that lists `commands`. */
  readonly binDirectory: '/bin' | '/usr/bin'
}

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function newImage(options: Partial<Image> & Pick<Image, 'sizeBytes' | 'commands'>): Image {
  return {
    entrypoint: [],
    command: [],
    env: [['PATH', PATH]],
    workingDir: '/',
    user: { uid: 0, gid: 0 },
    stopSignal: 'SIGTERM',
    files: new Map(),
    build: () => {},
    binDirectory: '/bin',
    ...options,
  }
}
