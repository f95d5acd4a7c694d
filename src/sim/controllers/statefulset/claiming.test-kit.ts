import type { OwnerReference } from 'kubernetes-types/meta/v1'
import { expect } from 'vitest'
import type { Answer } from './test-world.ts'
import { ScenarioWorld, statefulSet } from './scenario-world.test-kit.ts'

type Labels = Readonly<Record<string, string>>
const NGINX: Labels = { app: 'nginx' }

/** A world without sets, whose Pods nobody binds. */
export function emptyWorld(): ScenarioWorld {
  return new ScenarioWorld({}, { empty: true, binds: false, name: 'foo' })
}

/** Sets of the given names; where no selector is given they select the same Pods. */
export function worldOf(names: readonly string[], spec: object = { replicas: 0 }): ScenarioWorld {
  const scenario = emptyWorld()
  for (const name of names) createSet(scenario, name, spec)
  scenario.settle()
  return scenario
}

export function createSet({ world }: ScenarioWorld, name: string, spec: object): Answer['body'] {
  const { code, body } = world.create('statefulsets', statefulSet(name, spec))
  expect(code, JSON.stringify(body)).toBe(201)
  return body
}

export function controlledBy(owner: Answer['body']): OwnerReference {
  const { apiVersion, kind, metadata } = owner
  const { name, uid } = metadata
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }
}

/** Somebody real, so that the collector lets the reference be; a manager of nothing. */
export function otherOwner({ world }: ScenarioWorld): OwnerReference {
  const { body } = world.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'other' },
    spec: { clusterIP: 'None', ports: [{ port: 80 }] },
  })
  return { apiVersion: 'v1', kind: 'Service', name: 'other', uid: body.metadata.uid }
}

type Ownership = {
  readonly labels?: Labels
  readonly owners?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

export function createPod(
  scenario: ScenarioWorld,
  name: string,
  { labels = NGINX, owners = [], finalizers = [] }: Ownership = {},
): Answer['body'] {
  return scenario.createPod(name, { labels, ownerReferences: owners, finalizers })
}

export function createRevision(
  { world }: ScenarioWorld,
  name: string,
  { labels = NGINX, owners = [] }: Ownership = {},
  revision = 1,
): void {
  const { code, body } = world.create('controllerrevisions', {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name, labels, ownerReferences: owners },
    data: { spec: { template: { metadata: { labels: { of: name } } } } },
    revision,
  })
  expect(code, JSON.stringify(body)).toBe(201)
}

export const ownersOf = (object: Answer['body']): string[] =>
  (object.metadata.ownerReferences ?? []).map(({ name }: OwnerReference) => name)
