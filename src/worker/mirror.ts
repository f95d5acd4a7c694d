import type { LessonState } from '#lessons/lesson.ts'
import { HIDDEN_KINDS } from '#session/history.ts'
import type { Session } from '#session/session.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Changed, Clock } from './protocol.ts'

/**
 * What the page does not know yet. Of an object that changed several times since the last frame
 * only the last state is sent.
 */
export class Mirror {
  readonly #session: Session
  /** By uid; undefined for an object that is gone. */
  #dirty = new Map<string, KubeObject | undefined>()
  /** Uids the page holds, so that what came and went between two frames is not mentioned. */
  #known = new Set<string>()
  #output = new Map<number, string>()
  #changedTerminals = new Set<number>()
  #sequence = 0
  #writesSent = 0
  #phasesSent = 0
  #decisionsSent = 0
  #componentDecisionsSent = 0
  #faultsSent = 0
  #inputsSent = 0
  #recordsVersion = -1
  #lessonSent: LessonState | null | undefined
  #historySent = -1
  #clockSent = ''
  #isSnapshotDue = true

  constructor(session: Session) {
    this.#session = session
    session.cluster.server.onChange(({ type, object }) => {
      if (HIDDEN_KINDS.has(object.kind)) return
      this.#dirty.set(object.metadata.uid, type === 'DELETED' ? undefined : object)
    })
    session.onOutput((terminal, text) => {
      this.#output.set(terminal, (this.#output.get(terminal) ?? '') + text)
    })
    session.onTerminal((terminal) => this.#changedTerminals.add(terminal))
  }

  /** The next message holds everything. */
  resync(): void {
    this.#isSnapshotDue = true
  }

  /** The message for this frame, or undefined where nothing changed. */
  take(clock: Clock | undefined): Changed | undefined {
    if (clock === undefined) return undefined
    const isSnapshot = this.#isSnapshotDue
    if (isSnapshot) this.#forgetWhatWasSent()
    const lesson = this.#lessonChange()
    const dns = this.#dnsChange()
    if (!isSnapshot && lesson === undefined && dns === undefined && !this.#hasNews(clock)) {
      return undefined
    }
    const { journal, history } = this.#session
    const { upserted, removed } = this.#objects()
    const historyFrom = history.firstTime
    const message: Changed = {
      type: 'changed',
      sequence: ++this.#sequence,
      clock,
      isSnapshot,
      upserted,
      removed,
      writes: journal.writes.slice(this.#writesSent),
      phases: journal.phases.slice(this.#phasesSent),
      decisions: journal.decisions.slice(this.#decisionsSent),
      componentDecisions: journal.componentDecisions.slice(this.#componentDecisionsSent),
      faults: journal.faults.slice(this.#faultsSent),
      output: [...this.#output].map(([terminal, text]) => ({ terminal, text })),
      inputs: this.#session.inputs.slice(this.#inputsSent),
      terminals: this.#terminals(isSnapshot),
      ...(historyFrom === this.#historySent ? {} : { historyFrom }),
      ...(dns === undefined ? {} : { dns }),
      ...(lesson === undefined ? {} : { lesson }),
    }
    this.#writesSent = journal.writes.length
    this.#phasesSent = journal.phases.length
    this.#decisionsSent = journal.decisions.length
    this.#componentDecisionsSent = journal.componentDecisions.length
    this.#faultsSent = journal.faults.length
    this.#inputsSent = this.#session.inputs.length
    this.#output = new Map()
    this.#changedTerminals = new Set()
    this.#historySent = historyFrom
    this.#clockSent = clockKey(clock)
    return message
  }

  #hasNews(clock: Clock): boolean {
    const { journal } = this.#session
    return (
      this.#dirty.size > 0 ||
      this.#output.size > 0 ||
      this.#changedTerminals.size > 0 ||
      journal.writes.length > this.#writesSent ||
      journal.phases.length > this.#phasesSent ||
      journal.decisions.length > this.#decisionsSent ||
      journal.componentDecisions.length > this.#componentDecisionsSent ||
      journal.faults.length > this.#faultsSent ||
      this.#session.inputs.length > this.#inputsSent ||
      clockKey(clock) !== this.#clockSent
    )
  }

  #objects(): { upserted: KubeObject[]; removed: string[] } {
    const upserted: KubeObject[] = []
    const removed: string[] = []
    for (const [uid, object] of this.#dirty) {
      if (object !== undefined) {
        this.#known.add(uid)
        upserted.push(object)
      } else if (this.#known.delete(uid)) {
        removed.push(uid)
      }
    }
    this.#dirty = new Map()
    return { upserted, removed }
  }

  #forgetWhatWasSent(): void {
    this.#isSnapshotDue = false
    this.#known = new Set()
    this.#dirty = new Map()
    for (const object of this.#session.cluster.server.objects()) {
      if (!HIDDEN_KINDS.has(object.kind)) this.#dirty.set(object.metadata.uid, object)
    }
    this.#writesSent = 0
    this.#phasesSent = 0
    this.#decisionsSent = 0
    this.#componentDecisionsSent = 0
    this.#faultsSent = 0
    this.#inputsSent = 0
    this.#historySent = -1
    this.#recordsVersion = -1
    this.#lessonSent = undefined
  }

  #dnsChange(): Changed['dns'] {
    const { network } = this.#session.cluster
    if (network.recordsVersion === this.#recordsVersion) return undefined
    this.#recordsVersion = network.recordsVersion
    return network.records()
  }

  // Checks are examined here, once a frame, and only sent when one of them changed.
  #lessonChange(): Changed['lesson'] {
    const state = this.#session.lessonState()
    if (state === this.#lessonSent) return undefined
    this.#lessonSent = state
    return state
  }

  #terminals(isSnapshot: boolean): Changed['terminals'] {
    const states = []
    for (const { number, terminal } of this.#session.terminals) {
      if (!isSnapshot && !this.#changedTerminals.has(number)) continue
      const { foregroundCommand: command, workingDirectory } = terminal
      states.push({ terminal: number, command, workingDirectory })
    }
    return states
  }
}

function clockKey({ time, isPaused, isAtRest, speed }: Clock): string {
  return `${time}/${isPaused}/${isAtRest}/${speed}`
}
