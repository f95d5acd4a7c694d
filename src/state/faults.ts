import { formatTime } from '#sim/kernel/time.ts'
import {
  actWords,
  type ActiveFaults,
  afterAct,
  endingOf,
  type FaultAct,
  type FaultEntry,
  faultKey,
  stateWords,
} from '#sim/cluster/faults/act.ts'
import { parseImageReference, referenceText } from '#sim/kubelet/images/reference.ts'
import type { KnownKinds } from './kube.ts'

/** One thing that can be broken or mended now, with the words of its button. */
export type FaultChoice = { readonly act: FaultAct; readonly text: string }

/** What is broken after all that was done. */
export function activeFaults(log: readonly FaultEntry[]): ActiveFaults {
  return log.reduce<ActiveFaults>(afterAct, new Map())
}

/** What is wrong with something on the stage, and since when. */
export type FaultNote = { readonly words: string; readonly since: string }

/** What is wrong with a node: `cut off`. */
export function nodeFaults(active: ActiveFaults, node: string): readonly FaultNote[] {
  return notes(active, ({ verb, target }) => target === node && IS_OF_NODE.has(verb))
}

const IS_OF_NODE: ReadonlySet<string> = new Set(['crash', 'cut-off'])

/** What is wrong with a Pod: `readiness probe of nginx fails`. */
export function podFaults(
  active: ActiveFaults,
  pod: { readonly namespace: string | undefined; readonly name: string },
): readonly FaultNote[] {
  return notes(
    active,
    ({ verb, target, options }) =>
      verb === 'fail-probe' && target === pod.name && options.namespace === pod.namespace,
  )
}

function notes(
  active: ActiveFaults,
  concerns: (fault: FaultEntry) => boolean,
): readonly FaultNote[] {
  return [...active.values()]
    .filter(concerns)
    .map((fault) => ({ words: stateWords(fault), since: formatTime(fault.time) }))
}

export function nodeChoices(active: ActiveFaults, node: string): readonly FaultChoice[] {
  return [
    choice(active, newAct('cut-off', node), 'Cut off', 'Heal'),
    choice(active, newAct('crash', node), 'Crash', 'Boot'),
  ]
}

const PROBES = [
  { probe: 'readiness', field: 'readinessProbe' },
  { probe: 'liveness', field: 'livenessProbe' },
  { probe: 'startup', field: 'startupProbe' },
] as const

/** Killing each container that runs, and failing each probe there is. */
export function podChoices(active: ActiveFaults, pod: KnownKinds['Pod']): readonly FaultChoice[] {
  const { name, namespace = 'default' } = pod.metadata
  const containers = pod.spec?.containers ?? []
  const running = new Set(
    (pod.status?.containerStatuses ?? [])
      .filter(({ state }) => state?.running !== undefined)
      .map((status) => status.name),
  )
  const kills = containers
    .filter((container) => running.has(container.name))
    .map((container) => ({
      act: newAct('kill', name, { namespace, container: container.name }),
      text: `Kill ${container.name}`,
    }))
  const probes = containers.flatMap((container) =>
    PROBES.filter(({ field }) => container[field] !== undefined).map(({ probe }) => {
      const act = newAct('fail-probe', name, { namespace, container: container.name, probe })
      const whose = containers.length > 1 ? ` of ${container.name}` : ''
      return choice(active, act, `Fail ${probe} probe${whose}`, `Restore ${probe} probe${whose}`)
    }),
  )
  return [...kills, ...probes]
}

/** Of one image, or of all with an empty name. */
export function imageChoices(active: ActiveFaults, image: string): readonly FaultChoice[] {
  const reference = parseImageReference(image)
  const target = reference === undefined ? '' : referenceText(reference)
  const isBroken = (['fail-pulls', 'slow-pulls'] as const).some((verb) =>
    active.has(faultKey(newAct(verb, target))),
  )
  const restore = { act: newAct('restore-pulls', target), text: 'Restore pulls' }
  return [
    ...(['fail-pulls', 'slow-pulls'] as const)
      .filter((verb) => !active.has(faultKey(newAct(verb, target))))
      .map((verb) =>
        verb === 'fail-pulls'
          ? { act: newAct(verb, target), text: 'Fail pulls' }
          : { act: newAct(verb, target, { by: '30s' }), text: 'Slow pulls by 30 s' },
      ),
    ...(isBroken ? [restore] : []),
  ]
}

export function claimChoices(
  active: ActiveFaults,
  claim: { readonly name: string; readonly namespace: string | undefined },
): readonly FaultChoice[] {
  const act = newAct('fill', claim.name, { namespace: claim.namespace ?? 'default' })
  return [choice(active, act, 'Fill', 'Free')]
}

export function provisionerChoices(active: ActiveFaults): readonly FaultChoice[] {
  return [choice(active, newAct('refuse-volumes'), 'Refuse volumes', 'Make volumes again')]
}

/** What a button that ends a fault says. */
export function endText({ verb }: FaultAct): string {
  switch (verb) {
    case 'cut-off':
      return 'Heal'
    case 'crash':
      return 'Boot'
    case 'fill':
      return 'Free'
    case 'refuse-volumes':
      return 'Allow'
    default:
      return 'Restore'
  }
}

/** What was done, as a sentence's beginning. */
export function actSentence(act: FaultAct): string {
  const words = actWords(act)
  // Names of objects are written as they are.
  return words.startsWith(act.target) && act.target !== ''
    ? words
    : `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

function newAct(verb: FaultAct['verb'], target = '', options: FaultAct['options'] = {}): FaultAct {
  return { verb, target, options }
}

/** The fault, or where it lasts what ends it. */
function choice(active: ActiveFaults, act: FaultAct, begin: string, end: string): FaultChoice {
  const ending = active.has(faultKey(act)) ? endingOf(act) : undefined
  return ending === undefined ? { act, text: begin } : { act: ending, text: end }
}
