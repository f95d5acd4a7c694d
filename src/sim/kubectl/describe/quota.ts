import type { Manifest } from '../manifest.ts'
import { list, type Page } from './page.ts'

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
}

export function describeQuota(page: Page, quota: Manifest): void {
  page.field('Name', quota['metadata']?.name)
  page.field('Namespace', quota['metadata']?.namespace)
  scopeLines(page, quota, '', ' ')
  usageLines(page, quota, '', '----')
}

/** As a part of a namespace's description. */
export function quotaLines(page: Page, quotas: readonly Manifest[]): void {
  if (quotas.length === 0) {
    page.line(0, 'No resource quota.')
    return
  }
  page.line(0, 'Resource Quotas')
  for (const quota of quotas.toSorted(byName)) {
    page.line(0, `  Name:\t${quota['metadata']?.name}`)
    scopeLines(page, quota, '  ', '  ')
    usageLines(page, quota, '  ', '---')
  }
}

function byName(a: Manifest, b: Manifest): number {
  return a['metadata']?.name < b['metadata']?.name ? -1 : 1
}

function scopeLines(page: Page, { spec }: Manifest, indent: string, bullet: string): void {
  const scopes: readonly string[] = (spec?.scopes ?? []).toSorted()
  if (scopes.length === 0) return
  page.line(0, `${indent}Scopes:\t${scopes.join(', ')}`)
  for (const scope of scopes) {
    const text = SCOPES[scope]
    if (text !== undefined) page.line(0, `${bullet}* ${text}`)
  }
}

function usageLines(page: Page, { status }: Manifest, indent: string, rule: string): void {
  const hard: Readonly<Record<string, string>> = status?.hard ?? {}
  page.line(0, `${indent}Resource\tUsed\tHard`)
  page.line(0, `${indent}--------\t${rule}\t${rule}`)
  for (const name of Object.keys(hard).toSorted())
    page.line(0, `${indent}${name}\t${status?.used?.[name] ?? '0'}\t${hard[name]}`)
}

const LIMIT_HEAD = [
  'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio',
  '----\t--------\t---\t---\t---------------\t-------------\t-----------------------',
]

export function describeLimitRange(page: Page, range: Manifest): void {
  page.field('Name', range['metadata']?.name)
  page.field('Namespace', range['metadata']?.namespace)
  limitTable(page, [range], '')
}

/** As a part of a namespace's description. */
export function limitLines(page: Page, ranges: readonly Manifest[]): void {
  if (ranges.length === 0) {
    page.line(0, 'No LimitRange resource.')
    return
  }
  page.line(0, 'Resource Limits')
  limitTable(page, ranges, ' ')
}

function limitTable(page: Page, ranges: readonly Manifest[], indent: string): void {
  for (const head of LIMIT_HEAD) page.line(0, indent + head)
  for (const limit of ranges.flatMap(({ spec }) => list(spec?.limits))) {
    const columns = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'].map(
      (member) => (limit[member] ?? {}) as Readonly<Record<string, string>>,
    )
    const names = [...new Set(columns.flatMap((amounts) => Object.keys(amounts)))].toSorted()
    for (const name of names) {
      const cells = columns.map((amounts) => amounts[name] ?? '-')
      page.line(0, `${indent}${[limit['type'], name, ...cells].join('\t')}`)
    }
  }
}
