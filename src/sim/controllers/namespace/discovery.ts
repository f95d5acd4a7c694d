import type { Client } from '#sim/client/client.ts'

export type DeletableResource = {
  readonly prefix: string
  readonly plural: string
  readonly group: string
  readonly canDeleteCollection: boolean
}

type ResourceList = {
  readonly resources: readonly {
    readonly name: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  }[]
}
type GroupList = {
  readonly groups: readonly {
    readonly name: string
    readonly preferredVersion: { readonly groupVersion: string }
  }[]
}

/** Every namespaced resource of the server whose objects can be listed and deleted. */
export function deletableResources(client: Client): readonly DeletableResource[] {
  // Discovery documents answer with these kinds.
  const { groups } = client.object({ method: 'GET', path: '/apis' }) as GroupList
  const versions = [
    { group: '', prefix: '/api/v1' },
    ...groups.map(({ name, preferredVersion }) => ({
      group: name,
      prefix: `/apis/${preferredVersion.groupVersion}`,
    })),
  ]
  return versions.flatMap(({ group, prefix }) => {
    const list = client.object({ method: 'GET', path: prefix }) as ResourceList
    return list.resources
      .filter(
        ({ name, namespaced, verbs }) =>
          namespaced && !name.includes('/') && verbs.includes('list') && verbs.includes('delete'),
      )
      .map(({ name, verbs }) => ({
        group,
        prefix,
        plural: name,
        canDeleteCollection: verbs.includes('deletecollection'),
      }))
  })
}
