import fc from 'fast-check'

export type Policy = 'OrderedReady' | 'Parallel'
export type PodTarget = 'ready' | 'unready' | 'failed' | 'succeeded'
export type Removal = 'graceful' | 'forced' | 'held'
export type Propagation = 'Background' | 'Foreground' | 'Orphan'
/** What a user may set of a rolling update; `absent` leaves the whole block out. */
export type Strategy =
  | { readonly type: 'OnDelete' }
  | { readonly type: 'absent' }
  | { readonly type: 'block'; readonly partition: number; readonly maxUnavailable: number | string }

/** What people, kubelets and mishaps do to a set. */
export type Step =
  | { readonly type: 'scale'; readonly replicas: number }
  | { readonly type: 'template'; readonly version: number }
  | { readonly type: 'strategy'; readonly strategy: Strategy }
  | { readonly type: 'start'; readonly ordinal: number }
  | { readonly type: 'minReady'; readonly seconds: number }
  | { readonly type: 'history'; readonly limit: number }
  | { readonly type: 'retention'; readonly whenDeleted: Keep; readonly whenScaled: Keep }
  | { readonly type: 'deletePod'; readonly ordinal: number; readonly removal: Removal }
  | { readonly type: 'letGo'; readonly ordinal: number }
  | { readonly type: 'label'; readonly ordinal: number; readonly change: LabelChange }
  | { readonly type: 'foreign'; readonly ordinal: number }
  | { readonly type: 'deleteClaim'; readonly ordinal: number }
  | { readonly type: 'deleteSet'; readonly propagation: Propagation }
  | { readonly type: 'createSet' }
  | { readonly type: 'pod'; readonly ordinal: number; readonly to: PodTarget }
  | { readonly type: 'finish'; readonly ordinal: number }
  | { readonly type: 'kubelets' }
  | { readonly type: 'restart'; readonly afterMs: number }
  | { readonly type: 'lag'; readonly ms: number }
  | { readonly type: 'refuse'; readonly refusal: Refusal }

export type Keep = 'Retain' | 'Delete'
export type LabelChange = 'orphaned' | 'unlabelled' | 'released' | 'unversioned'

/** The n-th write of the controller to a resource fails, before or after it was done. */
export type Refusal = {
  readonly resource: (typeof RESOURCES)[number]
  readonly nth: number
  readonly how: 'conflict' | 'unavailable' | 'answerLost'
}

const RESOURCES = ['pods', 'persistentvolumeclaims', 'statefulsets', 'controllerrevisions'] as const

/** A step, and the virtual milliseconds that pass behind it. */
export type TimedStep = readonly [step: Step, thenMs: number]

export const ORDINALS_MAX = 5

const ordinal = fc.nat(ORDINALS_MAX)
const keep = fc.constantFrom<Keep>('Retain', 'Delete')
const type = <T extends string>(name: T) => fc.constant(name)

const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  fc.record({ type: type('OnDelete') }),
  fc.record({ type: type('absent') }),
  fc.record({
    type: type('block'),
    partition: fc.nat(4),
    maxUnavailable: fc.constantFrom<number | string>(1, 2, 3, '50%'),
  }),
)

const BY_PEOPLE: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: type('scale'), replicas: fc.nat(ORDINALS_MAX) }) },
  { weight: 4, arbitrary: fc.record({ type: type('template'), version: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: type('strategy'), strategy }) },
  { weight: 1, arbitrary: fc.record({ type: type('start'), ordinal: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: type('minReady'), seconds: fc.constantFrom(0, 0, 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: type('history'), limit: fc.constantFrom(-1, 0, 1, 10) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: type('retention'), whenDeleted: keep, whenScaled: keep }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: type('deletePod'),
      ordinal,
      removal: fc.constantFrom<Removal>('graceful', 'graceful', 'forced', 'held'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: type('letGo'), ordinal }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: type('label'),
      ordinal,
      change: fc.constantFrom<LabelChange>('orphaned', 'unlabelled', 'released', 'unversioned'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: type('foreign'), ordinal }) },
  { weight: 1, arbitrary: fc.record({ type: type('deleteClaim'), ordinal }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: type('deleteSet'),
      propagation: fc.constantFrom<Propagation>('Background', 'Foreground', 'Orphan'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: type('createSet') }) },
)

const BY_KUBELETS: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: type('pod'),
      ordinal,
      to: fc.constantFrom<PodTarget>('ready', 'ready', 'ready', 'unready', 'failed', 'succeeded'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: type('finish'), ordinal }) },
  { weight: 6, arbitrary: fc.record({ type: type('kubelets') }) },
)

const BY_MISHAP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: type('refuse'),
      refusal: fc.record({
        resource: fc.constantFrom(...RESOURCES),
        nth: fc.nat(3),
        how: fc.constantFrom('conflict' as const, 'unavailable' as const, 'answerLost' as const),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: type('restart'), afterMs: fc.constantFrom(1, 20, 500) }),
  },
  { weight: 1, arbitrary: fc.record({ type: type('lag'), ms: fc.constantFrom(5, 50, 1000) }) },
)

const WAITS = fc.constantFrom(0, 1, 3, 10, 30, 100, 100, 2000)

/** Steps of people and kubelets alone. */
export const PEACEFUL: fc.Arbitrary<readonly TimedStep[]> = steps([BY_PEOPLE, BY_KUBELETS])

/** And what goes wrong between the controller and its server. */
export const TROUBLED: fc.Arbitrary<readonly TimedStep[]> = steps([
  BY_PEOPLE,
  BY_KUBELETS,
  BY_MISHAP,
])

function steps(kinds: readonly fc.Arbitrary<Step>[]): fc.Arbitrary<readonly TimedStep[]> {
  return fc.array(fc.tuple(fc.oneof(...kinds), WAITS), { maxLength: 24, size: 'max' })
}
