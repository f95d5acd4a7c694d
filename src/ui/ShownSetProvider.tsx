import type { ReactNode } from 'react'
import { ShownSetContext, useComputedShownSet } from './use-slots.ts'

export function ShownSetProvider({ children }: { readonly children: ReactNode }) {
  return <ShownSetContext value={useComputedShownSet()}>{children}</ShownSetContext>
}
