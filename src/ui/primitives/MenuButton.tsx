import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Button, type ButtonProps } from './Button.tsx'

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
  readonly size?: ButtonProps['size']
  readonly isSquare?: boolean
}

/** Menus with their placing are a sixth of the page, and most visits open none at once. */
const loadMenu = () => import('./Menu.tsx')
const Menu = lazy(async () => ({ default: (await loadMenu()).Menu }))

/** A button that opens a menu; the menu comes with the first press, or a little before it. */
export function MenuButton(props: MenuButtonProps) {
  const [wasPressed, setPressed] = useState(false)
  const button = (
    <Button
      look={props.look ?? 'plain'}
      size={props.size ?? 'normal'}
      isSquare={props.isSquare ?? false}
      aria-label={props.label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void loadMenu()}
      onFocus={() => void loadMenu()}
      onClick={() => setPressed(true)}
    >
      {props.children}
    </Button>
  )
  return wasPressed ? (
    <Suspense fallback={button}>
      <Menu {...props} />
    </Suspense>
  ) : (
    button
  )
}
