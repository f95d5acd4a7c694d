import type { PredictionBlock } from '#lessons/lesson.ts'
import { currentPlace, isAnswered } from '#state/lesson.ts'
import { useApp } from '#ui/app-context.ts'
import { Prose } from '#ui/primitives/Prose.tsx'
import styles from './lesson.module.css'

/** A question to answer before looking; once it was run, the reply to the choice says why. */
export function Prediction({ block }: { readonly block: PredictionBlock }) {
  const chosen = useApp((state) => state.predictions[block.id])
  const predict = useApp((state) => state.predict)
  const isShown = useApp((state) => {
    const place = currentPlace(state)
    return (
      place !== undefined &&
      state.lesson !== undefined &&
      isAnswered(place.step, block, state.lesson)
    )
  })
  const choice = chosen === undefined ? undefined : block.choices[chosen]
  return (
    <fieldset className={styles.predict}>
      <legend>{block.question}</legend>
      {block.choices.map(({ text }, index) => (
        <label key={text}>
          <input
            type="radio"
            name={block.id}
            checked={index === chosen}
            onChange={() => predict(block.id, index)}
          />
          <span>{text}</span>
        </label>
      ))}
      {choice !== undefined && (
        <div
          className={styles.verdict}
          data-right={isShown && choice.isRight ? '' : undefined}
          role="status"
        >
          <Prose markdown={isShown ? choice.reply : 'Now run it, and see.'} />
        </div>
      )}
    </fieldset>
  )
}
