import { formatTime } from '#sim/kernel/time.ts'
import { endingOf, faultCommand, type FaultEntry, stateWords } from '#sim/cluster/faults/act.ts'
import {
  claimChoices,
  endText,
  type FaultChoice,
  imageChoices,
  nodeChoices,
  podChoices,
  provisionerChoices,
} from '#state/faults.ts'
import { useApp, useObjects } from '#ui/app-context.ts'
import { Acting } from '#ui/primitives/Acting.tsx'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon, type IconName } from '#ui/primitives/Icon.tsx'
import { Modal } from '#ui/primitives/Modal.tsx'
import { useShown } from '#ui/use-slots.ts'
import { FaultMenu } from './FaultMenu.tsx'
import styles from './faults.module.css'
import { useActiveFaults } from './use-active-faults.ts'

export type FaultsDialogProps = { readonly isOpen: boolean; readonly onClose: () => void }

/** Everything that is broken on purpose, and everything that can be. */
export function FaultsDialog({ isOpen, onClose }: FaultsDialogProps) {
  const active = useActiveFaults()
  return (
    <Modal title="Faults" isOpen={isOpen} onClose={onClose}>
      <div className={styles.faults}>
        {active.size === 0 ? (
          <p className={styles.dim}>Nothing is broken on purpose.</p>
        ) : (
          <ul aria-label="Active faults">
            {[...active].map(([key, fault]) => (
              <ActiveFault key={key} fault={fault} />
            ))}
          </ul>
        )}
        <Breakable />
        <div className={styles.foot}>
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Modal>
  )
}

function ActiveFault({ fault }: { readonly fault: FaultEntry }) {
  const causeFault = useApp((state) => state.causeFault)
  const end = endingOf(fault)
  const subject = fault.verb.endsWith('-pulls') ? '' : fault.target
  return (
    <li>
      <span>
        {subject !== '' && <b>{subject}</b>} {stateWords(fault)}
        <small>since {formatTime(fault.time)}</small>
      </span>
      {end !== undefined && (
        <>
          <code>{faultCommand(end)}</code>
          <Acting>
            <Button
              size="small"
              aria-label={`${endText(fault)}: ${subject} ${stateWords(fault)}`}
              onClick={() => causeFault(end)}
            >
              {endText(fault)}
            </Button>
          </Acting>
        </>
      )}
    </li>
  )
}

const PODS_MAX = 20

function Breakable() {
  const active = useActiveFaults()
  const { set, slots } = useShown()
  const nodes = useObjects('Node')
  const pods = useObjects('Pod')
  const own = slots.flatMap(({ pod }) => (pod === undefined ? [] : (pods.get(pod.uid) ?? [])))
  const claims = slots.flatMap((slot) => slot.claims.filter(({ state }) => state === 'Bound'))
  const images = [
    ...new Set(own.flatMap((pod) => pod.spec?.containers.map(({ image = '' }) => image) ?? [])),
  ]
  const namespace = set?.metadata.namespace
  return (
    <dl>
      <Group name="Nodes" icon="node">
        {[...nodes.values()]
          .map(({ metadata }) => metadata.name)
          .sort()
          .map((name) => (
            <Row key={name} name={name} choices={nodeChoices(active, name)} />
          ))}
      </Group>
      <Group name="Pods" icon="pod">
        {own.slice(0, PODS_MAX).map((pod) => (
          <Row key={pod.metadata.uid} name={pod.metadata.name} choices={podChoices(active, pod)} />
        ))}
        {own.length > PODS_MAX && <p className={styles.dim}>the others by: fault kill POD</p>}
      </Group>
      <Group name="Image pulls" icon="rest">
        <Row name="all images" choices={imageChoices(active, '')} />
        {images.map((image) => (
          <Row key={image} name={image} choices={imageChoices(active, image)} />
        ))}
      </Group>
      <Group name="Storage" icon="claim">
        <Row name="provisioner" choices={provisionerChoices(active)} />
        {claims.slice(0, PODS_MAX).map(({ uid, name }) => (
          <Row key={uid} name={name} choices={claimChoices(active, { name, namespace })} />
        ))}
      </Group>
    </dl>
  )
}

type GroupProps = {
  readonly name: string
  readonly icon: IconName
  readonly children: React.ReactNode
}

function Group({ name, icon, children }: GroupProps) {
  return (
    <div>
      <dt>
        <Icon name={icon} />
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  )
}

type RowProps = { readonly name: string; readonly choices: readonly FaultChoice[] }

function Row({ name, choices }: RowProps) {
  if (choices.length === 0) return null
  return (
    <FaultMenu label={`Break ${name}`} size="small" choices={choices}>
      {name}
      <Icon name="down" />
    </FaultMenu>
  )
}
