import type * as apps from 'kubernetes-types/apps/v1'
import type * as coordination from 'kubernetes-types/coordination/v1'
import type * as core from 'kubernetes-types/core/v1'
import type * as discovery from 'kubernetes-types/discovery/v1'
import type * as policy from 'kubernetes-types/policy/v1'
import type * as scheduling from 'kubernetes-types/scheduling/v1'
import type * as storage from 'kubernetes-types/storage/v1'
import type { KubeObject } from './objects.ts'

/** A kind as it is read from the server: its metadata is complete, and nothing may be changed. */
type Stored<T> = KubeObject & Omit<T, 'apiVersion' | 'kind' | 'metadata'>

export type Pod = Stored<core.Pod>
export type Node = Stored<core.Node>
export type Namespace = Stored<core.Namespace>
export type Service = Stored<core.Service>
export type ServiceAccount = Stored<core.ServiceAccount>
export type ConfigMap = Stored<core.ConfigMap>
export type Secret = Stored<core.Secret>
export type Endpoints = Stored<core.Endpoints>
export type ResourceQuota = Stored<core.ResourceQuota>
export type Event = Stored<core.Event>
export type PersistentVolume = Stored<core.PersistentVolume>
export type PersistentVolumeClaim = Stored<core.PersistentVolumeClaim>
export type StatefulSet = Stored<apps.StatefulSet>
export type ControllerRevision = Stored<apps.ControllerRevision>
export type Deployment = Stored<apps.Deployment>
export type ReplicaSet = Stored<apps.ReplicaSet>
export type DaemonSet = Stored<apps.DaemonSet>
export type EndpointSlice = Stored<discovery.EndpointSlice>
export type Lease = Stored<coordination.Lease>
export type PodDisruptionBudget = Stored<policy.PodDisruptionBudget>
export type PriorityClass = Stored<scheduling.PriorityClass>
export type StorageClass = Stored<storage.StorageClass>
export type VolumeAttachment = Stored<storage.VolumeAttachment>

/** Where each resource lives and what it holds, by the plural that paths use. */
export type ResourceKinds = {
  pods: Pod
  nodes: Node
  namespaces: Namespace
  services: Service
  serviceaccounts: ServiceAccount
  configmaps: ConfigMap
  secrets: Secret
  endpoints: Endpoints
  resourcequotas: ResourceQuota
  events: Event
  persistentvolumes: PersistentVolume
  persistentvolumeclaims: PersistentVolumeClaim
  statefulsets: StatefulSet
  controllerrevisions: ControllerRevision
  deployments: Deployment
  replicasets: ReplicaSet
  daemonsets: DaemonSet
  endpointslices: EndpointSlice
  leases: Lease
  poddisruptionbudgets: PodDisruptionBudget
  priorityclasses: PriorityClass
  storageclasses: StorageClass
  volumeattachments: VolumeAttachment
}

export type ResourceName = keyof ResourceKinds

export const RESOURCE_PATHS = {
  pods: { prefix: '/api/v1', namespaced: true, kind: 'Pod', apiVersion: 'v1' },
  nodes: { prefix: '/api/v1', namespaced: false, kind: 'Node', apiVersion: 'v1' },
  namespaces: { prefix: '/api/v1', namespaced: false, kind: 'Namespace', apiVersion: 'v1' },
  services: { prefix: '/api/v1', namespaced: true, kind: 'Service', apiVersion: 'v1' },
  serviceaccounts: {
    prefix: '/api/v1',
    namespaced: true,
    kind: 'ServiceAccount',
    apiVersion: 'v1',
  },
  configmaps: { prefix: '/api/v1', namespaced: true, kind: 'ConfigMap', apiVersion: 'v1' },
  secrets: { prefix: '/api/v1', namespaced: true, kind: 'Secret', apiVersion: 'v1' },
  endpoints: { prefix: '/api/v1', namespaced: true, kind: 'Endpoints', apiVersion: 'v1' },
  resourcequotas: { prefix: '/api/v1', namespaced: true, kind: 'ResourceQuota', apiVersion: 'v1' },
  events: { prefix: '/api/v1', namespaced: true, kind: 'Event', apiVersion: 'v1' },
  persistentvolumes: {
    prefix: '/api/v1',
    namespaced: false,
    kind: 'PersistentVolume',
    apiVersion: 'v1',
  },
  persistentvolumeclaims: {
    prefix: '/api/v1',
    namespaced: true,
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
  },
  statefulsets: appsResource('StatefulSet'),
  controllerrevisions: appsResource('ControllerRevision'),
  deployments: appsResource('Deployment'),
  replicasets: appsResource('ReplicaSet'),
  daemonsets: appsResource('DaemonSet'),
  endpointslices: groupResource('discovery.k8s.io/v1', 'EndpointSlice', true),
  leases: groupResource('coordination.k8s.io/v1', 'Lease', true),
  poddisruptionbudgets: groupResource('policy/v1', 'PodDisruptionBudget', true),
  priorityclasses: groupResource('scheduling.k8s.io/v1', 'PriorityClass', false),
  storageclasses: groupResource('storage.k8s.io/v1', 'StorageClass', false),
  volumeattachments: groupResource('storage.k8s.io/v1', 'VolumeAttachment', false),
} as const satisfies Record<ResourceName, ResourcePath>

export type ResourcePath = {
  readonly prefix: string
  readonly namespaced: boolean
  readonly kind: string
  readonly apiVersion: string
}

function appsResource(kind: string): ResourcePath {
  return groupResource('apps/v1', kind, true)
}

function groupResource(apiVersion: string, kind: string, namespaced: boolean): ResourcePath {
  return { prefix: `/apis/${apiVersion}`, namespaced, kind, apiVersion }
}
