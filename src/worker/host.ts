import type { Lesson } from '#lessons/lesson.ts'
import { Session } from '#session/session.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import { failureReport } from '#sim/kernel/failure-report.ts'
import { assertNever } from '#sim/kernel/invariant.ts'
import { Mirror } from './mirror.ts'
import { Playback } from './playback.ts'
import {
  type FromWorker,
  PROTOCOL_VERSION,
  type Reply,
  type SeekAnswer,
  type ToWorker,
} from './protocol.ts'

export type HostOptions = {
  readonly post: (message: FromWorker) => void
  readonly wallNowMs: () => number
  /** Calls back once, after the given wall time; 0 is after waiting messages were received. */
  readonly wakeAfter: (wallMs: number, run: () => void) => void
  readonly lessons: readonly Lesson[]
}

const FRAME_MS = 16
/** How long the world may run before messages are looked at. */
const SLICE_MS = 8

/**
 * The worker's side of the protocol: moves the session in slices of wall time, and tells the page
 * what changed, at most once a frame.
 */
export class WorkerHost {
  readonly #options: HostOptions
  readonly #lessons: ReadonlyMap<string, Lesson>
  #session: Session | undefined
  #mirror: Mirror | undefined
  #playback: Playback | undefined
  #lastFrameAt = -Infinity
  #isAwake = false
  #hasCrashed = false

  constructor(options: HostOptions) {
    this.#options = options
    this.#lessons = new Map(options.lessons.map((lesson) => [lesson.id, lesson]))
  }

  receive(message: ToWorker): void {
    try {
      this.#handle(message)
    } catch (error) {
      this.#refuseOrCrash(message, error)
    }
    this.#wake(0)
  }

  #handle(message: ToWorker): void {
    if (message.type === 'hello') {
      this.#start(message.settings)
      this.#options.post({ type: 'ready', protocolVersion: PROTOCOL_VERSION })
      return
    }
    if (message.type === 'reset') {
      this.#start(message.settings)
      this.#reply(message.id, { ok: true, code: 200, body: null })
      return
    }
    if (message.type === 'replay') {
      this.#start(message.settings, (session) => {
        session.replay(message.inputs)
        session.cluster.simulation.run({ until: message.until })
      })
      this.#playback?.pause()
      this.#reply(message.id, { ok: true, code: 200, body: null })
      return
    }
    // The first crash is the report; what follows from it would only hide it.
    if (this.#hasCrashed) throw new RangeError('the simulation has stopped: start a new cluster')
    const session = this.#session
    const playback = this.#playback
    if (session === undefined || playback === undefined) {
      throw new RangeError('the first message is hello')
    }
    this.#handleRunning(message, session, playback)
  }

  #handleRunning(
    message: Exclude<ToWorker, { type: 'hello' | 'reset' | 'replay' }>,
    session: Session,
    playback: Playback,
  ): void {
    switch (message.type) {
      case 'jumpToStep': {
        const size = [...session.terminals].map(({ number, columns, rows }) => ({
          number,
          columns,
          rows,
        }))
        this.#start(session.settings, (made) => {
          for (const { number, columns, rows } of size) made.openTerminal(number, columns, rows)
          made.jumpTo(message.lesson, message.step)
        })
        return this.#reply(message.id, { ok: true, code: 200, body: null })
      }
      case 'speed':
        return playback.setSpeed(message.speed)
      case 'pause':
        return playback.pause()
      case 'resume':
        return playback.resume()
      case 'step':
        playback.step(message.kind)
        return this.#reply(message.id, { ok: true, code: 200, body: null })
      case 'runUntilRest':
        playback.runUntilRest(() => this.#reply(message.id, { ok: true, code: 200, body: null }))
        return
      case 'openTerminal':
      case 'resizeTerminal':
        session.openTerminal(message.terminal, message.columns, message.rows)
        return playback.allowInput()
      case 'input':
        session.input(message.terminal, message.text)
        return playback.allowInput()
      case 'request':
        return this.#reply(message.id, requestReply(session, message))
      case 'fault':
        return this.#reply(message.id, { ok: true, code: 200, body: session.fault(message.act) })
      case 'query': {
        const answer = session.cluster.network.ask({
          name: message.name,
          type: message.recordType as never, // The server refuses types it does not know.
        })
        return this.#reply(message.id, { ok: true, code: 200, body: answer })
      }
      case 'readVolume':
        return this.#reply(message.id, {
          ok: true,
          code: 200,
          body: session.readVolume(message.volume, message.path),
        })
      case 'writeFile':
        session.writeFile(message.path, message.text)
        return this.#reply(message.id, { ok: true, code: 200, body: null })
      case 'readFile':
        return this.#reply(message.id, fileReply(session, message.path))
      case 'openLesson': {
        const lesson = session.openLesson(message.lesson, message.step)
        return this.#reply(message.id, { ok: true, code: 200, body: lesson })
      }
      case 'runCommand':
        session.runCommand(message.command)
        return playback.resume()
      case 'playLesson':
        session.playLesson()
        return playback.resume()
      case 'stopLesson':
        return session.stopLesson()
      case 'resync':
        this.#mirror?.resync()
        return
      case 'fork': {
        const place = session.history.placeOf(message.moment)
        this.#start(session.settings, (forked) => {
          forked.replayTo(session.inputs, place)
          forked.stopLesson()
          fitTerminals(forked, session)
        })
        this.#playback?.pause()
        return this.#reply(message.id, { ok: true, code: 200, body: null })
      }
      case 'seek':
        return this.#reply(message.id, seekReply(session, message))
      case 'traceDigest': {
        const digest = session.cluster.simulation.trace.digest()
        return this.#reply(message.id, { ok: true, code: 200, body: digest })
      }
      default:
        assertNever(message)
    }
  }

  /** A new run takes the place of the present one, once it was brought to where it is to begin. */
  #start(settings: Session['settings'], bring?: (session: Session) => void): void {
    const session = new Session({ settings, lessons: this.#lessons })
    const mirror = new Mirror(session)
    bring?.(session)
    this.#hasCrashed = false
    this.#session = session
    this.#mirror = mirror
    const speed = this.#playback?.clock().speed
    this.#playback = new Playback(session, this.#options.wallNowMs)
    if (speed !== undefined) this.#playback.setSpeed(speed)
    this.#lastFrameAt = -Infinity
  }

  #wake(wallMs: number): void {
    if (this.#isAwake) return
    this.#isAwake = true
    this.#options.wakeAfter(wallMs, () => {
      this.#isAwake = false
      this.#turn()
    })
  }

  #turn(): void {
    const { wallNowMs } = this.#options
    const playback = this.#playback
    if (playback === undefined || this.#hasCrashed) return
    let nextWallMs: number
    try {
      nextWallMs = playback.advance(wallNowMs() + SLICE_MS)
      this.#sendFrame()
    } catch (error) {
      this.#crash(error)
      return
    }
    this.#wake(Math.min(nextWallMs, FRAME_MS))
  }

  #sendFrame(): void {
    const now = this.#options.wallNowMs()
    if (now - this.#lastFrameAt < FRAME_MS) return
    const changed = this.#mirror?.take(this.#playback?.clock())
    if (changed === undefined) return
    this.#lastFrameAt = now
    this.#options.post(changed)
  }

  #reply(id: number, result: Reply): void {
    this.#options.post({ type: 'reply', id, result })
  }

  /** What a message asked for and cannot have is answered; a bug of ours ends the run. */
  #refuseOrCrash(message: ToWorker, error: unknown): void {
    const isAnswerable = error instanceof RangeError || error instanceof StatusError
    if (isAnswerable && 'id' in message)
      this.#reply(message.id, { ok: false, message: error.message })
    else if (!this.#hasCrashed) this.#crash(error)
  }

  #crash(error: unknown): void {
    this.#hasCrashed = true
    const simulation = this.#session?.cluster.simulation
    this.#options.post({
      type: 'crashed',
      message: error instanceof Error ? error.message : String(error),
      report: simulation === undefined ? '' : failureReport(simulation, error),
    })
  }
}

/** A page that changes runs keeps its screens; what had another size then, or none, gets theirs. */
function fitTerminals(forked: Session, { terminals }: Session): void {
  for (const { number, columns, rows } of terminals) {
    const known = [...forked.terminals].find((one) => one.number === number)
    if (known?.columns !== columns || known.rows !== rows) {
      forked.openTerminal(number, columns, rows)
    }
  }
}

function requestReply(session: Session, message: Extract<ToWorker, { type: 'request' }>): Reply {
  const { method, path, query, contentType, body } = message
  const reply = session.request({
    method,
    path,
    ...(query === undefined ? {} : { query }),
    headers: {
      'user-agent': 'ordinal',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body }),
  })
  if (reply.type === 'object') return { ok: true, code: reply.code, body: reply.body }
  if (reply.type === 'text') return { ok: true, code: reply.code, body: String(reply.body) }
  return { ok: false, message: `${path} answers with a ${reply.type}; ask for it in a terminal` }
}

function seekReply(
  { history }: Session,
  { from, stops, held }: Extract<ToWorker, { type: 'seek' }>,
): Reply {
  const moment = history.step(from, stops)
  const body: SeekAnswer = moment === undefined ? null : history.picture(moment, held)
  return { ok: true, code: 200, body }
}

function fileReply(session: Session, path: string): Reply {
  const text = session.readFile(path)
  if (text === undefined) return { ok: false, message: `${path}: No such file or directory` }
  return { ok: true, code: 200, body: text }
}
