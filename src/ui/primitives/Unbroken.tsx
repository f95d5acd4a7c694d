import styles from './primitives.module.css'

/** Text whose words break only where they are longer than the line: names and options, not at their hyphens. */
export function Unbroken({ text }: { readonly text: string }) {
  return text.split(/(\s+)/).map((word, index) =>
    word.includes('-') ? (
      // The words of a sentence never change places.
      <span key={index} className={styles.unbroken}>
        {word}
      </span>
    ) : (
      word
    ),
  )
}
