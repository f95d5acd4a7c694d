export type FaultVerb =
  | 'kill'
  | 'crash'
  | 'boot'
  | 'cut-off'
  | 'heal'
  | 'fail-probe'
  | 'restore-probe'
  | 'fail-pulls'
  | 'slow-pulls'
  | 'restore-pulls'
  | 'refuse-volumes'
  | 'allow-volumes'
  | 'fill'
  | 'free'

export type FaultTarget = 'node' | 'pod' | 'image' | 'claim' | 'nothing'

export type FaultOption = 'namespace' | 'container' | 'probe' | 'by'

type FaultRow = {
  readonly on: FaultTarget
  /** Without a target it is done to all. */
  readonly isForAll?: true
  readonly options: readonly FaultOption[]
  /** The faults that this takes back. */
  readonly ends?: readonly FaultVerb[]
  /** One sentence: what it does, and what is left to the cluster. */
  readonly does: string
}

const IN_POD = ['namespace', 'container'] as const

/** Everything that can be broken, and how it is mended. */
export const FAULTS: Readonly<Record<FaultVerb, FaultRow>> = {
  kill: {
    on: 'pod',
    options: IN_POD,
    does: "Kills a container's process; its kubelet goes by the Pod's restart policy.",
  },
  crash: {
    on: 'node',
    options: [],
    does: 'Takes the power from a node: its containers end, and nobody is told.',
  },
  boot: {
    on: 'node',
    options: [],
    ends: ['crash'],
    does: 'Boots a node that crashed; its kubelet starts the containers of its Pods anew.',
  },
  'cut-off': {
    on: 'node',
    options: [],
    does: 'Cuts a node off from the network; its containers go on running, unheard.',
  },
  heal: {
    on: 'node',
    options: [],
    ends: ['cut-off'],
    does: 'Brings a node that was cut off back to the network.',
  },
  'fail-probe': {
    on: 'pod',
    options: [...IN_POD, 'probe'],
    does: "Makes a container's probe fail, whatever the container answers.",
  },
  'restore-probe': {
    on: 'pod',
    options: [...IN_POD, 'probe'],
    ends: ['fail-probe'],
    does: 'Lets a probe say again what the container answers.',
  },
  'fail-pulls': {
    on: 'image',
    isForAll: true,
    options: [],
    does: 'Makes the registry of an image, or all registries, out of reach of the nodes.',
  },
  'slow-pulls': {
    on: 'image',
    isForAll: true,
    options: ['by'],
    does: 'Makes every pull of an image, or of all images, take longer.',
  },
  'restore-pulls': {
    on: 'image',
    isForAll: true,
    options: [],
    ends: ['fail-pulls', 'slow-pulls'],
    does: 'Makes pulls of an image, or of all images, ordinary again.',
  },
  'refuse-volumes': {
    on: 'nothing',
    options: [],
    does: 'Makes the provisioner refuse to make volumes for claims.',
  },
  'allow-volumes': {
    on: 'nothing',
    options: [],
    ends: ['refuse-volumes'],
    does: 'Lets the provisioner make volumes again; it retries in its own time.',
  },
  fill: {
    on: 'claim',
    options: ['namespace'],
    does: "Takes what is free on a claim's volume: whoever writes there hears that no space is left.",
  },
  free: {
    on: 'claim',
    options: ['namespace'],
    ends: ['fill'],
    does: "Gives back what was taken on a claim's volume.",
  },
}

/** What one does to a cluster's workings by kubectl, as to a real one. */
export const BY_KUBECTL: Readonly<Record<string, string>> = {
  cordon: 'kubectl cordon NODE',
  uncordon: 'kubectl uncordon NODE',
  drain: 'kubectl drain NODE --ignore-daemonsets',
  taint: 'kubectl taint node NODE KEY=VALUE:EFFECT',
}

/** The verb that takes a fault back; undefined for what is over at once. */
export function endOf(verb: FaultVerb): FaultVerb | undefined {
  return FAULT_VERBS.find((one) => FAULTS[one].ends?.includes(verb))
}

// The table has these keys and no others.
export const FAULT_VERBS = Object.keys(FAULTS) as readonly FaultVerb[]
