import type { DecisionPass, PodPhaseLetter, Verdict } from '#worker/protocol.ts'
import { podPhaseLetter } from '#session/pod-phase.ts'
import { conditionStatus, type ClusterEvent, type KnownKinds, ordinalIn } from './kube.ts'
import { whyOf } from './passes.ts'
import { cardWord, isWantedOrdinal } from './slots.ts'
import { claimNames } from './lost-node.ts'
import { formatSpan } from './time.ts'
import { holdsNobodyUp } from './waits.ts'

/** A link of the chain from what a person asks about to what holds it. */
export type WhyLink = {
  readonly mark: PodPhaseLetter | 'absent' | 'node' | 'controller' | 'image' | 'volume'
  readonly subject: string
  readonly text: string
}

export type WhyInput = {
  readonly set: KnownKinds['StatefulSet']
  readonly pass: DecisionPass | undefined
  readonly podNamed: (name: string) => KnownKinds['Pod'] | undefined
  readonly nodeNamed: (name: string) => KnownKinds['Node'] | undefined
  readonly eventsOfPod: (uid: string) => readonly ClusterEvent[]
  /** Since when the Pod is in its present phase, in virtual time. */
  readonly phaseSince: (uid: string) => number | undefined
  readonly now: number
}

/** Why a Pod of the set is as it is, or why it is not there: facts, each leading to the next. */
export function whyChain(input: WhyInput, name: string): readonly WhyLink[] {
  const { pass, podNamed } = input
  const pod = podNamed(name)
  const verdict = pass?.verdicts.find((one) => one.pod === name)
  const links: WhyLink[] = [pod === undefined ? absentLink(input, name) : podLink(input, pod)]
  const isAlone = pass !== undefined && holdsNobodyUp(input.set, pass)
  if (verdict !== undefined && verdict.action !== 'keep') {
    const text =
      isAlone && verdict.action === 'wait'
        ? 'holds nothing up for it: the set is Parallel.'
        : `${SAID[verdict.action]}: ${whyOf(verdict)}.`
    links.push({ mark: 'controller', subject: 'The controller', text })
  }
  const awaited = pass?.awaited
  if (awaited !== undefined && awaited !== name && !isAlone) {
    const held = podNamed(awaited)
    links.push(
      held === undefined ? absentLink(input, awaited) : podLink(input, held, 'is that Pod. It is'),
    )
    if (held !== undefined) links.push(...causeLinks(input, held))
  } else if (pod !== undefined) {
    links.push(...causeLinks(input, pod))
  }
  return links
}

const SAID: Readonly<Record<Verdict['action'], string>> = {
  keep: 'keeps it',
  create: 'creates it',
  wait: 'waits for it',
  delete: 'deletes it',
  repair: 'repairs it',
  stop: 'stops at it',
  'not looked at': 'did not look at it',
}

function absentLink({ set, pass }: WhyInput, name: string): WhyLink {
  const policy = set.spec?.podManagementPolicy ?? 'OrderedReady'
  const awaited = pass?.awaited
  const ordinal = ordinalIn(set.metadata.name, name)
  if (ordinal !== undefined && !isWantedOrdinal(set, ordinal)) {
    const wanted = set.spec?.replicas ?? 1
    return {
      mark: 'absent',
      subject: name,
      text: `has no Pod: ${wanted === 1 ? 'one is' : `${wanted} are`} wanted, and its ordinal is beyond them. Its claims are kept all the same.`,
    }
  }
  const text =
    awaited !== undefined && awaited !== name && policy === 'OrderedReady'
      ? 'has no Pod: the set is OrderedReady, so the controller stops at the first Pod that is not Running and Ready.'
      : `has no Pod, and the set is ${policy}.`
  return { mark: 'absent', subject: name, text }
}

function podLink(input: WhyInput, pod: KnownKinds['Pod'], lead = 'is'): WhyLink {
  const letter = podPhaseLetter(pod)
  const since = input.phaseSince(pod.metadata.uid)
  const on = pod.spec?.nodeName ? ` on ${pod.spec.nodeName}` : ''
  const during = since === undefined ? '' : ` for ${formatSpan(input.now - since)}`
  return {
    mark: letter,
    subject: pod.metadata.name,
    text: `${lead} ${cardWord(pod, letter)}${on}${during}.`,
  }
}

/** What the Pod itself waits for: its node, or what the kubelet last said of it. */
function causeLinks(input: WhyInput, pod: KnownKinds['Pod']): readonly WhyLink[] {
  const links: WhyLink[] = []
  const node = pod.spec?.nodeName ? input.nodeNamed(pod.spec.nodeName) : undefined
  if (node !== undefined && conditionStatus(node, 'Ready') !== 'True') {
    links.push({
      mark: 'node',
      subject: node.metadata.name,
      text: goneText(pod) ?? 'is not Ready: only its kubelet can say what became of the Pod.',
    })
  }
  if (podPhaseLetter(pod) === 'R') return links
  const event = input.eventsOfPod(pod.metadata.uid).at(-1)
  if (event?.message !== undefined) {
    const said = `${event.reason ?? 'event'}: ${event.message}`
    links.push({ mark: markOf(event.reason), subject: sourceOf(event), text: `says ${said}` })
  }
  return links
}

/** Of a Pod that is to go, and whose node alone could say that it did. */
function goneText(pod: KnownKinds['Pod']): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined
  const claims = claimNames(pod)
  const writes = claims.length === 0 ? '' : ` and write to ${claims.join(' and ')}`
  return `alone can confirm that it stopped, and is not Ready: its containers may still run${writes}.`
}

function markOf(reason: string | undefined): WhyLink['mark'] {
  if (reason === undefined) return 'node'
  if (/Pull|Image/.test(reason)) return 'image'
  return /Volume|Mount|Attach/.test(reason) ? 'volume' : 'node'
}

function sourceOf(event: ClusterEvent): string {
  const component = event.source?.component || event.reportingController || event.reportingComponent
  const host = event.source?.host
  return host === undefined || host === '' ? (component ?? 'The cluster') : host
}
