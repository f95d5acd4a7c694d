import type { EndpointAddress, EndpointSubset } from 'kubernetes-types/core/v1'
import type { Endpoints, Pod, Service } from '#sim/apimachinery/kinds.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { WrittenObjects } from '../written-objects.ts'
import { isReady, ServicePods } from './service-pods.ts'
import {
  endpointHostname,
  type EndpointPort,
  endpointPorts,
  hasEndpoint,
  isHeadless,
} from './service-ports.ts'
import { LAST_CHANGE_TRIGGER_TIME, TriggerTimes } from './trigger-times.ts'

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
const HEADLESS = 'service.kubernetes.io/headless'
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity'
const ADDRESSES_MAX = 1000
/** Large Services change by the dozen: their changes are gathered for a while. */
const LARGE = 500
const BATCH_MS_MAX = 1000

/** Upstream: pkg/controller/endpoint. */
export function startEndpointsController(context: ControllerContext): void {
  const { simulation, informers } = context
  const services = informers.for('services')
  const endpoints = informers.for('endpoints')
  const client = context
    .clientFor(serviceAccount('endpoint-controller'), 'endpoint-controller')
    .resource('endpoints')
  const written = new WrittenObjects(endpoints)
  const triggerTimes = new TriggerTimes()

  const queue = createReconciler(simulation, { name: 'endpoints', sync })
  const members = new ServicePods(services, informers.for('pods'), (key) => {
    const count = members.count(key)
    if (count > LARGE) queue.addAfter(key, Math.min(count, BATCH_MS_MAX))
    else queue.add(key)
  })

  function sync(key: string): void {
    const service = services.getByKey(key)
    const existing = written.get(key)
    if (service === undefined) {
      triggerTimes.forget(key)
      if (existing !== undefined) remove(existing)
      return
    }
    if (service.spec?.type === 'ExternalName' || (service.spec?.selector ?? null) === null) return
    const pods = members.podsOf(key)
    const triggerTime = triggerTimes.next(service, pods)
    const subsets = subsetsOf(service, pods)
    const labels = {
      ...service.metadata.labels,
      [MANAGED_BY]: 'endpoint-controller',
      ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
    }
    if (
      existing !== undefined &&
      semanticallyEqual(existing.subsets, subsets) &&
      semanticallyEqual(existing.metadata.labels, labels)
    )
      return
    write(service, existing, { labels, subsets, triggerTime })
  }

  function write(
    service: Service,
    existing: Endpoints | undefined,
    wanted: {
      readonly labels: Readonly<Record<string, string>>
      readonly subsets: readonly EndpointSubset[]
      readonly triggerTime: string | undefined
    },
  ): void {
    const { labels, subsets, triggerTime } = wanted
    const {
      [LAST_CHANGE_TRIGGER_TIME]: _time,
      [OVER_CAPACITY]: _over,
      ...kept
    } = existing?.metadata.annotations ?? {}
    const annotations = {
      ...kept,
      ...(triggerTime === undefined ? {} : { [LAST_CHANGE_TRIGGER_TIME]: triggerTime }),
      ...(addressCount(subsets) > ADDRESSES_MAX ? { [OVER_CAPACITY]: 'truncated' } : {}),
    }
    const hasAnnotations = Object.keys(annotations).length > 0
    const truncated = [...truncatedTo(ADDRESSES_MAX, subsets)]
    const { name, namespace } = service.metadata
    try {
      if (existing === undefined) {
        client.create({
          apiVersion: 'v1',
          kind: 'Endpoints',
          metadata: {
            name,
            ...(namespace === undefined ? {} : { namespace }),
            labels,
            ...(hasAnnotations ? { annotations } : {}),
          },
          subsets: truncated,
        })
      } else {
        const { annotations: _old, ...metadata } = existing.metadata
        const stored = client.update({
          ...existing,
          metadata: { ...metadata, labels, ...(hasAnnotations ? { annotations } : {}) },
          subsets: truncated,
        })
        written.put(stored)
      }
    } catch (error) {
      // A namespace on its way out takes nothing new; the Service goes with it.
      if (!isStatusReason(error, 'Forbidden')) throw error
    }
  }

  function remove({ metadata }: Endpoints): void {
    try {
      client.delete(metadata.name, metadata.namespace, { preconditions: { uid: metadata.uid } })
    } catch (error) {
      if (!isStatusReason(error, 'NotFound', 'Conflict')) throw error
    }
  }
}

type Grouped = {
  readonly ports: readonly EndpointPort[]
  readonly ready: EndpointAddress[]
  readonly notReady: EndpointAddress[]
}

/** Addresses by the ports they serve: one subset for each set of ports. */
function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const publishesAll = service.spec?.publishNotReadyAddresses === true
  const groups = new Map<string, Grouped>()
  for (const pod of pods) {
    if (!hasEndpoint(pod)) continue
    if (pod.metadata.deletionTimestamp !== undefined && !publishesAll) continue
    const ports = endpointPorts(service, pod)
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue
    const key = JSON.stringify(ports)
    let group = groups.get(key)
    if (group === undefined) {
      group = { ports, ready: [], notReady: [] }
      groups.set(key, group)
    }
    const addresses = publishesAll || isReady(pod) ? group.ready : group.notReady
    addresses.push(addressOf(service, pod))
  }
  return [...groups.keys()].toSorted().map((key) => {
    const { ports, ready, notReady } = groups.get(key) as Grouped // From the map itself.
    return {
      ...(ready.length === 0 ? {} : { addresses: ready.toSorted(byIp) }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.toSorted(byIp) }),
      ...(ports.length === 0 ? {} : { ports: ports.map(withoutEmptyName) }),
    }
  })
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const hostname = endpointHostname(service, pod)
  const { name, namespace, uid } = pod.metadata
  return {
    ip: pod.status?.podIP ?? '',
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  }
}

function withoutEmptyName({
  name,
  ...rest
}: EndpointPort): EndpointSubset['ports'] extends readonly (infer P)[] | undefined ? P : never {
  return name === '' ? rest : { name, ...rest }
}

function byIp(a: EndpointAddress, b: EndpointAddress): number {
  const left = a.ip.split('.').map(Number)
  const right = b.ip.split('.').map(Number)
  for (let at = 0; at < 4; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function addressCount(subsets: readonly EndpointSubset[]): number {
  return subsets.reduce(
    (sum, { addresses = [], notReadyAddresses = [] }) =>
      sum + addresses.length + notReadyAddresses.length,
    0,
  )
}

/** Ready addresses are kept before those that are not. */
function truncatedTo(most: number, subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  if (addressCount(subsets) <= most) return subsets
  const readyCount = subsets.reduce((sum, { addresses = [] }) => sum + addresses.length, 0)
  let readyLeft = Math.min(most, readyCount)
  let notReadyLeft = most - readyLeft
  return subsets.map(({ addresses = [], notReadyAddresses = [], ...rest }) => {
    const ready = addresses.slice(0, readyLeft)
    const notReady = notReadyAddresses.slice(0, notReadyLeft)
    readyLeft -= ready.length
    notReadyLeft -= notReady.length
    return {
      ...(ready.length === 0 ? {} : { addresses: ready }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
      ...rest,
    }
  })
}
