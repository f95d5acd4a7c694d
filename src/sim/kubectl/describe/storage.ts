import type { Manifest } from '../manifest.ts'
import { finalizersText, modesText, phaseText } from './claim.ts'
import { annotationLines, labelLines, list, orNone, pairTexts, type Page } from './page.ts'
import { sourceLines } from './volumes.ts'

export function describeVolume(page: Page, volume: Manifest): void {
  const { metadata = {}, spec = {}, status = {} } = volume
  page.field('Name', metadata.name)
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('Finalizers', finalizersText(volume))
  page.field('StorageClass', spec.storageClassName ?? '')
  page.field('Status', phaseText(page, volume))
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
    termLines(page, { level: 2, index, texts })
  }
}

type Term = { readonly level: number; readonly index: number; readonly texts: readonly string[] }

function termLines(page: Page, { level, index, texts }: Term): void {
  const [first = '<none>', ...rest] = texts
  page.line(level, `Term ${index}:\t${first}`)
  for (const text of rest) page.line(level, `\t${text}`)
}

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

export function describeStorageClass(page: Page, storageClass: Manifest): void {
  const { metadata = {} } = storageClass
  const isDefault = metadata.annotations?.[DEFAULT_CLASS] === 'true'
  page.field('Name', metadata.name)
  page.field('IsDefaultClass', isDefault ? 'Yes' : 'No')
  page.field('Annotations', orNone(pairTexts(metadata.annotations).join(',')))
  page.field('Provisioner', storageClass['provisioner'])
  page.field('Parameters', orNone(pairTexts(storageClass['parameters']).join(',')))
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
  topologyLines(page, list(storageClass['allowedTopologies']))
}

function topologyLines(page: Page, terms: readonly Manifest[]): void {
  if (terms.length === 0) return
  page.field('AllowedTopologies', '')
  for (const [index, { matchLabelExpressions }] of terms.entries()) {
    const texts = list(matchLabelExpressions).map(
      ({ key, values }) => `${key} in [${(values as string[]).join(', ')}]`,
    )
    termLines(page, { level: 1, index, texts })
  }
}
