import type { FieldError } from '#sim/apimachinery/field-error.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  unsupported,
} from '#sim/apimachinery/field-errors.ts'
import { configKeyFaults, dnsLabelFaults } from '#sim/apimachinery/names.ts'
import { isNegativeQuantity } from '#sim/apimachinery/quantity.ts'
import type { Draft } from '../../resource.ts'
import { validateClaimSpec } from '../claim-spec.ts'
import { listOf } from './defaults.ts'
import { VOLUME_FIELDS, validateFieldRef, validateResourceFieldRef } from './downward-api.ts'

/** In the order in which validation looks at them: the second one found is the one refused. */
const SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'scaleIO',
  'projected',
  'csi',
  'ephemeral',
  'image',
]

const HOST_PATH_TYPES = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
]
const MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive'
const MODE_MAX = 0o777

/** The names that mounts may use. */
export function validateVolumes(
  volumes: readonly Draft[],
  field: string,
  errors: FieldError[],
): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [index, volume] of volumes.entries()) {
    const path = `${field}[${index}]`
    const before = errors.length
    validateSource(volume, path, errors)
    const faults = volume.name ? dnsLabelFaults(volume.name) : []
    if (!volume.name) errors.push(required(`${path}.name`))
    for (const text of faults) errors.push(invalid(`${path}.name`, volume.name, text))
    if (names.has(volume.name)) errors.push(duplicate(`${path}.name`, volume.name))
    // A mount of a volume that is wrong in itself is not complained about as well, nor is it
    // found: only volumes without a fault can be mounted.
    if (errors.length === before) names.add(volume.name)
  }
  return names
}

function validateSource(volume: Draft, field: string, errors: FieldError[]): void {
  const sources = sourcesOf(volume)
  if (sources.length === 0) errors.push(required(field, 'must specify a volume type'))
  for (const [index, source] of sources.entries()) {
    const path = `${field}.${source}`
    if (index > 0) errors.push(forbidden(path, 'may not specify more than 1 volume type'))
    else validateOneSource(source, volume[source], path, errors)
  }
}

/** Nearly all volumes have one; the order matters only among several. */
function sourcesOf(volume: Draft): readonly string[] {
  const given: string[] = []
  for (const name in volume) if (name !== 'name' && volume[name] !== undefined) given.push(name)
  return given.length < 2 ? given : SOURCES.filter((source) => given.includes(source))
}

function validateOneSource(
  source: string,
  details: Draft,
  field: string,
  errors: FieldError[],
): void {
  const demand = (member: string) => {
    if (!details[member]) errors.push(required(`${field}.${member}`))
  }
  switch (source) {
    case 'emptyDir':
      if (details.sizeLimit !== undefined && isNegativeQuantity(details.sizeLimit)) {
        errors.push(
          forbidden(`${field}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'),
        )
      }
      break
    case 'hostPath':
      demand('path')
      if (details.path?.split('/').includes('..')) {
        errors.push(invalid(`${field}.path`, details.path, "must not contain '..'"))
      }
      if (!HOST_PATH_TYPES.includes(details.type ?? '')) {
        errors.push(unsupported(`${field}.type`, details.type, HOST_PATH_TYPES.toSorted()))
      }
      break
    case 'persistentVolumeClaim':
      demand('claimName')
      break
    case 'secret':
      demand('secretName')
      validateFiles(details, field, errors)
      break
    case 'configMap':
      demand('name')
      validateFiles(details, field, errors)
      break
    case 'downwardAPI':
      validateMode(details.defaultMode, `${field}.defaultMode`, errors)
      validateDownwardItems(details, field, errors)
      break
    case 'projected':
      validateProjected(details, field, errors)
      break
    case 'nfs':
      demand('server')
      demand('path')
      break
    case 'csi':
      demand('driver')
      break
    case 'ephemeral':
      if (details.volumeClaimTemplate === undefined) demand('volumeClaimTemplate')
      else {
        validateClaimSpec(
          details.volumeClaimTemplate.spec ?? {},
          `${field}.volumeClaimTemplate.spec`,
          errors,
        )
      }
      break
    case 'image':
      demand('reference')
      break
    default:
      // Simplified: what the other sources have to say for themselves is not checked.
      break
  }
}

function validateMode(mode: number | undefined, field: string, errors: FieldError[]): void {
  if (mode !== undefined && (mode < 0 || mode > MODE_MAX)) {
    errors.push(invalid(field, mode, MODE_TEXT))
  }
}

function validateFiles(details: Draft, field: string, errors: FieldError[]): void {
  validateMode(details.defaultMode, `${field}.defaultMode`, errors)
  validateItems(details, field, errors)
}

function validateItems(details: Draft, field: string, errors: FieldError[]): void {
  for (const [index, item] of listOf(details, 'items').entries()) {
    const path = `${field}.items[${index}]`
    if (!item.key) errors.push(required(`${path}.key`))
    else
      for (const text of configKeyFaults(item.key))
        errors.push(invalid(`${path}.key`, item.key, text))
    if (!item.path) errors.push(required(`${path}.path`))
    else validateInnerPath(item.path, `${path}.path`, errors)
    validateMode(item.mode, `${path}.mode`, errors)
  }
}

/** A path that stays below where it is put. */
export function validateInnerPath(path: string, field: string, errors: FieldError[]): void {
  if (path.startsWith('/')) errors.push(invalid(field, path, 'must be a relative path'))
  if (path.split('/').includes('..')) errors.push(invalid(field, path, "must not contain '..'"))
}

function validateDownwardItems(details: Draft, field: string, errors: FieldError[]): void {
  for (const [index, item] of listOf(details, 'items').entries()) {
    const path = `${field}.items[${index}]`
    if (!item.path) errors.push(required(`${path}.path`))
    else validateInnerPath(item.path, `${path}.path`, errors)
    if (item.fieldRef !== undefined) {
      validateFieldRef(item.fieldRef, VOLUME_FIELDS, `${path}.fieldRef`, errors)
      if (item.resourceFieldRef !== undefined) {
        errors.push(
          invalid(
            path,
            'resource',
            'fieldRef and resourceFieldRef can not be specified simultaneously',
          ),
        )
      }
    } else if (item.resourceFieldRef !== undefined) {
      validateResourceFieldRef(item.resourceFieldRef, true, `${path}.resourceFieldRef`, errors)
    } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
    validateMode(item.mode, `${path}.mode`, errors)
  }
}

function validateProjected(details: Draft, field: string, errors: FieldError[]): void {
  validateMode(details.defaultMode, `${field}.defaultMode`, errors)
  for (const [index, source] of listOf(details, 'sources').entries()) {
    const path = `${field}.sources[${index}]`
    for (const member of ['secret', 'configMap']) {
      if (source[member] === undefined) continue
      if (!source[member].name) errors.push(required(`${path}.${member}.name`))
      validateItems(source[member], `${path}.${member}`, errors)
    }
    if (source.downwardAPI !== undefined) {
      validateDownwardItems(source.downwardAPI, `${path}.downwardAPI`, errors)
    }
    const token = source.serviceAccountToken
    if (token === undefined) continue
    if (token.expirationSeconds < 600) {
      errors.push(
        invalid(
          `${path}.serviceAccountToken.expirationSeconds`,
          token.expirationSeconds,
          'may not specify a duration less than 10 minutes',
        ),
      )
    }
    if (!token.path) errors.push(required(`${path}.serviceAccountToken.path`))
  }
}
