import type { ActionMark, TimeRange } from '#state/timeline.ts'
import styles from './timeline.module.css'

export type ActionsLaneProps = {
  readonly actions: readonly ActionMark[]
  readonly range: TimeRange
  readonly width: number
  /** Where now is; names do not run over it while there is room before them. */
  readonly nowAt: number
}

/** Who acted when: a triangle for the controller, a diamond for you, named where there is room. */
export function ActionsLane({ actions, range, width, nowAt }: ActionsLaneProps) {
  return (
    <div className={styles.actions}>
      {placed(actions, range, width, nowAt).map(({ action, x, isNamed, isLeft, indent }, index) => (
        <span
          // Marks are appended only, and dropped from sight on the left.
          key={`${action.time} ${action.label} ${index}`}
          className={styles.action}
          data-by={action.by}
          data-left={isLeft ? '' : undefined}
          style={isLeft ? { left: x } : { left: x, paddingLeft: indent }}
          title={action.label}
        >
          {isNamed && action.label}
        </span>
      ))}
    </div>
  )
}

type Placed = {
  readonly action: ActionMark
  readonly x: number
  readonly isNamed: boolean
  /** The name stands before its mark. */
  readonly isLeft: boolean
  /** How far behind its mark the name begins, so that the line of now does not strike it through. */
  readonly indent: number
}

const LETTER_WIDTH = 6.4

/** A mark is named if its name ends before the next mark; marks on one pixel are one mark. */
export function placed(
  actions: readonly ActionMark[],
  { start, end }: TimeRange,
  width: number,
  nowAt: number,
): readonly Placed[] {
  const marks: { action: ActionMark; x: number }[] = []
  for (const action of actions) {
    const x = ((action.time - start) / (end - start)) * width
    if (x < 0 || x > width) continue
    const last = marks.at(-1)
    if (last !== undefined && x - last.x < 2 && last.action.by === action.by) continue
    marks.push({ action, x })
  }
  let taken = 0
  return marks.map(({ action, x }, index) => {
    const length = action.label.length * LETTER_WIDTH + 18
    const next = marks[index + 1]?.x ?? width
    const isLeft = x <= nowAt && x + length > Math.min(nowAt, next) && x - taken > length
    const isStruck = !isLeft && x <= nowAt && x + length > nowAt
    // Further from its mark than this, a name would be read as another's.
    const isNamed = isLeft || (length < next - x && !(isStruck && nowAt - x > 24))
    const indent = isStruck ? nowAt - x + 8 : 10
    taken = isNamed && !isLeft ? x + length : x + 6
    return { action, x, isNamed, isLeft, indent }
  })
}
