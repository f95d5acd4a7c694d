import type { KnownKinds } from '#state/kube.ts'
import { useObjects } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import styles from './stage.module.css'

export type BusProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly isNamed: boolean
}

/** The governing Service: the line every slot hangs its DNS name on. */
export function Bus({ set, isNamed }: BusProps) {
  const services = useObjects('Service')
  const name = set.spec?.serviceName ?? ''
  const service = [...services.values()].find(
    ({ metadata }) => metadata.name === name && metadata.namespace === set.metadata.namespace,
  )
  return (
    <div className={styles.bus} data-missing={service === undefined ? '' : undefined}>
      {isNamed && (
        <span>
          <Icon name="service" />
          {name === '' ? (
            'no Service'
          ) : (
            <em>
              <i>Service </i>
              <code>{name}</code>, {serviceWord(service)}
            </em>
          )}
        </span>
      )}
    </div>
  )
}

function serviceWord(service: KnownKinds['Service'] | undefined): string {
  if (service === undefined) return 'not there: no name resolves'
  return service.spec?.clusterIP === 'None' ? 'headless' : 'not headless'
}
