import { useMemo } from 'react'
import { attachedTo, claimView, indexPodsByClaim, withShortVolumes } from '#state/claims.ts'
import { formatQuantity } from '#state/time.ts'
import { useObjects } from '#ui/app-context.ts'
import { Chip } from '#ui/primitives/Chip.tsx'
import { Empty } from '#ui/primitives/Empty.tsx'
import { ObjectLink } from '#ui/primitives/ObjectLink.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import sections from '#ui/primitives/section.module.css'
import { useShown } from '#ui/use-slots.ts'
import styles from './storage.module.css'
import { VolumeFiles } from './VolumeFiles.tsx'

export function StoragePanel() {
  return (
    <>
      <Claims />
      <Volumes />
      <Classes />
      <VolumeFiles />
    </>
  )
}

function Claims() {
  const claims = useObjects('PersistentVolumeClaim')
  const volumes = useObjects('PersistentVolume')
  const attachments = useObjects('VolumeAttachment')
  const pods = useObjects('Pod')
  const views = useMemo(() => {
    const podsByClaim = indexPodsByClaim(pods)
    return [...claims.values()]
      .map((claim) => claimView({ podsByClaim, volumes, attachments }, claim))
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  }, [claims, volumes, attachments, pods])
  const missing = useMissingClaims()
  return (
    <Section title="Claims" detail={views.length === 0 ? undefined : `${views.length}`}>
      {views.length + missing.length === 0 ? (
        <Empty title="No claim yet">
          <span>A StatefulSet makes one for each of its templates and ordinals.</span>
        </Empty>
      ) : (
        <table className={sections.table}>
          <thead>
            <tr>
              <th>Claim</th>
              <th>State</th>
              <th>Volume</th>
              <th>Used by</th>
            </tr>
          </thead>
          <tbody>
            {views.map((claim) => (
              <tr key={claim.uid}>
                <td>
                  <code>
                    <ObjectLink uid={claim.uid}>{claim.name}</ObjectLink>
                  </code>
                </td>
                <td>
                  <Chip tone={claim.tone}>{claim.state}</Chip>
                </td>
                <td>
                  <code title={claim.volume}>{withShortVolumes(claim.volume ?? '')}</code>
                </td>
                <td>{claim.users.join(', ') || 'nobody'}</td>
              </tr>
            ))}
            {missing.map((name) => (
              <tr key={name} data-none="">
                <td>
                  <code>{name}</code>
                </td>
                <td colSpan={3}>not made</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

/** Claims the shown set will make with the Pods it has not made yet. */
function useMissingClaims(): readonly string[] {
  const { set, slots } = useShown()
  const templates = set?.spec?.volumeClaimTemplates ?? []
  return slots
    .filter((slot) => slot.isWanted)
    .flatMap((slot) =>
      templates
        .map((template) => `${template.metadata?.name}-${slot.name}`)
        .filter((name) => !slot.claims.some((claim) => claim.name === name)),
    )
    .slice(0, 20)
}

function Volumes() {
  const volumes = useObjects('PersistentVolume')
  const attachments = useObjects('VolumeAttachment')
  if (volumes.size === 0) return null
  return (
    <Section title="Volumes" detail={`${volumes.size}`}>
      <table className={`${sections.table} ${styles.whole}`}>
        <thead>
          <tr>
            <th>Volume</th>
            <th>Size</th>
            <th>Phase</th>
            <th>Node</th>
            <th>Reclaim</th>
          </tr>
        </thead>
        <tbody>
          {[...volumes.values()].map(({ metadata, spec, status }) => (
            <tr key={metadata.uid}>
              <td>
                <code title={metadata.name}>
                  <ObjectLink uid={metadata.uid}>{withShortVolumes(metadata.name)}</ObjectLink>
                </code>
              </td>
              <td>{formatQuantity(spec?.capacity?.['storage'])}</td>
              <td>{status?.phase ?? 'Pending'}</td>
              <td>{attachedTo(attachments, metadata.name) ?? 'none'}</td>
              <td>{spec?.persistentVolumeReclaimPolicy ?? 'Retain'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

function Classes() {
  const classes = useObjects('StorageClass')
  if (classes.size === 0) return null
  return (
    <Section title="Classes">
      <table className={sections.table}>
        <thead>
          <tr>
            <th>Class</th>
            <th>Provisioner and binding</th>
          </tr>
        </thead>
        <tbody>
          {[...classes.values()].map((one) => (
            <tr key={one.metadata.uid}>
              <td>
                <code>
                  <ObjectLink uid={one.metadata.uid}>{one.metadata.name}</ObjectLink>
                </code>
              </td>
              <td>
                {one.provisioner}
                <br />
                {one.volumeBindingMode ?? 'Immediate'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
