import { deepCopy } from '#sim/apimachinery/equality.ts'
import type { Draft } from '#sim/apiserver/resource.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import { create, newContext, texts } from '#sim/apiserver/resources/test-support.ts'
import { TestServer } from '#sim/apiserver/test-server.ts'
import { expect } from 'vitest'
import { statefulSet } from './scenario-world.test-kit.ts'

// Section 10.1 of the specification is shown over a whole API server. Only what no request can
// bring about (an object stored by other rules, a validator behind its defaults) is shown on the
// declaration.

export const SETS = '/apis/apps/v1/namespaces/default/statefulsets'
export const MERGE = { 'content-type': 'application/merge-patch+json' }
export const GATE_ON = { featureGates: { MaxUnavailableStatefulSet: true } }
export const LABEL_NAME_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

/** A whole manifest; members of the template's spec beside those of the set's. */
export function manifest(spec: Draft = {}, podSpec: Draft = {}, metadata: Draft = {}): Draft {
  const body: Draft = statefulSet('web', spec, metadata)
  Object.assign(body['spec'].template.spec, podSpec)
  return body
}

export const container = (members: Draft): Draft => ({
  containers: [{ name: 'nginx', image: 'nginx:1.27', ...members }],
})
export const mounting = (name: string): Draft =>
  container({ volumeMounts: [{ name, mountPath: '/data' }] })

/** What the server stored for a manifest that it takes. */
export function stored(test: TestServer, body: Draft): Draft {
  const reply = test.reply('POST', SETS, body)
  expect(reply.code, JSON.stringify(reply)).toBe(201)
  return bodyOf(reply)
}

export function bodyOf(reply: ReturnType<TestServer['reply']>): Draft {
  if (reply.type !== 'object') throw new Error(`answered with a ${reply.type}`)
  return reply.body as Draft
}

/** The causes of a refusal, as `field: message`; empty for what is accepted. */
export function causes(reply: ReturnType<TestServer['reply']>): string[] {
  const body = bodyOf(reply)
  if (reply.code < 300) return []
  expect(reply.code, body['message']).toBe(422)
  return body['details'].causes.map(
    ({ field, message }: { field: string; message: string }) => `${field}: ${message}`,
  )
}

export const refused = (body: Draft): string[] => causes(new TestServer().reply('POST', SETS, body))

/** Stores the usual set and puts a changed one in its place. */
export function replaced(change: (draft: Draft) => void, first: Draft = manifest()) {
  const test = new TestServer()
  const draft = deepCopy(stored(test, first))
  change(draft)
  return test.reply('PUT', `${SETS}/web`, draft)
}

const DECLARATION = resourceDefinitions.find(({ kind }) => kind === 'StatefulSet')

/** The validator by itself, behind the defaults. */
export function validated(body: Draft, change: (draft: Draft) => void): string[] {
  const draft = deepCopy(create(body).object)
  change(draft)
  return texts(DECLARATION?.validate(draft, newContext()) ?? [])
}

export function defaulted(spec: Draft, gate = false): Draft {
  const draft = manifest(spec)
  DECLARATION?.setDefaults(draft, newContext({}, { featureEnabled: () => gate }))
  return draft['spec']
}
