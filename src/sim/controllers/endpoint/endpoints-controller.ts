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
/** A pass looks at every Pod of the Service, and while it does more may happen. */
const PASS_MS_PER_POD = 0.1
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
  const published = new WeakMap<Pod, Published>()

  const queue = createReconciler(simulation, {
    name: 'endpoints',
    sync,
    passMs: (key) => members.count(key) * PASS_MS_PER_POD,
  })
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
      members.takeChanges(key)
      if (existing !== undefined) remove(existing)
      return
    }
    if (service.spec?.type === 'ExternalName' || (service.spec?.selector ?? null) === null) return
    const triggerTime = triggerTimes.next(service, members.takeChanges(key))
    const groups = groupsOf(service, members.podsOf(key))
    const subsets = groups.map(subsetOf)
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
    write(service, existing, { labels, groups, subsets, triggerTime })
  }

  /** Addresses by the ports they serve: one group for each set of ports. */
  function groupsOf(service: Service, pods: Iterable<Pod>): readonly Grouped[] {
    const publishesAll = service.spec?.publishNotReadyAddresses === true
    const groups = new Map<string, Grouped>()
    for (const pod of pods) {
      if (!hasEndpoint(pod)) continue
      if (pod.metadata.deletionTimestamp !== undefined && !publishesAll) continue
      const one = publishedOf(service, pod)
      if (one.ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue
      let group = groups.get(one.portsKey)
      if (group === undefined) {
        group = { ports: one.ports, ready: [], notReady: [] }
        groups.set(one.portsKey, group)
      }
      const list = publishesAll || one.isReady ? group.ready : group.notReady
      list.push(one)
    }
    return [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { ports, ready, notReady }]) => ({
        ports,
        ready: ready.sort(byIp),
        notReady: notReady.sort(byIp),
      }))
  }

  // A pass is mostly due to one Pod's change: what is said of the others is not made anew.
  function publishedOf(service: Service, pod: Pod): Published {
    const known = published.get(pod)
    if (known?.service === service) return known
    const ports = endpointPorts(service, pod)
    const made = {
      service,
      ports,
      portsKey: JSON.stringify(ports),
      isReady: isReady(pod),
      ipNumber: ipNumber(pod.status?.podIP ?? ''),
      address: addressOf(service, pod),
    }
    published.set(pod, made)
    return made
  }

  function write(
    service: Service,
    existing: Endpoints | undefined,
    wanted: {
      readonly labels: Readonly<Record<string, string>>
      readonly groups: readonly Grouped[]
      readonly subsets: readonly EndpointSubset[]
      readonly triggerTime: string | undefined
    },
  ): void {
    const { labels, groups, subsets, triggerTime } = wanted
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
        takeStored(groups, stored)
      }
    } catch (error) {
      // A namespace on its way out takes nothing new; the Service goes with it.
      if (!isStatusReason(error, 'Forbidden')) throw error
    }
  }

  // From now on what is said of a Pod is what the server stored: it finds that out at a glance.
  // The server keeps the order, and of too many leaves out the last ones.
  function takeStored(groups: readonly Grouped[], { subsets = [] }: Endpoints): void {
    const take = (known: readonly Published[], stored: readonly EndpointAddress[] = []): void => {
      for (const [index, address] of stored.entries()) {
        const one = known[index]
        if (one?.address.targetRef?.uid === address.targetRef?.uid && one !== undefined)
          one.address = address
      }
    }
    for (const [index, { ready, notReady }] of groups.entries()) {
      take(ready, subsets[index]?.addresses)
      take(notReady, subsets[index]?.notReadyAddresses)
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

/** What a Service's Endpoints say of a Pod, and what they are sorted and grouped by. */
type Published = {
  readonly service: Service
  readonly ports: readonly EndpointPort[]
  readonly portsKey: string
  readonly isReady: boolean
  readonly ipNumber: number
  address: EndpointAddress
}

type Grouped = {
  readonly ports: readonly EndpointPort[]
  readonly ready: Published[]
  readonly notReady: Published[]
}

function byIp(a: Published, b: Published): number {
  return a.ipNumber - b.ipNumber
}

function subsetOf({ ports, ready, notReady }: Grouped): EndpointSubset {
  return {
    ...(ready.length === 0 ? {} : { addresses: addressesOf(ready) }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: addressesOf(notReady) }),
    ...(ports.length === 0 ? {} : { ports: ports.map(withoutEmptyName) }),
  }
}

function addressesOf(all: readonly Published[]): EndpointAddress[] {
  return all.map(({ address }) => address)
}

/** So that addresses sort as numbers; 10.0.0.9 comes before 10.0.0.10. */
function ipNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
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
