import type { PersistentVolume, PersistentVolumeClaim } from '#sim/apimachinery/kinds.ts'
import { deepEqual } from '#sim/apimachinery/equality.ts'
import type { Client } from '#sim/client/client.ts'
import type { WrittenObjects } from '../../written-objects.ts'

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'

export type VolumePhase = 'Available' | 'Bound' | 'Released' | 'Failed'

/** The writes of the binder. Each is left out where the object is as it should be. */
export type Binding = {
  readonly bind: (volume: PersistentVolume, claim: PersistentVolumeClaim) => void
  readonly unbind: (volume: PersistentVolume) => void
  readonly setPhase: (volume: PersistentVolume, phase: VolumePhase) => PersistentVolume
  readonly setPending: (claim: PersistentVolumeClaim) => void
  readonly setLost: (claim: PersistentVolumeClaim) => void
}

export function isBindCompleted(claim: PersistentVolumeClaim): boolean {
  return claim.metadata.annotations?.[BIND_COMPLETED] !== undefined
}

export function isBoundByController(object: PersistentVolume | PersistentVolumeClaim): boolean {
  return object.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined
}

export function createBinding(
  client: Client,
  written: {
    readonly volumes: WrittenObjects<PersistentVolume>
    readonly claims: WrittenObjects<PersistentVolumeClaim>
  },
): Binding {
  const volumes = client.resource('persistentvolumes')
  const claims = client.resource('persistentvolumeclaims')

  // In this order: whoever fails in between finds a half-bound pair and finishes it.
  function bind(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    const bound = setPhase(giveVolume(volume, claim), 'Bound')
    confirmClaim(nameVolume(claim, bound), bound)
  }

  function giveVolume(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
    const reference = volume.spec?.claimRef
    const { name, namespace, uid, resourceVersion } = claim.metadata
    if (reference?.uid === uid) return volume
    const claimRef = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid,
      resourceVersion,
    }
    const metadata =
      reference === undefined ? withAnnotations(volume, [BOUND_BY_CONTROLLER]) : volume.metadata
    const given = { ...volume, metadata, spec: { ...volume.spec, claimRef } }
    return written.volumes.put(volumes.update(given))
  }

  function setPhase(volume: PersistentVolume, phase: VolumePhase): PersistentVolume {
    if (volume.status?.phase === phase) return volume
    const { message: _message, reason: _reason, ...rest } = volume.status ?? {}
    return written.volumes.put(volumes.updateStatus({ ...volume, status: { ...rest, phase } }))
  }

  function nameVolume(
    claim: PersistentVolumeClaim,
    volume: PersistentVolume,
  ): PersistentVolumeClaim {
    const { name } = volume.metadata
    const isNamed = claim.spec?.volumeName === name
    if (isNamed && isBindCompleted(claim)) return claim
    const annotations = isNamed ? [BIND_COMPLETED] : [BIND_COMPLETED, BOUND_BY_CONTROLLER]
    const named = {
      ...claim,
      metadata: withAnnotations(claim, annotations),
      spec: { ...claim.spec, volumeName: name },
    }
    return written.claims.put(claims.update(named))
  }

  function confirmClaim(claim: PersistentVolumeClaim, volume: PersistentVolume): void {
    const accessModes = volume.spec?.accessModes ?? []
    const isBound = claim.status?.phase === 'Bound'
    // The capacity of a bound claim is the resizer's to change.
    const capacity = isBound
      ? claim.status?.capacity
      : { storage: volume.spec?.capacity?.['storage'] ?? '0' }
    if (isBound && deepEqual(claim.status?.accessModes, accessModes)) return
    const status = { ...claim.status, phase: 'Bound', accessModes, ...(capacity && { capacity }) }
    written.claims.put(claims.updateStatus({ ...claim, status }))
  }

  function unbind(volume: PersistentVolume): void {
    const { claimRef, ...spec } = volume.spec ?? {}
    if (claimRef === undefined) return
    const { uid: _uid, resourceVersion: _version, ...reserved } = claimRef
    const freed = isBoundByController(volume)
      ? { ...volume, metadata: withoutAnnotation(volume, BOUND_BY_CONTROLLER), spec }
      : { ...volume, spec: { ...spec, claimRef: reserved } }
    setPhase(written.volumes.put(volumes.update(freed)), 'Available')
  }

  function setPending(claim: PersistentVolumeClaim): void {
    if (claim.status?.phase === 'Pending') return
    written.claims.put(claims.updateStatus({ ...claim, status: { phase: 'Pending' } }))
  }

  function setLost(claim: PersistentVolumeClaim): void {
    written.claims.put(claims.updateStatus({ ...claim, status: { phase: 'Lost' } }))
  }

  return { bind, unbind, setPhase, setPending, setLost }
}

function withAnnotations<T extends PersistentVolume | PersistentVolumeClaim>(
  object: T,
  names: readonly string[],
): T['metadata'] {
  const added = Object.fromEntries(names.map((name) => [name, 'yes']))
  return { ...object.metadata, annotations: { ...object.metadata.annotations, ...added } }
}

function withoutAnnotation(volume: PersistentVolume, name: string): PersistentVolume['metadata'] {
  const { [name]: _dropped, ...annotations } = volume.metadata.annotations ?? {}
  return { ...volume.metadata, annotations }
}
