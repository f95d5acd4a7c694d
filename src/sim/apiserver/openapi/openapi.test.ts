import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { resourceDefinitions } from '../resources/registry.ts'
import { structOf } from '../schema.ts'
import { TestServer } from '../test-server.ts'

type Schema = Readonly<Record<string, unknown>> & {
  readonly properties?: Readonly<Record<string, Schema>>
}
type V2 = { readonly definitions: Record<string, Schema>; readonly paths: Record<string, Schema> }
type V3 = { readonly components: { readonly schemas: Record<string, Schema> } }

const PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

function ask(path: string, headers: Record<string, string> = {}, query: [string, string][] = []) {
  const { server } = new TestServer()
  return server.call({ method: 'GET', path, headers, query, user: 'stranger' })
}

function v2(): V2 {
  const reply = ask('/openapi/v2')
  return (reply.type === 'object' ? reply.body : undefined) as V2
}

function v3(groupVersion: string): V3 {
  const reply = ask(`/openapi/v3/${groupVersion}`)
  return (reply.type === 'object' ? reply.body : undefined) as V3
}

describe('OpenAPI', () => {
  it('knows the fields of every kind that can be created', () => {
    for (const { group, kind } of resourceDefinitions.filter(({ verbs }) =>
      verbs.includes('create'),
    ))
      expect(structOf(group, kind), kind).toBeDefined()
  })

  it('says how lists of a StatefulSet merge, in both versions', () => {
    const name = 'io.k8s.api.core.v1.PodSpec'
    const old = v2().definitions[name]?.properties ?? {}
    const now = v3('apis/apps/v1').components.schemas[name]?.properties ?? {}
    for (const properties of [old, now]) {
      expect(properties['containers']).toMatchObject({
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-patch-merge-key': 'name',
        'x-kubernetes-patch-strategy': 'merge',
      })
      expect(properties['volumes']).toMatchObject({
        'x-kubernetes-patch-strategy': 'merge,retainKeys',
      })
    }
  })

  it('names the kind of each top-level schema and of each operation', () => {
    const identity = { group: 'apps', version: 'v1', kind: 'StatefulSet' }
    const { definitions, paths } = v2()
    expect(definitions['io.k8s.api.apps.v1.StatefulSet']).toMatchObject({
      'x-kubernetes-group-version-kind': [identity],
    })
    expect(paths['/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}']).toMatchObject({
      patch: { 'x-kubernetes-group-version-kind': identity, 'x-kubernetes-action': 'patch' },
    })
  })

  it.each(['v2', 'v3'] as const)('refers to nothing that %s does not have', (version) => {
    const document =
      version === 'v2' ? v2() : { a: v3('api/v1'), b: v3('apis/apps/v1'), c: v3('apis/policy/v1') }
    const names =
      version === 'v2'
        ? Object.keys(v2().definitions)
        : ['api/v1', 'apis/apps/v1', 'apis/policy/v1'].flatMap((path) =>
            Object.keys(v3(path).components.schemas),
          )
    const text = JSON.stringify(document)
    const references = [
      ...text.matchAll(/"\$ref":"#\/(?:definitions|components\/schemas)\/([^"]+)"/g),
    ]
    expect(references.length).toBeGreaterThan(100)
    const known = new Set(names)
    expect(references.filter(([, name = '']) => !known.has(name))).toEqual([])
  })

  it.each([
    ['apps/v1', 'apps', ['StatefulSetSpec', 'DeploymentSpec', 'StatefulSetCondition']],
    ['core/v1', 'core', ['Container', 'ContainerPort', 'ServicePort', 'VolumeMount', 'Taint']],
  ])('requires what the published types of %s require', (file, prefix, kinds) => {
    const path = join('node_modules/kubernetes-types', `${file}.d.ts`)
    const text = readFileSync(path, 'utf8')
    for (const kind of kinds) {
      const body = new RegExp(`^export interface ${kind} \\{\\n([^]*?)^\\}`, 'm').exec(text)?.[1]
      const published = [...(body ?? '').matchAll(/^ {4}(\w+): /gm)].map(([, name = '']) => name)
      const ours = v2().definitions[`io.k8s.api.${prefix}.v1.${kind}`]?.['required']
      // Since 1.33 a set may do without a governing Service.
      expect(ours, kind).toEqual(published.filter((name) => name !== 'serviceName').toSorted())
    }
  })

  it.each(['/openapi/v2', '/openapi/v3/apis/apps/v1'])('spares who knows %s already', (path) => {
    const first = ask(path)
    const etag = ('headers' in first ? first.headers?.['etag'] : undefined) ?? ''
    expect(etag).toMatch(/^"[0-9A-F]{16}"$/)
    expect(ask(path, { 'if-none-match': etag })).toMatchObject({ code: 304, body: '' })
    expect(ask(path, { 'if-none-match': `"other", W/${etag}` }).code).toBe(304)
    expect(ask(path, { 'if-none-match': '"other"' }).code).toBe(200)
  })

  it('sends who asks for an outdated document to the one of today', () => {
    const root = ask('/openapi/v3')
    const { paths } = (root.type === 'object' ? root.body : {}) as {
      paths: Record<string, { serverRelativeURL: string }>
    }
    const url = paths['apis/apps/v1']?.serverRelativeURL ?? ''
    const [path = '', hash = ''] = url.split('?hash=')
    expect(ask(path, {}, [['hash', hash]])).toMatchObject({
      code: 200,
      headers: { 'cache-control': 'public, immutable' },
    })
    const old = ask(path, {}, [['hash', 'OLD']])
    expect(old).toMatchObject({ code: 301, headers: { location: url } })
  })

  it('comes as protobuf to those who ask for it, and to nobody in a form it does not have', () => {
    const reply = ask('/openapi/v2', { accept: PROTOBUF })
    expect(reply).toMatchObject({
      code: 200,
      headers: { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' },
    })
    const bytes = reply.type === 'text' && typeof reply.body !== 'string' ? reply.body : []
    // Field 1, two-byte length: `swagger`; field 2 is `info`.
    expect([...bytes.slice(0, 6)]).toEqual([0x0a, 3, 0x32, 0x2e, 0x30, 0x12])
    const text = decodeUtf8(Uint8Array.from(bytes))
    for (const name of Object.keys(v2().definitions)) expect(text).toContain(name)
    expect(ask('/openapi/v2', { accept: 'application/xml' }).code).toBe(406)
    expect(ask('/openapi/v2', { accept: 'application/xml, */*;q=0.1' }).type).toBe('object')
  })
})
