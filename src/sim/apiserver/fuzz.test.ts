import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { ResourceDefinition } from './resource.ts'
import { resourceDefinitions } from './resources/registry.ts'
import { TestServer, type Watched } from './test-server.ts'

const CREATABLE = resourceDefinitions.filter(({ verbs }) => verbs.includes('create'))
const GROUPS = [...new Set(resourceDefinitions.map(({ group }) => group))]
const PATCHES = [
  'json-patch+json',
  'merge-patch+json',
  'strategic-merge-patch+json',
  'apply-patch+yaml',
]
const TYPES = [
  ...PATCHES.map((type) => `application/${type}`),
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'text/plain',
  'application/json;charset=utf-8',
  ';;,=',
  '',
]
const ACCEPTS = [
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v9;g=meta.k8s.io,*/*;q=0.1',
  'application/vnd.kubernetes.protobuf',
  'text/html',
  'a/b;q=x, ;;=, */*;q=-1',
  '*/*',
]
const PARAMETERS = [
  ...['watch', 'labelSelector', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch'],
  ...['limit', 'continue', 'dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty'],
  ...['propagationPolicy', 'gracePeriodSeconds', 'orphanDependents', 'timeoutSeconds'],
  ...['allowWatchBookmarks', 'sendInitialEvents', 'hash', 'tailLines', 'command', 'ports'],
]
const VALUES = [
  ...['true', 'false', '1', '0', '-1', '', 'All', 'Strict', 'Foreground', 'Orphan', 'NotOlderThan'],
  ...[
    'a=b',
    'a in (b,c)',
    '!a',
    'a in (',
    ',,',
    'metadata.name=a',
    'spec.nodeName=n',
    'status.phase!=',
  ],
  ...['1e3', '18446744073709551616', '٣', 'Exact', 'NaN', '{}', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ'],
]

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    '\ud800',
    '\udc00',
    '\0',
    '\ufeff',
    '..',
    '%',
    '%2f',
    '/',
    '__proto__',
    ' ',
    'a'.repeat(260),
  ),
)
const name = fc.constantFrom('a', 'b')
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'default', 'namespaces', 'status', 'scale') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'log',
      'exec',
      'binding',
      'eviction',
      'finalize',
      'proxy',
      'token',
      'watch',
    ),
  },
  { weight: 1, arbitrary: oddText },
)
/** Mostly where objects lie, sometimes anywhere else. */
const path = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...resourceDefinitions),
        fc.array(segment, { maxLength: 3 }),
        fc.boolean(),
      )
      .map(([{ group, version, plural, namespaced }, rest, isPlaced]) => {
        const root = group === '' ? '/api/v1' : `/apis/${group}/${version}`
        const scope = namespaced === isPlaced ? '' : '/namespaces/default'
        return [
          namespaced && isPlaced ? `${root}/namespaces/default` : `${root}${scope}`,
          plural,
          ...rest,
        ].join('/')
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('/api', '/apis', '/openapi', '/version', '/healthz', '', '//', '/api/v1'),
        fc.array(fc.oneof(segment, fc.constantFrom(...GROUPS, 'v1', 'v2', 'v3')), { maxLength: 5 }),
      )
      .map(([root, rest]) => [root, ...rest].join('/')),
  },
)
const oddValue = fc.oneof(
  oddText,
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    '',
    [],
    {},
    [null],
    [[]],
    { a: null },
    '1',
    '5Gi',
  ),
)

/** An object that is nearly right: a rich body with something odd somewhere in it. */
const nearly = fc
  .tuple(name, fc.array(fc.tuple(fc.nat(), oddValue), { maxLength: 3 }))
  .map(([objectName, changes]) => {
    const body: Record<string, unknown> = structuredClone(RICH)
    body['metadata'] = { name: objectName, labels: { a: 'b' }, annotations: { x: 'y' } }
    for (const [where, value] of changes) {
      const places = placesOf(body)
      const [holder, key] = places[where % places.length] ?? [body, 'spec']
      holder[key] = value
    }
    return body
  })

const container = {
  name: 'c',
  image: 'i',
  ports: [{ containerPort: 80 }],
  env: [{ name: 'A', value: 'b' }],
}
const SPEC = {
  selector: { matchLabels: { a: 'b' } },
  serviceName: 's',
  replicas: 1,
  template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
  containers: [container],
  nodeName: 'n',
  ports: [{ port: 80 }],
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  hard: { pods: '5' },
  limits: [{ type: 'Container', max: { cpu: '1' } }],
  minAvailable: 1,
}
const RICH: Record<string, unknown> = {
  data: { k: 'v' },
  spec: SPEC,
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], replicas: 1 },
  involvedObject: { namespace: 'default' },
  revision: 1,
  value: 5,
  provisioner: 'p',
  addressType: 'IPv4',
}

/** What some kinds cannot do with. */
const OF_KIND: Readonly<Record<string, object>> = {
  services: { spec: { ports: [{ port: 80 }] } },
  secrets: { data: { k: 'dg==' } },
  persistentvolumes: {
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/d' },
    },
  },
  volumeattachments: {
    spec: { attacher: 'p', nodeName: 'n', source: { persistentVolumeName: 'v' } },
  },
}

function placesOf(value: unknown, places: [Record<string, unknown>, string][] = []) {
  if (typeof value !== 'object' || value === null) return places
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>
    places.push([holder, key])
    placesOf(holder[key], places)
  }
  return places
}

const operations = fc.array(
  fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
    path: fc.oneof(
      fc.constantFrom('/spec', '/metadata/labels/a', '/metadata', '/data/-', '', '/spec/replicas'),
      oddText,
    ),
    from: fc.constantFrom('/spec', '/metadata/labels', '/x'),
    value: oddValue,
  }),
  { maxLength: 3 },
)

/** Bytes of a body: JSON or YAML, whole, cut off, with something put in; protobuf, or just bytes. */
const bytes = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .oneof(nearly, operations, oddValue)
      .map((value) => encodeUtf8(JSON.stringify(value))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(nearly, fc.nat(), fc.uint8Array({ maxLength: 4 }))
      .map(([value, at, more]) => {
        const whole = encodeUtf8(JSON.stringify(value))
        const cut = at % (whole.length + 1)
        return Uint8Array.from([
          ...whole.slice(0, cut),
          ...more,
          ...(at % 2 === 0 ? whole.slice(cut) : []),
        ])
      }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_BYTES()) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 40 })
      .map((rest) => Uint8Array.from([0x6b, 0x38, 0x73, 0, ...rest])),
  },
)

function ODD_BYTES(): Uint8Array[] {
  const texts = [
    '',
    'null',
    '{}',
    '[]',
    '"x"',
    '{"metadata":{}}',
    '\ufeff{}',
    '{"a":1}{"b":2}',
    '{"a":\0}',
    'a: &x [*x]',
    'a: !!js/function x',
    '? {a: b}\n: c',
    '- a\n- b',
    '%YAML 9.9\n---\na',
    '"\\ud800"',
    '{"metadata":{"name":"\\ud800"}}',
    '{"metadata":{"name":"a"},"metadata":{"name":"b"}}',
    '{"spec":1e999}',
    '{"kind":"List","items":[{}]}',
  ]
  // An overlong slash, half of a surrogate pair, a byte that never occurs, a cut character.
  const raw = [
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xff, 0xfe],
    [0xe2, 0x82],
  ]
  const within = raw.map((odd) =>
    Uint8Array.from([...encodeUtf8('{"data":{"k":"'), ...odd, ...encodeUtf8('"}}')]),
  )
  return [
    ...texts.map((text) => encodeUtf8(text)),
    ...raw.map((odd) => Uint8Array.from(odd)),
    ...within,
  ]
}

const anything: fc.Arbitrary<ApiRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  path,
  query: fc.array(
    fc.tuple(fc.constantFrom(...PARAMETERS), fc.oneof(fc.constantFrom(...VALUES), oddText)),
    { maxLength: 3 },
  ),
  headers: fc.record({
    accept: fc.constantFrom(...ACCEPTS),
    'content-type': fc.constantFrom(...TYPES),
    'user-agent': fc.oneof(fc.constant('x/1'), oddText),
  }),
  body: bytes,
  user: fc.constantFrom('stranger', 'system:serviceaccount:default:x', ''),
})

function collectionOf({ group, version, plural, namespaced }: ResourceDefinition): string {
  const root = group === '' ? '/api/v1' : `/apis/${group}/${version}`
  return `${root}${namespaced ? '/namespaces/default' : ''}/${plural}`
}

/** As a client means it: the right place and type for what is done, and something nearly right. */
const meant = (definitions: readonly ResourceDefinition[]): fc.Arbitrary<ApiRequest> =>
  fc
    .record({
      method: fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'GET'),
      definition: fc.constantFrom(...definitions),
      name,
      subresource: fc.constantFrom('', '', '', '/status', '/scale'),
      patch: fc.constantFrom(...PATCHES),
      object: nearly,
      steps: operations,
      query: fc.constantFrom<[string, string][]>(
        [],
        [],
        [['dryRun', 'All']],
        [['propagationPolicy', 'Foreground']],
      ),
    })
    .map(({ method, definition, name: objectName, subresource, patch, object, steps, query }) => {
      const collection = collectionOf(definition)
      const isPatch = method === 'PATCH'
      const body =
        method === 'DELETE' ? {} : isPatch && patch === 'json-patch+json' ? steps : object
      const manager: [string, string][] =
        isPatch && patch === 'apply-patch+yaml' ? [['fieldManager', 'm']] : []
      return {
        method: method as ApiRequest['method'],
        path: method === 'POST' ? collection : `${collection}/${objectName}${subresource}`,
        query: [...query, ...manager],
        headers: {
          accept: 'application/json',
          'content-type': isPatch ? `application/${patch}` : 'application/json',
        },
        body: encodeUtf8(JSON.stringify(body)),
        user: 'stranger',
      }
    })

/** What a client does right: without it hardly an object would ever be changed. */
const right = (definitions: readonly ResourceDefinition[]): fc.Arbitrary<ApiRequest> =>
  fc
    .record({
      method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE'),
      definition: fc.constantFrom(...definitions),
      name,
      label: fc.constantFrom('b', 'c'),
      nodeName: fc.constantFrom('n', 'm'),
    })
    .map(({ method, definition, name: objectName, ...of }) => {
      const collection = collectionOf(definition)
      const ofKind = OF_KIND[definition.plural]
      const metadata = { name: objectName, labels: { a: of.label } }
      const spec = { ...SPEC, nodeName: of.nodeName }
      const body = {
        POST: { ...RICH, spec, ...ofKind, metadata },
        PUT: { ...RICH, spec, ...ofKind, metadata },
        PATCH: { metadata: { labels: { a: of.label } } },
        DELETE: { gracePeriodSeconds: 0 },
        GET: undefined,
      }[method]
      return {
        method: method as ApiRequest['method'],
        path: method === 'POST' || method === 'GET' ? collection : `${collection}/${objectName}`,
        headers: {
          accept: 'application/json',
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        },
        ...(body === undefined ? {} : { body: encodeUtf8(JSON.stringify(body)) }),
        user: 'stranger',
      }
    })

/** Most of them about a few kinds, or hardly any would meet an object. */
const requests = fc
  .shuffledSubarray(CREATABLE, { minLength: 2, maxLength: 2 })
  .chain((few) =>
    fc.array(
      fc.oneof(
        { weight: 4, arbitrary: right(few) },
        { weight: 4, arbitrary: meant(few) },
        { weight: 1, arbitrary: anything },
      ),
      { minLength: 1, maxLength: 30, size: 'max' },
    ),
  )

function expectWellFormed(reply: ApiReply, asked: ApiRequest): void {
  const where = `${asked.method} ${asked.path} ${JSON.stringify(asked.query)}`
  expect(reply.code, where).toBeGreaterThanOrEqual(100)
  if (reply.type === 'text') {
    // What is no resource answers in plain words, and never with where it went wrong inside.
    expect(String(reply.body), where).not.toMatch(/\n\s+at |node_modules|\.ts:/)
    return
  }
  if (reply.type !== 'object') return
  const body = reply.body as Record<string, unknown>
  expect(JSON.parse(JSON.stringify(body)), where).toEqual(body)
  if (reply.code < 400) return
  const shown = `${where}: ${JSON.stringify(body)}`
  expect(body, shown).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: reply.code,
  })
  expect(typeof body['message'], shown).toBe('string')
  expect(body['message'], shown).not.toMatch(
    /\n\s+at |node_modules|\.ts:|undefined|\[object |is not a function|Cannot read/,
  )
  // Some of upstream's refusals are a bare 500; what has this reason is a fault of ours.
  expect(body['reason'], shown).not.toBe('InternalError')
  if (body['reason'] !== undefined) expect(body['reason'], shown).toMatch(/^[A-Z]\w+$/)
}

function held({ events }: Watched): Map<string, KubeObject> {
  const objects = new Map<string, KubeObject>()
  for (const { type, object } of events) {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`
    if (type === 'DELETED') objects.delete(key)
    else if (type !== 'BOOKMARK') objects.set(key, object)
  }
  return objects
}

/** Collections of everything that is stored by itself. */
const COLLECTIONS = resourceDefinitions
  .filter(({ view, verbs }) => view === undefined && verbs.includes('list'))
  .map(
    ({ group, version, plural }) =>
      `${group === '' ? '/api/v1' : `/apis/${group}/${version}`}/${plural}`,
  )

/** What every list and selection says must follow from what is stored. */
function expectAgreement(test: TestServer, watches: ReadonlyMap<string, Watched>): void {
  for (const [collection, watched] of watches) {
    const all = test.send<{ items: KubeObject[] }>('GET', collection).items
    const keys = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.uid)
    const listed = new Map(
      all.map((one) => [`${one.metadata.namespace ?? ''}/${one.metadata.name}`, one]),
    )
    expect(held(watched), collection).toEqual(listed)
    const chosen = (query: string) =>
      keys(test.send<{ items: KubeObject[] }>('GET', `${collection}?${query}`).items)
    expect(chosen('labelSelector=a%3Db')).toEqual(
      keys(all.filter(({ metadata }) => metadata.labels?.['a'] === 'b')),
    )
    expect(chosen('fieldSelector=metadata.name%3Da')).toEqual(
      keys(all.filter(({ metadata }) => metadata.name === 'a')),
    )
    if (collection.endsWith('/pods')) {
      const onNode = all.filter(
        (pod) => (pod as { spec?: { nodeName?: string } }).spec?.nodeName === 'n',
      )
      expect(chosen('fieldSelector=spec.nodeName%3Dn')).toEqual(keys(onNode))
    }
    const versions = watched.events.map(({ object }) => Number(object.metadata.resourceVersion))
    expect(versions, collection).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
    const inNamespace = all.filter(({ metadata }) => metadata.namespace === 'default')
    if (inNamespace.length > 0) {
      const within = collection.replace(/\/([^/]+)$/, '/namespaces/default/$1')
      expect(keys(test.send<{ items: KubeObject[] }>('GET', within).items)).toEqual(
        keys(inNamespace),
      )
    }
  }
}

/** Sends them all to one server, and looks at every answer and at what is left behind. */
function play(requests: readonly ApiRequest[], accepted: Map<string, number>): void {
  const test = new TestServer()
  const watches = new Map(COLLECTIONS.map((one) => [one, test.watch(`${one}?watch=true`)]))
  // Whoever selects first has an index built, which every write has to keep true from then on.
  for (const query of ['labelSelector=a%3Db', 'fieldSelector=spec.nodeName%3Dn'])
    for (const collection of COLLECTIONS) test.reply('GET', `${collection}?${query}`)
  let writes = 0
  test.server.onChange(() => writes++)
  for (const asked of requests) {
    const before = { revision: test.server.revision, writes }
    const reply = test.server.call(asked)
    expectWellFormed(reply, asked)
    expect(test.server.revision - before.revision).toBe(writes - before.writes)
    if (reply.code >= 400) expect(writes, asked.path).toBe(before.writes)
    else if (writes > before.writes)
      accepted.set(asked.method, (accepted.get(asked.method) ?? 0) + 1)
    if (reply.type === 'watch') {
      const stop = reply.start({ event: () => {}, end: () => {} })
      test.simulation.run({ until: test.simulation.now })
      stop()
    }
    if (reply.type === 'stream') reply.start().close()
  }
  test.settle()
  expect(test.simulation.failure).toBeUndefined()
  expectAgreement(test, watches)
}

describe('whatever is sent', () => {
  it('is answered in good form, and what is stored stays in agreement', () => {
    const accepted = new Map<string, number>()
    fc.assert(
      fc.property(requests, (sent) => play(sent, accepted)),
      { numRuns: 100 },
    )
    // Nothing would be shown of writes if hardly any came through.
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(accepted.get(method), method).toBeGreaterThan(5)
  })

  it.each(CREATABLE.map((one) => [one.kind, one] as const))(
    'may be a %s whose metadata is no object',
    (_kind, definition) => {
      const asked: ApiRequest = {
        method: 'POST',
        path: collectionOf(definition),
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: encodeUtf8('{"metadata":"a","spec":{}}'),
        user: 'stranger',
      }
      const reply = new TestServer().server.call(asked)
      expectWellFormed(reply, asked)
      expect(reply.code).toBe(400)
    },
  )
})
