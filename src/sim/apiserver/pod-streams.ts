import type { Pod } from 'kubernetes-types/core/v1'
import type { LogOptions } from '#sim/apimachinery/kubelet-endpoint.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, invalid as invalidField } from '#sim/apimachinery/field-errors.ts'
import type { ApiReply } from '#sim/apimachinery/request.ts'
import { goQuote } from '#sim/apimachinery/quote.ts'
import { badRequest, invalid, notFound, plainError, success } from '#sim/apimachinery/statuses.ts'
import { yieldNow } from '#sim/kernel/waits.ts'
import type { Scope } from './scope.ts'

/** exec, attach, logs and port-forward: checked here, done by the kubelet of the Pod's node. */
export function handlePodStream(
  scope: Scope,
  kind: 'exec' | 'attach' | 'portforward' | 'log',
): ApiReply {
  // A stored Pod, as the path names one.
  const pod = scope.stored as unknown as Pod | undefined
  if (pod === undefined) throw notFound(scope.resource.where, scope.name)
  const { query } = scope
  if (kind === 'portforward') return forward(scope, pod, forwardedPort(scope))
  const options = kind === 'log' ? logOptions(scope) : undefined
  const container = containerOf(pod, query.get('container') ?? '')
  const nodeName = pod.spec?.nodeName ?? ''
  if (options !== undefined) {
    // Nothing has logged yet, and nobody could tell.
    if (nodeName === '') return { type: 'text', code: 204, body: '' }
    return kubeletOf(scope, nodeName).logs(pod, container, options)
  }
  if (nodeName === '') throw badRequest(`pod ${scope.name} does not have a host assigned`)
  const streams = {
    stdin: query.flag('stdin'),
    stdout: query.flag('stdout'),
    stderr: query.flag('stderr') && !query.flag('tty'),
    tty: query.flag('tty'),
  }
  if (!streams.stdin && !streams.stdout && !query.flag('stderr'))
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  const kubelet = kubeletOf(scope, nodeName)
  if (kind === 'attach') return kubelet.attach(pod, container, streams)
  return kubelet.exec(pod, container, { command: query.all('command'), ...streams })
}

function forward(scope: Scope, pod: Pod, port: number | undefined): ApiReply {
  const nodeName = pod.spec?.nodeName ?? ''
  if (nodeName === '') throw badRequest(`pod ${scope.name} does not have a host assigned`)
  const kubelet = kubeletOf(scope, nodeName)
  return port === undefined ? UNNAMED_PORTS : kubelet.portForward(pod, port)
}

/** Some clients connect first and name ports later, each with a request of its own here. */
const UNNAMED_PORTS: ApiReply = {
  type: 'stream',
  code: 101,
  start: () => ({
    *done() {
      yield* yieldNow()
      return success()
    },
    close: () => {},
  }),
}

function forwardedPort(scope: Scope): number | undefined {
  const text = scope.query.get('ports') ?? scope.query.get('port')
  if (text === undefined) return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw badRequest(`unable to parse ${goQuote(text)} as a port`)
  return port
}

function kubeletOf(scope: Scope, nodeName: string) {
  const kubelet = scope.server.kubelets.get(nodeName)
  if (kubelet === undefined) {
    // What a client sees when the node, or the way to it, is down.
    throw plainError(`error dialing backend: dial tcp: lookup ${nodeName}: no such host`)
  }
  return kubelet
}

function containerOf(pod: Pod, asked: string): string {
  const { spec, metadata } = pod
  const names = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ].map(({ name }) => name)
  if (asked !== '') {
    if (names.includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${metadata?.name}`)
  }
  // Init and ephemeral containers are among the choices, but do not make the Pod ambiguous.
  const [only, ...others] = spec?.containers ?? []
  if (only !== undefined && others.length === 0) return only.name
  throw badRequest(
    `a container name must be specified for pod ${metadata?.name}, choose one of: [${names.join(' ')}]`,
  )
}

function logOptions(scope: Scope): LogOptions {
  const { query } = scope
  const errors: FieldError[] = []
  const number = (key: string, min: 0 | 1): number | undefined => {
    const text = query.get(key)
    if (text === undefined || text === '') return undefined
    if (!/^[+-]?\d+$/.test(text))
      throw badRequest(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`)
    const value = Number(text)
    const why = min === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'
    if (value < min) errors.push(invalidField(key, value, why))
    return value
  }
  const tailLines = number('tailLines', 0)
  const limitBytes = number('limitBytes', 1)
  const sinceSeconds = number('sinceSeconds', 1)
  const sinceTime = query.get('sinceTime')
  if (sinceTime !== undefined && Number.isNaN(Date.parse(sinceTime))) {
    throw badRequest(
      `parsing time ${goQuote(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(sinceTime)} as "2006"`,
    )
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  if (query.get('stream') !== undefined) errors.push(forbidden('stream', 'may not be specified'))
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, scope.name, errors)
  return {
    follow: query.flag('follow'),
    previous: query.flag('previous'),
    timestamps: query.flag('timestamps'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime === undefined ? {} : { sinceTime }),
  }
}
