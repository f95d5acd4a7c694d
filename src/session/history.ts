import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { EndpointSlice, Service } from '#sim/apimachinery/kinds.ts'
import type { StorageChange } from '#sim/apiserver/api-server.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import { DnsZone, type ZoneChange } from '#sim/network/dns-zone.ts'
import { type NamedRecord, zoneRecords } from '#sim/network/records.ts'
import type { LogLengths } from './journal.ts'
import { countUpTo, firstWhere, Versions } from './versions.ts'

/** Bookkeeping between components that no panel shows. */
export const HIDDEN_KINDS: ReadonlySet<string> = new Set(['Lease'])

/** A moment of the run: the end of an instant of virtual time, or right after an entry. */
export type Moment = { readonly time: SimTime } | { readonly entry: number }

/**
 * Where in the run something was recorded. Several events and inputs share an instant, and inputs
 * come between events: these two counts tell all of them apart.
 */
export type Place = {
  readonly time: SimTime
  readonly events: number
  readonly inputs: number
}

/** All that one event, or one input, changed: the journal's unit of time. */
type Entry = { readonly place: Place; logs: LogLengths }

/** The cluster as it was. */
export type Picture = {
  readonly time: SimTime
  /** The newest entry at that moment. */
  readonly entry: number
  /** The entry this is told from: what did not change since is left out. Undefined: nothing is. */
  readonly since: number | undefined
  readonly upserted: readonly KubeObject[]
  readonly removed: readonly string[]
  readonly dns: readonly NamedRecord[]
  readonly logs: LogLengths
  /** How much each terminal had printed; absent where that is no longer known. */
  readonly printed: Readonly<Record<number, number>>
}

/** How much a terminal had printed by when. */
type Printed = { readonly places: Place[]; readonly lengths: number[]; isWhole: boolean }

export type HistoryOptions = {
  readonly place: () => Place
  readonly logs: () => LogLengths
  readonly objects: Iterable<KubeObject>
  readonly dnsDomain: string
  /** More changes, and moments of change, than this are not kept; the oldest go first. */
  readonly changesMax?: number
}

/** Hours of a lesson, at some kilobytes a change. */
const CHANGES_MAX = 50_000
/** What terminals printed is kept by the page, which keeps no more of it. */
const PRINTS_MAX = 20_000

/**
 * Every version of every object with its place in the run, so that the cluster of any moment can be
 * shown at once, without running anything. Values are those of the store, shared with it.
 */
export class History {
  readonly #options: HistoryOptions
  readonly #objects = new Versions<KubeObject>()
  /** Services and slices as the DNS server heard of them, which is later than they changed. */
  readonly #heard = new Versions<ZoneChange>()
  readonly #printed = new Map<number, Printed>()
  #entries: Entry[]
  /** The number of the first entry that is kept. */
  #first = 0
  /** Entries with a write or a change of phase: what one steps along. */
  #stops: number[] = []

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#entries = [{ place: options.place(), logs: options.logs() }]
    for (const object of options.objects) {
      if (!HIDDEN_KINDS.has(object.kind)) this.#objects.set(0, object.metadata.uid, object)
    }
  }

  /** The number of entries there have been. */
  get length(): number {
    return this.#first + this.#entries.length
  }

  /** How far back it reaches. */
  get firstTime(): SimTime {
    return Math.max(0, this.#entryAt(this.#first).place.time)
  }

  recordChange({ type, object }: StorageChange): void {
    if (HIDDEN_KINDS.has(object.kind)) return
    const entry = this.#touch()
    this.#objects.set(entry, object.metadata.uid, type === 'DELETED' ? undefined : object)
  }

  /** A log of the journal got longer. */
  recordLog(): void {
    const logs = this.#options.logs()
    const before = this.#entryAt(this.length - 1).logs
    if (totalOf(logs) === totalOf(before)) return
    const entry = this.#touch()
    this.#entryAt(entry).logs = logs
    const isStop = logs.writes > before.writes || logs.phases > before.phases
    if (isStop && this.#stops.at(-1) !== entry) this.#stops.push(entry)
  }

  recordZone(change: ZoneChange): void {
    const { kind, metadata } = change.object
    const key = `${kind}/${metadata.namespace}/${metadata.name}`
    this.#heard.set(this.#touch(), key, change.type === 'removed' ? undefined : change)
  }

  recordPrinted(terminal: number, length: number): void {
    let line = this.#printed.get(terminal)
    if (line === undefined) {
      line = { places: [], lengths: [], isWhole: true }
      this.#printed.set(terminal, line)
    }
    const place = this.#options.place()
    const last = line.places.at(-1)
    const total = (line.lengths.at(-1) ?? 0) + length
    if (last !== undefined && isSamePlace(last, place)) line.lengths.pop()
    else line.places.push(place)
    line.lengths.push(total)
    if (line.places.length <= PRINTS_MAX) return
    line.places.splice(0, PRINTS_MAX / 2)
    line.lengths.splice(0, PRINTS_MAX / 2)
    line.isWhole = false
  }

  /**
   * The moment so many writes or changes of phase away; undefined where that is the present. Throws
   * RangeError for a moment outside the run.
   */
  step(from: Moment | 'now', stops: number): Moment | undefined {
    if (!Number.isInteger(stops)) throw new RangeError(`${stops} is no number of steps`)
    const moment = from === 'now' ? { time: this.#options.place().time } : from
    const entry = this.#resolve(moment)
    if (stops === 0) return moment
    const known = countUpTo(this.#stops, entry)
    // Going back from between two stops, the one before is a step away; from a stop, it is not.
    const behind = this.#isOn(moment, this.#stops[known - 1]) ? known - 1 : known
    const index = stops > 0 ? known - 1 + stops : behind + stops
    if (index >= this.#stops.length) return undefined
    return { entry: this.#stops[index] ?? this.#first }
  }

  #isOn(moment: Moment, stop: number | undefined): boolean {
    if (stop === undefined) return false
    if ('entry' in moment) return moment.entry === stop
    return this.#entryAt(stop).place.time === moment.time
  }

  /** The cluster at a moment. Throws RangeError for one outside the run. */
  picture(moment: Moment, held?: number): Picture {
    const entry = this.#resolve(moment)
    const { place, logs } = this.#entryAt(entry)
    const since = held === undefined || held < this.#first || held >= this.length ? undefined : held
    return {
      time: 'time' in moment ? moment.time : Math.max(0, place.time),
      entry,
      since,
      ...this.#objectsAt(entry, since),
      dns: this.#recordsAt(entry),
      logs,
      printed: this.#printedAt('time' in moment ? endOf(moment.time) : place),
    }
  }

  /** Where a run has to be brought to be at that moment: exact, or the end of its instant. */
  placeOf(moment: Moment): Place | { readonly time: SimTime } {
    const entry = this.#resolve(moment)
    return 'time' in moment ? moment : this.#entryAt(entry).place
  }

  #resolve(moment: Moment): number {
    return 'time' in moment ? this.#entryAtTime(moment.time) : this.#knownEntry(moment.entry)
  }

  #entryAtTime(time: SimTime): number {
    const { time: now } = this.#options.place()
    if (!Number.isFinite(time)) throw new RangeError(`${time} is not a time`)
    if (time > now) throw new RangeError(`${time} ms is in the future: it is ${now} ms now`)
    if (time < 0) throw new RangeError(`${time} ms is before the start of the run`)
    const count = firstWhere(
      this.#entries.length,
      (index) => (this.#entries[index]?.place.time ?? Infinity) > time,
    )
    if (count === 0) throw new RangeError(this.#tooFarBack(`${time} ms`))
    return this.#first + count - 1
  }

  #knownEntry(entry: number): number {
    if (!Number.isInteger(entry) || entry < 0 || entry >= this.length) {
      throw new RangeError(`there is no entry ${entry}: the journal has ${this.length}`)
    }
    if (entry < this.#first) throw new RangeError(this.#tooFarBack(`entry ${entry}`))
    return entry
  }

  #tooFarBack(what: string): string {
    return `${what} is too far back: the journal is kept from ${this.firstTime} ms on`
  }

  #objectsAt(entry: number, since: number | undefined): Pick<Picture, 'upserted' | 'removed'> {
    if (since === undefined) return { upserted: this.#objects.at(entry), removed: [] }
    const upserted: KubeObject[] = []
    const removed: string[] = []
    for (const [uid, object] of this.#objects.changed(since, entry)) {
      if (object === undefined) removed.push(uid)
      else upserted.push(object)
    }
    return { upserted, removed }
  }

  #recordsAt(entry: number): readonly NamedRecord[] {
    const zone = new DnsZone()
    for (const { object } of this.#heard.at(entry)) {
      // The zone hears of these two kinds only.
      if (object.kind === 'Service') zone.putService(object as Service)
      else zone.putSlice(object as EndpointSlice)
    }
    return zoneRecords(zone, this.#options.dnsDomain)
  }

  #printedAt(place: Place): Picture['printed'] {
    const printed: Record<number, number> = {}
    for (const [terminal, { places, lengths, isWhole }] of this.#printed) {
      const count = firstWhere(places.length, (index) => isAfter(places[index], place))
      if (count > 0 || isWhole) printed[terminal] = lengths[count - 1] ?? 0
    }
    return printed
  }

  /** The number of the entry for what happens right now. */
  #touch(): number {
    const place = this.#options.place()
    const last = this.#entries.at(-1)
    if (last === undefined || !isSamePlace(last.place, place)) {
      this.#entries.push({ place, logs: last?.logs ?? this.#options.logs() })
      const { changesMax = CHANGES_MAX } = this.#options
      if (Math.max(this.#entries.length, this.#objects.size) > changesMax) this.#forgetOldest()
    }
    return this.length - 1
  }

  #entryAt(entry: number): Entry {
    const found = this.#entries[entry - this.#first]
    if (found === undefined) throw new RangeError(`there is no entry ${entry}`)
    return found
  }

  /** A tenth at once, so that it is done rarely. */
  #forgetOldest(): void {
    const count = Math.ceil(this.#entries.length / 10)
    this.#first += count
    this.#entries = this.#entries.slice(count)
    this.#stops = this.#stops.slice(countUpTo(this.#stops, this.#first - 1))
    this.#objects.forgetBefore(this.#first)
    this.#heard.forgetBefore(this.#first)
  }
}

function totalOf({ writes, phases, decisions, componentDecisions, faults }: LogLengths): number {
  return writes + phases + decisions + componentDecisions + faults
}

function endOf(time: SimTime): Place {
  return { time, events: Infinity, inputs: Infinity }
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.events === b.events && a.inputs === b.inputs
}

function isAfter(one: Place | undefined, place: Place): boolean {
  if (one === undefined || one.time !== place.time)
    return one === undefined || one.time > place.time
  return one.events > place.events || one.inputs > place.inputs
}
