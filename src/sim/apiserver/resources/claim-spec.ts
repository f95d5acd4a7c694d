import type { FieldError } from '#sim/apimachinery/field-error.ts'
import {
  forbidden,
  invalid,
  required,
  shownValue,
  unsupported,
} from '#sim/apimachinery/field-errors.ts'
import { dnsSubdomainFaults } from '#sim/apimachinery/names.ts'
import { isPositiveQuantity, quantityMillis } from '#sim/apimachinery/quantity.ts'
import type { Draft } from '../resource.ts'
import { validateLabelSelector } from './label-selectors.ts'
import { roundResourceList } from './pod-spec/defaults.ts'

/** What claims and the claim templates of a StatefulSet have in common. */

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'] as const

export function setClaimDefaults(claim: Draft): void {
  const { spec } = claim
  spec.volumeMode ??= 'Filesystem'
  spec.resources ??= {}
  for (const list of ['requests', 'limits']) {
    if (spec.resources[list] !== undefined) roundResourceList(spec.resources[list])
  }
}

/** Upstream: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaimSpec). */
export function validateClaimSpec(spec: Draft, field: string, errors: FieldError[]): void {
  const modes: readonly string[] = spec.accessModes ?? []
  if (modes.length === 0) {
    errors.push(required(`${field}.accessModes`, 'at least 1 access mode is required'))
  }
  if (spec.selector !== undefined) {
    validateLabelSelector(spec.selector, `${field}.selector`, errors)
  }
  validateAccessModes(modes, `${field}.accessModes`, errors)
  validateStorageRequest(spec, field, errors)
  if (spec.storageClassName) {
    for (const text of dnsSubdomainFaults(spec.storageClassName)) {
      errors.push(invalid(`${field}.storageClassName`, spec.storageClassName, text))
    }
  }
  if (spec.volumeAttributesClassName) {
    for (const text of dnsSubdomainFaults(spec.volumeAttributesClassName)) {
      errors.push(
        invalid(`${field}.volumeAttributesClassName`, spec.volumeAttributesClassName, text),
      )
    }
  }
  if (spec.volumeMode !== 'Block' && spec.volumeMode !== 'Filesystem') {
    errors.push(unsupported(`${field}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']))
  }
}

export function validateAccessModes(
  modes: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  for (const mode of modes) {
    if (!(ACCESS_MODES as readonly string[]).includes(mode)) {
      errors.push(unsupported(field, mode, ACCESS_MODES))
    }
  }
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'))
  }
}

function validateStorageRequest(spec: Draft, field: string, errors: FieldError[]): void {
  const storage = spec.resources?.requests?.storage
  if (storage === undefined) errors.push(required(`${field}.resources[storage]`))
  else if (!isPositiveQuantity(storage)) {
    errors.push(invalid(`${field}.resources[storage]`, storage, 'must be greater than zero'))
  }
}

/** Storage is counted in whole bytes; a fraction is kept, with a warning. */
export function fractionalByteWarnings(spec: Draft, field: string): string[] {
  const found: string[] = []
  for (const list of ['requests', 'limits']) {
    const storage = spec?.resources?.[list]?.storage
    if (storage === undefined || quantityMillis(storage) % 1000 === 0) continue
    found.push(
      `${field}.resources.${list}[storage]: fractional byte value ${shownValue(storage)} is invalid, must be an integer`,
    )
  }
  return found
}

const SHORT_MODES: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]

/** Access modes as a cell: `RWO,ROX`. */
export function shortAccessModes(modes: readonly string[] | undefined): string {
  if (modes === undefined) return ''
  return SHORT_MODES.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',')
}
