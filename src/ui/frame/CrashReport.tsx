import { useApp } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import styles from './frame.module.css'

/** The simulation stopped on a bug of ours: what happened, and the way out. */
export function CrashReport() {
  const crash = useApp((state) => state.crash)
  const reset = useApp((state) => state.reset)
  const connection = useApp((state) => state.connection)
  if (connection !== 'crashed' || crash === undefined) return null
  return (
    <div className={styles.crash} role="alertdialog" aria-label="The simulation stopped">
      <h2>The simulation stopped</h2>
      <p>
        This is a fault of Ordinal, not of your cluster: <b>{crash.message}</b>
      </p>
      {crash.report !== '' && <pre>{crash.report}</pre>}
      <div className={styles.formFoot}>
        <Button
          look="ghost"
          onClick={() => void navigator.clipboard.writeText(`${crash.message}\n${crash.report}`)}
        >
          Copy the report
        </Button>
        <Button look="primary" autoFocus onClick={() => reset()}>
          Start a new cluster
        </Button>
      </div>
    </div>
  )
}
