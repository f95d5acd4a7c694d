import { useRef, useState } from 'react'
import { Acting } from '#ui/primitives/Acting.tsx'
import { Button } from '#ui/primitives/Button.tsx'
import { Chip } from '#ui/primitives/Chip.tsx'
import styles from './editor.module.css'
import { Outcomes } from './Outcomes.tsx'
import { useManifest } from './use-manifest.ts'
import { useMonaco } from './use-monaco.ts'

export function EditorPanel() {
  const [path, setPath] = useState('web.yaml')
  const manifest = useManifest(path)
  const { markers, documents } = { ...manifest.manifest, markers: manifest.markers }
  const place = useRef<HTMLDivElement>(null)
  useMonaco(place, {
    text: manifest.text,
    markers,
    onText: manifest.edit,
    onSave: manifest.save,
  })
  const isReady = documents.length > 0 && manifest.manifest.markers.length === 0 && !manifest.isBusy
  return (
    <div className={styles.editor}>
      <Acting note="Files and manifests are of the present." />
      <div className={styles.bar}>
        <input
          key={path}
          className={styles.path}
          aria-label="File in the home directory"
          title="File in the home directory of the terminals"
          spellCheck={false}
          size={Math.max(6, path.length + 1)}
          defaultValue={path}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
          onBlur={(event) => setPath(event.currentTarget.value.trim() || 'web.yaml')}
        />
        {manifest.text.trim() !== '' && (
          <Chip tone={markers.length === 0 ? 'ok' : 'bad'}>
            {markers.length === 0
              ? 'valid'
              : `${markers.length} ${markers.length === 1 ? 'problem' : 'problems'}`}
          </Chip>
        )}
        <span className={styles.grow} />
        <Button size="small" look="ghost" title="Read the file again" onClick={manifest.read}>
          Reload
        </Button>
        <Acting>
          <Button size="small" look="ghost" disabled={!isReady} onClick={manifest.dryRun}>
            Dry run
          </Button>
          <Button size="small" look="primary" disabled={!isReady} onClick={manifest.apply}>
            Apply
          </Button>
        </Acting>
      </div>
      <div className={styles.place} ref={place} />
      <Outcomes
        outcomes={manifest.outcomes}
        markers={markers}
        isEmpty={manifest.text.trim() === ''}
      />
    </div>
  )
}
