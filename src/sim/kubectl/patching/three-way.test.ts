import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newScene } from '../../../../tools/recordings/kubectl/scene.ts'
import { threeWayPatch, twoWayPatch } from './three-way.ts'

type Container = { name: string; image: string; env: { name: string; value: string }[] }

const CONTAINERS = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    image: fc.constantFrom('x:1', 'x:2'),
    env: fc.uniqueArray(
      fc.record({ name: fc.constantFrom('E', 'F', 'G'), value: fc.constantFrom('1', '2') }),
      { selector: ({ name }) => name, maxLength: 3 },
    ),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
)

const LABELS = fc.dictionary(fc.constantFrom('l', 'm', 'n'), fc.constantFrom('1', '2'), {
  maxKeys: 3,
})

function deployment(containers: readonly Container[], labels: Record<string, string>) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'default', labels },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: {
        metadata: { labels: { app: 'd' } },
        spec: { containers: containers.map(withoutEmptyEnv) },
      },
    },
  }
}

// The server drops empty lists, and a manifest that keeps asking for one is never satisfied.
function withoutEmptyEnv({ env, ...rest }: Container) {
  return env.length === 0 ? rest : { ...rest, env }
}

const PATH = '/apis/apps/v1/namespaces/default/deployments'
const STRATEGIC = 'application/strategic-merge-patch+json'

it('brings the live object to the manifest, and leaves alone what only the live one has', () => {
  fc.assert(
    fc.property(CONTAINERS, LABELS, CONTAINERS, LABELS, (before, labels, after, newLabels) => {
      const bench = newScene()
      const original = deployment(before, labels)
      const modified = deployment(after, newLabels)
      bench.api('POST', PATH, original)
      const scaled = { metadata: { labels: { other: 'x' } }, spec: { replicas: 4 } }
      const live = bench.api('PATCH', `${PATH}/d`, scaled, STRATEGIC)
      const result = bench.api(
        'PATCH',
        `${PATH}/d`,
        threeWayPatch(original, modified, live),
        STRATEGIC,
      )
      expect(result['spec'].replicas).toBe(4)
      expect(result['metadata'].labels).toEqual({ ...newLabels, other: 'x' })
      const containers = result['spec'].template.spec.containers as Partial<Container>[]
      expect(containers.map(({ name, image, env }) => ({ name, image, env: env ?? [] }))).toEqual(
        after,
      )
      // Nothing is left to do.
      expect(threeWayPatch(modified, modified, result)).toEqual({})
    }),
    { numRuns: 60 },
  )
})

it('tells an edit by itself', () => {
  const before = deployment([{ name: 'a', image: 'x:1', env: [] }], { l: '1' })
  const after = deployment([{ name: 'a', image: 'x:2', env: [] }], {})
  expect(twoWayPatch(before, after)).toEqual({
    metadata: { labels: { l: null } },
    spec: {
      template: {
        spec: {
          containers: [{ name: 'a', image: 'x:2' }],
          '$setElementOrder/containers': [{ name: 'a' }],
        },
      },
    },
  })
})
