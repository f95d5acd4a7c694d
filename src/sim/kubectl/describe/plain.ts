import { base64Length } from '../base64.ts'
import type { Manifest } from '../manifest.ts'
import { annotationLines, labelLines, list, longTime, type Page } from './page.ts'
import { limitLines, quotaLines } from './quota.ts'

export function describeNamespace(
  page: Page,
  namespace: Manifest,
  rules: { readonly quotas: readonly Manifest[]; readonly ranges: readonly Manifest[] },
): void {
  const { metadata = {}, status = {} } = namespace
  page.field('Name', metadata.name)
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('Status', status.phase)
  conditionLines(page, list(status.conditions))
  page.line(0, '')
  quotaLines(page, rules.quotas)
  page.line(0, '')
  limitLines(page, rules.ranges)
}

/** What still keeps a namespace that is being deleted. */
function conditionLines(page: Page, conditions: readonly Manifest[]): void {
  if (conditions.length === 0) return
  page.line(0, 'Conditions:')
  page.line(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage')
  page.line(1, '----\t------\t------------------\t------\t-------')
  for (const condition of conditions) {
    const time = longTime(condition['lastTransitionTime'])
    const { type, status, reason, message } = condition
    page.line(1, [type, status, time, reason, message].join('\t'))
  }
}

function head(page: Page, { metadata = {} }: Manifest): void {
  page.field('Name', metadata.name)
  if (metadata.namespace !== undefined) page.field('Namespace', metadata.namespace)
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
}

export function describeConfigMap(page: Page, configMap: Manifest): void {
  head(page, configMap)
  page.line(0, '\nData\n====')
  for (const [key, value] of entries(configMap['data'])) page.line(0, `${key}:\n----\n${value}\n`)
  page.line(0, '\nBinaryData\n====')
  for (const [key, value] of entries(configMap['binaryData'])) {
    page.line(0, `${key}: ${base64Length(value)} bytes`)
  }
  page.line(0, '')
}

export function describeSecret(page: Page, secret: Manifest): void {
  head(page, secret)
  page.line(0, `\nType:\t${secret['type'] ?? 'Opaque'}`)
  page.line(0, '\nData\n====')
  for (const [key, value] of entries(secret['data']))
    page.line(0, `${key}:\t${base64Length(value)} bytes`)
}

function entries(values: Record<string, string> | undefined): [string, string][] {
  return Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
}

export function describeServiceAccount(page: Page, account: Manifest): void {
  head(page, account)
  const names = (list: Manifest[] | undefined): string =>
    list === undefined || list.length === 0 ? '<none>' : list.map(({ name }) => name).join('\n\t')
  page.field('Image pull secrets', names(account['imagePullSecrets']))
  page.field('Mountable secrets', names(account['secrets']))
  page.field('Tokens', '<none>')
}

export function describeBudget(page: Page, budget: Manifest): void {
  const { metadata = {}, spec = {}, status = {} } = budget
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  if (spec.minAvailable !== undefined) page.field('Min available', spec.minAvailable)
  else page.optional('Max unavailable', spec.maxUnavailable)
  const labels = Object.entries((spec.selector?.matchLabels ?? {}) as Record<string, string>)
  page.field(
    'Selector',
    labels.length === 0
      ? '<unset>'
      : labels
          .map(([key, value]) => `${key}=${value}`)
          .sort()
          .join(','),
  )
  page.line(0, 'Status:')
  page.line(0, `    Allowed disruptions:\t${status.disruptionsAllowed ?? 0}`)
  page.line(0, `    Current:\t${status.currentHealthy ?? 0}`)
  page.line(0, `    Desired:\t${status.desiredHealthy ?? 0}`)
  page.line(0, `    Total:\t${status.expectedPods ?? 0}`)
}

/** Any kind without a layout of its own: every field, titled from its name. */
export function describeAnything(page: Page, object: Manifest): void {
  head(page, object)
  page.field('API Version', object['apiVersion'])
  page.field('Kind', object['kind'])
  const { apiVersion: _, kind: __, metadata = {}, ...rest } = object
  const shownMetadata = { ...metadata }
  for (const key of ['name', 'namespace', 'labels', 'annotations', 'managedFields', 'selfLink']) {
    delete shownMetadata[key]
  }
  memberLines(page, { ...rest, metadata: shownMetadata }, 0)
}

function memberLines(page: Page, members: Manifest, level: number): void {
  for (const key of Object.keys(members).sort()) valueLines(page, titled(key), members[key], level)
}

function valueLines(page: Page, title: string, value: unknown, level: number): void {
  if (Array.isArray(value)) {
    page.line(level, `${title}:`)
    for (const item of value) {
      if (typeof item === 'object' && item !== null) memberLines(page, item as Manifest, level + 1)
      else page.line(level + 1, String(item))
    }
  } else if (typeof value === 'object' && value !== null) {
    page.line(level, `${title}:`)
    memberLines(page, value as Manifest, level + 1)
  } else page.line(level, `${title}:\t${value === null ? '<nil>' : String(value)}`)
}

/** `matchLabels` is titled `Match Labels`. */
function titled(key: string): string {
  if (/[^A-Za-z]/.test(key)) return key
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
