import { base64Length } from '../base64.ts'
import type { Manifest } from '../manifest.ts'
import { formatLabelSelector } from '#sim/apimachinery/label-selector.ts'
import {
  annotationLines,
  headLines,
  labelLines,
  list,
  longTime,
  orNone,
  pairTexts,
  type Page,
} from './page.ts'
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

export function describeConfigMap(page: Page, configMap: Manifest): void {
  headLines(page, configMap)
  page.line(0, '\nData\n====')
  for (const [key, value] of entries(configMap['data'])) page.line(0, `${key}:\n----\n${value}\n`)
  page.line(0, '\nBinaryData\n====')
  for (const [key, value] of entries(configMap['binaryData'])) {
    page.line(0, `${key}: ${base64Length(value)} bytes`)
  }
  page.line(0, '')
}

export function describeSecret(page: Page, secret: Manifest): void {
  headLines(page, secret)
  page.line(0, `\nType:\t${secret['type'] ?? 'Opaque'}`)
  page.line(0, '\nData\n====')
  for (const [key, value] of entries(secret['data']))
    page.line(0, `${key}:\t${base64Length(value)} bytes`)
}

function entries(values: Record<string, string> | undefined): [string, string][] {
  return Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
}

export function describeServiceAccount(page: Page, account: Manifest): void {
  headLines(page, account)
  const names = (list: Manifest[] | undefined): string =>
    list === undefined || list.length === 0 ? '<none>' : list.map(({ name }) => name).join('\n\t')
  page.field('Image pull secrets', names(account['imagePullSecrets']))
  if (!page.isOld) return
  page.field('Mountable secrets', names(account['secrets']))
  page.field('Tokens', '<none>')
}

export function describeBudget(page: Page, budget: Manifest): void {
  const { metadata = {}, spec = {}, status = {} } = budget
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  if (spec.minAvailable !== undefined) page.field('Min available', spec.minAvailable)
  else page.optional('Max unavailable', spec.maxUnavailable)
  const { selector } = spec
  page.field('Selector', selector === undefined ? '<unset>' : orNone(formatLabelSelector(selector)))
  page.line(0, 'Status:')
  page.line(0, `    Allowed disruptions:\t${status.disruptionsAllowed ?? 0}`)
  page.line(0, `    Current:\t${status.currentHealthy ?? 0}`)
  page.line(0, `    Desired:\t${status.desiredHealthy ?? 0}`)
  page.line(0, `    Total:\t${status.expectedPods ?? 0}`)
}

export function describePriorityClass(page: Page, priorityClass: Manifest): void {
  const { metadata = {} } = priorityClass
  page.field('Name', metadata.name)
  page.field('Value', priorityClass['value'])
  page.field('GlobalDefault', priorityClass['globalDefault'] === true)
  if (!page.isOld) page.field('PreemptionPolicy', priorityClass['preemptionPolicy'])
  page.field('Description', priorityClass['description'] ?? '')
  page.field('Annotations', orNone(pairTexts(metadata.annotations).join(',')))
}
