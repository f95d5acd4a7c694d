import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
} from 'kubernetes-types/core/v1'

type SelectableNode = {
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
  }
}

/** Whether any of the terms selects the node. A selector without terms selects nothing. */
export function matchesNodeSelector(selector: NodeSelector, node: SelectableNode): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node))
}

/** All expressions of a term must hold; a term without any selects nothing. */
export function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: SelectableNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return (
    matchExpressions.every((one) => holds(one, node.metadata.labels?.[one.key])) &&
    matchFields.every((one) => one.key === 'metadata.name' && holds(one, node.metadata.name))
  )
}

function holds(
  { operator, values = [] }: NodeSelectorRequirement,
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
    case 'Gt':
    case 'Lt':
      return compares(operator, value, values[0])
    default:
      return false
  }
}

const INTEGER = /^[+-]?[0-9]+$/

function compares(
  operator: 'Gt' | 'Lt',
  value: string | undefined,
  bound: string | undefined,
): boolean {
  if (value === undefined || bound === undefined) return false
  if (!INTEGER.test(value) || !INTEGER.test(bound)) return false
  return operator === 'Gt' ? Number(value) > Number(bound) : Number(value) < Number(bound)
}
