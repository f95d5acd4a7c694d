import { isDeparted } from '#state/departed.ts'
import type { KnownKinds } from '#state/kube.ts'
import { podRevisions } from '#state/set-counts.ts'
import { revisionLetter } from '#state/revisions.ts'
import { useApp, useObjects } from '#ui/app-context.ts'
import { Chip } from '#ui/primitives/Chip.tsx'
import { MenuButton } from '#ui/primitives/MenuButton.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { RevisionFlag } from '#ui/primitives/RevisionFlag.tsx'
import { Segments } from '#ui/primitives/Segments.tsx'
import { useRevisionOrder, useShown } from '#ui/use-slots.ts'
import styles from './stage.module.css'

type Props = { readonly set: KnownKinds['StatefulSet'] }

export type SetHeadProps = Props & { readonly isShort?: boolean }

export function SetHead({ set, isShort = false }: SetHeadProps) {
  const view = useApp((state) => state.stageView)
  const showStage = useApp((state) => state.showStage)
  return (
    <div className={styles.head} data-short={isShort ? '' : undefined}>
      <SetName set={set} />
      {isDeparted(set) ? (
        <>
          <Chip tone="none">deleted</Chip>
          <Remains />
        </>
      ) : (
        <>
          <Revisions set={set} />
          <Counts set={set} />
        </>
      )}
      {!isShort && (
        <Segments
          label="View"
          choices={[
            { value: 'slots', text: 'Slots' },
            { value: 'nodes', text: 'Nodes' },
          ]}
          chosen={view}
          onChoose={showStage}
        />
      )}
    </div>
  )
}

function SetName({ set }: Props) {
  const sets = useObjects('StatefulSet')
  const selectSet = useApp((state) => state.selectSet)
  const select = useApp((state) => state.select)
  const showSide = useApp((state) => state.showSide)
  if (sets.size > 1) {
    return (
      <MenuButton
        label={`StatefulSet ${set.metadata.name}, choose another`}
        choices={[...sets.values()].map(({ metadata }) => ({
          key: metadata.uid,
          text: metadata.name,
          detail: metadata.namespace ?? '',
          isChosen: metadata.uid === set.metadata.uid,
          onChoose: () => selectSet(metadata.uid),
        }))}
      >
        <code className={styles.setName}>{set.metadata.name}</code>
        <Icon name="down" />
      </MenuButton>
    )
  }
  if (isDeparted(set)) {
    return (
      <h2>
        <span className={styles.kind}>StatefulSet</span>
        <code className={styles.setName}>{set.metadata.name}</code>
      </h2>
    )
  }
  return (
    <h2>
      <span className={styles.kind}>StatefulSet</span>
      <button
        type="button"
        className={styles.plain}
        title="Show in the Inspector"
        onClick={() => {
          select(set.metadata.uid)
          showSide('Inspector')
        }}
      >
        <code className={styles.setName}>{set.metadata.name}</code>
      </button>
    </h2>
  )
}

function Revisions({ set }: Props) {
  const order = useRevisionOrder(set)
  const current = set.status?.currentRevision
  const update = set.status?.updateRevision
  const isRolling = update !== undefined && update !== current
  return (
    <span className={styles.revisions}>
      <RevisionFlag order={order} hash={current || update} />
      {isRolling ? (
        <RevisionFlag order={order} hash={update} />
      ) : (
        <code className={styles.hash}>{current}</code>
      )}
    </span>
  )
}

/** What a set that is gone left behind. */
function Remains() {
  const { slots } = useShown()
  const rows = [
    { term: 'Pods left', count: slots.filter(({ pod }) => pod !== undefined).length },
    { term: 'claims', count: slots.reduce((sum, { claims }) => sum + claims.length, 0) },
  ]
  return <CountList rows={rows} />
}

function Counts({ set }: Props) {
  const pods = useObjects('Pod')
  const order = useRevisionOrder(set)
  const wanted = set.spec?.replicas ?? 1
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = set.status ?? {}
  const byRevision = podRevisions(set, pods)
  const rows = [
    { term: 'wanted', count: wanted, isOff: false },
    ...(byRevision.length > 1
      ? []
      : [{ term: 'created', count: replicas, isOff: replicas !== wanted }]),
    { term: 'ready', count: readyReplicas, isOff: readyReplicas !== wanted },
    ...(byRevision.length > 1
      ? byRevision
          .toSorted((a, b) => order.indexOf(a.hash) - order.indexOf(b.hash))
          .map(({ hash, count }) => ({
            term: `at ${revisionLetter(order, hash)}`,
            count,
            isOff: false,
          }))
      : [{ term: 'updated', count: updatedReplicas, isOff: false }]),
  ]
  return <CountList rows={rows} />
}

type Count = { readonly term: string; readonly count: number; readonly isOff?: boolean }

function CountList({ rows }: { readonly rows: readonly Count[] }) {
  return (
    <dl className={styles.counts}>
      {rows.map(({ term, count, isOff }) => (
        <div key={term} data-off={isOff === true ? '' : undefined} data-term={term}>
          <dt>{term}</dt>
          <dd>{count}</dd>
        </div>
      ))}
    </dl>
  )
}
