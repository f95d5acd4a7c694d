import { useEffect, useState } from 'react'
import { useApp, useIsPast, useObjects } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Empty } from '#ui/primitives/Empty.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import sections from '#ui/primitives/section.module.css'
import type { VolumeAnswer } from '#worker/protocol.ts'
import styles from './storage.module.css'

/** What a volume holds, file by file: it outlives the Pod that wrote it. */
export function VolumeFiles() {
  const isPast = useIsPast()
  const claims = useObjects('PersistentVolumeClaim')
  const bound = [...claims.values()].filter((claim) => Boolean(claim.spec?.volumeName))
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const claim = bound.find(({ metadata }) => metadata.uid === chosen) ?? bound[0]
  const volume = claim?.spec?.volumeName
  if (claim === undefined || volume === undefined) return null
  if (isPast) {
    return (
      <Section title="Files">
        <p>Only the present has them: what a volume held before is not kept.</p>
      </Section>
    )
  }
  return (
    <Section
      title="Files"
      detail={
        <select
          className={styles.select}
          aria-label="Volume of"
          value={claim.metadata.uid}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {bound.map(({ metadata }) => (
            <option key={metadata.uid} value={metadata.uid}>
              {metadata.name}
            </option>
          ))}
        </select>
      }
    >
      <Browser key={volume} volume={volume} />
    </Section>
  )
}

function Browser({ volume }: { readonly volume: string }) {
  const [path, setPath] = useState('/')
  const { answer, message, refresh } = useVolume(volume, path)
  return (
    <>
      <div className={styles.path}>
        <code>{path}</code>
        {path !== '/' && (
          <Button size="small" look="ghost" onClick={() => setPath('/')}>
            All files
          </Button>
        )}
        <Button size="small" look="ghost" onClick={refresh}>
          Read again
        </Button>
      </div>
      {message !== '' && <p className={styles.refusal}>{message}</p>}
      {typeof answer === 'string' && <pre className={sections.out}>{answer}</pre>}
      {typeof answer === 'object' && <Files entries={answer} onOpen={setPath} />}
    </>
  )
}

type FilesProps = {
  readonly entries: Exclude<VolumeAnswer, string>
  readonly onOpen: (path: string) => void
}

function Files({ entries, onOpen }: FilesProps) {
  if (entries.length === 0) {
    return (
      <Empty title="Empty">
        <span>Nothing was written to this volume yet.</span>
      </Empty>
    )
  }
  return (
    <ul className={styles.files}>
      {entries.map(({ path, type, size }) => (
        <li key={path}>
          <button type="button" disabled={type !== 'file'} onClick={() => onOpen(`/${path}`)}>
            <Icon name={type === 'directory' ? 'slots' : 'lesson'} />
            <code>{type === 'directory' ? `${path}/` : path}</code>
            <span>{type === 'file' ? `${size} B` : ''}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function useVolume(volume: string, path: string) {
  const ask = useApp((state) => state.ask)
  const [turn, setTurn] = useState(0)
  const [answer, setAnswer] = useState<VolumeAnswer | undefined>(undefined)
  const [message, setMessage] = useState('')
  useEffect(() => {
    let isCurrent = true
    void ask({ type: 'readVolume', volume, path }).then((reply) => {
      if (!isCurrent) return
      // The body is what protocol.ts promises for this question.
      setAnswer(reply.ok ? (reply.body as VolumeAnswer) : undefined)
      setMessage(reply.ok ? '' : reply.message)
    })
    return () => {
      isCurrent = false
    }
  }, [ask, volume, path, turn])
  return { answer, message, refresh: () => setTurn(turn + 1) }
}
