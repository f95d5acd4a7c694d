/** An object that a fresh cluster has before anyone uses it, and where it is posted. */
export type InitialObject = { readonly path: string; readonly body: unknown }

export type InitialOptions = {
  readonly dnsServiceIp: string
  readonly kubernetesServiceIp: string
  readonly controlPlaneIp: string
  /** The default storage class; undefined where nothing provisions. */
  readonly storageClass: StorageClassPlan | undefined
}

export type StorageClassPlan = {
  readonly name: string
  readonly provisioner: string
  readonly volumeBindingMode: 'Immediate' | 'WaitForFirstConsumer'
  readonly parameters?: Readonly<Record<string, string>>
}

/** What a new cluster holds, in the order of creation. */
export function initialObjects(options: InitialOptions): readonly InitialObject[] {
  return [
    ...['default', 'kube-system', 'kube-public', 'kube-node-lease'].map(newNamespace),
    newPriorityClass(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    newPriorityClass(
      'system-node-critical',
      2_000_001_000,
      'Used for system critical pods that must not be moved from their current node.',
    ),
    ...kubernetesService(options),
    ...dnsService(options),
    ...(options.storageClass === undefined ? [] : [newStorageClass(options.storageClass)]),
  ]
}

function newNamespace(name: string): InitialObject {
  return {
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  }
}

function newPriorityClass(name: string, value: number, description: string): InitialObject {
  return {
    path: '/apis/scheduling.k8s.io/v1/priorityclasses',
    body: {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      description,
    },
  }
}

function newStorageClass(plan: StorageClassPlan): InitialObject {
  const { name, provisioner, volumeBindingMode, parameters } = plan
  return {
    path: '/apis/storage.k8s.io/v1/storageclasses',
    body: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name,
        annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
      },
      provisioner,
      reclaimPolicy: 'Delete',
      volumeBindingMode,
      ...(parameters === undefined ? {} : { parameters }),
    },
  }
}

/** The API server publishes itself: a Service without selector, and its endpoints by hand. */
function kubernetesService(options: InitialOptions): readonly InitialObject[] {
  const metadata = { name: 'kubernetes', namespace: 'default' }
  return [
    {
      path: '/api/v1/namespaces/default/services',
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { ...metadata, labels: { component: 'apiserver', provider: 'kubernetes' } },
        spec: {
          clusterIP: options.kubernetesServiceIp,
          ports: [{ name: 'https', port: 443, targetPort: 6443, protocol: 'TCP' }],
          type: 'ClusterIP',
        },
      },
    },
    {
      path: '/api/v1/namespaces/default/endpoints',
      body: {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
        subsets: [
          {
            addresses: [{ ip: options.controlPlaneIp }],
            ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
          },
        ],
      },
    },
    {
      path: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
      body: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [options.controlPlaneIp], conditions: { ready: true } }],
        ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
      },
    },
  ]
}

function dnsService(options: InitialOptions): readonly InitialObject[] {
  return [
    {
      path: '/api/v1/namespaces/kube-system/services',
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: {
          name: 'kube-dns',
          namespace: 'kube-system',
          labels: {
            'k8s-app': 'kube-dns',
            'kubernetes.io/cluster-service': 'true',
            'kubernetes.io/name': 'CoreDNS',
          },
        },
        spec: {
          clusterIP: options.dnsServiceIp,
          selector: { 'k8s-app': 'kube-dns' },
          ports: [
            { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
            { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
            { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
          ],
        },
      },
    },
  ]
}
