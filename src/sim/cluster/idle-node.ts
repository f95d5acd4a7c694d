import type { Call } from '#sim/apimachinery/request.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'

export type IdleNodeOptions = {
  readonly name: string
  readonly capacity: Readonly<Record<string, string>>
}

const RENEW_INTERVAL_MS = 10_000

/** A Node that stays Ready although no kubelet runs it, for clusters without kubelets. */
export function registerIdleNode(
  simulation: Simulation,
  call: Call,
  { name, capacity }: IdleNodeOptions,
): void {
  const time = `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`
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
  startLease(simulation, call, name)
}

/** The sign of life without which the node life cycle would find the Node gone after a while. */
function startLease(simulation: Simulation, call: Call, name: string): void {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
  const user = `system:node:${name}`
  const renewTime = () => `${new Date(simulation.unixMs).toISOString().slice(0, -1)}000Z`
  call({
    method: 'POST',
    path: leases,
    user,
    body: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: renewTime() },
    },
  })
  function renew(): void {
    const { code } = call({
      method: 'PATCH',
      path: `${leases}/${name}`,
      user,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { spec: { renewTime: renewTime() } },
    })
    // Whoever deletes the Lease, or the namespace, wants this Node to be missed.
    if (code < 400) renewLater()
  }
  function renewLater(): void {
    simulation.after(RENEW_INTERVAL_MS, renew, { label: 'idle-node/lease', periodic: true })
  }
  renewLater()
}
