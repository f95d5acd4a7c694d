export type KubeletDialectName = '1.36' | '1.10'

/** What kubelets of an era write and say differently. */
export type KubeletDialect = {
  readonly name: KubeletDialectName
  readonly version: string
  /** The condition, and the write of its own once the sandbox is there. */
  readonly hasReadyToStart: boolean
  readonly hasContainersReady: boolean
  /** `observedGeneration`, and the write that acknowledges a deletion. */
  readonly observesGeneration: boolean
  /** A deleted Pod's phase becomes terminal before the object goes. */
  readonly endsDeletedPods: boolean
  /** hostIPs, podIPs, `started`, volume mounts, resources and users in the status. */
  readonly hasModernStatus: boolean
  readonly runtimeScheme: 'containerd' | 'docker'
  readonly pulling: (image: string) => string
  readonly pulled: (image: string, transfer: string, total: string, bytes: number) => string
  readonly present: (image: string) => string
  readonly created: string
  readonly started: string
  readonly killing: (container: string) => string
  readonly backOff: (container: string, pod: string) => string
  readonly backOffWord: 'back-off' | 'Back-off'
  /** The event of a stop comes after preStop. */
  readonly tellsKillingLate: boolean
  /** An event for each volume that was mounted. */
  readonly mounted: ((volume: string) => string) | undefined
}

export const KUBELET_DIALECTS = {
  '1.36': {
    name: '1.36',
    version: 'v1.36.2',
    hasReadyToStart: true,
    hasContainersReady: true,
    observesGeneration: true,
    endsDeletedPods: true,
    hasModernStatus: true,
    runtimeScheme: 'containerd',
    pulling: (image) => `Pulling image "${image}"`,
    pulled: (image, transfer, total, bytes) =>
      `Successfully pulled image "${image}" in ${transfer} (${total} including waiting). Image size: ${bytes} bytes.`,
    present: (image) =>
      `Container image "${image}" already present on machine and can be accessed by the pod`,
    created: 'Container created',
    started: 'Container started',
    killing: (container) => `Stopping container ${container}`,
    backOff: (container, pod) => `Back-off restarting failed container ${container} in pod ${pod}`,
    backOffWord: 'back-off',
    tellsKillingLate: false,
    mounted: undefined,
  },
  '1.10': {
    name: '1.10',
    version: 'v1.10.13',
    hasReadyToStart: false,
    hasContainersReady: false,
    observesGeneration: false,
    endsDeletedPods: false,
    hasModernStatus: false,
    runtimeScheme: 'docker',
    pulling: (image) => `pulling image "${image}"`,
    pulled: (image) => `Successfully pulled image "${image}"`,
    present: (image) => `Container image "${image}" already present on machine`,
    created: 'Created container',
    started: 'Started container',
    killing: (container) => `Killing container with id docker://${container}:Need to kill Pod`,
    backOff: () => 'Back-off restarting failed container',
    backOffWord: 'Back-off',
    tellsKillingLate: true,
    mounted: (volume) => `MountVolume.SetUp succeeded for volume "${volume}" `,
  },
} as const satisfies Record<KubeletDialectName, KubeletDialect>
