import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#sim/apimachinery/kinds.ts'
import { isReservedFor } from '#sim/apimachinery/volume-matching.ts'
import type { Client } from '#sim/client/client.ts'
import type { Informer, InformerFactory } from '#sim/client/informer.ts'
import { indexVolumes } from '#sim/client/volume-index.ts'
import type { Task } from '#sim/kernel/process.ts'
import { currentProcess, sleep } from '#sim/kernel/waits.ts'
import {
  isBound,
  SELECTED_NODE,
  type VolumeDecision,
  type VolumeLister,
} from './plugins/volume-claims.ts'

const POLL_MS = 1000
const TIMEOUT_MS = 600_000
const CLAIM_INDEX = 'claim'

/** Binding went wrong; the Pod is tried again later, perhaps elsewhere. */
export class VolumeBindingError extends Error {
  override readonly name = 'VolumeBindingError'
}

/** The scheduler's knowledge of claims and volumes, and its promises about them. */
export class VolumeBinder {
  readonly lister: VolumeLister
  readonly #client: Client
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #volumes: Informer<PersistentVolume>
  /** Volumes by name, and the uid of the claim each is promised to. */
  readonly #promised = new Map<string, string>()

  constructor(client: Client, informers: InformerFactory, isPlaced: (pod: Pod) => boolean) {
    this.#client = client
    this.#claims = informers.for('persistentvolumeclaims')
    this.#volumes = informers.for('persistentvolumes')
    const classes = informers.for('storageclasses')
    const pods = informers.for('pods')
    pods.addIndex(CLAIM_INDEX, claimKeys)
    this.lister = {
      claim: (namespace, name) => this.#claims.get(name, namespace),
      volume: (name) => this.#volumes.get(name),
      candidates: indexVolumes(this.#volumes),
      storageClass: (name) => classes.get(name),
      isPromised: (volume, claim) => {
        const uid = this.#promised.get(volume.metadata.name)
        return uid !== undefined && uid !== claim.metadata.uid
      },
      isClaimUsedByOther: (key, pod) =>
        pods
          .byIndex(CLAIM_INDEX, key)
          .some((other) => other.metadata.uid !== pod.metadata.uid && isPlaced(other)),
    }
  }

  reserve(decision: VolumeDecision): void {
    for (const { claim, volume } of decision.bindings)
      this.#promised.set(volume.metadata.name, claim.metadata.uid)
  }

  release(decision: VolumeDecision): void {
    for (const { volume } of decision.bindings) this.#promised.delete(volume.metadata.name)
  }

  /** Writes the decision down and waits until the binder has carried it out. */
  *bind(decision: VolumeDecision, nodeName: string): Task {
    for (const { claim, volume } of decision.bindings) this.#reserveVolume(claim, volume)
    for (const claim of decision.provisions) this.#selectNode(claim, nodeName)
    const process = yield* currentProcess()
    const deadline = process.simulation.now + TIMEOUT_MS
    for (;;) {
      yield* sleep(POLL_MS)
      if (this.#areBound(decision, nodeName)) return
      if (process.simulation.now >= deadline) throw new VolumeBindingError('timed out waiting')
    }
  }

  #reserveVolume(claim: PersistentVolumeClaim, volume: PersistentVolume): void {
    const { namespace, name, uid, resourceVersion } = claim.metadata
    if (isReservedFor(volume, claim) && volume.spec?.claimRef?.uid === uid) return
    const isOurs = volume.spec?.claimRef === undefined
    const annotations = isOurs
      ? { ...volume.metadata.annotations, 'pv.kubernetes.io/bound-by-controller': 'yes' }
      : volume.metadata.annotations
    this.#client.resource('persistentvolumes').update({
      ...volume,
      metadata: { ...volume.metadata, ...(annotations === undefined ? {} : { annotations }) },
      spec: {
        ...volume.spec,
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          ...(namespace === undefined ? {} : { namespace }),
          name,
          uid,
          resourceVersion,
        },
      },
    })
  }

  #selectNode(claim: PersistentVolumeClaim, nodeName: string): void {
    if (claim.metadata.annotations?.[SELECTED_NODE] === nodeName) return
    const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: nodeName }
    this.#client
      .resource('persistentvolumeclaims')
      .update({ ...claim, metadata: { ...claim.metadata, annotations } })
  }

  #areBound({ bindings, provisions }: VolumeDecision, nodeName: string): boolean {
    for (const { volume, claim } of bindings) {
      const current = this.#volumes.get(volume.metadata.name)
      if (current?.spec?.claimRef?.uid !== claim.metadata.uid)
        throw new VolumeBindingError(`pv "${volume.metadata.name}" is no longer promised`)
    }
    let areAll = true
    for (const claim of [...bindings.map((one) => one.claim), ...provisions]) {
      const { name, namespace } = claim.metadata
      const current = this.#claims.get(name, namespace)
      if (current === undefined) throw new VolumeBindingError(`pvc "${name}" not found`)
      if (isBound(current)) continue
      areAll = false
      const selected = current.metadata.annotations?.[SELECTED_NODE]
      // The provisioner takes the selection back when it cannot make the volume there.
      if (provisions.includes(claim) && selected !== nodeName)
        throw new VolumeBindingError(`provisioning failed for PVC "${name}"`)
    }
    return areAll
  }
}

function claimKeys(pod: Pod): readonly string[] {
  const keys: string[] = []
  for (const volume of pod.spec?.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName
    if (name !== undefined) keys.push(`${pod.metadata.namespace}/${name}`)
    else if (volume.ephemeral !== undefined)
      keys.push(`${pod.metadata.namespace}/${pod.metadata.name}-${volume.name}`)
  }
  return keys
}
