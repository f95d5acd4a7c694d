import { listedNames } from '#sim/apimachinery/decision.ts'
import type { DecisionPass, PodPhaseLetter } from '#worker/protocol.ts'
import { type ByUid, conditionStatus, type KnownKinds } from './kube.ts'
import { type RevisionOrder, revisionLetter, withLetters } from './revisions.ts'
import type { PodView, SlotView } from './slots.ts'
import { holdsNobodyUp, nearestWaiter } from './waits.ts'

/** What the controller looks at: who waits, for whom, why; then what follows from it. */
export type GazeText = { readonly first: string; readonly more: string }

export type GazeInput = {
  readonly set: KnownKinds['StatefulSet']
  readonly pass: DecisionPass
  readonly slots: readonly SlotView[]
  readonly nodes: ByUid<KnownKinds['Node']>
  readonly order: RevisionOrder
}

export function gazeText(input: GazeInput): GazeText {
  const { pass, slots, order } = input
  const awaited = slots.find((slot) => slot.name === pass.awaited)?.pod
  if (pass.awaited !== undefined && awaited !== undefined) {
    return parallelText(input) ?? waitText(input, awaited)
  }
  if (pass.verdicts.length > 0 && pass.verdicts.every(({ action }) => action === 'keep')) {
    return doneText(input)
  }
  const said = withLetters(order, pass.summary)
  return { first: said === '' ? '' : sentence(`The controller ${verbFirst(said)}`), more: '' }
}

/** Under Parallel Pods come or go together; what the pass ends at holds none of them up. */
function parallelText({ set, pass, slots }: GazeInput): GazeText | undefined {
  if (!holdsNobodyUp(set, pass)) return undefined
  const moving = slots.filter(({ pod }) => pod !== undefined && pod.letter !== 'R')
  if (moving.length === 0) return undefined
  const names = listedNames(moving.map(({ name }) => name))
  const isGoing = moving.every(({ pod }) => pod?.letter === 'T')
  const first =
    moving.length === 1
      ? `${names} ${isGoing ? 'goes' : 'starts'}, nothing waits for it.`
      : `${names} ${isGoing ? 'go' : 'start'} at once, none waits for another.`
  return {
    first: `The policy is Parallel: ${first}`,
    more: `Only an update would wait, for ${pass.awaited}.`,
  }
}

function waitText(input: GazeInput, pod: PodView): GazeText {
  const { pass, set } = input
  const { name } = pod
  if (pod.letter === 'T') {
    const node = lostNode(input, pod)
    const more =
      node === undefined
        ? followUp(input, `${name} is gone`)
        : `Only ${node} can confirm that, and ${node} has not been heard from.`
    return { first: `The controller waits for ${name} to be gone.`, more }
  }
  if (pod.letter === 'R') {
    const why = pass.verdicts.find((one) => one.pod === name)?.why
    const seconds = set.spec?.minReadySeconds ?? 0
    const first =
      seconds > 0
        ? `The controller waits until ${name} has been Ready for ${seconds} s.`
        : sentence(`The controller waits for ${name}${why === undefined ? '' : `: ${why}`}`)
    return { first, more: followUp(input, 'that') }
  }
  const lost = pod.letter === 'N' ? lostNode(input, pod) : undefined
  const cause = lost === undefined ? causeOf(pod) : `its node, ${lost}, has not been heard from`
  return {
    first: `The controller waits for ${name}, which is not Ready: ${cause}.`,
    more: followUp(input, `${name} is Running and Ready`),
  }
}

/** Why a Pod is not Ready, as far as its own state tells. */
function causeOf({ letter, steps, word }: PodView): string {
  if (letter === 'F') return `it is ${word}`
  return TROUBLE_CAUSES[letter] ?? STEP_CAUSES[steps.done] ?? 'its readiness probe has not passed'
}

const TROUBLE_CAUSES: Readonly<Partial<Record<PodPhaseLetter, string>>> = {
  I: 'its image cannot be pulled',
  L: 'its container fails again and again',
  U: 'nothing is known of it',
}

const STEP_CAUSES: readonly string[] = [
  'it has no node yet',
  'its volumes are being mounted',
  'its image is still being pulled',
  'its container is being started',
  'its containers run, but are not Ready yet',
]

function followUp({ pass, slots }: GazeInput, until: string): string {
  const waiter = nearestWaiter(pass)
  if (waiter === undefined) return ''
  const others = pass.waiters.filter((name) => name !== pass.awaited).length - 1
  const who = others === 0 ? waiter : `${waiter} and ${others} more`
  const slot = slots.find((one) => one.name === waiter)
  if (slot?.pod === undefined) return `It creates ${who} only after ${until}.`
  return slot.isWanted
    ? `It updates ${who} only after ${until}.`
    : `It deletes ${who} only after ${until}.`
}

function doneText({ set, order }: GazeInput): GazeText {
  const { currentRevision, updateRevision } = set.status ?? {}
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  if (currentRevision !== updateRevision && set.spec?.updateStrategy?.type === 'OnDelete') {
    const letter = revisionLetter(order, updateRevision)
    return {
      first: `The controller is done. With OnDelete a Pod takes ${letter} when somebody deletes it.`,
      more: '',
    }
  }
  if (currentRevision !== updateRevision && partition > 0) {
    const letter = revisionLetter(order, currentRevision)
    return {
      first: `The controller is done. Partition ${partition} keeps ordinals below ${partition} at revision ${letter}.`,
      more: '',
    }
  }
  return { first: 'The controller is done: every Pod is as the set asks.', more: '' }
}

function lostNode({ nodes }: GazeInput, pod: PodView): string | undefined {
  for (const node of nodes.values()) {
    if (node.metadata.name !== pod.node) continue
    return conditionStatus(node, 'Ready') === 'True' ? undefined : node.metadata.name
  }
  return pod.node
}

/** A summary begins with what the controller does, or with who waits. */
function verbFirst(summary: string): string {
  if (/^(creates|deletes|repairs|waits|stops|ends)\b/.test(summary)) return summary
  return summary === 'nothing to do' ? 'has nothing to do' : `says: ${summary}`
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
