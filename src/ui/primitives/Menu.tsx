import { Menu as BaseMenu } from '@base-ui/react/menu'
import { useEffect, useRef } from 'react'
import { Button } from './Button.tsx'
import { Icon } from './Icon.tsx'
import type { MenuButtonProps, MenuChoice } from './MenuButton.tsx'
import styles from './primitives.module.css'

/** The menu of a MenuButton that was pressed: it opens at once, and by itself from then on. */
export function Menu({ label, children, choices, look, size, isSquare }: MenuButtonProps) {
  const trigger = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // A menu that is open from the beginning takes no focus; one that is pressed does.
    trigger.current?.focus()
    trigger.current?.click()
  }, [])
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger
        ref={trigger}
        render={
          <Button
            look={look ?? 'plain'}
            size={size ?? 'normal'}
            isSquare={isSquare ?? false}
            aria-label={label}
          />
        }
      >
        {children}
      </BaseMenu.Trigger>
      <BaseMenu.Portal>
        <BaseMenu.Positioner className={styles.positioner} sideOffset={4} align="start">
          <BaseMenu.Popup className={styles.menu}>
            {choices.map((choice) => (
              <MenuRow key={choice.key} choice={choice} />
            ))}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

function MenuRow({ choice }: { readonly choice: MenuChoice }) {
  return (
    <>
      {choice.isApart === true && <BaseMenu.Separator className={styles.divider} />}
      <BaseMenu.Item className={styles.item} onClick={choice.onChoose}>
        <span>{choice.isChosen === true && <Icon name="check" />}</span>
        <span>{choice.text}</span>
        <small>{choice.detail}</small>
      </BaseMenu.Item>
    </>
  )
}
