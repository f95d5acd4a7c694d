import { describe, expect, it } from 'vitest'
import type { ApiReply } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { TestServer } from './test-server.ts'

const NAMESPACE = '/api/v1/namespaces/default'
const CONFIG_MAPS = `${NAMESPACE}/configmaps`
const SETS = '/apis/apps/v1/namespaces/default/statefulsets'

/** Sends text as it would come over a socket. */
function sendText(
  test: TestServer,
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET',
  path: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): ApiReply {
  const all = { accept: 'application/json', 'content-type': 'application/json', ...headers }
  return test.reply(method, path, text === '' ? undefined : encodeUtf8(text), all)
}

function messageOf(reply: ApiReply): string | undefined {
  return reply.type === 'object' ? (reply.body as Status).message : undefined
}

describe('bodies that cannot be read', () => {
  const unreadable = "couldn't get version/kind; json parse error: json: cannot unmarshal"
  const goStruct =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

  it.each([
    ['[1]', `${unreadable} array into Go value of type ${goStruct} (5b315d)`],
    ['"x"', `${unreadable} string into Go value of type ${goStruct} (227822)`],
    ['{"kind":5}', `${unreadable} number into Go struct field .kind of type string ({"kind":5})`],
    [
      '{"apiVersion":"a/b/c","kind":"ConfigMap"}',
      'unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)',
    ],
  ])('tells why %s has no kind', (text, why) => {
    const reply = sendText(new TestServer(), 'POST', CONFIG_MAPS, text)
    expect(reply.code).toBe(400)
    expect(messageOf(reply)).toBe(
      `the object provided is unrecognized (must be of type ConfigMap): ${why}`,
    )
  })

  it('takes null for an object of which nothing is said', () => {
    const reply = sendText(new TestServer(), 'POST', CONFIG_MAPS, 'null')
    expect(messageOf(reply)).toBe(
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    )
  })

  it.each([
    ['{"data":{"a":5}}', 'number into Go struct field ConfigMap.data of type string'],
    [
      '{"metadata":{"labels":{"a":true}}}',
      'bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      '{"metadata":{"uid":5}}',
      'number into Go struct field ObjectMeta.metadata.uid of type types.UID',
    ],
  ])('names the field of %s, not the key', (text, words) => {
    const reply = sendText(new TestServer(), 'POST', CONFIG_MAPS, text)
    expect(messageOf(reply)).toBe(
      `ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal ${words}`,
    )
  })

  it('reads the body of a deletion by its media type only', () => {
    const plain = { 'content-type': 'text/plain' }
    expect(sendText(new TestServer(), 'DELETE', `${CONFIG_MAPS}/a`, '{}', plain).code).toBe(415)
    expect(sendText(new TestServer(), 'DELETE', `${CONFIG_MAPS}/a`, '', plain).code).toBe(404)
  })
})

describe('strategic patches of the wrong type', () => {
  it.each([
    [{ replicas: 'x' }, 'unrecognized type: int32'],
    [{ replicas: 1.5 }, 'cannot convert float64 to int32'],
    [{ serviceName: 5 }, 'cannot convert int64 to string'],
    [{ serviceName: true }, 'unrecognized type: string'],
    [{ podManagementPolicy: 5 }, 'cannot convert int64 to v1.PodManagementPolicyType'],
    [{ template: 'x' }, 'cannot restore struct from: string'],
    [{ template: { spec: { containers: 'x' } } }, 'cannot restore slice from string'],
    [{ template: { spec: { hostNetwork: 'x' } } }, 'unrecognized type: bool'],
    [{ template: { metadata: { labels: 'x' } } }, 'cannot restore map from string'],
    [{ template: { metadata: { labels: { a: 5 } } } }, 'cannot convert int64 to string'],
  ])('%j: %s', (spec, words) => {
    const test = new TestServer()
    test.send('POST', SETS, {
      metadata: { name: 'w' },
      spec: {
        serviceName: 'n',
        selector: { matchLabels: { app: 'n' } },
        template: {
          metadata: { labels: { app: 'n' } },
          spec: { containers: [{ name: 'c', image: 'nginx' }] },
        },
      },
    })
    const type = { 'content-type': 'application/strategic-merge-patch+json' }
    const reply = sendText(test, 'PATCH', `${SETS}/w`, JSON.stringify({ spec }), type)
    expect(reply.code).toBe(422)
    const message = messageOf(reply) ?? ''
    expect(message.startsWith(' "" is invalid: patch: Invalid value: "map[spec:map[')).toBe(true)
    expect(message.endsWith(`]]": ${words}`) || message.endsWith(`": ${words}`)).toBe(true)
  })
})

describe('JSON patches', () => {
  const type = { 'content-type': 'application/json-patch+json' }

  it.each([
    ['adds by replacing what is not there', 'replace', '/data/z', 200],
    ['refuses a path whose parent is missing', 'replace', '/data/z/y/x', 422],
    ['refuses to remove what is not there', 'remove', '/data/z', 422],
  ])('%s', (_title, op, path, code) => {
    const test = new TestServer()
    test.send('POST', CONFIG_MAPS, { metadata: { name: 'a' }, data: { a: '1' } })
    const patch = JSON.stringify([{ op, path, value: '1' }])
    expect(sendText(test, 'PATCH', `${CONFIG_MAPS}/a`, patch, type).code).toBe(code)
  })
})

describe('forms of an answer', () => {
  const produced = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'
  const streams = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'

  it.each([
    ['text/html', `${NAMESPACE}`, produced],
    ['text/html', CONFIG_MAPS, `${produced}, ${streams}`],
    ['application/*', CONFIG_MAPS, `${produced}, ${streams}`],
    ['image/png, text/*;q=0.1', `${NAMESPACE}/pods/none`, produced],
  ])('offers for %s of %s what the route produces', (accept, path, offered) => {
    const reply = sendText(new TestServer(), 'GET', path, '', { accept })
    expect(reply.code).toBe(406)
    expect(messageOf(reply)).toBe(`406: Not Acceptable\n\nAvailable representations: ${offered}`)
  })

  it('writes errors in YAML where that was asked for, sorted as Go sorts', () => {
    const accept = 'application/yaml'
    const reply = sendText(new TestServer(), 'GET', `${CONFIG_MAPS}/none`, '', { accept })
    expect(reply).toMatchObject({
      type: 'text',
      code: 404,
      headers: { 'content-type': 'application/yaml' },
      body: [
        'apiVersion: v1',
        'code: 404',
        'details:',
        '  kind: configmaps',
        '  name: none',
        'kind: Status',
        'message: configmaps "none" not found',
        'metadata: {}',
        'reason: NotFound',
        'status: Failure',
        '',
      ].join('\n'),
    })
  })

  it('writes errors in JSON where only a table was asked for', () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const reply = sendText(new TestServer(), 'GET', `${CONFIG_MAPS}/none`, '', { accept })
    expect(reply).toMatchObject({ type: 'object', code: 404, body: { kind: 'Status' } })
  })
})

describe('options of a deletion', () => {
  it('come from the query only where there is no body', () => {
    const test = new TestServer()
    test.send('POST', CONFIG_MAPS, { metadata: { name: 'a' } })
    const refused = sendText(test, 'DELETE', `${CONFIG_MAPS}/a?dryRun=x`, '')
    expect(messageOf(refused)).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All"',
    )
    sendText(test, 'DELETE', `${CONFIG_MAPS}/a?dryRun=All`, '{}')
    expect(sendText(test, 'GET', `${CONFIG_MAPS}/a`, '').code).toBe(404)
  })
})

describe('health', () => {
  it('tells of each check that was asked about, and of those left out', () => {
    const reply = sendText(new TestServer(), 'GET', '/readyz?verbose&exclude=etcd&exclude=x', '')
    const lines = reply.type === 'text' ? String(reply.body).split('\n') : []
    expect(lines).toContain('[+]ping ok')
    expect(lines).toContain('[+]etcd excluded: ok')
    expect(lines.slice(-3)).toEqual([
      'warn: some health checks cannot be excluded: no matches for "x"',
      'readyz check passed',
      '',
    ])
  })
})
