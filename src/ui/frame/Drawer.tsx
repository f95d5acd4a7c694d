import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import styles from './frame.module.css'

export type DrawerProps = {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

export function Drawer({ isOpen, onClose, children }: DrawerProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()} modal={false}>
      <Dialog.Portal>
        <Dialog.Popup className={styles.drawer} aria-label="Lesson">
          <div className={styles.drawerHead}>
            <Button look="ghost" isSquare aria-label="Close the lesson" onClick={onClose}>
              <Icon name="cross" />
            </Button>
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
