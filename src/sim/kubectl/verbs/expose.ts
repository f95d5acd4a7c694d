import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, throwCollected } from '../errors.ts'
import { at, labelsOf, type Manifest } from '../manifest.ts'
import { dryRunOf, dryRunQuery, ResultPrinter } from '../results.ts'
import { NOTHING_SELECTED, selectTargets, type Target } from '../selection.ts'
import { DRY_RUN_FLAG, FILE_FLAGS, managerFlag, OUTPUT_FLAGS, type Verb } from '../verb.ts'
import { labelsFrom } from './create/generate.ts'

export const expose: Verb = {
  name: 'expose',
  summary:
    'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  usage:
    'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name]',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    managerFlag('kubectl-expose'),
    { name: 'port', type: 'string', usage: 'The port of the Service' },
    { name: 'target-port', type: 'string', usage: 'The port of the Pods' },
    { name: 'name', type: 'string', usage: 'The name of the Service' },
    { name: 'type', type: 'string', usage: 'ClusterIP, NodePort, LoadBalancer or ExternalName' },
    { name: 'protocol', type: 'string', usage: 'TCP, UDP or SCTP' },
    { name: 'selector', type: 'string', usage: 'Labels of the Pods' },
    { name: 'labels', short: 'l', type: 'string', usage: 'Labels of the Service' },
    { name: 'cluster-ip', type: 'string', usage: 'A fixed address, or None' },
    { name: 'external-ip', type: 'string', usage: 'An address outside the cluster' },
    { name: 'session-affinity', type: 'string', usage: 'None or ClientIP' },
  ],
  run: runExpose,
}

const EXPOSABLE = ['Pod', 'Service', 'Deployment', 'ReplicaSet', 'ReplicationController']

function* runExpose(cli: Cli): Task {
  if (cli.args.length === 0 && !cli.flags.isSet('filename')) throw new CliError(NOTHING_SELECTED)
  const dryRun = yield* dryRunOf(cli)
  const errors: Error[] = []
  // `--selector` here belongs to the new Service, so it must not narrow down what is exposed.
  const targets = yield* selectTargets(cli, {
    ignoresSelector: true,
    fetch: true,
    onError: (error) => errors.push(error),
  })
  throwCollected(errors)
  const discovery = yield* cli.discovery()
  const resource = discovery.find('services')
  const printer = new ResultPrinter(cli, dryRun)
  for (const target of targets) {
    const service = newService(cli, target)
    const created =
      dryRun === 'client'
        ? service
        : yield* cli.request('POST', resourcePath(resource, { namespace: cli.namespace }), {
            query: [...dryRunQuery(dryRun), ['fieldManager', cli.flags.string('field-manager')]],
            body: service,
          })
    yield* printer.print({ resource, name: String(service['metadata'].name) }, 'exposed', created)
  }
}

function newService(cli: Cli, target: Target): Manifest {
  const { flags } = cli
  const { resource, object = {} } = target
  if (!EXPOSABLE.includes(resource.kind)) {
    const group = resource.group === '' ? '' : `.${resource.group}`
    throw new CliError(`cannot expose a ${resource.kind}${group}`)
  }
  const name = flags.string('name') === '' ? target.name : flags.string('name')
  const type = flags.string('type')
  const clusterIp = flags.string('cluster-ip')
  const labels =
    flags.string('labels') === '' ? labelsOf(object) : labelsFrom(flags.string('labels'))
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: cli.namespace,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    },
    spec: {
      ports: portsOf(cli, target),
      selector: selectorFor(cli, target),
      ...(type === '' ? {} : { type }),
      ...(clusterIp === '' ? {} : { clusterIP: clusterIp }),
      ...(flags.string('external-ip') === '' ? {} : { externalIPs: [flags.string('external-ip')] }),
      ...(flags.string('session-affinity') === ''
        ? {}
        : { sessionAffinity: flags.string('session-affinity') }),
    },
  }
}

function selectorFor(cli: Cli, { resource, object = {}, name }: Target): Record<string, string> {
  if (cli.flags.string('selector') !== '') return labelsFrom(cli.flags.string('selector'))
  const selector =
    resource.kind === 'Pod'
      ? labelsOf(object)
      : resource.kind === 'Service' || resource.kind === 'ReplicationController'
        ? at(object, 'spec', 'selector')
        : at(object, 'spec', 'selector', 'matchLabels')
  if (selector === undefined || selector === null || Object.keys(selector).length === 0) {
    throw new CliError(
      `couldn't retrieve selectors via --selector flag or introspection: the ${resource.kind.toLowerCase()} ${name} has no labels and cannot be exposed`,
    )
  }
  return selector as Record<string, string>
}

function portsOf(cli: Cli, { resource, object = {} }: Target): Manifest[] {
  const { flags } = cli
  const found = introspectedPorts(resource.kind, object)
  const texts =
    flags.string('port') === ''
      ? found.map(({ port }) => String(port))
      : flags.string('port').split(',')
  if (texts.length === 0) throw new CliError("couldn't find port via --port flag or introspection")
  const target = flags.string('target-port')
  return texts.map((text, index) => ({
    ...(texts.length > 1 ? { name: `port-${index + 1}` } : {}),
    port: Number(text),
    protocol:
      flags.string('protocol') ||
      (found.find(({ port }) => String(port) === text)?.['protocol'] ?? 'TCP'),
    targetPort: target === '' ? Number(text) : /^\d+$/.test(target) ? Number(target) : target,
  }))
}

function introspectedPorts(kind: string, object: Manifest): Manifest[] {
  if (kind === 'Service') return (at(object, 'spec', 'ports') ?? []) as Manifest[]
  const spec = kind === 'Pod' ? at(object, 'spec') : at(object, 'spec', 'template', 'spec')
  return ((at(spec, 'containers') ?? []) as Manifest[]).flatMap((container) =>
    ((container['ports'] ?? []) as Manifest[]).map(({ containerPort, protocol }) => ({
      port: containerPort,
      protocol,
    })),
  )
}
