import { age } from '../output/ages.ts'
import { at, type Manifest } from '../manifest.ts'
import { sourceLines } from './containers.ts'
import { annotationLines, labelLines, list, multiline, type Page } from './page.ts'

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

function modesText(modes: unknown): string {
  return ((modes ?? []) as string[]).map((mode) => MODES[mode] ?? mode).join(',')
}

function statusText(page: Page, { metadata = {}, status = {} }: Manifest): string {
  return metadata.deletionTimestamp === undefined
    ? String(status.phase ?? '')
    : `Terminating (lasts ${age(metadata.deletionTimestamp, page.now)})`
}

function finalizersText(object: Manifest): string {
  return `[${((at(object, 'metadata', 'finalizers') ?? []) as string[]).join(' ')}]`
}

export function describeClaim(page: Page, claim: Manifest, pods: readonly Manifest[]): void {
  const { metadata = {}, spec = {}, status = {} } = claim
  const isBound = (spec.volumeName ?? '') !== ''
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  page.field('StorageClass', spec.storageClassName ?? '')
  page.field('Status', statusText(page, claim))
  page.field('Volume', spec.volumeName ?? '')
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('Finalizers', finalizersText(claim))
  page.field('Capacity', isBound ? (status.capacity?.storage ?? '') : '')
  page.field('Access Modes', isBound ? modesText(status.accessModes) : '')
  page.optional('VolumeMode', spec.volumeMode)
  if (!page.isOld) multiline(page, 'Used By', usersOf(claim, pods))
  conditionLines(page, list(status.conditions))
}

function usersOf(claim: Manifest, pods: readonly Manifest[]): string[] {
  return pods
    .filter((pod) =>
      list(at(pod, 'spec', 'volumes')).some(
        (volume) => volume['persistentVolumeClaim']?.claimName === claim['metadata']?.name,
      ),
    )
    .map((pod) => String(pod['metadata']?.name))
    .sort()
}

function conditionLines(page: Page, conditions: readonly Manifest[]): void {
  if (conditions.length === 0) return
  page.line(0, 'Conditions:')
  page.line(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage')
  page.line(1, '----\t------\t-----------------\t------------------\t------\t-------')
  for (const condition of conditions) {
    const cells = ['type', 'status', 'lastProbeTime', 'lastTransitionTime', 'reason', 'message']
    page.line(1, cells.map((cell) => String(condition[cell] ?? '')).join(' \t'))
  }
}

export function describeVolume(page: Page, volume: Manifest): void {
  const { metadata = {}, spec = {}, status = {} } = volume
  page.field('Name', metadata.name)
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('Finalizers', finalizersText(volume))
  page.field('StorageClass', spec.storageClassName ?? '')
  page.field('Status', statusText(page, volume))
  const { claimRef } = spec
  page.field('Claim', claimRef === undefined ? '' : `${claimRef.namespace}/${claimRef.name}`)
  page.field('Reclaim Policy', spec.persistentVolumeReclaimPolicy)
  page.field('Access Modes', modesText(spec.accessModes))
  page.optional('VolumeMode', spec.volumeMode)
  page.field('Capacity', spec.capacity?.storage ?? '')
  affinityLines(page, list(spec.nodeAffinity?.required?.nodeSelectorTerms))
  page.field('Message', status.message ?? '')
  page.line(0, 'Source:')
  sourceLines(page, spec)
}

function affinityLines(page: Page, terms: readonly Manifest[]): void {
  if (terms.length === 0) {
    page.field('Node Affinity', '<none>')
    return
  }
  page.field('Node Affinity', '')
  page.field('Required Terms', '', 1)
  for (const [index, term] of terms.entries()) {
    const texts = list(term['matchExpressions']).map(({ key, operator, values }) =>
      values === undefined
        ? `${key} ${String(operator).toLowerCase()}`
        : `${key} ${String(operator).toLowerCase()} [${values.join(', ')}]`,
    )
    multilineTerm(page, index, texts)
  }
}

function multilineTerm(page: Page, index: number, texts: readonly string[]): void {
  const [first = '<none>', ...rest] = texts
  page.line(2, `Term ${index}:\t${first}`)
  for (const text of rest) page.line(2, `\t${text}`)
}

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

export function describeStorageClass(page: Page, storageClass: Manifest): void {
  const { metadata = {} } = storageClass
  const isDefault = metadata.annotations?.[DEFAULT_CLASS] === 'true'
  page.field('Name', metadata.name)
  page.field('IsDefaultClass', isDefault ? 'Yes' : 'No')
  page.field('Annotations', pairsText(metadata.annotations))
  page.field('Provisioner', storageClass['provisioner'])
  page.field('Parameters', pairsText(storageClass['parameters']))
  const expansion = storageClass['allowVolumeExpansion']
  page.field(
    'AllowVolumeExpansion',
    expansion === undefined ? '<unset>' : expansion ? 'True' : 'False',
  )
  const options = (storageClass['mountOptions'] ?? []) as string[]
  if (options.length === 0) page.field('MountOptions', '<none>')
  else {
    page.line(0, 'MountOptions:')
    for (const option of options) page.line(1, option)
  }
  page.optional('ReclaimPolicy', storageClass['reclaimPolicy'])
  page.optional('VolumeBindingMode', storageClass['volumeBindingMode'])
}

function pairsText(pairs: Record<string, string> | undefined): string {
  const texts = Object.entries(pairs ?? {}).map(([key, value]) => `${key}=${value}`)
  return texts.length === 0 ? '<none>' : texts.sort().join(',')
}
