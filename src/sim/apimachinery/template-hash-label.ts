/** What tells the ReplicaSets of a Deployment, and their Pods, apart. */
export const TEMPLATE_HASH_LABEL = 'pod-template-hash'

type Template = { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } }

/** The template as the Deployment has it. */
export function withoutTemplateHash<T extends Template>(template: T): T {
  if (template.metadata?.labels?.[TEMPLATE_HASH_LABEL] === undefined) return template
  const { [TEMPLATE_HASH_LABEL]: _hash, ...labels } = template.metadata.labels
  return { ...template, metadata: { ...template.metadata, labels } }
}
