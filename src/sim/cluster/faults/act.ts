import type { SimTime } from '#sim/kernel/time.ts'
import { endOf, FAULTS, type FaultOption, type FaultVerb } from './table.ts'

/** Something broken or mended, as a person, a lesson or a test asks for it. */
export type FaultAct = {
  readonly verb: FaultVerb
  /** A name; empty where all are meant, or nothing in particular. */
  readonly target: string
  readonly options: Readonly<Partial<Record<FaultOption, string>>>
}

export type FaultEntry = FaultAct & { readonly time: SimTime }

/** By what they are done to, in the order they began. */
export type ActiveFaults = ReadonlyMap<string, FaultEntry>

/** What is broken after one more act. */
export function afterAct(active: ActiveFaults, act: FaultEntry): ActiveFaults {
  const next = new Map(active)
  if (FAULTS[act.verb].ends !== undefined) {
    for (const [key, fault] of active) if (isEndedBy(fault, act)) next.delete(key)
  } else if (endOf(act.verb) !== undefined) {
    next.set(faultKey(act), act)
  }
  return next
}

export function faultKey({ verb, target, options }: FaultAct): string {
  const { namespace = '', container = '', probe = '' } = options
  return [verb, namespace, target, container, probe].join(' ')
}

/** Whether one act takes another back; an end that leaves something open means all of it. */
export function isEndedBy(fault: FaultAct, end: FaultAct): boolean {
  return (
    FAULTS[end.verb].ends?.includes(fault.verb) === true &&
    (end.target === '' || end.target === fault.target) &&
    (['namespace', 'container', 'probe'] as const).every(
      (option) =>
        end.options[option] === undefined || end.options[option] === fault.options[option],
    )
  )
}

/** The act that takes a fault back, and nothing else. */
export function endingOf({ verb, target, options }: FaultAct): FaultAct | undefined {
  const end = endOf(verb)
  if (end === undefined) return undefined
  const { by: _by, ...rest } = options
  return { verb: end, target, options: rest }
}

/** The command of the workstation that does the same. */
export function faultCommand({ verb, target, options }: FaultAct): string {
  const words = ['fault', verb, ...(target === '' ? [] : [target])]
  for (const [option, value] of Object.entries(options)) {
    if (option !== 'namespace' || value !== 'default') words.push(`--${option}=${value}`)
  }
  return words.join(' ')
}

/** What was done, in a few words: `node-b cut off`. */
export function actWords({ verb, target, options }: FaultAct): string {
  const images = target === '' ? 'all images' : target
  const { container = '', probe = '', by = '' } = options
  switch (verb) {
    case 'kill':
      return `${container === '' ? 'container' : container} of ${target} killed`
    case 'crash':
      return `${target} crashed`
    case 'boot':
      return `${target} booted`
    case 'cut-off':
      return `${target} cut off`
    case 'heal':
      return `${target} healed`
    case 'fail-probe':
      return `${probe} probe of ${target} made to fail`
    case 'restore-probe':
      return `${probe === '' ? 'probes' : `${probe} probe`} of ${target} restored`
    case 'fail-pulls':
      return `pulls of ${images} made to fail`
    case 'slow-pulls':
      return `pulls of ${images} slowed by ${by}`
    case 'restore-pulls':
      return `pulls of ${images} restored`
    case 'refuse-volumes':
      return 'provisioner refuses volumes'
    case 'allow-volumes':
      return 'provisioner makes volumes again'
    case 'fill':
      return `volume of ${target} filled`
    case 'free':
      return `volume of ${target} freed`
  }
}

/** What holds while a fault lasts, as a sentence's end: `cut off`, `its readiness probe fails`. */
export function stateWords({ verb, target, options }: FaultAct): string {
  const images = target === '' ? 'all images' : target
  switch (verb) {
    case 'crash':
      return 'crashed'
    case 'cut-off':
      return 'cut off'
    case 'fail-probe':
      return `${options.probe} probe of ${options.container} fails`
    case 'fail-pulls':
      return `pulls of ${images} fail`
    case 'slow-pulls':
      return `pulls of ${images} take ${options.by} longer`
    case 'refuse-volumes':
      return 'provisioner refuses volumes'
    case 'fill':
      return 'volume is full'
    default:
      return actWords({ verb, target, options })
  }
}
