import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { ApiServer, type AuditEntry } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { TimingProfile } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { describe, expect, it } from 'vitest'
import { type Answer, TestWorld, type WorldResource } from './test-world.ts'

// Replays what tools/recordings/check-controller.mjs replays on a served cluster, and compares as
// it does: each controller's writes in order, refusals, the state at rest. Events on top of that.

type Recorded = {
  readonly name: string
  readonly bind: boolean
  readonly settleSeconds?: number
  readonly steps: readonly RecordedStep[]
}

type RecordedStep = {
  // eslint-disable-next-line typescript/no-explicit-any -- a step is one of many shapes
  readonly step: any
  readonly error?: unknown
  readonly writes: readonly Write[]
  readonly order: 'exact' | 'any' | 'unstable'
  readonly events: readonly RecordedEvent[]
  readonly state: unknown
  readonly stateStable: boolean
}

type Write = {
  by: string
  verb: string
  resource: string
  name: string
  revision?: string
  failed?: unknown
}

type RecordedEvent = { reason: string; type: string; message: string; object: string }

const ROOT = new URL('../../../../tools/recordings/', import.meta.url)
const NOT_YET = readJson<readonly string[]>(
  new URL('controller-recordings.not-yet.json', import.meta.url),
)
const FOLDERS = [
  { folder: 'controller', featureGates: {} },
  { folder: 'controller-gate-on', featureGates: { MaxUnavailableStatefulSet: true } },
]

for (const { folder, featureGates } of FOLDERS) {
  describe(`recordings in ${folder}`, () => {
    const files = recordingsIn(folder)
    let matching = 0

    it.each(files)('%s', (file) => {
      const recorded = readJson<Recorded>(new URL(`${folder}/${file}`, ROOT))
      const faults = replay(recorded, featureGates)
      if (faults.length === 0) matching++
      if (!NOT_YET.includes(`${folder}/${file}`)) expect(faults).toEqual([])
      else if (faults.length === 0) console.log(`${file} matches now: take it off the list`)
    })

    it('is complete', () => {
      console.log(`${folder}: ${matching} of ${files.length} scenarios as recorded`)
      expect(files.length).toBe(folder === 'controller' ? 54 : 5)
      expect(existsSync(new URL('README.md', ROOT))).toBe(true)
    })
  })
}

describe('recorded deletions', () => {
  const files = recordingsIn('controller').filter((file) => file.startsWith('delete-'))

  it.each(files)('%s, however unevenly the caches lag behind', (file) => {
    const recorded = readJson<Recorded>(new URL(`controller/${file}`, ROOT))
    for (let seed = 1; seed <= 10; seed++)
      expect(replay(recorded, {}, { seed, profile: 'kind' })).toEqual([])
  })

  it('are of each propagation policy', () => {
    expect(files).toHaveLength(3)
  })
})

function recordingsIn(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT)).filter((file) => file.endsWith('.json'))
}

const CONTROLLERS: Readonly<Record<string, string>> = {
  'system:serviceaccount:kube-system:statefulset-controller': 'statefulset',
  'system:serviceaccount:kube-system:generic-garbage-collector': 'garbage-collector',
  'system:serviceaccount:kube-system:pvc-protection-controller': 'pvc-protection',
}
const BINDING_DELAY_MS = 20
const SLICE_MS = 30
const QUIET_MS = 300

function replay(
  recorded: Recorded,
  featureGates: Readonly<Record<string, boolean>>,
  { seed, profile }: { seed: number; profile: TimingProfile } = { seed: 1, profile: 'instant' },
): string[] {
  const simulation = new Simulation({ seed })
  const server = new ApiServer({
    simulation,
    resources: resourceDefinitions,
    featureGates,
  })
  const world = new TestWorld({ simulation, call: server.call, featureGates, profile })
  let writes: Write[] = []
  const events: RecordedEvent[] = []
  let lastWriteAt = 0
  server.onWrite((entry) => {
    const write = writeOf(entry)
    if (write === undefined) return
    lastWriteAt = simulation.now
    if (write !== 'uncounted') writes.push(write)
  })
  server.onChange(({ type, resource, object }) => {
    if (resource === 'events' && type !== 'DELETED') events.push(eventOf(object))
    if (!recorded.bind || resource !== 'pods' || type !== 'ADDED') return
    const bind = () => world.bind(object.metadata.name)
    simulation.after(BINDING_DELAY_MS, bind, { label: 'bind' })
  })
  simulation.runFor(1000)

  const parallel = recorded.steps.some(
    ({ step }) => step.create?.spec?.podManagementPolicy === 'Parallel',
  )
  const settleMs = Math.max(QUIET_MS, (recorded.settleSeconds ?? 0) * 1000)
  const faults: string[] = []
  for (const [index, want] of recorded.steps.entries()) {
    writes = []
    const answer = act(world, want.step)
    lastWriteAt = simulation.now
    while (simulation.now - lastWriteAt < settleMs) simulation.runFor(SLICE_MS)
    const fault = [
      ...compareWrites(want, writes, parallel),
      ...difference(canonical(want.error), refusal(answer), 'error'),
      ...(want.stateStable
        ? difference(canonical(want.state), canonical(stateOf(world)), 'state')
        : []),
    ]
    const told = JSON.stringify(want.step).slice(0, 120)
    faults.push(...fault.map((text) => `step ${index} ${told}\n${text}`))
  }
  return [...faults, ...compareEvents(recorded, events, parallel)]
}

function act(world: TestWorld, step: RecordedStep['step']): Answer {
  if (step.create !== undefined) {
    return world.create(PLURALS[step.create.kind] as WorldResource, step.create)
  }
  if (step.patch !== undefined) {
    const { resource, name, subresource, body, type = 'merge' } = step.patch
    return world.request('PATCH', world.path(resource, name, subresource), body, PATCH_TYPES[type])
  }
  if (step.delete !== undefined) {
    return world.delete(step.delete.resource, step.delete.name, step.delete.options)
  }
  if (step.scale !== undefined) {
    const { name, replicas } = step.scale
    return world.patch('statefulsets', name, { spec: { replicas } }, 'scale')
  }
  if (step.wait !== undefined) {
    world.simulation.runFor(step.wait * 1000)
    return { code: 200, body: {} }
  }
  if (step.to === 'gone') return world.delete('pods', step.pod, { gracePeriodSeconds: 0 })
  return world.setPodState(step.pod, step.to)
}

const PLURALS: Readonly<Record<string, WorldResource>> = {
  Pod: 'pods',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  Service: 'services',
  StatefulSet: 'statefulsets',
  ControllerRevision: 'controllerrevisions',
  PodDisruptionBudget: 'poddisruptionbudgets',
}
const PATCH_TYPES: Readonly<Record<string, string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
}

/** A write of the controllers; `uncounted` where the recordings leave it out. */
function writeOf(entry: AuditEntry): Write | 'uncounted' | undefined {
  const by = CONTROLLERS[entry.user]
  const { resource, subresource, name } = entry.objectRef
  if (by === undefined || resource === 'events') return undefined
  if (entry.code === 409 && entry.verb !== 'create') return 'uncounted'
  if (resource === 'statefulsets' && subresource === 'status') return 'uncounted'
  // The audit log holds what travelled: objects of the written kind.
  const sent = entry.requestObject as { metadata?: { name?: string } } | undefined
  const stored = entry.responseObject as
    | { metadata?: { name?: string; labels?: Record<string, string> } }
    | undefined
  const write: Write = {
    by,
    verb: entry.verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name: name ?? stored?.metadata?.name ?? sent?.metadata?.name ?? '',
  }
  const revision = stored?.metadata?.labels?.['controller-revision-hash']
  if (
    entry.verb === 'create' &&
    resource === 'pods' &&
    entry.code < 300 &&
    revision !== undefined
  ) {
    write.revision = revision
  }
  if (entry.code >= 300) {
    write.failed = { code: entry.code, reason: entry.reason, message: entry.message }
  }
  return write
}

function compareWrites(want: RecordedStep, writes: readonly Write[], parallel: boolean): string[] {
  if (want.order === 'unstable') return []
  let recorded = want.writes.map(writeKey)
  let got = writes.map(writeKey)
  // Retries of a failing call come at their own pace.
  if (want.writes.some(({ failed }) => failed !== undefined)) {
    recorded = [...new Set(recorded)]
    got = [...new Set(got)]
  }
  const inOrder = (keys: string[]) =>
    want.order === 'any' || parallel ? keys.toSorted() : keys.toSorted(byController)
  return difference(inOrder(recorded), inOrder(got), 'writes')
}

function writeKey({ by, verb, resource, name, revision, failed }: Write): string {
  return JSON.stringify({ by, verb, resource, name, revision, failed })
}

// Controllers run side by side: each one's own order counts.
function byController(a: string, b: string): number {
  return JSON.parse(a).by.localeCompare(JSON.parse(b).by)
}

function refusal({ code, body }: Answer): unknown {
  if (code < 400) return undefined
  return canonical({
    code,
    reason: body.reason,
    message: body.message,
    details: body.details,
  })
}

function eventOf(object: object): RecordedEvent {
  const event = object as {
    reason: string
    type: string
    message: string
    involvedObject: { kind: string; name: string }
  }
  const { reason, type, message, involvedObject } = event
  return { reason, type, message, object: `${involvedObject.kind}/${involvedObject.name}` }
}

// Which of many similar texts a combined event shows depends on when one looks; and which of those
// of a burst come before the tenth, on which of its concurrent writes was first.
function compareEvents(
  recorded: Recorded,
  events: readonly RecordedEvent[],
  parallel: boolean,
): string[] {
  const texts = (all: readonly RecordedEvent[]) => {
    const keys = all.map(({ type, reason, object, message }) => {
      const text = message.startsWith('(combined') ? '(combined)' : message
      const told = parallel ? text.replaceAll(/web-\d+/g, 'web-N') : text
      return `${type} ${reason} ${object}: ${told}`
    })
    return [...new Set(keys)].toSorted()
  }
  return difference(texts(recorded.steps.flatMap((step) => step.events)), texts(events), 'events')
}

const DROPPED = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'deletionTimestamp',
  'lastTransitionTime',
  'startTime',
  'lastProbeTime',
  'eventTime',
  'firstTimestamp',
  'lastTimestamp',
])

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => !DROPPED.has(key) && child !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, canonical(child)]),
  )
}

function stateOf(world: TestWorld): unknown {
  return {
    statefulsets: world
      .list('statefulsets')
      .map(({ metadata, spec, status }) =>
        canonical({
          name: metadata.name,
          generation: metadata.generation,
          deleting: metadata.deletionTimestamp !== undefined,
          finalizers: metadata.finalizers,
          replicas: spec.replicas,
          status,
        }),
      )
      .sort(byName),
    pods: world.list('pods').map(podState).sort(byName),
    persistentvolumeclaims: world
      .list('persistentvolumeclaims')
      .map(({ metadata, spec }) => canonical({ ...metaState(metadata), spec }))
      .sort(byName),
    controllerrevisions: world
      .list('controllerrevisions')
      .sort((a, b) => a.revision - b.revision || a.metadata.name.localeCompare(b.metadata.name))
      .map(({ metadata, revision, data }) => {
        const { name, labels, annotations, ownerReferences } = metadata
        return canonical({ name, revision, labels, annotations, ownerReferences, data })
      }),
  }
}

// eslint-disable-next-line typescript/no-explicit-any -- metadata as the server answers it
function metaState(metadata: any) {
  const { name, labels, annotations, ownerReferences, finalizers } = metadata
  const deleting = metadata.deletionTimestamp !== undefined
  return { name, labels, annotations, ownerReferences, finalizers, deleting }
}

function podState({ metadata, spec, status }: Answer['body']): unknown {
  const volumes = spec.volumes?.filter(
    ({ name }: { name: string }) => !name.startsWith('kube-api-access-'),
  )
  return canonical({
    ...metaState(metadata),
    hostname: spec.hostname,
    subdomain: spec.subdomain,
    volumes: volumes?.length === 0 ? undefined : volumes,
    images: spec.containers.map(({ image }: { image: string }) => image),
    phase: status.phase,
    ready: (status.conditions ?? []).some(
      (one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True',
    ),
  })
}

function byName(a: unknown, b: unknown): number {
  const [left, right] = [a as { name: string }, b as { name: string }]
  return left.name.localeCompare(right.name, 'en', { numeric: true })
}

function difference(want: unknown, got: unknown, path: string): string[] {
  if (JSON.stringify(want) === JSON.stringify(got)) return []
  if (isContainer(want) && isContainer(got) && Array.isArray(want) === Array.isArray(got)) {
    const keys = new Set([...Object.keys(want), ...Object.keys(got)])
    const found = [...keys].flatMap((key) => difference(want[key], got[key], `${path}/${key}`))
    return found.length > 0 ? found : [`${path}: members in another order`]
  }
  return [`${path}: recorded ${JSON.stringify(want)}, got ${JSON.stringify(got)}`]
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function readJson<T>(url: URL): T {
  return JSON.parse(readFileSync(url, 'utf8')) as T
}
