import { isStepReady, type Place } from '#state/lesson.ts'
import { type StepTrouble, stepTrouble } from '#state/way-out.ts'
import { useShallow } from 'zustand/react/shallow'
import { useApp } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { Unbroken } from '#ui/primitives/Unbroken.tsx'
import styles from './lesson.module.css'

export function LessonFoot({ place }: { readonly place: Place }) {
  const enterStep = useApp((state) => state.enterStep)
  const playLesson = useApp((state) => state.playLesson)
  const stopLesson = useApp((state) => state.stopLesson)
  const isPlaying = useApp((state) => state.lesson?.isPlaying === true)
  const { previous, next, step } = place
  const trouble = useApp(
    useShallow(({ lesson }) => (lesson === undefined ? undefined : stepTrouble(step, lesson))),
  )
  const isReady = useApp(({ lesson }) => lesson !== undefined && isStepReady(step, lesson))
  return (
    <div className={styles.foot}>
      <div className={styles.trouble} role="status">
        {trouble !== undefined && <Trouble {...trouble} step={step.id} />}
      </div>
      <div className={styles.moves}>
        <Button
          look="ghost"
          data-turn=""
          disabled={previous === undefined}
          onClick={() => previous !== undefined && enterStep(previous.id)}
        >
          Back
        </Button>
        <Button look="ghost" onClick={isPlaying ? stopLesson : playLesson} aria-pressed={isPlaying}>
          <Icon name={isPlaying ? 'pause' : 'play'} />
          {isPlaying ? 'Stop playing' : 'Play for me'}
        </Button>
        <span className={styles.grow} />
        <Button
          look={isReady && next !== undefined ? 'primary' : 'plain'}
          data-turn=""
          disabled={next === undefined}
          onClick={() => next !== undefined && enterStep(next.id)}
        >
          {isReady || next === undefined ? 'Next step' : 'Skip step'}
        </Button>
      </div>
    </div>
  )
}

function Trouble({ said, wayOut, command, step }: StepTrouble & { readonly step: string }) {
  const jumpToStep = useApp((state) => state.jumpToStep)
  return (
    <>
      <Icon name="cross" />
      <span>
        <b>{said}</b>{' '}
        {command !== '' && (
          <>
            Run{' '}
            <code>
              <Unbroken text={command} />
            </code>
            ,{' '}
          </>
        )}
        {wayOut}
      </span>
      <Button size="small" onClick={() => jumpToStep(step)}>
        Start over
      </Button>
    </>
  )
}
