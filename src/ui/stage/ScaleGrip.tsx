import type { KnownKinds } from '#state/kube.ts'
import { useApp } from '#ui/app-context.ts'
import { useGrip } from './use-grip.ts'
import styles from './stage.module.css'

/** Drag right for more replicas, left for fewer; arrow keys do the same one at a time. */
export function ScaleGrip({ set }: { readonly set: KnownKinds['StatefulSet'] }) {
  const scale = useApp((state) => state.scale)
  const replicas = set.spec?.replicas ?? 1
  const { shown, handlers } = useGrip({
    value: replicas,
    min: 0,
    max: 1000,
    pixelsPerUnit: 48,
    onCommit: (next) => scale(set, next),
  })
  return (
    <button
      type="button"
      className={styles.grip}
      role="slider"
      aria-label="Replicas"
      aria-orientation="horizontal"
      aria-valuenow={shown}
      aria-valuemin={0}
      aria-valuemax={1000}
      aria-valuetext={`${shown} replicas`}
      title="Drag to scale, or use the arrow keys"
      data-moving={shown === replicas ? undefined : shown}
      {...handlers}
    />
  )
}
