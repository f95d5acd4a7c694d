import type { ActionMark, TimeRange } from '#state/timeline.ts'
import styles from './timeline.module.css'

export type ActionsLaneProps = {
  readonly actions: readonly ActionMark[]
  readonly range: TimeRange
  readonly width: number
}

/** Who acted when: a triangle for the controller, a diamond for you, named where there is room. */
export function ActionsLane({ actions, range, width }: ActionsLaneProps) {
  return (
    <div className={styles.actions}>
      {placed(actions, range, width).map(({ action, x, isNamed }, index) => (
        <span
          // Marks are appended only, and dropped from sight on the left.
          key={`${action.time} ${action.label} ${index}`}
          className={styles.action}
          data-by={action.by}
          style={{ left: x }}
          title={action.label}
        >
          {isNamed && action.label}
        </span>
      ))}
    </div>
  )
}

type Placed = { readonly action: ActionMark; readonly x: number; readonly isNamed: boolean }

const LETTER_WIDTH = 6.4

/** A mark is named if its name ends before the next mark; marks on one pixel are one mark. */
export function placed(
  actions: readonly ActionMark[],
  { start, end }: TimeRange,
  width: number,
): readonly Placed[] {
  const marks: { action: ActionMark; x: number }[] = []
  for (const action of actions) {
    const x = ((action.time - start) / (end - start)) * width
    if (x < 0 || x > width) continue
    const last = marks.at(-1)
    if (last !== undefined && x - last.x < 2 && last.action.by === action.by) continue
    marks.push({ action, x })
  }
  return marks.map(({ action, x }, index) => {
    const room = (marks[index + 1]?.x ?? width) - x
    return { action, x, isNamed: action.label.length * LETTER_WIDTH + 18 < room }
  })
}
