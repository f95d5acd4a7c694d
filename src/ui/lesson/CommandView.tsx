import { formatTime } from '#sim/kernel/time.ts'
import type { CommandBlock } from '#lessons/lesson.ts'
import { currentPlace } from '#state/lesson.ts'
import { useApp } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { Unbroken } from '#ui/primitives/Unbroken.tsx'
import { Expected } from './Expected.tsx'
import styles from './lesson.module.css'

const SHOWN_LINES = 7

/** A command of the lesson: run it here, or type it in the terminal it names. */
export function CommandView({ block }: { readonly block: CommandBlock }) {
  const run = useApp((state) => state.lesson?.commands.find(({ id }) => id === block.id))
  const runCommand = useApp((state) => state.runCommand)
  const goToTerminal = useApp((state) => state.goToTerminal)
  const isHeldUp = useApp(
    ({ lesson, terminals }) =>
      lesson?.queued.includes(block.id) === true &&
      (run === undefined || run.endedAt !== undefined) &&
      (terminals[block.terminal]?.command ?? '') !== '',
  )
  const isNext = useApp((state) => nextCommand(state) === block.id)
  const { command } = block
  const lines = command.split('\n')
  const isLong = lines.length > SHOWN_LINES
  return (
    <div
      className={styles.command}
      role="group"
      aria-label={lines[0]}
      data-next={isNext ? '' : undefined}
      data-run={run === undefined ? undefined : run.endedAt === undefined ? 'running' : 'ended'}
    >
      {isLong ? (
        <details>
          <summary>
            <pre>{lines[0]}</pre>
            <span className={styles.more}>{lines.length} lines</span>
          </summary>
          <pre>{lines.slice(1).join('\n')}</pre>
        </details>
      ) : (
        <pre>{command === '^C' ? 'Ctrl C' : <Unbroken text={command} />}</pre>
      )}
      <footer>
        <button
          type="button"
          className={styles.where}
          title={`Go to terminal ${block.terminal}`}
          onClick={() => goToTerminal(block.terminal)}
        >
          Terminal {block.terminal}
        </button>
        {isHeldUp ? (
          <span className={styles.ran} role="status">
            <Icon name="wait" />
            until it is free
          </span>
        ) : (
          run !== undefined && (
            <span className={styles.ran}>
              <Icon name={run.endedAt === undefined ? 'wait' : 'check'} />
              {run.endedAt === undefined ? 'since' : 'ran'} {formatTime(run.ranAt)}
            </span>
          )
        )}
        <span className={styles.grow} />
        <Button
          size="small"
          look={isNext ? 'primary' : run === undefined ? 'plain' : 'ghost'}
          aria-label={`${run === undefined ? 'Run' : 'Run again'}: ${lines[0]}`}
          onClick={() => runCommand(block.id)}
        >
          {run === undefined ? 'Run' : 'Run again'}
        </Button>
      </footer>
      <Expected block={block} output={run?.output} />
    </div>
  )
}

/** The first command of the open step that was not run: the next thing to do. */
function nextCommand(state: Parameters<Parameters<typeof useApp>[0]>[0]): string | undefined {
  const place = currentPlace(state)
  const ran = new Set(state.lesson?.commands.map(({ id }) => id))
  return place?.step.blocks.find(
    (block): block is CommandBlock => block.type === 'command' && !ran.has(block.id),
  )?.id
}
