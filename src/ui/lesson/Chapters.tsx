import { type Place, stepKey } from '#state/lesson.ts'
import type { Chapter } from '#lessons/lesson.ts'
import { useApp } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import { MenuButton } from '#ui/primitives/MenuButton.tsx'
import styles from './lesson.module.css'

export type ChaptersProps = {
  readonly place: Place
  /** All of them, or only the one that is open. */
  readonly isWhole: boolean
}

/** The chapters with how far each is done; the one that is open also leads to its steps. */
export function Chapters({ place, isWhole }: ChaptersProps) {
  const shown = isWhole ? place.lesson.chapters : [place.chapter]
  return (
    <ol className={styles.chapters}>
      {shown.map((chapter) => (
        <ChapterRow key={chapter.id} place={place} chapter={chapter} />
      ))}
    </ol>
  )
}

type ChapterRowProps = { readonly place: Place; readonly chapter: Chapter }

function ChapterRow({ place, chapter }: ChapterRowProps) {
  const finished = useApp((state) => state.finishedSteps)
  const jumpToStep = useApp((state) => state.jumpToStep)
  const isNow = chapter === place.chapter
  const done = chapter.steps.filter((step) => finished.includes(stepKey(place.lesson, step))).length
  const isDone = done === chapter.steps.length && done > 0
  const first = chapter.steps[0]
  return (
    <li data-now={isNow ? '' : undefined} aria-current={isNow ? 'step' : undefined}>
      <Icon name={isNow ? 'now' : isDone ? 'check' : 'todo'} />
      <button type="button" onClick={() => first !== undefined && !isNow && jumpToStep(first.id)}>
        {chapter.title}
      </button>
      {isNow ? (
        <MenuButton
          look="ghost"
          label={`Step ${place.stepIndex + 1} of ${chapter.steps.length}, choose another`}
          choices={chapter.steps.map((step) => ({
            key: step.id,
            text: step.title,
            isChosen: step === place.step,
            detail: finished.includes(stepKey(place.lesson, step)) ? 'done' : '',
            onChoose: () => jumpToStep(step.id),
          }))}
        >
          <span className={styles.count}>
            step {place.stepIndex + 1} of {chapter.steps.length}
          </span>
        </MenuButton>
      ) : (
        <span className={styles.count}>
          {isDone ? 'done' : done > 0 ? `${done} of ${chapter.steps.length}` : ''}
        </span>
      )}
    </li>
  )
}
