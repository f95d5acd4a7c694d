import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HASH_LABEL } from './controller-history.ts'
import { sortedJson } from './go-json.ts'
import { revisionHash, revisionName } from './revision-hash.ts'

const F1 =
  '{"spec":{"template":{"$patch":"replace","metadata":{"annotations":{"test":"value"},"labels":{"app":"foo"}},"spec":{"containers":[{"image":"test","imagePullPolicy":"Always","name":"test","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}}}'
const F0 = F1.replace('},"labels"', '},"creationTimestamp":null,"labels"')
const W1 =
  '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"nginx"}},"spec":{"containers":[{"image":"nginx:1.27","imagePullPolicy":"IfNotPresent","name":"nginx","ports":[{"containerPort":80,"name":"web","protocol":"TCP"}],"resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","volumeMounts":[{"mountPath":"/usr/share/nginx/html","name":"www"}]}],"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":10}}}}'

describe('revisionHash', () => {
  it.each([
    { name: 'F1', payload: F1, bytes: 432, probe: 0, want: '776999688b' },
    { name: 'F0', payload: F0, bytes: 457, probe: 0, want: 'c77f6d978' },
    { name: 'W1', payload: W1, bytes: 545, probe: 0, want: '5796d6445f' },
    { name: 'W1 after a collision', payload: W1, bytes: 545, probe: 1, want: '5796d6445d' },
    {
      name: 'W2',
      payload: W1.replace('1.27', '1.28'),
      bytes: 545,
      probe: 0,
      want: '5cd95ff588',
    },
    {
      name: 'W1 after a restart',
      payload: W1.replace(
        '"metadata":{',
        '"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-01-01T00:00:00Z"},',
      ),
      bytes: 620,
      probe: 0,
      want: '654b5bb569',
    },
  ])('[SS-T1] reproduces $name of the specification', ({ payload, bytes, probe, want }) => {
    expect(payload.length).toBe(bytes)
    expect(revisionHash(payload, probe)).toBe(want)
  })

  it('gives every recorded ControllerRevision its recorded name', () => {
    const revisions = recordedRevisions()
    expect(revisions.length).toBeGreaterThan(50)
    for (const { name, owner, hash, data } of revisions) {
      expect(revisionHash(sortedJson(data), 0)).toBe(hash)
      expect(name).toBe(revisionName(owner, hash))
    }
  })
})

describe('sortedJson', () => {
  it.each([
    { value: { b: 1, a: { d: [true, 'x'], c: {} } }, want: '{"a":{"c":{},"d":[true,"x"]},"b":1}' },
    { value: { a: '<b>&\u2028\u00e9' }, want: '{"a":"\\u003cb\\u003e\\u0026\\u2028\u00e9"}' },
    { value: { a: 'x\b\f\n\u0001"\\' }, want: '{"a":"x\\b\\f\\n\\u0001\\"\\\\"}' },
    { value: { a: null, b: undefined, c: 0, d: '' }, want: '{"c":0,"d":""}' },
    { value: { '\u{1f600}': 1, '\uffee': 2 }, want: '{"\uffee":2,"\u{1f600}":1}' },
  ])('writes $want', ({ value, want }) => {
    expect(sortedJson(value)).toBe(want)
  })
})

type RecordedRevision = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly { readonly name: string }[]
  readonly data: unknown
}

function recordedRevisions() {
  const root = new URL('../../../../tools/recordings/', import.meta.url)
  const found = new Map<string, { name: string; owner: string; hash: string; data: unknown }>()
  for (const folder of ['controller', 'controller-gate-on']) {
    for (const file of readdirSync(new URL(folder, root))) {
      const text = readFileSync(new URL(`${folder}/${file}`, root), 'utf8')
      const scenario = JSON.parse(text) as {
        steps: { state: { controllerrevisions: RecordedRevision[] } }[]
      }
      for (const { state } of scenario.steps) {
        for (const { name, labels, ownerReferences, data } of state.controllerrevisions) {
          const owner = ownerReferences?.[0]?.name ?? name.slice(0, name.lastIndexOf('-'))
          found.set(`${file}/${name}`, { name, owner, hash: labels[HASH_LABEL] ?? '', data })
        }
      }
    }
  }
  return [...found.values()]
}
