import { useApp } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { MenuButton } from '#ui/primitives/MenuButton.tsx'
import type { StepKind } from '#worker/protocol.ts'
import styles from './frame.module.css'

const KINDS: readonly { readonly kind: StepKind; readonly detail: string }[] = [
  { kind: 'decision', detail: 'of the controller' },
  { kind: 'write', detail: 'to the API' },
  { kind: 'event', detail: 'of the simulation' },
]

export type StepControlProps = { readonly isShort: boolean; readonly isIcon: boolean }

/** Steps to the next decision, write or event; pauses first where time runs. */
export function StepControl({ isShort, isIcon }: StepControlProps) {
  const kind = useApp((state) => state.stepKind)
  const step = useApp((state) => state.step)
  const runUntilRest = useApp((state) => state.runUntilRest)
  return (
    <div className={styles.split}>
      <Button
        isSquare={isIcon}
        aria-label={`Step to the next ${kind}`}
        title={`Step to the next ${kind} (.)`}
        onClick={() => step()}
      >
        <Icon name="step" />
        {!isIcon && <span>Step</span>}
        {!isShort && <span className={styles.dim}>{kind}</span>}
      </Button>
      <MenuButton
        label="What a step is"
        isSquare
        choices={[
          ...KINDS.map((one) => ({
            key: one.kind,
            text: `Next ${one.kind}`,
            detail: one.detail,
            isChosen: one.kind === kind,
            onChoose: () => step(one.kind),
          })),
          {
            key: 'rest',
            text: 'Run until rest',
            detail: 'as fast as it goes',
            isApart: true,
            onChoose: runUntilRest,
          },
        ]}
      >
        <Icon name="down" />
      </MenuButton>
    </div>
  )
}
