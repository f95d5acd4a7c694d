import type { ReactNode } from 'react'
import { findObject } from '#state/objects.ts'
import { useApp } from '#ui/app-context.ts'
import styles from './section.module.css'

export type ObjectLinkProps = { readonly uid: string | undefined; readonly children: ReactNode }

/** The name of an object, leading to it in the Inspector; plain text where it is gone. */
export function ObjectLink({ uid, children }: ObjectLinkProps) {
  const exists = useApp((state) => findObject(state, uid) !== undefined)
  const select = useApp((state) => state.select)
  const showSide = useApp((state) => state.showSide)
  if (!exists) return <>{children}</>
  return (
    <button
      type="button"
      className={styles.link}
      onClick={() => {
        select(uid)
        showSide('Inspector')
      }}
    >
      {children}
    </button>
  )
}
