import type { ResourceDefinition } from '../resource.ts'
import { configMap } from './configmap.ts'
import { controllerRevision } from './controllerrevision.ts'
import { daemonSet } from './daemonset.ts'
import { deployment } from './deployment.ts'
import { endpoints } from './endpoints.ts'
import { endpointSlice } from './endpointslice.ts'
import { event, eventsEvent } from './event.ts'
import { lease } from './lease.ts'
import { limitRange } from './limitrange.ts'
import { listedOnly } from './listed-only.ts'
import { namespace } from './namespace.ts'
import { node } from './node.ts'
import { persistentVolume } from './persistentvolume.ts'
import { persistentVolumeClaim } from './persistentvolumeclaim.ts'
import { pod } from './pod.ts'
import { podDisruptionBudget } from './poddisruptionbudget.ts'
import { priorityClass } from './priorityclass.ts'
import { replicaSet } from './replicaset.ts'
import { resourceQuota } from './resourcequota.ts'
import { secret } from './secret.ts'
import { service } from './service.ts'
import { serviceAccount } from './serviceaccount.ts'
import { statefulSet } from './statefulset.ts'
import { storageClass } from './storageclass.ts'
import { volumeAttachment } from './volumeattachment.ts'

/**
 * Every kind that the server has. A new kind is a file beside this one and a line here. Groups
 * stand in the order in which they are preferred for a bare name.
 */
export const resourceDefinitions: readonly ResourceDefinition[] = [
  configMap,
  endpoints,
  event,
  limitRange,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  pod,
  resourceQuota,
  secret,
  serviceAccount,
  service,
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  eventsEvent,
  podDisruptionBudget,
  storageClass,
  volumeAttachment,
  priorityClass,
  lease,
  endpointSlice,
  ...listedOnly,
]
