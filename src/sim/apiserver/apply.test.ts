import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { TestServer } from './test-server.ts'

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const APPLY = { 'content-type': 'application/apply-patch+yaml', accept: 'application/json' }
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function apply(test: TestServer, target: string, document: unknown) {
  return test.reply('PATCH', target, document, APPLY)
}

function deployment(spec: object): object {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec }
}

describe('applied documents that are no objects of their type', () => {
  const prefix = 'failed to create typed patch object (default/d; apps/v1, Kind=Deployment): '
  const containers = (...items: object[]) => ({ template: { spec: { containers: items } } })

  it.each([
    [{ foo: 1 }, '.spec.foo: field not declared in schema'],
    [
      { foo: 1, template: { bar: 2 } },
      'errors:\n  .spec.foo: field not declared in schema\n  .spec.template.bar: field not declared in schema',
    ],
    [{ replicas: 'x' }, '.spec.replicas: expected numeric (int or float), got string'],
    [{ paused: 'x' }, '.spec.paused: expected boolean, got &{x}'],
    [{ template: 'x' }, '.spec.template: expected map, got &{x}'],
    [
      { template: { metadata: { labels: { a: 5 } } } },
      '.spec.template.metadata.labels.a: expected string, got &value.valueUnstructured{Value:5}',
    ],
    [
      { template: { spec: { containers: 'x' } } },
      '.spec.template.spec.containers: expected list, got &{x}',
    ],
    [
      containers({ image: 'x' }),
      '.spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
    ],
    [
      containers({ name: 'b' }, { name: 'b' }),
      '.spec.template.spec.containers: duplicate entries for key [name="b"]',
    ],
    [
      containers({ name: 'b', args: [1] }),
      '.spec.template.spec.containers[name="b"].args[0]: expected string, got &value.valueUnstructured{Value:1}',
    ],
    [
      containers({ name: 'b', ports: [{ containerPort: 80 }, { containerPort: 80 }] }),
      '.spec.template.spec.containers[name="b"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
    ],
  ])('%j', (spec, words) => {
    const reply = apply(new TestServer(), `${DEPLOYMENTS}/d?fieldManager=m`, deployment(spec))
    expect(reply).toMatchObject({ code: 500, body: { message: prefix + words } })
  })

  it('must be maps', () => {
    const reply = apply(new TestServer(), `${CONFIG_MAPS}/a?fieldManager=m`, 'xx')
    expect((reply as { body: Status }).body.message).toBe(
      'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}',
    )
  })
})

describe('going over from applying on the client side', () => {
  const document = (data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data,
  })

  function clientSide(): TestServer {
    const test = new TestServer()
    const applied = document({ x: '1', y: '1' })
    test.send('POST', `${CONFIG_MAPS}?fieldManager=kubectl-client-side-apply`, {
      ...applied,
      metadata: { name: 'a', annotations: { [LAST_APPLIED]: `${JSON.stringify(applied)}\n` } },
    })
    return test
  }

  it('lets kubectl take what it had applied', () => {
    const test = clientSide()
    const reply = apply(test, `${CONFIG_MAPS}/a?fieldManager=kubectl`, document({ x: '2' }))
    expect(reply).toMatchObject({ code: 200, body: { data: { x: '2', y: '1' } } })
  })

  it('keeps the annotation in step', () => {
    const test = clientSide()
    const reply = apply(test, `${CONFIG_MAPS}/a?fieldManager=kubectl`, document({ x: '2' }))
    const { annotations } = (reply as { body: KubeObject }).body.metadata
    expect(annotations?.[LAST_APPLIED]).toBe(
      '{"apiVersion":"v1","data":{"x":"2"},"kind":"ConfigMap","metadata":{"name":"a"}}\n',
    )
  })

  it('is not for other managers', () => {
    const test = clientSide()
    const reply = apply(test, `${CONFIG_MAPS}/a?fieldManager=other`, document({ x: '2' }))
    expect(reply).toMatchObject({
      code: 409,
      body: {
        message:
          'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.x',
      },
    })
  })

  it('is not for what someone else has changed since', () => {
    const test = clientSide()
    const merge = { 'content-type': 'application/merge-patch+json' }
    test.reply('PATCH', `${CONFIG_MAPS}/a?fieldManager=edit`, { data: { x: '5' } }, merge)
    const reply = apply(test, `${CONFIG_MAPS}/a?fieldManager=kubectl`, document({ x: '2', y: '3' }))
    // y is still as it was applied, so only x is told.
    expect(reply).toMatchObject({
      code: 409,
      body: { message: 'Apply failed with 1 conflict: conflict with "edit" using v1: .data.x' },
    })
  })
})
