import { type FormEvent, useMemo, useState } from 'react'
import type { KnownKinds } from '#state/kube.ts'
import { inPast } from '#state/past-tense.ts'
import { podNamed } from '#state/pods.ts'
import { whyChain, type WhyLink } from '#state/why.ts'
import { useApp, useIsPast, useNow, useObjects } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon, type IconName, VolumeIcon } from '#ui/primitives/Icon.tsx'
import { PhaseMark } from '#ui/primitives/PhaseMark.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import { Unbroken } from '#ui/primitives/Unbroken.tsx'
import sections from '#ui/primitives/section.module.css'
import { useShown } from '#ui/use-slots.ts'
import type { DecisionPass, PodPhaseLetter } from '#worker/protocol.ts'
import styles from './explain.module.css'
import { WaysOut } from './WaysOut.tsx'

export type WhyProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly pass: DecisionPass | undefined
}

/** The question a person has of a Pod, and the chain of facts that answers it. */
export function Why({ set, pass }: WhyProps) {
  const { slots } = useShown()
  const [asked, setAsked] = useState<string | undefined>(undefined)
  const missing = slots.find((slot) => slot.isWanted && slot.pod === undefined)
  const occupied = slots.findLast((slot) => slot.pod !== undefined)
  const subject = asked ?? missing?.name ?? pass?.awaited ?? occupied?.name ?? ''
  const pod = slots.find((slot) => slot.name === subject)?.pod
  const object = useObjects('Pod').get(pod?.uid ?? '')
  const question = pod === undefined ? 'not there' : (QUESTIONS[pod.letter] ?? 'not Ready')
  return (
    <>
      <Section title={pod === undefined ? 'Why is it not there?' : 'Why is it so?'}>
        <Ask
          key={`${subject} ${question}`}
          question={`Why is ${subject} ${question}?`}
          names={slots.map((slot) => slot.name)}
          onAsk={setAsked}
        />
        <Chain set={set} pass={pass} subject={subject} />
      </Section>
      {object !== undefined && <WaysOut pod={object} />}
    </>
  )
}

const QUESTIONS: Readonly<Partial<Record<PodPhaseLetter, string>>> = {
  R: 'as it is',
  T: 'not replaced',
}

type AskProps = {
  readonly question: string
  readonly names: readonly string[]
  readonly onAsk: (name: string) => void
}

function Ask({ question, names, onAsk }: AskProps) {
  const [text, setText] = useState(question)
  const [isLost, setLost] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const name = names.find((one) => new RegExp(`(^|[^\\w-])${one}($|[^\\w-])`).test(text))
    setLost(name === undefined)
    if (name !== undefined) onAsk(name)
  }
  return (
    <>
      <form className={sections.ask} onSubmit={submit}>
        <Icon name="search" />
        <input
          aria-label="Question about a Pod"
          list="pods-of-the-set"
          value={text}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <datalist id="pods-of-the-set">
          {names.slice(0, 100).map((name) => (
            <option key={name} value={`Why is ${name} so?`} />
          ))}
        </datalist>
        <Button size="small" type="submit">
          Ask
        </Button>
      </form>
      {isLost && (
        <p className={styles.lost} role="alert">
          Name a Pod of this set, such as {names[0] ?? 'web-0'}.
        </p>
      )}
    </>
  )
}

function Chain({ set, pass, subject }: WhyProps & { readonly subject: string }) {
  const pods = useObjects('Pod')
  const nodes = useObjects('Node')
  const { eventsOfPod } = useShown()
  const phases = useApp((state) => state.phases)
  const now = useNow(100)
  const isPast = useIsPast()
  const sincePhase = useMemo(
    () => new Map(phases.map((entry) => [entry.uid, entry.time] as const)),
    [phases],
  )
  const links = whyChain(
    {
      set,
      pass,
      now,
      podNamed: (name) => podNamed(pods, set.metadata.namespace, name),
      nodeNamed: (name) => [...nodes.values()].find(({ metadata }) => metadata.name === name),
      eventsOfPod,
      phaseSince: (uid) => sincePhase.get(uid),
    },
    subject,
  )
  return (
    <ol className={styles.chain}>
      {links.map((link) => (
        <li key={`${link.subject} ${link.text}`}>
          <span className={styles.dot}>
            <Mark mark={link.mark} />
          </span>
          <b>{link.subject}</b> <Unbroken text={isPast ? linkInPast(link) : link.text} />
        </li>
      ))}
    </ol>
  )
}

/** What somebody said stays as it was said. */
function linkInPast({ text }: WhyLink): string {
  return text.startsWith('says ') ? `said ${text.slice(5)}` : inPast(text)
}

function Mark({ mark }: { readonly mark: WhyLink['mark'] }) {
  if (mark === 'volume') return <VolumeIcon className={styles.volume} />
  const icon = MARK_ICONS[mark]
  // What has no icon of its own is the letter of a phase.
  return icon === undefined ? <PhaseMark phase={mark as PodPhaseLetter} /> : <Icon name={icon} />
}

const MARK_ICONS: Readonly<Partial<Record<WhyLink['mark'], IconName>>> = {
  absent: 'todo',
  node: 'node',
  image: 'node',
  controller: 'controller',
}
