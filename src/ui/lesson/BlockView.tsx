import type { Block } from '#lessons/lesson.ts'
import { Prose } from '#ui/primitives/Prose.tsx'
import { Checks } from './Checks.tsx'
import { CommandView } from './CommandView.tsx'
import styles from './lesson.module.css'
import { Prediction } from './Prediction.tsx'

export function BlockView({ block }: { readonly block: Block }) {
  switch (block.type) {
    case 'prose':
      return <Prose markdown={block.markdown} />
    case 'command':
      return <CommandView block={block} />
    case 'checks':
      return <Checks checks={block.checks} />
    case 'prediction':
      return <Prediction block={block} />
    case 'hint':
      return (
        <details className={styles.hint}>
          <summary>Hint</summary>
          <Prose markdown={block.markdown} />
        </details>
      )
    case 'erratum':
      return (
        <div className={styles.erratum}>
          <b>Beside the original text</b>
          <Prose markdown={block.markdown} />
        </div>
      )
  }
}
