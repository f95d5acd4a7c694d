import { type KnownKinds, ordinalIn } from './kube.ts'
import { objectsOf, type ObjectsSlice } from './objects.ts'

type World = Pick<ObjectsSlice, 'byKind' | 'passes'>

/**
 * The set that was reconciled last, as what is left of it tells of it, or undefined while a set is
 * there or nothing is left. Slots outlive their set: Pods without an owner and claims keep the
 * ordinals, so the stage goes on to show them.
 */
export function departedSet(state: World): KnownKinds['StatefulSet'] | undefined {
  if (objectsOf(state, 'StatefulSet').size > 0) return undefined
  const pass = state.passes.at(-1)
  if (pass === undefined) return undefined
  const { set: name, namespace } = pass
  const pods = [...objectsOf(state, 'Pod').values()].filter(
    ({ metadata }) =>
      metadata.namespace === namespace && ordinalIn(name, metadata.name) !== undefined,
  )
  const templates = templatesOf(state, name, namespace)
  if (pods.length === 0 && templates.length === 0) return undefined
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace, uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: {
      replicas: 0,
      selector: {},
      serviceName: pods[0]?.spec?.subdomain ?? '',
      template: {},
      volumeClaimTemplates: templates.map((template) => ({ metadata: { name: template } })),
    },
  }
}

/** Whether a set is one that `departedSet` made of what is left. */
export function isDeparted(set: KnownKinds['StatefulSet']): boolean {
  return set.metadata.uid === ''
}

/** `www` where a claim is called `www-web-0`. */
function templatesOf(state: World, set: string, namespace: string): readonly string[] {
  const pattern = new RegExp(`^(.+)-${set.replaceAll('.', '\\.')}-\\d+$`)
  const names = [...objectsOf(state, 'PersistentVolumeClaim').values()]
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map(({ metadata }) => pattern.exec(metadata.name)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

/** What became of it, for those who look at the stage. */
export function departedSentence(
  name: string,
  slots: readonly { readonly pod?: { readonly flag?: string | undefined } | undefined }[],
): { readonly first: string; readonly more: string } {
  const pods = slots.flatMap(({ pod }) => (pod === undefined ? [] : [pod]))
  const orphans = pods.filter(({ flag }) => flag === 'orphaned').length
  if (orphans > 0) {
    const who = orphans === 1 ? 'its Pod runs on. Nobody looks' : 'its Pods run on. Nobody looks'
    return {
      first: `${name} is deleted, ${who} after ${orphans === 1 ? 'it' : 'them'}.`,
      more: 'A Pod that is deleted now does not come back, until a set adopts what is left.',
    }
  }
  if (pods.length > 0) {
    return {
      first: `${name} is deleted. The garbage collector deletes the Pods it owned.`,
      more: 'It does so all at once: an owner that is gone has no order to keep.',
    }
  }
  return {
    first: `${name} and its Pods are gone. Their claims stay, and with them the data.`,
    more: 'Whoever occupies an ordinal of a new set of this name gets its claim.',
  }
}
