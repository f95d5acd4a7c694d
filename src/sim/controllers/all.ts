import { startRootCACertificatePublisher } from './certificates/root-ca-cert-publisher.ts'
import { startServiceCACertificatePublisher } from './certificates/service-ca-cert-publisher.ts'
import type { ControllerContext } from './context.ts'
import { startDeploymentController } from './deployment/deployment-controller.ts'
import { startDisruptionController } from './disruption/disruption-controller.ts'
import { startEndpointsController } from './endpoint/endpoints-controller.ts'
import { startEndpointSliceController } from './endpointslice/endpointslice-controller.ts'
import { startGarbageCollectorController } from './garbagecollector/garbage-collector.ts'
import { startNamespaceController } from './namespace/namespace-controller.ts'
import { startNodeLifecycleController } from './nodelifecycle/node-lifecycle-controller.ts'
import { startPodGCController } from './podgc/pod-gc-controller.ts'
import { startReplicaSetController } from './replicaset/replica-set-controller.ts'
import { startResourceQuotaController } from './resourcequota/resource-quota-controller.ts'
import { startServiceAccountController } from './serviceaccount/serviceaccounts-controller.ts'
import { startTaintEvictionController } from './tainteviction/taint-eviction-controller.ts'
import { startStatefulSetController } from './statefulset/stateful-set-controller.ts'
import { startAttachDetachController } from './volume/attachdetach/attach-detach-controller.ts'
import { startEphemeralVolumeController } from './volume/ephemeral/ephemeral-volume-controller.ts'
import { startExpandController } from './volume/expand/expand-controller.ts'
import { startPersistentVolumeController } from './volume/persistentvolume/pv-controller.ts'
import { startPVCProtectionController } from './volume/pvcprotection/pvc-protection-controller.ts'
import { startPVProtectionController } from './volume/pvprotection/pv-protection-controller.ts'

export type Controller = {
  /** As the real controller manager names it, without `-controller`. */
  readonly name: string
  readonly start: (context: ControllerContext) => void
}

/** What the controller manager runs. Start all, then the context's informers. */
export const controllers: readonly Controller[] = [
  { name: 'statefulset', start: startStatefulSetController },
  { name: 'serviceaccount', start: startServiceAccountController },
  { name: 'root-ca-certificate-publisher', start: startRootCACertificatePublisher },
  { name: 'service-ca-certificate-publisher', start: startServiceCACertificatePublisher },
  { name: 'namespace', start: startNamespaceController },
  { name: 'garbage-collector', start: startGarbageCollectorController },
  { name: 'endpointslice', start: startEndpointSliceController },
  { name: 'endpoints', start: startEndpointsController },
  { name: 'persistentvolume-binder', start: startPersistentVolumeController },
  { name: 'persistentvolumeclaim-protection', start: startPVCProtectionController },
  { name: 'persistentvolume-protection', start: startPVProtectionController },
  {
    name: 'persistentvolume-attach-detach',
    start: (context) => startAttachDetachController(context),
  },
  { name: 'ephemeral-volume', start: startEphemeralVolumeController },
  { name: 'persistentvolume-expander', start: startExpandController },
  { name: 'disruption', start: startDisruptionController },
  { name: 'replicaset', start: startReplicaSetController },
  { name: 'deployment', start: startDeploymentController },
  { name: 'node-lifecycle', start: startNodeLifecycleController },
  { name: 'taint-eviction', start: startTaintEvictionController },
  { name: 'pod-garbage-collector', start: startPodGCController },
  { name: 'resourcequota', start: startResourceQuotaController },
]
