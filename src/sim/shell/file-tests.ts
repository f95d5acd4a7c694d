import { OsError, type OsProcess } from '#sim/kernel/os/types.ts'

/** What `-f`, `-nt` and their like say, for `test`, `[` and `[[`. */
export function unaryTest(proc: OsProcess, operator: string, operand: string): boolean | undefined {
  if (operator === '-z') return operand === ''
  if (operator === '-n') return operand !== ''
  if (operator === '-t') return proc.files.get(Number(operand))?.kind === 'tty'
  const test = FILE_TESTS[operator]
  if (test === undefined) return undefined
  const isLinkTest = operator === '-L' || operator === '-h'
  const stat = statOf(proc, operand, !isLinkTest)
  return stat !== undefined && test(stat)
}

type Stat = NonNullable<ReturnType<typeof statOf>>

const FILE_TESTS: Readonly<Record<string, (stat: Stat) => boolean>> = {
  '-e': () => true,
  '-a': () => true,
  '-f': (stat) => stat.type === 'file' || stat.type === 'generated',
  '-d': (stat) => stat.type === 'directory',
  '-L': (stat) => stat.type === 'symlink',
  '-h': (stat) => stat.type === 'symlink',
  '-p': (stat) => stat.type === 'fifo',
  '-c': (stat) => stat.type === 'device',
  '-b': () => false,
  '-S': () => false,
  '-s': (stat) => stat.size > 0,
  // Everything runs as root, who may read and write whatever there is.
  '-r': () => true,
  '-w': () => true,
  '-x': (stat) => stat.type === 'directory' || (stat.mode & 0o111) !== 0,
  '-O': () => true,
  '-G': () => true,
  '-u': (stat) => (stat.mode & 0o4000) !== 0,
  '-g': (stat) => (stat.mode & 0o2000) !== 0,
  '-k': (stat) => (stat.mode & 0o1000) !== 0,
  '-N': () => false,
}

export function binaryFileTest(
  proc: OsProcess,
  operator: string,
  left: string,
  right: string,
): boolean | undefined {
  const [a, b] = [statOf(proc, left, true), statOf(proc, right, true)]
  switch (operator) {
    case '-nt':
      return a !== undefined && (b === undefined || a.mtimeMs > b.mtimeMs)
    case '-ot':
      return b !== undefined && (a === undefined || a.mtimeMs < b.mtimeMs)
    case '-ef':
      return a !== undefined && a.number === b?.number && a.device === b.device
    default:
      return undefined
  }
}

export const INTEGER_TESTS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
}

function statOf(proc: OsProcess, path: string, follow: boolean) {
  const fd = /^\/dev\/(?:fd\/(\d+)|std(in|out|err))$/.exec(path)
  if (fd?.[1] !== undefined && !proc.files.has(Number(fd[1]))) return undefined
  try {
    return proc.host.fs.stat(proc.resolvePath(path), { follow })
  } catch (error) {
    if (error instanceof OsError) return undefined
    throw error
  }
}
