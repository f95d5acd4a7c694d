import type { Endpoint } from 'kubernetes-types/discovery/v1'
import type { EndpointSlice, Node, Pod, Service } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { WrittenObjects } from '../written-objects.ts'
import { ServicePods } from '../endpoint/service-pods.ts'
import {
  type EndpointPort,
  endpointPorts,
  hasEndpoint,
  isHeadless,
} from '../endpoint/service-ports.ts'
import { LAST_CHANGE_TRIGGER_TIME, TriggerTimes } from '../endpoint/trigger-times.ts'
import { newEndpoint } from './endpoint.ts'
import { type EndpointGroup, planSlices, type SliceContent } from './slice-plan.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const MANAGER = 'endpointslice-controller.k8s.io'
const HEADLESS = 'service.kubernetes.io/headless'
const SERVICE_INDEX = 'service'
/** Large Services change by the dozen: their changes are gathered for a while. */
const LARGE = 500
/** A pass looks at every Pod of the Service, and while it does more may happen. */
const PASS_MS_PER_POD = 0.1
const BATCH_MS_MAX = 1000

/**
 * Tells of each Service which addresses stand behind it, in slices of a hundred.
 *
 * Upstream: pkg/controller/endpointslice. Simplified: IPv4 only, no topology hints.
 */
export function startEndpointSliceController(context: ControllerContext): void {
  const { simulation, informers } = context
  const services = informers.for('services')
  const nodes = informers.for('nodes')
  const slices = informers.for('endpointslices')
  slices.addIndex(SERVICE_INDEX, (slice) => {
    const name = slice.metadata.labels?.[SERVICE_NAME]
    const isOurs = slice.metadata.labels?.[MANAGED_BY] === MANAGER
    return isOurs && name !== undefined ? [`${slice.metadata.namespace}/${name}`] : []
  })
  const client = context
    .clientFor(serviceAccount('endpointslice-controller'), 'endpointslice-controller')
    .resource('endpointslices')
  const recorder = context.recorderFor('endpoint-slice-controller')
  const triggerTimes = new TriggerTimes()
  const written = new WrittenObjects(slices)
  /** The resource version of our last write to each slice: up to it, a change is our own. */
  const latest = new Map<string, string>()
  /** What was created and is not in the cache yet, by Service: the next pass waits for it. */
  const expected = new Map<string, Set<string>>()
  const postponed = new Set<string>()
  const published = new WeakMap<Pod, Published>()
  const same = new WeakMap<Endpoint, Endpoint>()

  const queue = createReconciler(simulation, {
    name: 'endpointslice',
    sync,
    passMs: (key) => members.count(key) * PASS_MS_PER_POD,
    onError: (key, error) => {
      const service = services.getByKey(key)
      if (service === undefined || isStatusReason(error, 'Conflict', 'NotFound')) return
      recorder.record(service, {
        type: 'Warning',
        reason: 'FailedToUpdateEndpointSlices',
        message: `Error updating Endpoint Slices for Service ${key}: ${error.message}`,
      })
    },
  })
  const members = new ServicePods(services, informers.for('pods'), enqueue)

  function enqueue(key: string): void {
    const count = members.count(key)
    if (count > LARGE) queue.addAfter(key, Math.min(count, BATCH_MS_MAX))
    else queue.add(key)
  }

  function sync(key: string): void {
    const service = services.getByKey(key)
    if (service === undefined) {
      triggerTimes.forget(key)
      members.takeChanges(key)
      expected.delete(key)
      return
    }
    if (service.spec?.type === 'ExternalName' || (service.spec?.selector ?? null) === null) return
    // A pass that does not see what the last one created would create it again.
    if ((expected.get(key)?.size ?? 0) > 0) {
      postponed.add(key)
      return
    }
    const triggerTime = triggerTimes.next(service, members.takeChanges(key))
    const labels = labelsOf(service)
    const existing = slices
      .byIndex(SERVICE_INDEX, key)
      .map((slice) => written.get(objectKey(slice)) ?? slice)
      .filter((slice) => slice.metadata.deletionTimestamp === undefined)
    const plan = planSlices(
      existing,
      groupsOf(service),
      (slice) => !semanticallyEqual(slice.metadata.labels, labels),
      same,
    )
    for (const content of plan.create) create(key, service, content, { labels, triggerTime })
    for (const { slice, content } of plan.update) update(slice, content, { labels, triggerTime })
    for (const slice of plan.delete) remove(slice)
  }

  function groupsOf(service: Service): readonly EndpointGroup[] {
    const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>()
    for (const pod of members.podsOf(objectKey(service))) {
      if (!hasEndpoint(pod)) continue
      const node = nodes.get(pod.spec?.nodeName ?? '')
      // Its node is gone, and with it whatever answered there.
      if (pod.spec?.nodeName !== undefined && node === undefined) continue
      const { ports, portsKey, endpoint } = publishedOf(service, pod, node)
      let group = groups.get(portsKey)
      if (group === undefined) {
        group = { ports, endpoints: [] }
        groups.set(portsKey, group)
      }
      group.endpoints.push(endpoint)
    }
    return [...groups.values()]
  }

  // A pass is mostly due to one Pod's change: what is said of the others is not made anew.
  function publishedOf(service: Service, pod: Pod, node: Node | undefined): Published {
    const known = published.get(pod)
    if (known !== undefined && known.service === service && known.node === node) return known
    const ports = endpointPorts(service, pod)
    const made: Published = {
      service,
      node,
      ports,
      portsKey: JSON.stringify(ports),
      endpoint: newEndpoint(service, pod, node),
    }
    published.set(pod, made)
    return made
  }

  type Metadata = {
    readonly labels: Readonly<Record<string, string>>
    readonly triggerTime: string | undefined
  }

  function create(key: string, service: Service, content: SliceContent, about: Metadata): void {
    const { name, namespace, uid } = service.metadata
    const { labels, triggerTime } = about
    try {
      const created = client.create({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          generateName: `${name}-`,
          ...(namespace === undefined ? {} : { namespace }),
          labels,
          ...(triggerTime === undefined
            ? {}
            : { annotations: { [LAST_CHANGE_TRIGGER_TIME]: triggerTime } }),
          ownerReferences: [
            {
              apiVersion: 'v1',
              kind: 'Service',
              name,
              uid,
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        addressType: 'IPv4',
        // An empty slice says null, which the type has no word for.
        endpoints: content.endpoints as never,
        ports: content.ports as never,
      })
      const awaited = expected.get(key) ?? new Set()
      expected.set(key, awaited.add(created.metadata.name))
    } catch (error) {
      // A namespace on its way out takes nothing new; the Service goes with it.
      if (!isStatusReason(error, 'Forbidden')) throw error
    }
  }

  function update(slice: EndpointSlice, content: SliceContent, about: Metadata): void {
    const { [LAST_CHANGE_TRIGGER_TIME]: _old, ...kept } = slice.metadata.annotations ?? {}
    const annotations =
      about.triggerTime === undefined
        ? kept
        : { ...kept, [LAST_CHANGE_TRIGGER_TIME]: about.triggerTime }
    const { annotations: _annotations, ...metadata } = slice.metadata
    const stored = client.update({
      ...slice,
      metadata: {
        ...metadata,
        labels: about.labels,
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      },
      endpoints: content.endpoints as never,
      ports: content.ports as never,
    })
    written.put(stored)
    latest.set(objectKey(stored), stored.metadata.resourceVersion)
  }

  function remove({ metadata }: EndpointSlice): void {
    try {
      client.delete(metadata.name, metadata.namespace)
    } catch (error) {
      if (!isStatusReason(error, 'NotFound')) throw error
    }
  }

  /** A slice that is not as it was left, or the one a postponed pass waits for. */
  const onSlice = (slice: EndpointSlice, isOurWrite: boolean): void => {
    const name = slice.metadata.labels?.[SERVICE_NAME]
    if (name === undefined || slice.metadata.labels?.[MANAGED_BY] !== MANAGER) return
    const key = `${slice.metadata.namespace}/${name}`
    const awaited = expected.get(key)
    const wasAwaited = awaited?.delete(slice.metadata.name) === true
    const isUnblocked = (awaited?.size ?? 0) === 0 && postponed.delete(key)
    if (isUnblocked || !(isOurWrite || wasAwaited)) enqueue(key)
  }
  slices.onChange({
    added: (slice) => onSlice(slice, false),
    updated: (old, slice) => {
      const [before, now] = [latest.get(objectKey(slice)), slice.metadata.resourceVersion]
      onSlice(slice, before !== undefined && Number(now) <= Number(before))
      if (old.metadata.labels !== slice.metadata.labels) onSlice(old, true)
    },
    deleted: (slice) => {
      latest.delete(objectKey(slice))
      onSlice(slice, false)
    },
  })
}

/** What a Service's slices say of a Pod, and what that depends on. */
type Published = {
  readonly service: Service
  readonly node: Node | undefined
  readonly ports: readonly EndpointPort[]
  readonly portsKey: string
  readonly endpoint: Endpoint
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  const own: Record<string, string> = {}
  for (const [key, value] of Object.entries(service.metadata.labels ?? {})) {
    // These tell of the slice, whatever the Service says of itself.
    if (key !== SERVICE_NAME && key !== MANAGED_BY && key !== HEADLESS) own[key] = value
  }
  return {
    ...own,
    [MANAGED_BY]: MANAGER,
    [SERVICE_NAME]: service.metadata.name,
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
  }
}
