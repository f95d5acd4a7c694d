import type { Cli } from '../../cli.ts'
import { CliError } from '../../errors.ts'
import type { Manifest } from '../../manifest.ts'
import type { FlagSpec } from '../../flags.ts'
import type { Verb } from '../../verb.ts'
import { createGenerated, GENERATOR_FLAGS, onlyName } from './generate.ts'

const TCP_FLAG: FlagSpec = { name: 'tcp', type: 'list', usage: 'Ports as PORT:TARGETPORT' }

const clusterIp = serviceVerb('clusterip', 'Create a ClusterIP service', 'ClusterIP', [
  { name: 'clusterip', type: 'string', usage: 'A fixed address, or None for a headless service' },
])

const nodePort = serviceVerb('nodeport', 'Create a NodePort service', 'NodePort', [
  { name: 'node-port', type: 'int', usage: 'Port on every node' },
])

const loadBalancer = serviceVerb(
  'loadbalancer',
  'Create a LoadBalancer service',
  'LoadBalancer',
  [],
)

const externalName = serviceVerb('externalname', 'Create an ExternalName service', 'ExternalName', [
  { name: 'external-name', type: 'string', required: true, usage: 'The name to stand for' },
])

export const service: Verb = {
  name: 'service',
  aliases: ['svc'],
  summary: 'Create a service using a specified subcommand',
  usage: 'create service',
  flags: [],
  bareHelp: 'stderr',
  subcommands: [clusterIp, externalName, loadBalancer, nodePort],
}

function serviceVerb(
  name: string,
  summary: string,
  type: string,
  flags: readonly FlagSpec[],
): Verb {
  return {
    name,
    summary,
    usage: `create service ${name} NAME [--tcp=<port>:<targetPort>]`,
    flags: [...GENERATOR_FLAGS, TCP_FLAG, ...flags],
    *run(cli) {
      yield* createGenerated(cli, newService(cli, onlyName(cli), type))
    },
  }
}

function newService(cli: Cli, name: string, type: string): Manifest {
  const { flags } = cli
  const clusterIP = flags.has('clusterip') ? flags.string('clusterip') : ''
  const ports = flags.strings('tcp').map((text) => servicePort(cli, text))
  if (ports.length === 0 && clusterIP !== 'None' && type !== 'ExternalName') {
    throw new CliError('at least one tcp port specifier must be provided')
  }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { labels: { app: name }, name },
    spec: {
      ...(clusterIP === '' ? {} : { clusterIP }),
      ...(type === 'ExternalName' ? { externalName: flags.string('external-name') } : {}),
      ...(ports.length === 0 ? {} : { ports }),
      selector: { app: name },
      type,
    },
    status: { loadBalancer: {} },
  }
}

function servicePort(cli: Cli, text: string): Manifest {
  const [port = '', target] = text.split(':')
  if (!/^\d+$/.test(port)) throw new CliError(`invalid port specification: ${text}`)
  const targetPort =
    target === undefined ? Number(port) : /^\d+$/.test(target) ? Number(target) : target
  const nodePort = cli.flags.has('node-port') ? cli.flags.int('node-port') : 0
  return {
    name: text.replace(':', '-'),
    ...(nodePort === 0 ? {} : { nodePort }),
    port: Number(port),
    protocol: 'TCP',
    targetPort,
  }
}
