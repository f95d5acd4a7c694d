import type { Call } from '#sim/apimachinery/request.ts'

export type IdleNodeOptions = {
  readonly name: string
  readonly capacity: Readonly<Record<string, string>>
  /** Unix milliseconds for the conditions. */
  readonly timestamp: number
}

/** A Node that is Ready although no kubelet runs it, for clusters without kubelets. */
export function registerIdleNode(call: Call, options: IdleNodeOptions): void {
  const { name, capacity } = options
  const time = `${new Date(options.timestamp).toISOString().slice(0, 19)}Z`
  call({
    method: 'POST',
    path: '/api/v1/nodes',
    user: `system:node:${name}`,
    body: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
        },
      },
    },
  })
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  })
  call({
    method: 'PATCH',
    path: `/api/v1/nodes/${name}/status`,
    user: `system:node:${name}`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: {
      status: {
        capacity,
        allocatable: capacity,
        conditions: [
          condition(
            'MemoryPressure',
            'False',
            'KubeletHasSufficientMemory',
            'kubelet has sufficient memory available',
          ),
          condition(
            'DiskPressure',
            'False',
            'KubeletHasNoDiskPressure',
            'kubelet has no disk pressure',
          ),
          condition(
            'PIDPressure',
            'False',
            'KubeletHasSufficientPID',
            'kubelet has sufficient PID available',
          ),
          condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
        ],
      },
    },
  })
  // Admission marks a new Node as not ready; the node life cycle takes that back where it runs.
  call({
    method: 'PATCH',
    path: `/api/v1/nodes/${name}`,
    user: 'system:serviceaccount:kube-system:node-controller',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { spec: { taints: null } },
  })
}
