import { podPhaseLetter, podStatusWord } from '#session/pod-phase.ts'
import type { Clock, DecisionPass, PodPhaseLetter } from '#worker/protocol.ts'
import { type ClaimView, claimView, indexPodsByClaim } from './claims.ts'
import { isDeparted } from './departed.ts'
import { stepTrack, type StepTrack } from './creation-steps.ts'
import {
  type ByUid,
  type ClusterEvent,
  isControlledBy,
  type KnownKinds,
  ordinalIn,
} from './kube.ts'
import { formatAge, formatSpan, simTimeOf } from './time.ts'
import { holdsNobodyUp } from './waits.ts'

export type PodView = {
  readonly uid: string
  readonly name: string
  readonly letter: PodPhaseLetter
  /** The word on the card. */
  readonly word: string
  readonly steps: StepTrack
  readonly revision: string | undefined
  readonly node: string | undefined
  readonly ip: string | undefined
  readonly message: string
  readonly facts: readonly Fact[]
  /** `collected`: its owner is gone, and the garbage collector is about to delete it. */
  readonly flag: 'condemned' | 'orphaned' | 'foreign' | 'collected' | undefined
}

export type Fact = { readonly term: string; readonly value: string; readonly isCode: boolean }

export type SlotView = {
  readonly ordinal: number
  readonly name: string
  readonly isWanted: boolean
  readonly pod: PodView | undefined
  readonly dnsName: string
  /** The address the name has now. */
  readonly record: string | undefined
  readonly claims: readonly ClaimView[]
  readonly isAwaited: boolean
  /** What the empty bay says under its head. */
  readonly emptyReason: string
}

export type SlotInput = {
  readonly set: KnownKinds['StatefulSet']
  readonly pods: ByUid<KnownKinds['Pod']>
  readonly claims: ByUid<KnownKinds['PersistentVolumeClaim']>
  readonly volumes: ByUid<KnownKinds['PersistentVolume']>
  readonly attachments: ByUid<KnownKinds['VolumeAttachment']>
  readonly eventsOfPod: (uid: string) => readonly ClusterEvent[]
  /** Addresses by the short names of records, see addressesByName. */
  readonly addresses: ReadonlyMap<string, string>
  readonly pass: DecisionPass | undefined
  readonly clock: Pick<Clock, 'time' | 'unixMs'>
}

/** The slots of a set in ordinal order: the wanted ones, and any whose Pod or disk is still there. */
export function slotsOf(input: SlotInput): readonly SlotView[] {
  const { set, pass } = input
  const pods = podsByOrdinal(input)
  const claims = claimsByOrdinal(input)
  const awaited = pass === undefined || holdsNobodyUp(set, pass) ? undefined : pass.awaited
  return slotOrdinals(set, pods, claims).map((ordinal) => {
    const name = `${set.metadata.name}-${ordinal}`
    const pod = pods.get(ordinal)
    const service = set.spec?.serviceName ?? ''
    // Without a Service the name is one on its host only.
    const dnsName = service === '' ? name : `${name}.${service}`
    return {
      ordinal,
      name,
      isWanted: isWantedOrdinal(set, ordinal),
      pod: pod && podView(input, pod, ordinal),
      dnsName,
      record: input.addresses.get(dnsName),
      claims: claims.get(ordinal) ?? [],
      isAwaited: awaited === name,
      emptyReason: emptyReason(input, name, ordinal),
    }
  })
}

export function firstOrdinal(set: KnownKinds['StatefulSet']): number {
  // `ordinals` is younger than the published types.
  const spec = set.spec as { readonly ordinals?: { readonly start?: number } } | undefined
  return spec?.ordinals?.start ?? 0
}

export function isWantedOrdinal(set: KnownKinds['StatefulSet'], ordinal: number): boolean {
  const start = firstOrdinal(set)
  const isGoing = set.metadata.deletionTimestamp !== undefined
  return !isGoing && ordinal >= start && ordinal < start + (set.spec?.replicas ?? 1)
}

function slotOrdinals(
  set: KnownKinds['StatefulSet'],
  ...others: readonly ReadonlyMap<number, unknown>[]
): readonly number[] {
  const start = firstOrdinal(set)
  const wanted = Array.from({ length: set.spec?.replicas ?? 1 }, (_, index) => start + index)
  const all = new Set([...wanted, ...others.flatMap((other) => [...other.keys()])])
  return [...all].sort((a, b) => a - b)
}

function podsByOrdinal({ set, pods }: SlotInput): ReadonlyMap<number, KnownKinds['Pod']> {
  const found = new Map<number, KnownKinds['Pod']>()
  for (const pod of pods.values()) {
    if (pod.metadata.namespace !== set.metadata.namespace) continue
    const ordinal = ordinalIn(set.metadata.name, pod.metadata.name)
    if (ordinal !== undefined) found.set(ordinal, pod)
  }
  return found
}

function claimsByOrdinal(input: SlotInput): ReadonlyMap<number, readonly ClaimView[]> {
  const { set, claims } = input
  const found = new Map<number, ClaimView[]>()
  const podsByClaim = indexPodsByClaim(input.pods)
  for (const template of set.spec?.volumeClaimTemplates ?? []) {
    const prefix = `${template.metadata?.name ?? ''}-${set.metadata.name}`
    for (const claim of claims.values()) {
      if (claim.metadata.namespace !== set.metadata.namespace) continue
      const ordinal = ordinalIn(prefix, claim.metadata.name)
      if (ordinal === undefined) continue
      found.set(ordinal, [
        ...(found.get(ordinal) ?? []),
        claimView({ ...input, podsByClaim }, claim),
      ])
    }
  }
  return found
}

function podView(input: SlotInput, pod: KnownKinds['Pod'], ordinal: number): PodView {
  const letter = podPhaseLetter(pod)
  const { set } = input
  return {
    uid: pod.metadata.uid,
    name: pod.metadata.name,
    letter,
    word: cardWord(pod, letter),
    steps: stepTrack(pod, input.eventsOfPod(pod.metadata.uid)),
    revision: pod.metadata.labels?.['controller-revision-hash'],
    node: pod.spec?.nodeName || undefined,
    ip: pod.status?.podIP || undefined,
    message: troubleMessage(pod, letter),
    facts: podFacts(input, pod, letter),
    flag: podFlag(set, pod, ordinal),
  }
}

/** The card's word: kubectl's, except that a Pod that is Ready says so. */
export function cardWord(pod: KnownKinds['Pod'], letter: PodPhaseLetter): string {
  if (letter === 'R') return 'Ready'
  if (letter === 'N') return 'Running, not Ready'
  return letter === 'T' ? 'Terminating' : podStatusWord(pod)
}

function podFlag(
  set: KnownKinds['StatefulSet'],
  pod: KnownKinds['Pod'],
  ordinal: number,
): PodView['flag'] {
  const hasOtherOwner = pod.metadata.ownerReferences?.some((owner) => owner.controller === true)
  if (hasOtherOwner === true && isDeparted(set)) return 'collected'
  if (!isControlledBy(pod, set)) return hasOtherOwner === true ? 'foreign' : 'orphaned'
  return isWantedOrdinal(set, ordinal) ? undefined : 'condemned'
}

function troubleMessage(pod: KnownKinds['Pod'], letter: PodPhaseLetter): string {
  if (letter !== 'I' && letter !== 'L' && letter !== 'F') return ''
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ]
  const waiting = statuses.find((status) => status.state?.waiting?.message)?.state?.waiting?.message
  return waiting ?? pod.status?.message ?? ''
}

function podFacts(
  input: SlotInput,
  pod: KnownKinds['Pod'],
  letter: PodPhaseLetter,
): readonly Fact[] {
  const facts: Fact[] = []
  const add = (term: string, value: string | undefined, isCode = false) => {
    if (value !== undefined) facts.push({ term, value, isCode })
  }
  add('node', pod.spec?.nodeName || 'none yet')
  const ip = pod.status?.podIP || undefined
  if (letter !== 'P') add('IP', ip, true)
  // A low card shows the first facts only: who it is comes before what it has not.
  add('UID', pod.metadata.uid.slice(0, 8), true)
  if (letter !== 'P' && ip === undefined) add('IP', 'none yet')
  if (letter === 'T') add('grace', graceLeft(input, pod))
  else if (letter !== 'P' && letter !== 'C') add('containers', containerFact(pod))
  const createdAt = simTimeOf(input.clock, pod.metadata.creationTimestamp)
  if (createdAt !== undefined) add('age', formatAge(input.clock.time - createdAt))
  return facts
}

function containerFact(pod: KnownKinds['Pod']): string {
  const statuses = pod.status?.containerStatuses ?? []
  const ready = statuses.filter((status) => status.ready).length
  const restarts = statuses.reduce((sum, status) => sum + status.restartCount, 0)
  const total = pod.spec?.containers.length ?? statuses.length
  return `${ready} of ${total}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`
}

function graceLeft({ clock }: SlotInput, pod: KnownKinds['Pod']): string | undefined {
  const endsAt = simTimeOf(clock, pod.metadata.deletionTimestamp)
  const seconds = pod.metadata.deletionGracePeriodSeconds
  if (endsAt === undefined || seconds === undefined) return undefined
  const leftMs = endsAt - clock.time
  return leftMs > 0
    ? `${Math.ceil(leftMs / 1000)} of ${seconds} s`
    : `over since ${formatSpan(-leftMs)}`
}

function emptyReason({ set, pass }: SlotInput, name: string, ordinal: number): string {
  if (isDeparted(set)) return 'The set is gone, its disk is kept'
  if (!isWantedOrdinal(set, ordinal)) {
    return set.metadata.deletionTimestamp === undefined
      ? `Beyond the ${set.spec?.replicas ?? 1} wanted, its disk is kept`
      : 'The set is being deleted'
  }
  const awaited = pass?.awaited
  if (awaited === name) return 'The controller is about to create it'
  if (awaited !== undefined) {
    return pass?.waiters.includes(name) === true
      ? `The controller waits for ${awaited}`
      : `Not looked at while the controller waits for ${awaited}`
  }
  return 'The controller has not come to it'
}
