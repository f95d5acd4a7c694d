import type { Endpoint } from 'kubernetes-types/discovery/v1'
import type { Node, Pod, Service } from '#sim/apimachinery/kinds.ts'
import { isReady } from '../endpoint/service-pods.ts'
import { endpointHostname } from '../endpoint/service-ports.ts'

const ZONE = 'topology.kubernetes.io/zone'

/** What a Service's slices say of one of its Pods. */
export function newEndpoint(service: Service, pod: Pod, node: Node | undefined): Endpoint {
  const serving = isReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const publishesAll = service.spec?.publishNotReadyAddresses === true
  const hostname = endpointHostname(service, pod)
  const zone = node?.metadata.labels?.[ZONE]
  const { name, namespace, uid } = pod.metadata
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready: publishesAll || (serving && !terminating), serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    ...(zone === undefined ? {} : { zone }),
  }
}
