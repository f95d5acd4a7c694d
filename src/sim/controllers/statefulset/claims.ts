import type { PersistentVolumeClaim, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { Unstored } from '#sim/client/client.ts'
import type { PersistentVolumeClaim as ClaimTemplate } from 'kubernetes-types/core/v1'
import { parsePodName } from './ordinals.ts'

export function claimTemplates(set: StatefulSet): readonly ClaimTemplate[] {
  return set.spec?.volumeClaimTemplates ?? []
}

/**
 * Name of the claim a Pod mounts, such as `data-web-2`. It depends on the ordinal alone, so the
 * Pod that returns to this ordinal finds the same data.
 */
export function claimName(template: ClaimTemplate, set: StatefulSet, ordinal: number): string {
  return `${template.metadata?.name}-${set.metadata.name}-${ordinal}`
}

/**
 * Which Pod of which set may mount the claim of this name: `data-my-web-2` is of `my-web`, or of
 * `web` with a template `data-my`. Empty where the name has no ordinal.
 */
export function ordinalsOfClaim(
  name: string,
): readonly { readonly setName: string; readonly ordinal: number }[] {
  const { parent, ordinal } = parsePodName(name)
  const found: { setName: string; ordinal: number }[] = []
  for (let dash = parent.indexOf('-'); dash >= 0; dash = parent.indexOf('-', dash + 1)) {
    found.push({ setName: parent.slice(dash + 1), ordinal })
  }
  return found
}

/** The claim as it is sent for creation; owners come later, by the retention policy. */
export function newClaim(
  template: ClaimTemplate,
  set: StatefulSet,
  ordinal: number,
): Unstored<PersistentVolumeClaim> {
  const labels = { ...template.metadata?.labels, ...set.spec?.selector.matchLabels }
  const { labels: _templateLabels, ...metadata } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    ...(template.spec === undefined ? {} : { spec: template.spec }),
    metadata: {
      // Metadata of the wire, without the null times that a manifest may hold.
      ...(metadata as object),
      name: claimName(template, set, ordinal),
      namespace: set.metadata.namespace ?? '',
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    },
  }
}
