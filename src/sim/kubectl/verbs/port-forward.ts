import type { Task } from '#sim/kernel/process.ts'
import { type Cli, notSimulated } from '../cli.ts'
import { CliError, UsageError } from '../errors.ts'
import { at, type Manifest, nameOf } from '../manifest.ts'
import { readNamed } from '../named.ts'
import { forSession, podsOf } from '../pods.ts'
import { readResourceWords } from '../selection.ts'
import type { Verb } from '../verb.ts'

export const portForward: Verb = {
  name: 'port-forward',
  summary: 'Forward one or more local ports to a pod',
  usage:
    'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  flags: [
    { name: 'address', type: 'list', usage: 'Addresses to listen on' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', usage: 'Ignored' },
  ],
  run: runPortForward,
}

/** Checks what it is asked for as the real one does; the workstation has no ports to listen on. */
function* runPortForward(cli: Cli): Task {
  const [target, ...ports] = cli.args
  if (target === undefined || ports.length === 0) {
    throw new UsageError('TYPE/NAME and list of ports are required for port-forward')
  }
  const { named } = yield* readResourceWords(
    cli,
    target.includes('/') ? [target] : ['pods', target],
  )
  const [wanted] = named
  if (wanted === undefined) return
  const object = yield* readNamed(cli, { ...wanted, namespace: cli.namespace })
  const [pod] = forSession(yield* podsOf(cli, wanted.resource, object))
  if (pod === undefined) throw new CliError('timed out waiting for the condition')
  for (const port of ports) checkPort(port.split(':').at(-1) ?? '', object, pod)
  if (at(pod, 'status', 'phase') !== 'Running') {
    throw new CliError(
      `unable to forward port because pod is not running. Current status=${at(pod, 'status', 'phase')}`,
    )
  }
  notSimulated('port-forward (the workstation has no network to listen on)')
}

function checkPort(port: string, object: Manifest, pod: Manifest): void {
  const isNumber = /^\d+$/.test(port)
  if (object['kind'] === 'Service') {
    const ports = (at(object, 'spec', 'ports') ?? []) as Manifest[]
    if (ports.some((one) => String(one['port']) === port || one['name'] === port)) return
    const what = isNumber ? `a service port ${port}` : `a named port '${port}'`
    throw new CliError(`Service ${nameOf(object)} does not have ${what}`)
  }
  const containers = (at(pod, 'spec', 'containers') ?? []) as Manifest[]
  const names = containers.flatMap((container) => (container['ports'] ?? []) as Manifest[])
  if (isNumber || names.some(({ name }) => name === port)) return
  throw new CliError(`Pod '${nameOf(pod)}' does not have a named port '${port}'`)
}
