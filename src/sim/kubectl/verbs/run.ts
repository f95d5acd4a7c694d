import type { Task } from '#sim/kernel/process.ts'
import { attachTo, sessionEndedLine } from '../attach.ts'
import type { Cli } from '../cli.ts'
import { type ApiResource, resourcePath } from '../discovery.ts'
import { CliError, ExitError, UsageError } from '../errors.ts'
import { readLog, writeLog } from '../log-reading.ts'
import { at, type Manifest, nameOf, namespaceOf } from '../manifest.ts'
import { isCompleted, POD_RESOURCE, podsOf } from '../pods.ts'
import { canUseTty, exitCodeOf } from '../session.ts'
import { type DryRun, dryRunOf, dryRunQuery, resultLine, ResultPrinter } from '../results.ts'
import { DRY_RUN_FLAG, managerFlag, OUTPUT_FLAGS, RECORD_FLAG, type Verb } from '../verb.ts'
import { followObject } from '../watching.ts'
import { labelsFrom } from './create/generate.ts'
import { sendDelete } from './delete.ts'
import { generateJob, generateOldDeployment, generatePod } from './run-generators.ts'

export const run: Verb = {
  name: 'run',
  summary: 'Run a particular image on the cluster',
  usage:
    'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--command] -- [COMMAND] [args...]',
  flags: [
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    managerFlag('kubectl-run'),
    { name: 'image', type: 'string', required: true, usage: 'The image to run' },
    { name: 'restart', type: 'string', default: 'Always', usage: 'Always, OnFailure or Never' },
    { name: 'stdin', short: 'i', type: 'bool', usage: 'Keep standard input open' },
    { name: 'tty', short: 't', type: 'bool', usage: 'Allocate a terminal' },
    {
      name: 'attach',
      type: 'bool',
      usage: 'Wait for the Pod and attach to it; the default with -i',
    },
    { name: 'rm', type: 'bool', usage: 'Delete the Pod when the session ends' },
    { name: 'command', type: 'bool', usage: 'The words are the command, not its arguments' },
    { name: 'env', type: 'strings', usage: 'Environment: NAME=value' },
    { name: 'port', type: 'string', usage: 'The port the container exposes' },
    { name: 'expose', type: 'bool', usage: 'Also create a Service' },
    { name: 'labels', short: 'l', type: 'string', usage: 'Labels: a=b,c=d' },
    { name: 'annotations', type: 'strings', usage: 'Annotations: a=b' },
    { name: 'overrides', type: 'string', usage: 'JSON to merge into the Pod' },
    { name: 'image-pull-policy', type: 'string', usage: 'Always, IfNotPresent or Never' },
    { name: 'leave-stdin-open', type: 'bool', usage: 'Keep the container after the first session' },
    { name: 'privileged', type: 'bool', usage: 'Run privileged' },
    { name: 'quiet', short: 'q', type: 'bool', usage: 'No notices' },
    { name: 'grace-period', type: 'int', default: '-1', usage: 'For --rm' },
    { name: 'force', type: 'bool', usage: 'For --rm' },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '1m0s',
      usage: 'How long to wait for the Pod',
    },
    {
      name: 'replicas',
      short: 'r',
      type: 'int',
      default: '1',
      usage: 'Only of old: Pods of the Deployment',
    },
    { name: 'detach-keys', type: 'string', usage: 'Ignored' },
  ],
  run: runRun,
}

function* runRun(cli: Cli): Task<number> {
  const { flags } = cli
  const dryRun = yield* dryRunOf(cli)
  const name = checkFlags(cli, dryRun)
  const isAttached = flags.isSet('attach')
    ? flags.bool('attach')
    : flags.bool('stdin') || flags.bool('tty')
  const service = flags.bool('expose') ? yield* exposed(cli, name, dryRun) : ''
  yield* cli.out(service)
  const { resource, object } = yield* created(cli, name, dryRun)
  if (!isAttached) {
    yield* new ResultPrinter(cli, dryRun).print(
      { resource, name: nameOf(object) },
      'created',
      object,
    )
    return 0
  }
  return yield* session(cli, resource, object)
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']

function checkFlags(cli: Cli, dryRun: DryRun): string {
  const { flags } = cli
  const [name] = cli.args
  if (name === undefined || flags.dashAt === 0) throw new UsageError('NAME is required for run')
  const image = flags.string('image')
  if (!/^[\w][\w.\-/:@]*$/.test(image)) {
    throw new CliError(`Invalid image name "${image}": invalid reference format`)
  }
  if (flags.bool('tty') && !flags.bool('stdin')) {
    throw new UsageError('-i/--stdin is required for containers with -t/--tty=true')
  }
  const isAttached = flags.isSet('attach')
    ? flags.bool('attach')
    : flags.bool('stdin') || flags.bool('tty')
  if (dryRun !== 'none' && (flags.bool('attach') || flags.bool('stdin') || flags.bool('tty'))) {
    throw new UsageError(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    )
  }
  if (flags.bool('rm') && !isAttached) {
    throw new UsageError('--rm should only be used for attached containers')
  }
  if (!RESTART_POLICIES.includes(flags.string('restart'))) {
    throw new UsageError(`invalid restart policy: ${flags.string('restart')}`)
  }
  return name
}

function* created(cli: Cli, name: string, dryRun: DryRun) {
  const policy = cli.flags.string('restart')
  const generate =
    !cli.isOld || policy === 'Never'
      ? generatePod
      : policy === 'OnFailure'
        ? generateJob
        : generateOldDeployment
  const generated = generate(cli, name)
  const discovery = yield* cli.discovery()
  const resource = discovery.byKind(generated['apiVersion'], generated['kind'])
  if (resource === undefined) {
    throw new CliError(
      `no matches for kind "${generated['kind']}" in version "${generated['apiVersion']}"`,
    )
  }
  if (dryRun === 'client') return { resource, object: generated }
  const object = yield* cli.request('POST', resourcePath(resource, { namespace: cli.namespace }), {
    query: [...dryRunQuery(dryRun), ['fieldManager', cli.flags.string('field-manager')]],
    body: { ...generated, metadata: { ...generated['metadata'], namespace: cli.namespace } },
  })
  return { resource, object }
}

function* exposed(cli: Cli, name: string, dryRun: DryRun): Task<string> {
  const port = cli.flags.string('port')
  if (port === '') throw new UsageError('--port must be set when exposing a service')
  const discovery = yield* cli.discovery()
  const resource = discovery.find('services')
  const labels = cli.flags.string('labels')
  const body = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      ports: [{ port: Number(port), protocol: 'TCP', targetPort: Number(port) }],
      selector: labels === '' ? { run: name } : labelsFrom(labels),
    },
  }
  if (dryRun !== 'client') {
    yield* cli.request('POST', resourcePath(resource, { namespace: cli.namespace }), {
      query: [...dryRunQuery(dryRun), ['fieldManager', 'kubectl-run']],
      body,
    })
  }
  return resultLine(cli, { resource, name }, 'created', dryRun)
}

function* session(cli: Cli, resource: ApiResource, object: Manifest): Task<number> {
  let code: number
  // Not `finally`: a kubectl that is killed leaves its Pod behind, as the real one does.
  try {
    code = yield* attachedRun(cli, resource, object)
  } catch (error) {
    if (cli.flags.bool('rm')) yield* removed(cli, resource, object)
    throw error
  }
  if (cli.flags.bool('rm')) yield* removed(cli, resource, object)
  return code
}

function* attachedRun(cli: Cli, resource: ApiResource, object: Manifest): Task<number> {
  const { flags } = cli
  const pod = yield* runningPod(cli, resource, object)
  const isTty = yield* attachedSession(cli, pod)
  const isEndShown = cli.isOld ? flags.string('restart') === 'Always' : true
  if (isTty && !flags.bool('quiet') && isEndShown) {
    yield* cli.out(sessionEndedLine(cli, pod, containerOf(pod)))
  }
  return yield* exitOf(cli, pod)
}

function* runningPod(cli: Cli, resource: ApiResource, object: Manifest): Task<Manifest> {
  const timeoutMs = cli.flags.durationMs('pod-running-timeout')
  let pod: Manifest | undefined = resource.name === 'pods' ? object : undefined
  const deadline = cli.unixMs + timeoutMs
  while (pod === undefined) {
    const pods: Manifest[] = yield* podsOf(cli, resource, object)
    pod = pods[0]
    if (pod !== undefined) break
    if (cli.unixMs >= deadline) throw new CliError('timed out waiting for the condition')
    yield* cli.proc.sleep(500)
  }
  const started = yield* followObject(cli, podTarget(pod), { timeoutMs }, startedPod)
  if (started === undefined) throw new CliError('timed out waiting for the condition')
  return { ...started, apiVersion: 'v1', kind: 'Pod' }
}

function podTarget(pod: Manifest) {
  return { resource: POD_RESOURCE, namespace: namespaceOf(pod), name: nameOf(pod) }
}

// oxlint-disable-next-line require-yield -- looking takes no time
function* startedPod(pod: Manifest | undefined): Task<Manifest | undefined> {
  if (pod === undefined) throw new CliError('the pod was deleted')
  return at(pod, 'status', 'phase') === 'Running' || isCompleted(pod) ? pod : undefined
}

// oxlint-disable-next-line require-yield -- looking takes no time
function* completedPod(pod: Manifest | undefined): Task<Manifest | undefined> {
  return pod === undefined ? {} : isCompleted(pod) ? pod : undefined
}

function containerOf(pod: Manifest): string {
  return String(at(pod, 'spec', 'containers', 0, 'name') ?? '')
}

/** Attaches, or prints the log of a Pod that is over already. Tells whether it had a terminal. */
function* attachedSession(cli: Cli, pod: Manifest): Task<boolean> {
  const { flags } = cli
  const container = containerOf(pod)
  if (isCompleted(pod)) {
    yield* showLog(cli, pod, container)
    return false
  }
  const tty = yield* canUseTty(cli, flags.bool('tty'))
  try {
    const status = yield* attachTo(cli, {
      pod,
      container,
      stdin: flags.bool('stdin'),
      tty,
      isQuiet: flags.bool('quiet'),
    })
    const code = exitCodeOf(status)
    if (code === undefined) throw new CliError(status.message ?? 'the connection was lost')
    if (code !== 0) throw new CliError(`command terminated with exit code ${code}`)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    yield* cli.err(
      cli.isOld
        ? `Error attaching, falling back to logs: ${error.message}\n`
        : `warning: couldn't attach to pod/${nameOf(pod)}, falling back to streaming logs: ${error.message}\n`,
    )
    yield* showLog(cli, pod, container)
    return false
  }
  return tty
}

function* showLog(cli: Cli, pod: Manifest, container: string): Task {
  yield* writeLog(
    cli,
    yield* readLog(cli, pod, [
      ['container', container],
      ['follow', 'true'],
    ]),
    '',
  )
}

function* exitOf(cli: Cli, pod: Manifest): Task<number> {
  const policy = cli.flags.string('restart')
  if (cli.flags.bool('leave-stdin-open') || policy === 'Always') return 0
  const timeoutMs = cli.flags.durationMs('pod-running-timeout')
  const ended = yield* followObject(cli, podTarget(pod), { timeoutMs }, completedPod)
  if (ended === undefined) throw new CliError('timed out waiting for the condition')
  if (at(ended, 'status', 'phase') !== 'Failed') return 0
  const terminated = at(ended, 'status', 'containerStatuses', 0, 'state', 'terminated')
  const code = Number(at(terminated, 'exitCode') ?? 0)
  const who = `pod ${namespaceOf(pod)}/${nameOf(pod)}`
  if (code === 0) throw new CliError(`${who} failed with unknown exit code`)
  const message = String(at(terminated, 'message') ?? '')
  throw new ExitError(
    code,
    `${who} terminated (${String(at(terminated, 'reason') ?? '')})${message === '' ? '' : `\n${message}`}`,
  )
}

function* removed(cli: Cli, resource: ApiResource, object: Manifest): Task {
  const { flags } = cli
  const target = { resource, namespace: namespaceOf(object) ?? cli.namespace, name: nameOf(object) }
  const grace = flags.int('grace-period')
  yield* sendDelete(cli, target, {
    propagationPolicy: 'Background',
    graceSeconds: flags.bool('force') ? 0 : grace === 0 ? 1 : grace,
    isForced: flags.bool('force'),
    dryRun: 'none',
  })
  if (cli.isOld) return
  const word = flags.bool('force') ? 'force deleted' : 'deleted'
  yield* cli.out(`pod "${target.name}" ${word} from ${target.namespace} namespace\n`)
}
