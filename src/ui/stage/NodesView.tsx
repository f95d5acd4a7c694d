import type { KnownKinds } from '#state/kube.ts'
import { nodeChoices, nodeFaults } from '#state/faults.ts'
import { type NodeView, nodesOf } from '#state/nodes.ts'
import type { SlotView } from '#state/slots.ts'
import { useObjects } from '#ui/app-context.ts'
import { FaultMenu } from '#ui/faults/FaultMenu.tsx'
import { FaultWords } from '#ui/faults/FaultWords.tsx'
import { useActiveFaults } from '#ui/faults/use-active-faults.ts'
import { Chip } from '#ui/primitives/Chip.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { PhaseMark } from '#ui/primitives/PhaseMark.tsx'
import { useClockFace, useRevisionOrder } from '#ui/use-slots.ts'
import { Disk } from './Disks.tsx'
import { PodCard } from './PodCard.tsx'
import styles from './stage.module.css'

export type NodesViewProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slots: readonly SlotView[]
}

export function NodesView({ set, slots }: NodesViewProps) {
  const nodes = useObjects('Node')
  const clock = useClockFace(1000)
  const views = nodesOf(nodes, slots, clock)
  return (
    <>
      <Strip slots={slots} />
      <div className={styles.nodes}>
        <div className={styles.plane}>
          <span>Control plane</span>
        </div>
        <div className={styles.nodeRow}>
          {views.map((view) => (
            <NodeBox key={view.name} set={set} view={view} />
          ))}
        </div>
      </div>
    </>
  )
}

function Strip({ slots }: Pick<NodesViewProps, 'slots'>) {
  return (
    <div
      className={styles.strip}
      role="group"
      aria-label="Slots"
      // Of many slots it scrolls, by keys as well.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <span className={styles.dim}>Slots</span>
      {slots.map(({ ordinal, name, pod }) => (
        <span key={ordinal}>
          {pod === undefined ? <Icon name="todo" size={20} /> : <PhaseMark phase={pod.letter} />}
          <b>{name}</b>
          {pod === undefined ? 'no Pod' : `${pod.word}${pod.node ? ` on ${pod.node}` : ''}`}
        </span>
      ))}
    </div>
  )
}

type NodeBoxProps = { readonly set: KnownKinds['StatefulSet']; readonly view: NodeView }

function NodeBox({ set, view }: NodeBoxProps) {
  const order = useRevisionOrder(set)
  const isLost = !view.isReady
  const active = useActiveFaults()
  const faults = nodeFaults(active, view.name)
  return (
    <section
      className={styles.node}
      data-lost={isLost ? '' : undefined}
      data-severed={isLost || faults.length > 0 ? '' : undefined}
      role="group"
      aria-label={[
        view.name,
        view.word,
        ...faults.map(({ words, since }) => `${words} since ${since}`),
      ].join(', ')}
    >
      <span className={styles.nodePin} />
      <div className={styles.nodeHead}>
        <b>
          <Icon name="node" />
          {view.name}
        </b>
        <Chip tone={isLost ? 'bad' : view.isCordoned ? 'warn' : 'ok'}>{view.word}</Chip>
        <FaultMenu
          label={`Break ${view.name}`}
          look="ghost"
          size="small"
          isSquare
          choices={nodeChoices(active, view.name)}
        >
          <Icon name="more" />
        </FaultMenu>
      </div>
      <div className={styles.nodeBody}>
        <FaultWords notes={faults} />
        {view.slots.length === 0 && <span className={styles.dim}>no Pod of this set</span>}
        {view.slots.map(
          ({ pod, isAwaited }) =>
            pod !== undefined && (
              <div key={pod.uid} className={styles.onNode}>
                {isAwaited && <span className={styles.reticle} aria-hidden="true" />}
                <PodCard
                  pod={pod}
                  order={order}
                  density="full"
                  isNamed
                  facts={pod.facts.filter(({ term }) => term !== 'node' && term !== 'containers')}
                />
              </div>
            ),
        )}
        <p className={styles.heartbeat}>{view.heartbeat}</p>
      </div>
      {view.slots.flatMap(({ claims }) =>
        claims.map((claim) => (
          <div key={claim.uid}>
            <span className={styles.stem} style={{ display: 'block', height: 14 }} />
            <Disk claim={claim} />
          </div>
        )),
      )}
    </section>
  )
}
