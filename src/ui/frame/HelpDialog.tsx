import { Button } from '#ui/primitives/Button.tsx'
import { Modal } from '#ui/primitives/Modal.tsx'
import styles from './frame.module.css'

const KEYS: readonly (readonly [string, string])[] = [
  ['Space', 'pause or play, outside of terminals and fields'],
  ['.', 'step to the next decision, or what the step menu says'],
  ['1 … 5', 'speed ×0.1, ×1, ×10, ×100, max'],
  ['Alt 1, Alt 2', 'go to a terminal'],
  ['Ctrl Shift F6', 'leave a terminal or the editor'],
  [
    '← →',
    'on the moment shown: look back, one write or change of phase at a time; Page keys by ten',
  ],
  ['Home, Esc', 'on the moment shown: as far back as it goes, and back to live'],
  ['← →', 'on the lanes: move through time; + and − zoom, End follows now'],
  ['← →', 'on the grip at the right of the stage: scale'],
]

export type HelpDialogProps = { readonly isOpen: boolean; readonly onClose: () => void }

export function HelpDialog({ isOpen, onClose }: HelpDialogProps) {
  return (
    <Modal title="Reading the page" isOpen={isOpen} onClose={onClose}>
      <div className={styles.help}>
        <p>
          A StatefulSet is a row of <b>slots</b>. A slot is an ordinal: it keeps its name, its DNS
          name and its disk. A Pod is its present occupant, and a new one has a new UID.
        </p>
        <p>
          Four corners mark the Pod the <b>controller looks at</b>. A dashed line goes from who
          waits to what is waited for; on the timeline, a solid arrow shows what the end of a wait
          let begin.
        </p>
        <dl className={styles.keys}>
          {KEYS.map(([key, what]) => (
            <div key={what}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <div className={styles.formFoot}>
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Modal>
  )
}
