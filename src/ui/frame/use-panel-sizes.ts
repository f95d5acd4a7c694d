import { useRef, useState } from 'react'
import type { LayoutChangedMeta, PanelProps, PanelSize } from 'react-resizable-panels'
import { browserStorage } from '#state/deps.ts'

type Sizes<Id extends string> = Readonly<Record<Id, number>>

export type PanelSizes<Id extends string> = {
  /** The props that make a panel start at its size, keep it in pixels, and tell of changes. */
  readonly track: (id: Id) => PanelProps
  readonly save: (layout: unknown, meta: LayoutChangedMeta) => void
}

/** Sizes of panels in pixels, kept from visit to visit once somebody dragged them. */
export function usePanelSizes<Id extends string>(
  name: string,
  initial: Sizes<Id>,
): PanelSizes<Id> & { readonly sizes: Sizes<Id> } {
  const [storage] = useState(browserStorage)
  const [first] = useState(() => ({ ...initial, ...readSizes(storage.read(`sizes.${name}`)) }))
  const [sizes, setSizes] = useState<Sizes<Id>>(first)
  const current = useRef<Sizes<Id>>(first)
  return {
    sizes,
    track: (id) => ({
      id,
      defaultSize: first[id],
      groupResizeBehavior: 'preserve-pixel-size',
      onResize: ({ inPixels }: PanelSize) => {
        current.current = { ...current.current, [id]: Math.round(inPixels) }
        setSizes(current.current)
      },
    }),
    save: (_layout, { isUserInteraction }) => {
      if (isUserInteraction) storage.write(`sizes.${name}`, JSON.stringify(current.current))
    },
  }
}

function readSizes(stored: string | undefined): Record<string, number> {
  if (stored === undefined) return {}
  try {
    const parsed: unknown = JSON.parse(stored)
    if (typeof parsed !== 'object' || parsed === null) return {}
    return Object.fromEntries(
      Object.entries(parsed).filter((entry): entry is [string, number] =>
        Number.isFinite(entry[1]),
      ),
    )
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
