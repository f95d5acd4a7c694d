import { Button } from '#ui/primitives/Button.tsx'
import { Empty } from '#ui/primitives/Empty.tsx'
import { useApp } from '#ui/app-context.ts'

/** What the stage says while there is no set, nor anything left of one. */
export function NoSet({ hasEditor = false }: { readonly hasEditor?: boolean }) {
  const connection = useApp((state) => state.connection)
  const gone = useApp((state) => state.passes.at(-1)?.set)
  const showSide = useApp((state) => state.showSide)
  if (connection === 'connecting') {
    return (
      <Empty title="The cluster is starting">
        <span>Its nodes, its API server and its controllers run in this page.</span>
      </Empty>
    )
  }
  return (
    <Empty title={gone === undefined ? 'No StatefulSet yet' : `Nothing is left of ${gone}`}>
      {gone !== undefined && (
        <span>No Pod holds one of its names, and no claim one of its disks.</span>
      )}
      <span>
        {gone === undefined
          ? 'Run the next command of the lesson, or apply a manifest from the editor.'
          : 'A new set of this name would begin with empty disks.'}
      </span>
      {hasEditor && (
        <Button size="small" onClick={() => showSide('Editor')}>
          Open the editor
        </Button>
      )}
    </Empty>
  )
}
