import { age } from '../output/ages.ts'
import { at, type Manifest } from '../manifest.ts'
import {
  annotationLines,
  annotationTexts,
  labelLines,
  list,
  multiline,
  pairTexts,
  type Page,
} from './page.ts'

export function describeClaim(page: Page, claim: Manifest, pods: readonly Manifest[]): void {
  const { metadata = {}, spec = {}, status = {} } = claim
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  page.field('StorageClass', spec.storageClassName ?? '')
  page.field('Status', phaseText(page, claim))
  page.field('Volume', spec.volumeName ?? '')
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('Finalizers', finalizersText(claim))
  contentLines(page, claim, 0)
  if (!page.isOld) multiline(page, 'Used By', usersOf(claim, pods))
  conditionLines(page, list(status.conditions))
}

/** The claim that a Pod's ephemeral volume will have: a part of what is said of a claim. */
export function claimTemplateLines(page: Page, { metadata = {}, spec = {} }: Manifest): void {
  page.field('StorageClass', spec.storageClassName ?? '', 2)
  page.field('Volume', spec.volumeName ?? '', 2)
  nestedLines(page, 'Labels', pairTexts(metadata.labels))
  nestedLines(page, 'Annotations', annotationTexts(page, metadata.annotations))
  contentLines(page, { spec }, 2)
}

/** What is indented as a whole is indented again behind the title. */
export function nestedLines(page: Page, title: string, lines: readonly string[]): void {
  const shown = lines.length === 0 ? ['<none>'] : lines
  multiline(
    page,
    title,
    shown.map((line) => `    ${line}`),
    '    ',
  )
}

function contentLines(page: Page, { spec, status = {} }: Manifest, level: number): void {
  const isBound = (spec.volumeName ?? '') !== ''
  page.field('Capacity', isBound ? (status.capacity?.storage ?? '0') : '', level)
  page.field('Access Modes', isBound ? modesText(status.accessModes) : '', level)
  page.optional('VolumeMode', spec.volumeMode, level)
  const { dataSource } = spec
  if (dataSource === undefined || page.isOld) return
  page.line(level, 'DataSource:')
  if (dataSource.apiGroup !== undefined) page.field('APIGroup', dataSource.apiGroup, level + 1)
  page.field('Kind', dataSource.kind, level + 1)
  page.field('Name', dataSource.name, level + 1)
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

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

export function modesText(modes: unknown): string {
  return ((modes ?? []) as string[]).map((mode) => MODES[mode] ?? mode).join(',')
}

export function phaseText(page: Page, { metadata = {}, status = {} }: Manifest): string {
  return metadata.deletionTimestamp === undefined
    ? String(status.phase ?? '')
    : `Terminating (lasts ${age(metadata.deletionTimestamp, page.now)})`
}

export function finalizersText(object: Manifest): string {
  return `[${((at(object, 'metadata', 'finalizers') ?? []) as string[]).join(' ')}]`
}
