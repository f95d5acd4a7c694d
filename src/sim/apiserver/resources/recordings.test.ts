import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Draft, ResourceDefinition } from '../resource.ts'
import { resourceDefinitions } from './registry.ts'
import { apiVersionOf, create } from './test-support.ts'

type Exchange = {
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query?: string
    readonly only?: string
    readonly body?: Draft
  }
  readonly response: { readonly code: number; readonly warning?: string; readonly body: Draft }
}

const FILES = [
  'defaults-pod',
  'defaults-statefulset',
  'defaults-service',
  'defaults-others',
  'errors-pod',
  'errors-statefulset',
  'errors-names',
  'errors-generic',
]

function exchangesOf(file: string): Exchange[] {
  const url = new URL(`../../../../tools/recordings/wire/${file}.json`, import.meta.url)
  return JSON.parse(
    readFileSync(url, 'utf8').replaceAll('NS', 'default').replaceAll('10.96.x.x', '10.96.1.1'),
  ).exchanges
}

const CREATIONS = FILES.flatMap((file) =>
  exchangesOf(file)
    .map((exchange, index) => ({ file, index, exchange }))
    .filter(({ exchange }) => isPlainCreation(exchange)),
)

function isPlainCreation({ request, response }: Exchange): boolean {
  const definition = definitionAt(request.path)
  return (
    request.method === 'POST' &&
    definition !== undefined &&
    definition.kind === request.body?.kind &&
    apiVersionOf(definition) === request.body?.apiVersion &&
    request.query === undefined &&
    request.only === undefined &&
    (response.code === 201 || response.code === 422)
  )
}

function definitionAt(path: string): ResourceDefinition | undefined {
  const plural = path.split('/').at(-1)
  const group = path.startsWith('/apis/') ? path.split('/')[2] : ''
  return resourceDefinitions.find((one) => one.plural === plural && one.group === group)
}

/**
 * What the recorded server's vendor added to every Pod, and what depends on the moment.
 */
function plain(recorded: Draft): Draft {
  const object = structuredClone(recorded)
  for (const volume of object.spec?.volumes ?? []) {
    if (volume.projected === undefined || !volume.name.startsWith('kube-api-access-')) continue
    volume.projected.sources = volume.projected.sources.filter(
      (source: Draft) => source.configMap?.name !== 'openshift-service-ca.crt',
    )
  }
  for (const port of object.spec?.ports ?? []) delete port.nodePort
  delete object.status?.lastPhaseTransitionTime
  return object
}

describe('a new object', () => {
  it.each(
    CREATIONS.filter(({ exchange }) => exchange.response.code === 201).map((one) => ({
      name: `${one.file} #${one.index} ${one.exchange.request.body?.kind}`,
      ...one,
    })),
  )('$name comes out as recorded', ({ exchange }) => {
    const { object, errors, warnings } = create(exchange.request.body!)
    expect(errors).toEqual([])
    expect(plain(object)).toEqual(plain(exchange.response.body))
    const header = warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ')
    expect(header).toBe(exchange.response.warning ?? '')
  })
})

describe('a wrong object', () => {
  const refused = CREATIONS.filter(({ exchange }) => exchange.response.code === 422)

  it('is recorded often enough to be worth comparing', () => {
    expect(refused.length).toBeGreaterThan(55)
  })

  it.each(
    refused.map((one) => ({
      name: `${one.file} #${one.index} ${one.exchange.response.body.details.causes[0].field}`,
      ...one,
    })),
  )('$name is refused in the recorded words', ({ exchange }) => {
    const { errors } = create(exchange.request.body!)
    const causes = errors.map(({ type, field, message }) => ({ reason: type, field, message }))
    expect(causes).toEqual(exchange.response.body.details.causes)
  })
})
