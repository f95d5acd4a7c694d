import styles from './primitives.module.css'

export type SegmentsProps<T> = {
  readonly label: string
  readonly choices: readonly { readonly value: T; readonly text: string }[]
  readonly chosen: T
  readonly onChoose: (value: T) => void
}

export function Segments<T extends string | number>(props: SegmentsProps<T>) {
  const { label, choices, chosen, onChoose } = props
  return (
    <div className={styles.segments} role="group" aria-label={label}>
      {choices.map(({ value, text }) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
