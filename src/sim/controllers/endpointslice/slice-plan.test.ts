import fc from 'fast-check'
import type { Endpoint } from 'kubernetes-types/discovery/v1'
import { expect, it } from 'vitest'
import type { EndpointSlice } from '#sim/apimachinery/kinds.ts'
import { ENDPOINTS_PER_SLICE, planSlices, type SliceContent } from './slice-plan.ts'

const PORTS = [{ name: '', protocol: 'TCP', port: 80 }]

function endpoint(at: number, ready: boolean): Endpoint {
  return {
    addresses: [`10.0.${at >> 8}.${at & 255}`],
    conditions: { ready },
    targetRef: { kind: 'Pod', name: `p${at}`, uid: `uid-${at}` },
  }
}

/** Slices as they stand, kept by carrying out one plan after the other. */
class Slices {
  #slices = new Map<string, EndpointSlice>()
  #serial = 0
  lastWrites = 0

  bringInLine(endpoints: readonly Endpoint[]): void {
    const groups = endpoints.length === 0 ? [] : [{ ports: PORTS, endpoints }]
    const plan = planSlices([...this.#slices.values()], groups, () => false)
    this.lastWrites = plan.create.length + plan.update.length + plan.delete.length
    for (const content of plan.create) this.#put(`s${this.#serial++}`, content)
    for (const { slice, content } of plan.update) this.#put(slice.metadata.name, content)
    for (const { metadata } of plan.delete) this.#slices.delete(metadata.name)
  }

  #put(name: string, { endpoints, ports }: SliceContent): void {
    const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: '' }
    this.#slices.set(name, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      addressType: 'IPv4',
      endpoints: endpoints as Endpoint[],
      ports: ports as never, // An empty slice says null, which the type has no word for.
    })
  }

  get all(): readonly EndpointSlice[] {
    return [...this.#slices.values()]
  }
}

it('holds every endpoint once, in slices that are not too large, whatever comes and goes', () => {
  const pods = fc.array(fc.tuple(fc.nat(349), fc.boolean()), { maxLength: 300 })
  fc.assert(
    fc.property(fc.array(pods, { minLength: 1, maxLength: 5 }), (steps) => {
      const slices = new Slices()
      for (const step of steps) {
        const wanted = new Map(step)
        const endpoints = [...wanted].map(([at, ready]) => endpoint(at, ready))
        slices.bringInLine(endpoints)
        const held = slices.all.flatMap((slice) => slice.endpoints ?? [])
        const sorted = (list: readonly Endpoint[]): readonly string[] =>
          list.map((one) => JSON.stringify(one)).toSorted()
        expect(sorted(held)).toEqual(sorted(endpoints))
        expect(slices.all.length).toBeGreaterThan(0)
        for (const slice of slices.all)
          expect(slice.endpoints?.length ?? 0).toBeLessThanOrEqual(ENDPOINTS_PER_SLICE)
        slices.bringInLine(endpoints)
        expect(slices.lastWrites).toBe(0)
      }
    }),
    { numRuns: 60 },
  )
})

it('writes one slice for one change among many endpoints', () => {
  const slices = new Slices()
  const endpoints = Array.from({ length: 250 }, (_, at) => endpoint(at, true))
  slices.bringInLine(endpoints)
  expect(slices.all).toHaveLength(3)
  slices.bringInLine(endpoints.map((one, at) => (at === 120 ? endpoint(120, false) : one)))
  expect(slices.lastWrites).toBe(1)
})
