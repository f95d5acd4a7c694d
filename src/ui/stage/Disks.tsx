import type { ClaimView } from '#state/claims.ts'
import type { KnownKinds } from '#state/kube.ts'
import type { SlotView } from '#state/slots.ts'
import { useApp } from '#ui/app-context.ts'
import { Chip } from '#ui/primitives/Chip.tsx'
import { VolumeIcon } from '#ui/primitives/Icon.tsx'
import type { RackLayout } from './rack-layout.ts'
import styles from './stage.module.css'

export type DisksProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slot: SlotView
  readonly density: RackLayout['density']
}

/** What stays when the Pod goes: the claims of the ordinal, each with its volume. */
export function Disks({ set, slot, density }: DisksProps) {
  const templates = (set.spec?.volumeClaimTemplates ?? []).map((one) => one.metadata?.name ?? '')
  if (templates.length === 0) return null
  const most = density === 'full' ? 2 : 1
  const isJoined = slot.pod !== undefined && slot.claims.length > 0
  return (
    <>
      <span className={styles.stem} data-off={isJoined ? undefined : ''} />
      <div className={styles.disks}>
        {templates.slice(0, most).map((template) => {
          const name = `${template}-${slot.name}`
          const claim = slot.claims.find((one) => one.name === name)
          return claim === undefined ? (
            <NoDisk key={name} name={name} />
          ) : (
            <Disk key={name} claim={claim} />
          )
        })}
        {templates.length > most && (
          <span className={styles.dim}>and {templates.length - most} more</span>
        )}
      </div>
    </>
  )
}

export function Disk({ claim, detail }: { readonly claim: ClaimView; readonly detail?: string }) {
  const select = useApp((state) => state.select)
  const showSide = useApp((state) => state.showSide)
  return (
    <div className={styles.disk}>
      <VolumeIcon className={styles.volume} />
      <div>
        <div className={styles.claim}>
          <button
            type="button"
            className={styles.plain}
            title={`Inspect claim ${claim.name}`}
            onClick={() => {
              select(claim.uid)
              showSide('Inspector')
            }}
          >
            <b>{claim.name}</b>
          </button>
          <Chip tone={claim.tone}>{claim.state}</Chip>
          <span className={styles.brief}>{claim.brief}</span>
        </div>
        <div className={styles.sub} title={detail ?? claim.detail}>
          {detail ?? claim.detail}
        </div>
      </div>
    </div>
  )
}

function NoDisk({ name }: { readonly name: string }) {
  return (
    <div className={styles.disk} data-none="">
      <VolumeIcon className={styles.volume} />
      <div>
        <div className={styles.claim}>
          <b>{name}</b>
          <Chip tone="none">none yet</Chip>
        </div>
        <div className={styles.sub}>made with its Pod</div>
      </div>
    </div>
  )
}
