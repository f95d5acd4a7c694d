import { type FormEvent, useState } from 'react'
import { useApp } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Modal } from '#ui/primitives/Modal.tsx'
import type { ClusterSettings } from '#worker/protocol.ts'
import styles from './frame.module.css'

export type ClusterDialogProps = { readonly isOpen: boolean; readonly onClose: () => void }

/** The same settings, seed and inputs give the same run, to the byte. */
export function ClusterDialog({ isOpen, onClose }: ClusterDialogProps) {
  const settings = useApp((state) => state.settings)
  const reset = useApp((state) => state.reset)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    reset(readSettings(new FormData(event.currentTarget), settings))
    onClose()
  }
  return (
    <Modal title="New cluster" isOpen={isOpen} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <p>
          Everything in the present cluster is gone. The same settings and inputs give the same run.
        </p>
        <SettingsFields settings={settings} />
        <div className={styles.formFoot}>
          <Button look="ghost" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit">
            Start it
          </Button>
        </div>
      </form>
    </Modal>
  )
}

const GATE = 'MaxUnavailableStatefulSet'

function SettingsFields({ settings }: { readonly settings: ClusterSettings }) {
  const [nodes, setNodes] = useState(settings.nodes)
  return (
    <>
      <label>
        <span>Seed</span>
        <input name="seed" type="number" min={0} step={1} defaultValue={settings.seed} required />
      </label>
      <label>
        <span>Nodes</span>
        <input
          name="nodes"
          type="number"
          min={1}
          max={100}
          value={nodes}
          onChange={(event) => setNodes(event.currentTarget.valueAsNumber)}
          required
        />
      </label>
      <label>
        <span>Timings</span>
        <select name="timings" defaultValue={settings.timings}>
          <option value="instant">instant: no waiting for images and volumes</option>
          <option value="kind">kind: a cluster on one machine</option>
          <option value="cloud">cloud: disks attach and images travel</option>
        </select>
      </label>
      <label>
        <span>kubectl</span>
        <select name="dialect" defaultValue={settings.dialect}>
          <option value="1.36">1.36</option>
          <option value="1.10">1.10, as in the original tutorial</option>
        </select>
      </label>
      <label className={styles.tickBox}>
        <input name="gate" type="checkbox" defaultChecked={settings.featureGates[GATE] === true} />
        <span>{GATE}</span>
      </label>
    </>
  )
}

function readSettings(form: FormData, before: ClusterSettings): ClusterSettings {
  const timings = form.get('timings')
  return {
    seed: Math.trunc(Number(form.get('seed'))),
    nodes: Math.min(100, Math.max(1, Math.trunc(Number(form.get('nodes'))))),
    dialect: form.get('dialect') === '1.10' ? '1.10' : '1.36',
    timings: timings === 'instant' || timings === 'cloud' ? timings : 'kind',
    featureGates: { ...before.featureGates, [GATE]: form.get('gate') === 'on' },
  }
}
