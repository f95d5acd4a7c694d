import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { apiGroupOf } from '../discovery.ts'
import { CliError, ExitError } from '../errors.ts'
import { at, type Manifest } from '../manifest.ts'
import { TableWriter } from '../output/tab-writer.ts'
import type { Verb } from '../verb.ts'

const canI: Verb = {
  name: 'can-i',
  summary: 'Check whether an action is allowed',
  usage: 'auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  flags: [
    { name: 'all-namespaces', short: 'A', type: 'bool', usage: 'In all namespaces' },
    { name: 'quiet', short: 'q', type: 'bool', usage: 'Only the exit code' },
    { name: 'subresource', type: 'string', usage: 'A subresource such as log' },
    { name: 'list', type: 'bool', usage: 'Not simulated' },
  ],
  run: runCanI,
}

function* runCanI(cli: Cli): Task<number> {
  const { flags, args } = cli
  if (flags.bool('list')) throw new CliError('auth can-i --list is not simulated here')
  const [verb, target] = args
  if (verb === undefined || target === undefined || args.length > 2) {
    throw new ExitError(
      1,
      `error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.`,
    )
  }
  const review = yield* cli.request(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: target.startsWith('/')
          ? { nonResourceAttributes: { verb, path: target } }
          : { resourceAttributes: yield* attributes(cli, verb, target) },
      },
    },
  )
  const isAllowed = at(review, 'status', 'allowed') === true
  if (!flags.bool('quiet')) yield* cli.out(isAllowed ? 'yes\n' : 'no\n')
  return isAllowed || (cli.isOld && !flags.bool('quiet')) ? 0 : 1
}

function* attributes(cli: Cli, verb: string, target: string): Task<Manifest> {
  const [type = '', name] = target.split('/')
  const sub = cli.flags.string('subresource')
  const base: Manifest = {
    verb,
    ...(cli.flags.bool('all-namespaces') ? {} : { namespace: cli.namespace }),
    ...(name === undefined ? {} : { name }),
    ...(sub === '' ? {} : { subresource: sub }),
  }
  if (type === '*') return { ...base, resource: '*', group: '*' }
  const discovery = yield* cli.discovery()
  try {
    const resource = discovery.find(type)
    return { ...base, resource: resource.name, group: resource.group }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    yield* cli.err(`Warning: the server doesn't have a resource type '${type}'\n\n`)
    return { ...base, resource: type, group: apiGroupOf('') }
  }
}

const whoami: Verb = {
  name: 'whoami',
  summary: 'Experimental: Check self subject attributes',
  usage: 'auth whoami',
  since: '1.36',
  flags: [],
  *run(cli) {
    const review = yield* cli.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    })
    const user = (at(review, 'status', 'userInfo') ?? {}) as Manifest
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ['Username', String(user['username'] ?? '')],
      ...(user['uid'] === undefined ? [] : [['UID', String(user['uid'])]]),
      ['Groups', `[${((user['groups'] ?? []) as string[]).join(' ')}]`],
    ]
    yield* cli.out(new TableWriter({ minWidth: 6, padding: 3, remembers: false }).format(rows))
  },
}

export const auth: Verb = {
  name: 'auth',
  summary: 'Inspect authorization',
  usage: 'auth SUBCOMMAND',
  flags: [],
  bareHelp: 'stdout',
  subcommands: [canI, whoami],
}
