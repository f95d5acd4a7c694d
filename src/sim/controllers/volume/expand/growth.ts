import type { PersistentVolumeClaim } from '#sim/apimachinery/kinds.ts'
import { compareQuantities } from '#sim/apimachinery/quantity.ts'

export function wantedStorage(claim: PersistentVolumeClaim): string {
  return claim.spec?.resources?.requests?.['storage'] ?? '0'
}

/** Whether a bound claim asks for more than it has. */
export function wantsGrowth(claim: PersistentVolumeClaim): boolean {
  const has = claim.status?.capacity?.['storage']
  return (
    claim.status?.phase === 'Bound' &&
    has !== undefined &&
    compareQuantities(wantedStorage(claim), has) > 0
  )
}
