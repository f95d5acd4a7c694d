import type { PersistentVolume, PersistentVolumeClaim } from '#sim/apimachinery/kinds.ts'
import {
  offersModes,
  offersSize,
  storageClassOf,
  volumeModeOf,
} from '#sim/apimachinery/volume-matching.ts'

/** Why a claim cannot have the volume it names, or undefined where it can. */
export function volumeMismatch(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): string | undefined {
  if (!offersSize(volume, claim)) return 'requested PV is too small'
  if (storageClassOf(volume) !== storageClassOf(claim)) return 'storageClassName does not match'
  if (volumeModeOf(volume) !== volumeModeOf(claim)) return 'incompatible volumeMode'
  return offersModes(volume, claim) ? undefined : 'incompatible accessMode'
}
