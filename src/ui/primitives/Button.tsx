import type { ComponentProps } from 'react'
import styles from './primitives.module.css'

export type ButtonProps = ComponentProps<'button'> & {
  readonly look?: 'plain' | 'primary' | 'ghost' | 'danger'
  readonly size?: 'normal' | 'small'
  /** Holds an icon alone; then it needs an aria-label. */
  readonly isSquare?: boolean
}

export function Button({ look = 'plain', size = 'normal', isSquare, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={styles.button}
      data-look={look}
      data-size={size}
      data-square={isSquare === true ? '' : undefined}
      {...rest}
    />
  )
}
