import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { baseName, directoryName, joinPath } from '#sim/kernel/os/paths.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { chooseContainer, POD_RESOURCE, podPath } from '../pods.ts'
import { runCommand } from '../remote-command.ts'
import type { Verb } from '../verb.ts'

export const cp: Verb = {
  name: 'cp',
  summary: 'Copy files and directories to and from containers',
  usage: 'cp <file-spec-src> <file-spec-dest>',
  flags: [
    { name: 'container', short: 'c', type: 'string', usage: 'Name of the container' },
    { name: 'no-preserve', type: 'bool', usage: 'Ignored' },
    { name: 'retries', type: 'int', default: '0', usage: 'Ignored' },
  ],
  run: runCp,
}

type Place =
  | { readonly type: 'local'; readonly path: string }
  | {
      readonly type: 'remote'
      readonly namespace: string
      readonly pod: string
      readonly path: string
    }

/**
 * Copies through commands in the container. Simplified: the real program pipes tar through exec;
 * here files go one by one through cat and find, so owners, modes and links are not kept.
 */
function* runCp(cli: Cli): Task {
  const [from, to] = cli.args
  if (from === undefined || to === undefined || cli.args.length > 2) {
    throw new CliError('source and destination are required')
  }
  const source = parsePlace(cli, from)
  const target = parsePlace(cli, to)
  if (source.type === target.type) {
    throw new CliError('one of src or dest must be a remote file specification')
  }
  if (source.type === 'remote' && target.type === 'local') yield* copyFrom(cli, source, target.path)
  if (source.type === 'local' && target.type === 'remote') yield* copyTo(cli, source.path, target)
}

function parsePlace(cli: Cli, text: string): Place {
  const colon = text.indexOf(':')
  if (colon < 0 || text.startsWith('/') || text.startsWith('.'))
    return { type: 'local', path: text }
  const [first = '', second] = text.slice(0, colon).split('/')
  return {
    type: 'remote',
    namespace: second === undefined ? cli.namespace : first,
    pod: second ?? first,
    path: text.slice(colon + 1),
  }
}

function* podOf(cli: Cli, place: Extract<Place, { type: 'remote' }>): Task<[Manifest, string]> {
  const { namespace, pod: name } = place
  const pod = yield* cli.request('GET', resourcePath(POD_RESOURCE, { namespace, name }))
  const container = yield* chooseContainer(cli, pod, {
    asked: cli.flags.string('container'),
    isQuiet: false,
  })
  return [pod, container]
}

function* copyTo(cli: Cli, path: string, target: Extract<Place, { type: 'remote' }>): Task {
  const absolute = cli.proc.resolvePath(path)
  if (cli.files.kind(absolute) === undefined) {
    throw new CliError(`${path} doesn't exist in local filesystem`)
  }
  const [pod, container] = yield* podOf(cli, target)
  const at = { path: podPath(pod, 'exec'), container }
  const isDirectory = yield* runCommand(cli, { ...at, command: ['test', '-d', target.path] })
  const base = isDirectory.code === 0 ? joinPath(target.path, baseName(path)) : target.path
  for (const { name, bytes } of localFiles(cli, absolute, '')) {
    const destination = name === '' ? base : joinPath(base, name)
    const script = `mkdir -p "${directoryName(destination)}" && cat > "${destination}"`
    const written = yield* runCommand(cli, { ...at, command: ['sh', '-c', script], input: bytes })
    if (written.code !== 0)
      throw new CliError(
        written.stderr.trim() || `command terminated with exit code ${written.code}`,
      )
  }
}

function* localFiles(
  cli: Cli,
  path: string,
  name: string,
): Generator<{ readonly name: string; readonly bytes: Uint8Array }> {
  if (cli.files.kind(path) === 'file') {
    yield { name, bytes: cli.files.read(path) }
    return
  }
  for (const entry of cli.files.list(path)) {
    yield* localFiles(cli, joinPath(path, entry), name === '' ? entry : `${name}/${entry}`)
  }
}

function* copyFrom(cli: Cli, source: Extract<Place, { type: 'remote' }>, path: string): Task {
  const [pod, container] = yield* podOf(cli, source)
  const at = { path: podPath(pod, 'exec'), container }
  if (source.path.startsWith('/')) {
    yield* cli.out("tar: Removing leading `/' from member names\n")
  }
  const found = yield* runCommand(cli, { ...at, command: ['find', source.path, '-type', 'f'] })
  const files = decodeUtf8(found.stdout)
    .split('\n')
    .filter((line) => line !== '')
  if (found.code !== 0 || files.length === 0) {
    yield* cli.out(
      `tar: ${source.path}: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors\n`,
    )
    return
  }
  const local = cli.proc.resolvePath(path)
  const isInto = cli.files.kind(local) === 'directory'
  for (const file of files) {
    const below = file === source.path ? '' : file.slice(source.path.length).replace(/^\//, '')
    const base = isInto && below === '' ? joinPath(local, baseName(file)) : local
    const destination = below === '' ? base : joinPath(local, below)
    const read = yield* runCommand(cli, { ...at, command: ['cat', file] })
    cli.files.makeDirectories(directoryName(destination))
    cli.files.write(destination, read.stdout)
  }
}
