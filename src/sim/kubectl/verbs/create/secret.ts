import type { Task } from '#sim/kernel/process.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { encodeBase64 } from '../../base64.ts'
import { type Cli } from '../../cli.ts'
import { CliError } from '../../errors.ts'
import type { Verb } from '../../verb.ts'
import { createGenerated, GENERATOR_FLAGS, onlyName } from './generate.ts'
import { SOURCE_FLAGS, sourceEntries } from './sources.ts'

const generic: Verb = {
  name: 'generic',
  summary: 'Create a secret from a local file, directory, or literal value',
  usage:
    'create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]',
  flags: [
    ...GENERATOR_FLAGS,
    ...SOURCE_FLAGS,
    { name: 'type', type: 'string', usage: 'The type of the secret' },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const type = cli.flags.string('type')
    yield* createSecret(cli, name, sourceEntries(cli), type)
  },
}

const tls: Verb = {
  name: 'tls',
  summary: 'Create a TLS secret',
  usage: 'create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file',
  flags: [
    ...GENERATOR_FLAGS,
    { name: 'cert', type: 'string', usage: 'Path of the certificate' },
    { name: 'key', type: 'string', usage: 'Path of the key' },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const { flags } = cli
    if (flags.string('key') === '' || flags.string('cert') === '') {
      throw new CliError('key and cert must be specified')
    }
    const entries = new Map<string, Uint8Array | string>([
      ['tls.crt', cli.readBytes(flags.string('cert'))],
      ['tls.key', cli.readBytes(flags.string('key'))],
    ])
    yield* createSecret(cli, name, entries, 'kubernetes.io/tls')
  },
}

const dockerRegistry: Verb = {
  name: 'docker-registry',
  summary: 'Create a secret for use with a Docker registry',
  usage:
    'create secret docker-registry NAME --docker-username=user --docker-password=password [--docker-server=string]',
  flags: [
    ...GENERATOR_FLAGS,
    { name: 'docker-username', type: 'string', usage: 'Who asks the registry' },
    { name: 'docker-password', type: 'string', usage: 'With which password' },
    { name: 'docker-email', type: 'string', usage: 'And which address' },
    {
      name: 'docker-server',
      type: 'string',
      default: 'https://index.docker.io/v1/',
      usage: 'Where the registry is',
    },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const [username, password, email, server] = [
      ...['username', 'password', 'email', 'server'].map((one) =>
        cli.flags.string(`docker-${one}`),
      ),
    ]
    if (username === '' || password === '') {
      throw new CliError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      )
    }
    const auth = encodeBase64(encodeUtf8(`${username}:${password}`))
    const entry = { username, password, ...(email === '' ? {} : { email }), auth }
    const config = JSON.stringify({ auths: { [server ?? '']: entry } })
    const entries = new Map([['.dockerconfigjson', config]])
    yield* createSecret(cli, name, entries, 'kubernetes.io/dockerconfigjson')
  },
}

export const secret: Verb = {
  name: 'secret',
  summary: 'Create a secret using a specified subcommand',
  usage: 'create secret (docker-registry | generic | tls)',
  flags: [],
  bareHelp: 'stderr',
  subcommands: [dockerRegistry, generic, tls],
}

function createSecret(
  cli: Cli,
  name: string,
  entries: ReadonlyMap<string, Uint8Array | string>,
  type: string,
): Task {
  const encoded = [...entries].map(([key, value]) => [
    key,
    encodeBase64(typeof value === 'string' ? encodeUtf8(value) : value),
  ])
  return createGenerated(cli, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    ...(encoded.length === 0 ? {} : { data: Object.fromEntries(encoded) }),
    ...(type === '' ? {} : { type }),
  })
}
