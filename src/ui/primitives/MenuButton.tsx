import { Menu } from '@base-ui/react/menu'
import type { ReactNode } from 'react'
import { Button, type ButtonProps } from './Button.tsx'
import { Icon } from './Icon.tsx'
import styles from './primitives.module.css'

export type MenuChoice = {
  readonly key: string
  readonly text: string
  readonly detail?: string
  readonly isChosen?: boolean
  readonly onChoose: () => void
  /** A line above this choice. */
  readonly isApart?: boolean
}

export type MenuButtonProps = {
  readonly label: string
  readonly children: ReactNode
  readonly choices: readonly MenuChoice[]
  readonly look?: ButtonProps['look']
  readonly isSquare?: boolean
}

export function MenuButton({ label, children, choices, look, isSquare }: MenuButtonProps) {
  return (
    <Menu.Root>
      <Menu.Trigger
        render={<Button look={look ?? 'plain'} isSquare={isSquare ?? false} aria-label={label} />}
      >
        {children}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className={styles.positioner} sideOffset={4} align="start">
          <Menu.Popup className={styles.menu}>
            {choices.map((choice) => (
              <MenuRow key={choice.key} choice={choice} />
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function MenuRow({ choice }: { readonly choice: MenuChoice }) {
  return (
    <>
      {choice.isApart === true && <Menu.Separator className={styles.divider} />}
      <Menu.Item className={styles.item} onClick={choice.onChoose}>
        <span>{choice.isChosen === true && <Icon name="check" />}</span>
        <span>{choice.text}</span>
        <small>{choice.detail}</small>
      </Menu.Item>
    </>
  )
}
