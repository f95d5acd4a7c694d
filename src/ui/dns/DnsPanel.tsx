import { Fragment, useMemo } from 'react'
import { recordsOfService, shortDnsName } from '#state/dns-view.ts'
import { dnsKey } from '#state/objects.ts'
import type { KnownKinds } from '#state/kube.ts'
import type { SlotView } from '#state/slots.ts'
import { useApp, useIsPast, useNow } from '#ui/app-context.ts'
import { Empty } from '#ui/primitives/Empty.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import sections from '#ui/primitives/section.module.css'
import { useShown } from '#ui/use-slots.ts'
import type { PodPhaseLetter } from '#worker/protocol.ts'
import { DnsQuery } from './DnsQuery.tsx'
import styles from './dns.module.css'

export function DnsPanel() {
  const { set, slots } = useShown()
  const isPast = useIsPast()
  const service = set?.spec?.serviceName ?? ''
  const namespace = set?.metadata.namespace ?? 'default'
  return (
    <>
      {set === undefined || service === '' ? (
        <div className={sections.section}>
          <Empty title="No zone to show">
            <span>
              The records of a set's headless Service are listed here, as they are now and as they
              change.
            </span>
          </Empty>
        </div>
      ) : (
        <Zone set={set} service={service} namespace={namespace} slots={slots} />
      )}
      {isPast ? (
        <Section title="Ask the resolver">
          <p>It answers in the present only. The zone above is as the resolver knew it then.</p>
        </Section>
      ) : (
        <DnsQuery suggestion={slots[1]?.dnsName ?? slots[0]?.dnsName ?? 'kubernetes'} />
      )}
    </>
  )
}

type ZoneProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly service: string
  readonly namespace: string
  readonly slots: readonly SlotView[]
}

const FLASH_MS = 3000

function Zone({ service, namespace, slots }: ZoneProps) {
  const dns = useApp((state) => state.dns)
  const changedAt = useApp((state) => state.dnsChangedAt)
  const now = useNow(500)
  const records = useMemo(
    () => recordsOfService(dns, service, namespace),
    [dns, service, namespace],
  )
  const missing = slots.filter((slot) => slot.record === undefined && slot.isWanted)
  const ready = slots.length - slots.filter((slot) => slot.record === undefined).length
  return (
    <Section
      title={
        <>
          Zone of <code>{`${service}.${namespace}`}</code>
        </>
      }
      detail={`${ready} of ${slots.length} names resolve`}
    >
      <table className={`${sections.table} ${styles.zone}`}>
        <thead>
          <tr>
            <th>Name</th>
            <th>Type</th>
            <th>Answer</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => {
            const key = dnsKey(record)
            const isNew = now - (changedAt.get(key) ?? -FLASH_MS) < FLASH_MS
            return (
              <tr key={key} data-flash={isNew ? '' : undefined}>
                <td>
                  <Dotted name={shortDnsName(record.name, namespace)} />
                </td>
                <td>{record.type}</td>
                <td>
                  <Answer data={record.data} namespace={namespace} />
                </td>
              </tr>
            )
          })}
          {missing.slice(0, 50).map((slot) => (
            <tr key={slot.name} data-none="">
              <td>
                <Dotted name={slot.dnsName} />
              </td>
              <td>A</td>
              <td>
                no record: {slot.pod === undefined ? 'no Pod' : recordlessWord(slot.pod.letter)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

function recordlessWord(letter: PodPhaseLetter): string {
  return letter === 'T' ? 'it is going' : 'it is not Ready'
}

/** A long name may part behind a dot, never at a hyphen. */
function Dotted({ name }: { readonly name: string }) {
  return (
    <code>
      {name.split(/(?<=\.)/).map((label, index) => (
        // The labels of one name have their places.
        <Fragment key={index}>
          {index > 0 && <wbr />}
          <span className={styles.word}>{label}</span>
        </Fragment>
      ))}
    </code>
  )
}

/** Words of an answer may part from each other, but a name stays whole. */
function Answer({ data, namespace }: { readonly data: string; readonly namespace: string }) {
  return (
    <code>
      {data.split(' ').map((word, index) => (
        // The words of one answer have their places.
        <Fragment key={index}>
          {index > 0 && ' '}
          <span className={styles.word}>{shortDnsName(word, namespace)}</span>
        </Fragment>
      ))}
    </code>
  )
}
