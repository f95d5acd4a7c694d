import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StatusError } from '#sim/apimachinery/status.ts'
import { DecodeError } from '../decode-errors.ts'
import type { Draft } from '../resource.ts'
import { resourceDefinitions } from './registry.ts'
import { apiVersionOf, create, update } from './test-support.ts'

/** Bodies that real servers accepted or refused, one rich one a kind where there is one. */
function recordedBodies(): Draft[] {
  const longest = new Map<string, string>()
  for (const file of [
    'defaults-pod',
    'defaults-statefulset',
    'defaults-service',
    'defaults-others',
    'errors-pod',
    'errors-statefulset',
    'tables-pods',
  ]) {
    const url = new URL(`../../../../tools/recordings/wire/${file}.json`, import.meta.url)
    for (const { request } of JSON.parse(readFileSync(url, 'utf8')).exchanges) {
      if (request.method !== 'POST' || request.body === undefined) continue
      const text = JSON.stringify(request.body)
      const { kind } = request.body
      if (text.length > (longest.get(kind)?.length ?? 0)) longest.set(kind, text)
    }
  }
  return [...longest.values()].map((text) => JSON.parse(text)).filter(isDeclared)
}

function isDeclared({ apiVersion, kind }: Draft): boolean {
  return resourceDefinitions.some((one) => apiVersionOf(one) === apiVersion && one.kind === kind)
}

const HAND_MADE: readonly Draft[] = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { a: 'b' }, ownerReferences: [{ name: 'o', controller: true }] },
    spec: {
      initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }],
      containers: [
        {
          name: 'c',
          image: 'i',
          env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }],
          resources: { limits: { cpu: '1' }, requests: { cpu: '500m' } },
          lifecycle: { postStart: { exec: { command: ['x'] } } },
          livenessProbe: { grpc: { port: 1 } },
          volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: 'x' }],
        },
      ],
      volumes: [
        { name: 'v', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['X'] } } } },
        { name: 'w', downwardAPI: { items: [{ path: 'x', fieldRef: { fieldPath: 'y' } }] } },
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] },
            ],
          },
        },
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: { topologyKey: 'z', labelSelector: {} } },
          ],
        },
      },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', labelSelector: {} }],
      dnsConfig: { options: [{ name: 'x' }] },
      schedulingGates: [{ name: 'g' }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] },
    status: { capacity: { cpu: '1' } },
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', namespace: 'default' },
    series: { count: 1 },
    source: { component: 'x' },
  },
  { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'e' }, subsets: [{ ports: [{}] }] },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'v' },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['X'], csi: { driver: 'd' }, claimRef: {} },
  },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'l' },
    spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] },
  },
  ...resourceDefinitions.map((one) => ({ apiVersion: apiVersionOf(one), kind: one.kind })),
]

/** Every place in a value, as the object that holds it and the key under which it does. */
function placesOf(value: unknown, places: [Draft, string][] = []): [Draft, string][] {
  if (typeof value !== 'object' || value === null) return places
  for (const key of Object.keys(value)) {
    places.push([value as Draft, key])
    placesOf((value as Draft)[key], places)
  }
  return places
}

/** Something else of a JSON type that the decoder may let through. */
function spoil([holder, key]: [Draft, string], how: number): void {
  const value = holder[key]
  if (how % 3 === 0 && Array.isArray(holder)) holder.splice(Number(key), 1)
  else if (how % 3 === 0) delete holder[key]
  else if (typeof value === 'string') holder[key] = how % 2 === 0 ? '' : 'Bad Value/%'
  else if (typeof value === 'number') holder[key] = how % 2 === 0 ? 0 : -1
  else if (typeof value === 'boolean') holder[key] = !value
  else holder[key] = Array.isArray(value) ? [] : {}
}

function answersOrRefuses(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof StatusError) && !(error instanceof DecodeError)) throw error
  }
}

describe('whatever a decoder lets through', () => {
  const bodies = [...recordedBodies(), ...HAND_MADE]
  const spoilings = fc.array(fc.tuple(fc.nat(), fc.nat(5)), { minLength: 1, maxLength: 4 })

  function spoiled(body: Draft, how: readonly (readonly [number, number])[]): Draft {
    const copy = structuredClone(body)
    for (const [where, what] of how) {
      const places = placesOf(copy).filter(([, key]) => key !== 'kind' && key !== 'apiVersion')
      const place = places[where % Math.max(1, places.length)]
      if (place !== undefined) spoil(place, what)
    }
    return copy
  }

  it('is accepted or refused on creation, and never breaks', () => {
    expect(bodies.length).toBeGreaterThan(35)
    fc.assert(
      fc.property(fc.constantFrom(...bodies), spoilings, (body, how) => {
        answersOrRefuses(() => create(spoiled(body, how)))
      }),
      { numRuns: 2000 },
    )
  })

  it('is accepted or refused as an update of what is stored, and never breaks', () => {
    const stored = bodies.flatMap((body) => {
      try {
        const { object, errors } = create(body)
        return errors.length === 0 ? [object] : []
      } catch {
        return []
      }
    })
    expect(stored.length).toBeGreaterThan(8)
    fc.assert(
      fc.property(fc.constantFrom(...stored), spoilings, fc.boolean(), (object, how, status) => {
        const change = (draft: Draft) => Object.assign(draft, spoiled(draft, how))
        const hasStatus = definitionHasStatus(object)
        answersOrRefuses(() => update(object, change, status && hasStatus ? 'status' : undefined))
      }),
      { numRuns: 2000 },
    )
  })
})

function definitionHasStatus({ apiVersion, kind }: Draft): boolean {
  return resourceDefinitions.some(
    (one) => apiVersionOf(one) === apiVersion && one.kind === kind && one.status !== undefined,
  )
}
