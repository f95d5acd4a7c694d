import { lazy } from 'react'

/** Dialogs come when they are opened; the page is shown without them. */
export const ClusterDialog = lazy(async () => {
  const { ClusterDialog: component } = await import('./ClusterDialog.tsx')
  return { default: component }
})

export const HelpDialog = lazy(async () => {
  const { HelpDialog: component } = await import('./HelpDialog.tsx')
  return { default: component }
})
