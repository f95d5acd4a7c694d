import type { ReactNode } from 'react'
import { faultCommand } from '#sim/cluster/faults/act.ts'
import type { FaultChoice } from '#state/faults.ts'
import { useApp } from '#ui/app-context.ts'
import { Acting } from '#ui/primitives/Acting.tsx'
import { MenuButton, type MenuButtonProps } from '#ui/primitives/MenuButton.tsx'

export type FaultMenuProps = Pick<MenuButtonProps, 'look' | 'size' | 'isSquare'> & {
  readonly label: string
  readonly children: ReactNode
  readonly choices: readonly FaultChoice[]
}

/** What can be broken or mended of one thing, each with the command that does the same. */
export function FaultMenu({ choices, ...button }: FaultMenuProps) {
  const causeFault = useApp((state) => state.causeFault)
  return (
    <Acting>
      <MenuButton
        {...button}
        choices={choices.map(({ act, text }) => ({
          key: text,
          text,
          detail: faultCommand(act),
          onChoose: () => causeFault(act),
        }))}
      />
    </Acting>
  )
}
