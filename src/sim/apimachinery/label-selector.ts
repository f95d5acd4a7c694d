import type { LabelSelector, LabelSelectorRequirement } from 'kubernetes-types/meta/v1'

type Labels = Readonly<Record<string, string>>

/**
 * Whether a LabelSelector selects these labels. An empty selector selects everything, an absent
 * one nothing; one with an unknown operator selects nothing.
 */
export function matchesLabelSelector(
  selector: LabelSelector | undefined,
  labels: Labels | undefined,
): boolean {
  if (selector === undefined || selector === null) return false
  for (const key in selector.matchLabels) {
    if (labels?.[key] !== selector.matchLabels[key]) return false
  }
  return (selector.matchExpressions ?? []).every((one) => requirementHolds(one, labels?.[one.key]))
}

function requirementHolds(
  { operator, values = [] }: LabelSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

/** The written form: `a=b,c in (d,e),f,!g`, sorted by key; empty for a selector of everything. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined || selector === null) return ''
  const parts: { readonly key: string; readonly text: string }[] = []
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    parts.push({ key, text: `${key}=${value}` })
  }
  for (const one of selector.matchExpressions ?? []) {
    parts.push({ key: one.key, text: formatRequirement(one) })
  }
  parts.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return parts.map(({ text }) => text).join(',')
}

function formatRequirement({ key, operator, values = [] }: LabelSelectorRequirement): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.toSorted().join(',')})`
    case 'NotIn':
      return `${key} notin (${values.toSorted().join(',')})`
    case 'DoesNotExist':
      return `!${key}`
    default:
      return key
  }
}

/** A plain map of labels in written form, sorted: `a=b,c=d`. */
export function formatLabels(labels: Labels | undefined): string {
  if (labels === undefined) return ''
  return Object.keys(labels)
    .toSorted()
    .map((key) => `${key}=${labels[key]}`)
    .join(',')
}
