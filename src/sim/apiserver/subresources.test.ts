import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiRequest } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { TestServer } from './test-server.ts'

const NAMESPACE = '/api/v1/namespaces/default'
const SET = '/apis/apps/v1/namespaces/default/statefulsets/w'
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' }
const MERGE = { 'content-type': 'application/merge-patch+json' }
const FORBIDDEN = 'Forbidden: cannot be set for an Ephemeral Container'

function withSet(): TestServer {
  const test = new TestServer()
  test.send('POST', '/apis/apps/v1/namespaces/default/statefulsets', {
    metadata: { name: 'w' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'n' } },
      template: {
        metadata: { labels: { app: 'n' } },
        spec: { containers: [{ name: 'c', image: 'nginx' }] },
      },
    },
  })
  return test
}

function withPod(containers = [{ name: 'c', image: 'nginx' }]): TestServer {
  const test = new TestServer()
  test.send('POST', `${NAMESPACE}/pods`, { metadata: { name: 'p' }, spec: { containers } })
  return test
}

function messageOf(
  test: TestServer,
  method: ApiRequest['method'],
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): string | undefined {
  return test.send<KubeObject & Status>(method, path, body, headers).message
}

describe('status', () => {
  it.each(['DELETE', 'POST'] as const)('is never the target of a %s', (method) => {
    const test = withSet()
    expect(test.reply(method, `${SET}/status`, {}).code).toBe(405)
    expect(test.reply('GET', SET).code).toBe(200)
  })

  it.each([
    [{ podIPs: [{ ip: 'x' }] }, 'status.podIPs[0]: Invalid value: "x": must be a valid IP address'],
    [{ podIP: 'x' }, 'status.podIPs[0]: Invalid value: "x": must be a valid IP address'],
    [
      { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ],
    [
      { qosClass: 'Guaranteed' },
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
    ],
  ])('of a Pod refuses %j', (status, words) => {
    const message = messageOf(withPod(), 'PATCH', `${NAMESPACE}/pods/p/status`, { status }, MERGE)
    expect(message).toContain(words)
  })
})

describe('scale', () => {
  it.each([
    [
      { metadata: {} },
      'the name of the object (w based on URL) was undeterminable: name must be provided',
    ],
    [
      { metadata: { name: 'w', namespace: 'other' } },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
  ])('must be that of the path: %j', (scale, words) => {
    expect(messageOf(withSet(), 'PUT', `${SET}/scale`, { ...scale, spec: { replicas: 1 } })).toBe(
      words,
    )
  })

  it('blames the patch for what it makes of it', () => {
    const reply = withSet().reply('PATCH', `${SET}/scale`, { spec: { replicas: 'x' } }, MERGE)
    expect(reply).toMatchObject({ code: 422, body: { details: { causes: [{ field: 'patch' }] } } })
  })

  it('is printed with what is desired and what there is', () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    expect(withSet().send('GET', `${SET}/scale`, undefined, { accept })).toMatchObject({
      kind: 'Table',
      columnDefinitions: [
        { name: 'Name' },
        { name: 'Desired', type: 'integer' },
        { name: 'Available', type: 'integer' },
        { name: 'Age' },
      ],
      rows: [{ cells: ['w', 2, 0, '0s'], object: { kind: 'PartialObjectMetadata' } }],
    })
  })
})

describe('ephemeral containers', () => {
  it.each([
    [{ name: 'c' }, 'spec.ephemeralContainers[0].name: Duplicate value: "c"'],
    [{ ports: [{ containerPort: 1 }] }, `spec.ephemeralContainers[0].ports: ${FORBIDDEN}`],
    [
      { resources: { limits: { cpu: '1' } } },
      `spec.ephemeralContainers[0].resources: ${FORBIDDEN}`,
    ],
    [
      { targetContainerName: 'nope' },
      'spec.ephemeralContainers[0].targetContainerName: Not found: "nope"',
    ],
  ])('may not have %j', (more, words) => {
    const body = { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox', ...more }] } }
    const path = `${NAMESPACE}/pods/p/ephemeralcontainers`
    expect(messageOf(withPod(), 'PATCH', path, body, STRATEGIC)).toBe(
      `Pod "p" is invalid: ${words}`,
    )
  })

  it('leave no doubt which container is meant where there is one of the Pod itself', () => {
    const test = withPod()
    const body = { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] } }
    test.send('PATCH', `${NAMESPACE}/pods/p/ephemeralcontainers`, body, STRATEGIC)
    const message = messageOf(test, 'GET', `${NAMESPACE}/pods/p/exec?command=ls&stdout=true`)
    expect(message).toBe('pod p does not have a host assigned')
  })
})

describe('reviews', () => {
  it.each([
    ['authorization.k8s.io/v1', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'],
    ['authentication.k8s.io/v1', 'selfsubjectreviews', 'SelfSubjectReview'],
  ])('of %s say what they are, even if they were not told', (apiVersion, resource, kind) => {
    const review = new TestServer().send('POST', `/apis/${apiVersion}/${resource}`, {})
    expect(review).toMatchObject({ apiVersion, kind })
  })
})

describe('what is asked for', () => {
  it.each([
    [`${NAMESPACE}/pods/p/eviction`, 'Eviction', 'policy.Eviction'],
    [`${NAMESPACE}/pods/p/binding`, 'Binding', 'core.Binding'],
    [`${NAMESPACE}/bindings`, 'Binding', 'core.Binding'],
    [
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      'SelfSubjectAccessReview',
      'authorization.SelfSubjectAccessReview',
    ],
  ])('at %s is of kind %s', (path, kind, internal) => {
    const body = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' } }
    expect(messageOf(withPod(), 'POST', path, body)).toBe(
      `Pod in version "v1" cannot be handled as a ${kind}: converting (v1.Pod) to (${internal}): unknown conversion`,
    )
  })

  it('may be an Eviction of the version of old', () => {
    const body = { kind: 'Eviction', apiVersion: 'policy/v1beta1', metadata: { name: 'p' } }
    const reply = withPod().reply('POST', `${NAMESPACE}/pods/p/eviction`, body)
    expect(reply.code).toBe(201)
  })
})
