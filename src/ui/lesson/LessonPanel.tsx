import { useEffect, useRef, useState } from 'react'
import { currentPlace, type Place } from '#state/lesson.ts'
import { useShallow } from 'zustand/react/shallow'
import { useApp, useIsPast } from '#ui/app-context.ts'
import { Acting } from '#ui/primitives/Acting.tsx'
import { Button } from '#ui/primitives/Button.tsx'
import { Empty } from '#ui/primitives/Empty.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { BlockView } from './BlockView.tsx'
import { Chapters } from './Chapters.tsx'
import { LessonFoot } from './LessonFoot.tsx'
import styles from './lesson.module.css'

export function LessonPanel() {
  const place = useApp(useShallow(currentPlace))
  return (
    <aside className={styles.lesson} role="region" aria-label="Lesson">
      {place === undefined ? <NoLesson /> : <OpenLesson place={place} />}
    </aside>
  )
}

function OpenLesson({ place }: { readonly place: Place }) {
  const body = useRef<HTMLDivElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const { lesson, chapterIndex, step } = place
  const isPast = useIsPast()
  const jumpToStep = useApp((state) => state.jumpToStep)
  const [hasChapters, setChapters] = useState(() => matchMedia('(min-width: 720px)').matches)
  useEffect(() => {
    body.current?.scrollTo({ top: 0 })
    // Who turned the page reads on at its top, also with the keyboard.
    if (document.activeElement?.matches('[data-turn]') === true) heading.current?.focus()
  }, [step.id])
  return (
    <>
      <div className={styles.head}>
        <h2>{lesson.title}</h2>
        <button
          type="button"
          className={styles.toggle}
          aria-expanded={hasChapters}
          onClick={() => setChapters(!hasChapters)}
        >
          chapter {chapterIndex + 1} of {lesson.chapters.length}
          <Icon name="down" />
        </button>
      </div>
      <Acting>
        <Chapters place={place} isWhole={hasChapters} />
      </Acting>
      <div
        className={styles.body}
        ref={body}
        // Without a control that is on, keys reach it only so.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={isPast ? 0 : undefined}
      >
        <Acting>
          <div className={styles.stepHead}>
            <h3 ref={heading} tabIndex={-1}>
              {step.title}
            </h3>
            <Button
              size="small"
              look="ghost"
              aria-label={`Start the step over: ${step.title}`}
              title="A new cluster, brought to where this step begins"
              onClick={() => jumpToStep(step.id)}
            >
              Start over
            </Button>
          </div>
          {step.blocks.map((block, index) => (
            // Blocks of a step are fixed text; the step is the identity.
            <BlockView key={`${step.id} ${index}`} block={block} />
          ))}
        </Acting>
      </div>
      <Acting>
        <LessonFoot place={place} />
      </Acting>
    </>
  )
}

function NoLesson() {
  const lessons = useApp((state) => state.lessons)
  const openLesson = useApp((state) => state.openLesson)
  return (
    <div className={styles.none}>
      <Empty title="No lesson is open">
        <span>The cluster is yours. A lesson leads through it step by step.</span>
        <Acting>
          {lessons.map((lesson) => (
            <Button key={lesson.id} size="small" onClick={() => openLesson(lesson.id)}>
              {lesson.title}
            </Button>
          ))}
        </Acting>
      </Empty>
    </div>
  )
}
