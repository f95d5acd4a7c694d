import type { Call } from '#sim/apimachinery/request.ts'
import { Client } from '#sim/client/client.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { RegistryTrouble } from '#sim/kubelet/images/catalog.ts'
import { durationMs } from '#sim/shell/utilities/processes.ts'
import {
  type ActiveFaults,
  actWords,
  afterAct,
  endingOf,
  type FaultAct,
  faultCommand,
  type FaultEntry,
  faultKey,
  isEndedBy,
} from './act.ts'
import { type Beginning, beginningOf, type FaultParts, withImage } from './beginnings.ts'
import { checkAct } from './check-act.ts'
import { refuse } from './refuse.ts'
import { FAULTS } from './table.ts'

export type FaultsOptions = Omit<FaultParts, 'client'> & {
  readonly simulation: Simulation
  readonly call: Call
}

/** An act that was found possible. */
export type PreparedFault = {
  /** With everything said that was left open. */
  readonly act: FaultAct
  /** Does it. */
  readonly carryOut: () => void
}

const REFUSAL = 'rpc error: code = ResourceExhausted desc = no space left in the storage pool'

/**
 * What goes wrong in a cluster because somebody wants it to. A fault touches machines, networks,
 * processes and disks, never the API: what follows, the cluster's own components bring about.
 */
export class Faults {
  readonly #simulation: Simulation
  readonly #parts: FaultParts
  readonly #listeners: ((entry: FaultEntry) => void)[] = []
  /** How to take back what lasts. */
  readonly #beginnings = new Map<string, Beginning>()
  #active: ActiveFaults = new Map()

  constructor({ simulation, call, ...parts }: FaultsOptions) {
    this.#simulation = simulation
    const client = new Client({ call, user: 'kubernetes-admin', userAgent: 'fault' })
    this.#parts = { ...parts, client }
  }

  /** What is broken now, in the order it began. */
  get active(): readonly FaultEntry[] {
    return [...this.#active.values()]
  }

  onAct(listener: (entry: FaultEntry) => void): void {
    this.#listeners.push(listener)
  }

  /** Throws RangeError, and does nothing, for what cannot be done. */
  apply(asked: FaultAct): FaultAct {
    const { act, carryOut } = this.prepare(asked)
    carryOut()
    return act
  }

  /** Looks whether it can be done, without doing it. Throws RangeError where it cannot. */
  prepare(asked: FaultAct): PreparedFault {
    checkAct(asked)
    return FAULTS[asked.verb].ends === undefined ? this.#begin(asked) : this.#end(asked)
  }

  /** What is wrong with the registry of an image, by its name in full. */
  registryTrouble(image: string): RegistryTrouble {
    const concerned = this.active.filter(({ target }) => target === '' || target === image)
    const delays = concerned
      .filter(({ verb }) => verb === 'slow-pulls')
      .map(({ options }) => durationMs(options.by ?? '') ?? 0)
    return {
      isUnreachable: concerned.some(({ verb }) => verb === 'fail-pulls'),
      delayMs: Math.max(0, ...delays),
    }
  }

  /** Why the provisioner makes no volume now; undefined where it does. */
  provisionerRefusal(): string | undefined {
    return this.active.some(({ verb }) => verb === 'refuse-volumes') ? REFUSAL : undefined
  }

  /** A disk that is thrown away is not full any more. */
  volumeDeleted(volume: string): void {
    for (const beginning of this.#beginnings.values()) {
      const end = endingOf(beginning.act)
      if (beginning.volume === volume && end !== undefined) this.#note(end)
    }
  }

  #begin(asked: FaultAct): PreparedFault {
    const beginning = beginningOf(asked, this.#parts)
    const { act, begin } = beginning
    const end = endingOf(act)
    if (end !== undefined && this.#active.has(faultKey(act))) {
      refuse(act, `${actWords(act)} already`, `end it with: ${faultCommand(end)}`)
    }
    return {
      act,
      carryOut: () => {
        begin()
        if (end !== undefined) this.#beginnings.set(faultKey(act), beginning)
        this.#note(act)
      },
    }
  }

  #end(asked: FaultAct): PreparedFault {
    const act = withDefaults(asked)
    const ended = this.active.filter((fault) => isEndedBy(fault, act))
    if (ended.length === 0) this.#refuseEnd(asked)
    return {
      act,
      carryOut: () => {
        for (const fault of ended) this.#beginnings.get(faultKey(fault))?.undo?.()
        this.#note(act)
      },
    }
  }

  #refuseEnd(act: FaultAct): never {
    const { ends = [] } = FAULTS[act.verb]
    const others = this.active.filter(({ verb }) => ends.includes(verb)).map(endingOf)
    const commands = others.flatMap((end) => (end === undefined ? [] : [faultCommand(end)]))
    const begun = ends.map((verb) => `fault ${verb}`).join(' or ')
    return refuse(
      act,
      `there is nothing to end, for it ends what ${begun} began`,
      commands.length > 0 ? `what lasts, ends with: ${commands.join('; ')}` : 'see: fault list',
    )
  }

  #note(act: FaultAct): void {
    const { now, trace } = this.#simulation
    const entry = { ...act, time: now }
    this.#active = afterAct(this.#active, entry)
    for (const key of this.#beginnings.keys()) {
      if (!this.#active.has(key)) this.#beginnings.delete(key)
    }
    trace.record(now, 'fault', faultCommand(act))
    for (const listener of [...this.#listeners]) listener(entry)
  }
}

function withDefaults(act: FaultAct): FaultAct {
  const { on } = FAULTS[act.verb]
  if (on === 'image') return withImage(act)
  if (on !== 'pod' && on !== 'claim') return act
  return { ...act, options: { namespace: 'default', ...act.options } }
}
