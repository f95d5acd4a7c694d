import { lazy, Suspense, useState } from 'react'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { useActiveFaults } from './use-active-faults.ts'

const FaultsDialog = lazy(async () => ({
  default: (await import('./FaultsDialog.tsx')).FaultsDialog,
}))

/** Opens what is broken and what can be; while something is, it says how much. */
export function FaultsButton({ isShort }: { readonly isShort: boolean }) {
  const { size } = useActiveFaults()
  const [isOpen, setOpen] = useState(false)
  const label = size === 0 ? 'Faults' : `Faults, ${size} active`
  return (
    <>
      <Button
        look="ghost"
        isSquare={isShort && size === 0}
        aria-label={label}
        title={label}
        onClick={() => setOpen(true)}
      >
        <Icon name="fault" />
        {!isShort && 'Faults'}
        {size > 0 && <b>{size}</b>}
      </Button>
      {isOpen && (
        <Suspense>
          <FaultsDialog isOpen onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
