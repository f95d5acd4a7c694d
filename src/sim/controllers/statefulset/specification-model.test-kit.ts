// Sections 4 and 5 of the specification told step by step, without a thought for cost.

type Phase = 'Pending' | 'Running' | 'Failed' | 'Succeeded'

/** The occupant of an ordinal, in the words of the specification. */
export type Occupant = {
  readonly phase: Phase
  readonly ready: 'no' | 'just now' | 'for long'
  readonly terminating: boolean
  readonly revision: 'current' | 'update' | 'none'
  readonly named: boolean
}

export type Claim =
  | 'missing'
  | 'terminating'
  | 'bare'
  | 'of the set'
  | 'of the pod'
  | 'of an earlier pod'
  | 'of an earlier set'
  | 'managed by another'
  | 'of the set, managed by another'
  | 'of the set, without the flag'

type Place = { readonly occupant: Occupant | undefined; readonly claim: Claim }

export type State = {
  readonly places: readonly Place[]
  readonly start: number
  readonly replicas: number
  readonly monotonic: boolean
  readonly minReady: boolean
  readonly strategy: 'OnDelete' | 'bare' | 'partitioned'
  readonly partition: number
  readonly storedCurrentReplicas: number
  readonly whenDeleted: 'Retain' | 'Delete'
  readonly whenScaled: 'Retain' | 'Delete'
  readonly gate: { readonly maxUnavailable: number } | undefined
}

/** Numbers and names as in the specification: 4.4 is the list, 4.5 a replica, and so on. */
export function specified(state: State): string[] {
  const ops: string[] = []
  const { places, start, replicas, monotonic } = state
  const inRange = (ordinal: number) => ordinal >= start && ordinal < start + replicas
  const at = (ordinal: number) => places[ordinal]?.occupant
  const isAvailable = ({ ready }: Occupant) =>
    ready === 'for long' || (ready === 'just now' && !state.minReady)
  const isHealthy = (pod: Occupant) =>
    !pod.terminating && pod.phase === 'Running' && pod.ready !== 'no' && isAvailable(pod)
  const condemned = places
    .map((_place, ordinal) => ordinal)
    .filter((ordinal) => at(ordinal) !== undefined && !inRange(ordinal))
    .toReversed()

  // 4.5
  const replica = (ordinal: number): 'exit' | 'continue' => {
    const pod = at(ordinal)
    const claim = places[ordinal]?.claim ?? 'missing'
    if (pod?.phase === 'Failed' || pod?.phase === 'Succeeded') {
      if (!pod.terminating) ops.push(`delete ${ordinal}`)
      return 'exit'
    }
    if (pod === undefined) {
      const hasPodRef = claim === 'of an earlier pod'
      if (state.whenScaled === 'Delete' && hasPodRef) return 'exit'
      ops.push(`create ${ordinal} ${newRevision(state, ordinal)}`)
      return monotonic ? 'exit' : 'continue'
    }
    let isRight = claim === 'missing' || isUpToDate(state, claim, true)
    if (pod.phase === 'Pending') {
      const hasWork = claim === 'missing' || claim === 'terminating' || !isRight
      if (hasWork || isForeign(state, claim)) ops.push(`ensure ${ordinal}`)
      isRight = true
    }
    if (monotonic && !isHealthy(pod)) return 'exit'
    if (!pod.named || !isRight) ops.push(`repair ${ordinal}`)
    return 'continue'
  }
  for (let index = 0; index < replicas; index++) {
    if (replica(start + index) === 'exit' && monotonic) return ops
  }

  // 4.7
  for (const ordinal of condemned) {
    const claim = places[ordinal]?.claim ?? 'missing'
    if (claim !== 'missing' && !isUpToDate(state, claim, false)) ops.push(`own ${ordinal}`)
  }

  // 4.8
  const isSick = (ordinal: number) => {
    const pod = at(ordinal)
    return pod !== undefined && (!isAvailable(pod) || pod.terminating)
  }
  const firstUnavailable = condemned.findLast(isSick)
  for (const ordinal of condemned) {
    const pod = at(ordinal)
    if (pod === undefined) continue
    if (pod.terminating) {
      if (monotonic) return ops
      continue
    }
    const isRunningAndReady = pod.phase === 'Running' && pod.ready !== 'no'
    const isWell = isRunningAndReady && isAvailable(pod)
    if (monotonic && !isWell && ordinal !== firstUnavailable) return ops
    ops.push(`delete ${ordinal}`)
    if (monotonic) return ops
  }

  // 4.9
  if (state.strategy === 'OnDelete') return ops
  const updateMin = state.strategy === 'partitioned' ? state.partition : 0
  const isOutdated = (ordinal: number) => {
    const pod = at(ordinal)
    if (pod === undefined) return newRevision(state, ordinal) !== 'update'
    return pod.revision !== 'update' && !pod.terminating
  }
  const isUnavailable = (ordinal: number) => {
    const pod = at(ordinal)
    return pod === undefined || pod.terminating || !isAvailable(pod)
  }
  const ordinals = Array.from({ length: replicas }, (_, index) => start + index)
  let budget = Infinity
  if (state.gate !== undefined) {
    const allowed = state.strategy === 'bare' ? 1 : state.gate.maxUnavailable
    budget = allowed - ordinals.filter(isUnavailable).length
  }
  for (let index = replicas - 1; index >= updateMin; index--) {
    const ordinal = start + index
    if (isOutdated(ordinal)) {
      if (budget <= 0) return ops
      ops.push(`delete ${ordinal}`)
      if (state.gate === undefined) return ops
      budget--
    } else if (state.gate === undefined && isUnavailable(ordinal)) return ops
  }
  return ops
}

/** 3.5 */
function newRevision(state: State, ordinal: number): 'current' | 'update' {
  const { strategy, start } = state
  const kept =
    strategy === 'bare'
      ? state.storedCurrentReplicas
      : strategy === 'partitioned'
        ? state.partition
        : 0
  return ordinal < start + kept ? 'current' : 'update'
}

function isForeign({ whenDeleted, whenScaled }: State, claim: Claim): boolean {
  if (whenDeleted === 'Retain' && whenScaled === 'Retain') return false
  return (
    claim === 'managed by another' ||
    claim === 'of the set, managed by another' ||
    claim === 'of an earlier pod' ||
    claim === 'of an earlier set'
  )
}

/** 5.4: whether the owners of a claim may stay as they are. */
function isUpToDate(state: State, claim: Claim, inRange: boolean): boolean {
  const { whenDeleted, whenScaled } = state
  const wanted =
    whenScaled === 'Delete' && !inRange ? 'pod' : whenDeleted === 'Delete' ? 'set' : 'none'
  switch (claim) {
    case 'of an earlier pod':
    case 'of an earlier set':
      return true
    case 'of the set, managed by another':
      return !isForeign(state, claim) && wanted === 'set'
    case 'managed by another':
      return isForeign(state, claim) || wanted === 'none'
    case 'of the set, without the flag':
      return false
    case 'of the set':
      return wanted === 'set'
    case 'of the pod':
      return wanted === 'pod'
    case 'bare':
    case 'terminating':
    case 'missing':
      return wanted === 'none'
  }
}
