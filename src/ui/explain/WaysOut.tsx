import { formatTime } from '#sim/kernel/time.ts'
import type { KnownKinds } from '#state/kube.ts'
import { evictionTime, isLost, type WayOut, waysOut } from '#state/lost-node.ts'
import { useApp, useIsPast, useObjects } from '#ui/app-context.ts'
import { useActiveFaults } from '#ui/faults/use-active-faults.ts'
import { Acting } from '#ui/primitives/Acting.tsx'
import { Button } from '#ui/primitives/Button.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import { Unbroken } from '#ui/primitives/Unbroken.tsx'
import { useClockFace } from '#ui/use-slots.ts'
import styles from './explain.module.css'

export type WaysOutProps = { readonly pod: KnownKinds['Pod'] }

/** What can be done now about a Pod whose node is not heard from, each with its command. */
export function WaysOut({ pod }: WaysOutProps) {
  const isPast = useIsPast()
  const nodes = useObjects('Node')
  const node = [...nodes.values()].find(({ metadata }) => metadata.name === pod.spec?.nodeName)
  return !isPast && node !== undefined && isLost(node) ? <Ways pod={pod} node={node} /> : null
}

function Ways({ pod, node }: WaysOutProps & { readonly node: KnownKinds['Node'] }) {
  const active = useActiveFaults()
  const claims = useObjects('PersistentVolumeClaim')
  const volumes = useObjects('PersistentVolume')
  const attachments = useObjects('VolumeAttachment')
  const evicted = evictionTime(pod, node, useClockFace(60_000))
  const ways = waysOut({ pod, node, active, claims, volumes, attachments })
  return (
    <Section title={`Ways out for ${pod.metadata.name}`}>
      {evicted !== undefined && (
        <p className={styles.unless}>
          Unless {node.metadata.name} is heard from, it is deleted at {formatTime(evicted)}.
        </p>
      )}
      <ol className={styles.ways}>
        {ways.map((way, index) => (
          <Way key={`${way.title} ${way.command}`} {...{ way, pod, node }} number={index + 1} />
        ))}
      </ol>
    </Section>
  )
}

type WayProps = WaysOutProps & {
  readonly way: WayOut
  readonly node: KnownKinds['Node']
  readonly number: number
}

function Way({ way, pod, node, number }: WayProps) {
  const causeFault = useApp((state) => state.causeFault)
  const declareOutOfService = useApp((state) => state.declareOutOfService)
  const deleteByForce = useApp((state) => state.deleteByForce)
  const { does } = way
  const run = () => {
    if (does === 'declare out of service') declareOutOfService(node)
    else if (does === 'delete by force') deleteByForce(pod)
    else if (does !== undefined) causeFault(does)
  }
  return (
    <li>
      <b>
        {number}. {way.title}
      </b>{' '}
      <i data-danger={way.isDangerous ? '' : undefined}>{way.note}</i>
      <p>
        <Unbroken text={way.effect} />
      </p>
      {does !== undefined && (
        <div className={styles.command}>
          <code>{way.command}</code>
          <Acting>
            <Button
              size="small"
              look={way.isDangerous ? 'danger' : number === 1 ? 'primary' : 'plain'}
              aria-label={`${way.button}: ${way.title}`}
              onClick={run}
            >
              {way.button}
            </Button>
          </Acting>
        </div>
      )}
    </li>
  )
}
