import type { Draft } from '#sim/apiserver/resource.ts'
import { create, texts, update } from '#sim/apiserver/resources/test-support.ts'
import { TestServer } from '#sim/apiserver/test-server.ts'
import { describe, expect, it } from 'vitest'
import {
  bodyOf,
  causes,
  manifest,
  mounting,
  replaced,
  SETS,
  stored,
} from './api-scenario.test-kit.ts'
import { claimTemplate } from './scenario-world.test-kit.ts'

// Section 10.1 of the specification: changes of a stored set, and of revisions.

const CHANGE_TEXT =
  "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
describe('an update', () => {
  const broken = (change: (spec: Draft) => void): Draft => {
    const { object } = create(manifest())
    change(object['spec'])
    return object
  }

  it.each<[string, Draft]>([
    [
      '[SS-20] a serviceName that would be refused today',
      broken((spec) => (spec['serviceName'] = 'Invalid.Name')),
    ],
    [
      '[SS-24] a claim template without access modes',
      broken((spec) => delete spec['volumeClaimTemplates'][0].spec.accessModes),
    ],
    [
      '[SS-27] a mount of nothing in the template',
      broken((spec) => Object.assign(spec['template'].spec, mounting('nothing'))),
    ],
  ])('takes other replicas where there is stored: %s', (_title, old) => {
    const { object, errors } = update(old, (draft) => (draft['spec'].replicas = 5))
    expect(texts(errors)).toEqual([])
    expect(object['spec'].replicas).toBe(5)
    expect(object['metadata'].generation).toBe(2)
  })

  it('[SS-27] takes another template where the stored one is broken, but not for a sound one', () => {
    const change = (draft: Draft) => Object.assign(draft['spec'].template.spec, mounting('void'))
    const old = broken((spec) => Object.assign(spec['template'].spec, mounting('nothing')))
    expect(texts(update(old, change).errors)).toEqual([])
    expect(causes(replaced(change))).toEqual([
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "void"',
    ])
  })

  it.each<[string, (spec: Draft) => void]>([
    [
      'the selector',
      (spec) => {
        spec['selector'].matchLabels.tier = 'web'
        spec['template'].metadata.labels.tier = 'web'
      },
    ],
    ['the policy', (spec) => (spec['podManagementPolicy'] = 'Parallel')],
    [
      'the size of a claim',
      (spec) => (spec['volumeClaimTemplates'][0].spec.resources.requests.storage = '2Gi'),
    ],
    [
      'the class of a claim',
      (spec) => (spec['volumeClaimTemplates'][0].spec.storageClassName = 'fast'),
    ],
    ['the claims', (spec) => spec['volumeClaimTemplates'].push(claimTemplate('logs'))],
    ['labels of a claim', (spec) => (spec['volumeClaimTemplates'][0].metadata.labels = { a: 'b' })],
    ['the serviceName', (spec) => (spec['serviceName'] = 'other')],
  ])('[SS-25] refuses to change %s, in one complaint', (_what, change) => {
    const reply = replaced((draft) => change(draft['spec']))
    expect(causes(reply)).toEqual([CHANGE_TEXT])
    expect(bodyOf(reply)['message']).toBe(`StatefulSet.apps "web" is invalid: ${CHANGE_TEXT}`)
  })

  it.each<[string, (spec: Draft) => void]>([
    ['replicas', (spec) => (spec['replicas'] = 0)],
    [
      'containers',
      (spec) => spec['template'].spec.containers.push({ name: 'sidecar', image: 'busybox' }),
    ],
    [
      'the retention policy',
      (spec) => (spec['persistentVolumeClaimRetentionPolicy'] = { whenScaled: 'Delete' }),
    ],
    ['the strategy', (spec) => (spec['updateStrategy'] = { type: 'OnDelete' })],
    ['minReadySeconds', (spec) => (spec['minReadySeconds'] = 30)],
    ['ordinals', (spec) => (spec['ordinals'] = { start: 5 })],
    ['the history limit', (spec) => (spec['revisionHistoryLimit'] = 2)],
  ])('[SS-26] may change %s', (_what, change) => {
    const reply = replaced((draft) => change(draft['spec']))
    expect(causes(reply)).toEqual([])
    expect(bodyOf(reply)['metadata'].generation).toBe(2)
  })

  it('[SS-28] warns of a history without end, on creation and on update', () => {
    const wanted =
      '299 - "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"'
    const test = new TestServer()
    const made = test.reply('POST', SETS, manifest({ revisionHistoryLimit: -2 }))
    expect({ code: made.code, headers: headersOf(made) }).toEqual({
      code: 201,
      headers: { warning: wanted },
    })
    const scaled = { ...structuredClone(bodyOf(made)) }
    scaled['spec'].replicas = 1
    const again = test.reply('PUT', `${SETS}/web`, scaled)
    expect({ code: again.code, headers: headersOf(again) }).toEqual({
      code: 200,
      headers: { warning: wanted },
    })
  })

  it('[SS-31] with the manifest as it was first sent changes nothing', () => {
    const test = new TestServer()
    const body = manifest()
    const { metadata } = stored(test, body)
    const { metadata: after, spec } = bodyOf(test.reply('PUT', `${SETS}/web`, body))
    expect(after).toEqual(metadata)
    expect(spec.volumeClaimTemplates[0]).toMatchObject({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      spec: { volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    })
  })
})

function headersOf(reply: ReturnType<TestServer['reply']>): unknown {
  return 'headers' in reply ? reply.headers : undefined
}

const REVISIONS = '/apis/apps/v1/namespaces/default/controllerrevisions'

it('[SS-36] deletecollection takes the sets with a label, and only them', () => {
  const test = new TestServer()
  for (const [name, tier] of [
    ['one', 'a'],
    ['two', 'a'],
    ['three', 'b'],
  ]) {
    stored(test, manifest({}, {}, { name, labels: { tier } }))
  }
  expect(test.reply('DELETE', `${SETS}?labelSelector=tier%3Da`).code).toBe(200)
  const { items } = bodyOf(test.reply('GET', SETS))
  expect(items.map(({ metadata }: Draft) => metadata['name'])).toEqual(['three'])
})

describe('a ControllerRevision', () => {
  const revision = (members: Draft = {}, name = 'web-1'): Draft => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name },
    data: { spec: { template: {} } },
    revision: 1,
    ...members,
  })

  it.each<[string, Draft, RegExp]>([
    [
      'a negative number',
      revision({ revision: -1 }),
      /^revision: Invalid value: -1: must be greater than or equal to 0$/,
    ],
    [
      'no name',
      revision({}, ''),
      /^metadata\.name: Required value: name or generateName is required$/,
    ],
    [
      'a bad name',
      revision({}, 'Web_1'),
      /^metadata\.name: Invalid value: "Web_1": a lowercase RFC 1123 subdomain must consist of /,
    ],
    ['null data', revision({ data: null }), /^data: Required value: data is mandatory$/],
    ['no data', revision({ data: undefined }), /^data: Required value: data is mandatory$/],
    [
      'data that is no object',
      revision({ data: [1] }),
      /^data: Required value: data must be a valid JSON object$/,
    ],
  ])('[SS-37] is refused with %s', (_what, body, text) => {
    const found = causes(new TestServer().reply('POST', REVISIONS, body))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(text)
  })

  it('[SS-38] keeps its data and may change its number', () => {
    const test = new TestServer()
    const made = structuredClone(bodyOf(test.reply('POST', REVISIONS, revision())))
    const other = { ...made, data: { spec: { template: { a: 1 } } } }
    const reply = test.reply('PUT', `${REVISIONS}/web-1`, other)
    expect(causes(reply)).toEqual([
      'data: Invalid value: {"spec":{"template":{"a":1}}}: field is immutable',
    ])
    const renumbered = test.reply('PUT', `${REVISIONS}/web-1`, { ...made, revision: 5 })
    expect(renumbered.code).toBe(200)
    expect(bodyOf(renumbered)['revision']).toBe(5)
  })
})
