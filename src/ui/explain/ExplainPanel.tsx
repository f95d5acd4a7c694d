import { formatTime } from '#sim/kernel/time.ts'
import { Fragment, useMemo, useState } from 'react'
import { departedSentence } from '#state/departed.ts'
import type { KnownKinds } from '#state/kube.ts'
import { newestGroups } from '#state/passes.ts'
import { useApp } from '#ui/app-context.ts'
import { Empty } from '#ui/primitives/Empty.tsx'
import { Button } from '#ui/primitives/Button.tsx'
import type { SlotView } from '#state/slots.ts'
import { Section } from '#ui/primitives/Section.tsx'
import sections from '#ui/primitives/section.module.css'
import { useRevisionOrder, useShown } from '#ui/use-slots.ts'
import { LastWords } from './LastWords.tsx'
import { Pass } from './Pass.tsx'
import { Why } from './Why.tsx'

const FIRST_SHOWN = 12

export function ExplainPanel() {
  const { set, isDeparted, slots, passes, pass } = useShown()
  const order = useRevisionOrder(set)
  const hasHadSome = useApp((state) => state.passes.length > 0)
  const [shown, setShown] = useState(FIRST_SHOWN)
  const newest = useMemo(() => newestGroups(passes, shown), [passes, shown])
  if (set === undefined) {
    return (
      <div className={sections.section}>
        <Empty title={hasHadSome ? 'Nothing is left to explain' : 'Nothing to explain yet'}>
          <span>
            Here the controller says, pass by pass, what it did with each Pod and why. It needs a
            StatefulSet.
          </span>
        </Empty>
      </div>
    )
  }
  return (
    <>
      {isDeparted ? <Departed set={set} slots={slots} /> : <Why set={set} pass={pass} />}
      {isDeparted && <LastWords set={set} />}
      {newest.map((group, index) => (
        <Fragment key={`${group.first.time} ${group.first.number}`}>
          <Pass group={group} order={order} />
          {index === 0 && !isDeparted && <LastWords set={set} />}
        </Fragment>
      ))}
      {newest.length === shown && (
        <div className={sections.section}>
          <Button size="small" onClick={() => setShown(shown + 50)}>
            Show earlier passes
          </Button>
        </div>
      )}
      <ForkHere />
    </>
  )
}

/** What the button in the bar does, in the past. */
function ForkHere() {
  const time = useApp((state) => state.past?.time)
  if (time === undefined) return null
  return (
    <Section title="Fork here">
      <p>
        Goes back to {formatTime(time)} by running the same inputs again with the same seed, and
        stands there for you to do something else. The present run is kept; the menu at the top left
        goes back to it.
      </p>
    </Section>
  )
}

type DepartedProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slots: readonly SlotView[]
}

/** What became of a set that is gone, before what was said of it. */
function Departed({ set, slots }: DepartedProps) {
  const { first, more } = departedSentence(set.metadata.name, slots)
  return (
    <Section title="What is left of it">
      <p>
        {first} {more}
      </p>
    </Section>
  )
}
