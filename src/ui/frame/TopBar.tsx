import { formatTime } from '#sim/kernel/time.ts'
import { Suspense, useState } from 'react'
import { useApp, useIsPast, useNow } from '#ui/app-context.ts'
import { FaultsButton } from '#ui/faults/FaultsButton.tsx'
import { Button } from '#ui/primitives/Button.tsx'
import { Acting } from '#ui/primitives/Acting.tsx'
import { Brand, Icon } from '#ui/primitives/Icon.tsx'
import { MenuButton } from '#ui/primitives/MenuButton.tsx'
import { ClusterDialog, HelpDialog } from './dialogs.ts'
import { SpeedControl } from './SpeedControl.tsx'
import styles from './frame.module.css'
import { PastBar, WayButton } from './PastBar.tsx'
import { StepControl } from './StepControl.tsx'
import { type LayoutMode } from './use-layout-mode.ts'

export type TopBarProps = {
  readonly mode: LayoutMode
  /** Opens the lesson where it has no column of its own. */
  readonly onOpenLesson?: () => void
}

export function TopBar({ mode, onOpenLesson }: TopBarProps) {
  return (
    <header className={styles.topbar} data-mode={mode}>
      <div className={styles.brand}>
        <Brand />
        <h1>Ordinal</h1>
        <Acting>
          <RunMenu />
        </Acting>
        {onOpenLesson !== undefined && (
          <Button look="ghost" onClick={onOpenLesson}>
            <Icon name="lesson" />
            Lesson
          </Button>
        )}
      </div>
      <Transport mode={mode} />
      <Tools mode={mode} />
    </header>
  )
}

/** What runs: the lesson that is open, the others, and a new cluster. */
function RunMenu() {
  const lessons = useApp((state) => state.lessons)
  const open = useApp((state) => state.lesson?.lesson)
  const openLesson = useApp((state) => state.openLesson)
  const other = useApp((state) => state.otherRun)
  const changeRuns = useApp((state) => state.changeRuns)
  const [isClusterOpen, setClusterOpen] = useState(false)
  const title = lessons.find(({ id }) => id === open)?.title ?? 'Free run'
  return (
    <span className={styles.run}>
      <MenuButton
        label={`${title}. Lessons and cluster`}
        look="ghost"
        choices={[
          ...lessons.map((lesson) => ({
            key: lesson.id,
            text: lesson.title,
            isChosen: lesson.id === open,
            onChoose: () => openLesson(lesson.id),
          })),
          ...(other === undefined
            ? []
            : [
                {
                  key: ' other',
                  text: 'Back to the other run',
                  detail: `left at ${formatTime(other.until)}`,
                  isApart: true,
                  onChoose: changeRuns,
                },
              ]),
          {
            key: ' cluster',
            text: 'New cluster…',
            isApart: lessons.length > 0,
            onChoose: () => setClusterOpen(true),
          },
        ]}
      >
        <span className={styles.runTitle}>{title}</span>
        <Icon name="down" />
      </MenuButton>
      {isClusterOpen && (
        <Suspense>
          <ClusterDialog isOpen onClose={() => setClusterOpen(false)} />
        </Suspense>
      )}
    </span>
  )
}

export function Transport({ mode }: { readonly mode: LayoutMode }) {
  const isPast = useIsPast()
  const isShort = mode !== 'wide' && mode !== 'medium'
  return (
    <div className={styles.transport} role="toolbar" aria-label="Transport">
      <ClockFace isShort={isShort} />
      <WayButton way="back" />
      {isPast ? (
        <WayButton way="forward" />
      ) : (
        <>
          <PlayButton />
          <StepControl isShort={mode !== 'wide'} isIcon={isShort} />
          <SpeedControl isMenu={mode !== 'wide'} />
        </>
      )}
      <span className={styles.grow} />
      {isPast ? <PastBar isShort={isShort} /> : <LiveMark />}
    </div>
  )
}

function PlayButton() {
  const isPaused = useApp((state) => state.clock.isPaused)
  const pause = useApp((state) => state.pause)
  const resume = useApp((state) => state.resume)
  return (
    <Button
      isSquare
      aria-label={isPaused ? 'Play' : 'Pause'}
      title={isPaused ? 'Play (Space)' : 'Pause (Space)'}
      onClick={isPaused ? resume : pause}
    >
      <Icon name={isPaused ? 'play' : 'pause'} />
    </Button>
  )
}

function ClockFace({ isShort }: { readonly isShort: boolean }) {
  const now = useNow(100)
  return (
    <div className={styles.clock}>
      <span className={styles.time}>{formatTime(now)}</span>
      {!isShort && <small>virtual</small>}
    </div>
  )
}

function LiveMark() {
  const isPaused = useApp((state) => state.clock.isPaused)
  const connection = useApp((state) => state.connection)
  const word =
    connection === 'connecting'
      ? 'Starting'
      : connection === 'crashed'
        ? 'Stopped'
        : isPaused
          ? 'Paused'
          : 'Live'
  return (
    <span className={styles.live} data-state={word}>
      {word}
    </span>
  )
}

function Tools({ mode }: Pick<TopBarProps, 'mode'>) {
  const theme = useApp((state) => state.theme)
  const cycleTheme = useApp((state) => state.cycleTheme)
  const [isHelpOpen, setHelpOpen] = useState(false)
  return (
    <div className={styles.tools}>
      <FaultsButton isShort={mode !== 'wide' && mode !== 'medium'} />
      <Button
        look="ghost"
        isSquare
        aria-label={`Theme: ${theme}`}
        title={`Theme: ${theme}`}
        onClick={cycleTheme}
      >
        <Icon name="theme" />
      </Button>
      <Button
        look="ghost"
        isSquare
        aria-label="Help"
        title="Help"
        onClick={() => setHelpOpen(true)}
      >
        <Icon name="help" />
      </Button>
      {isHelpOpen && (
        <Suspense>
          <HelpDialog isOpen onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}
