import { playLesson, type PlayerStage } from '#lessons/player.ts'
import {
  type CommandBlock,
  commandsOf,
  type Lesson,
  lessonIn,
  type LessonState,
  type Step,
} from '#lessons/lesson.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import { type Cluster, createCluster } from '#sim/cluster/cluster.ts'
import type { FaultAct } from '#sim/cluster/faults/act.ts'
import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { type SimTime, toSimTime } from '#sim/kernel/time.ts'
import type { VolumeEntry } from '#sim/kubelet/volumes.ts'
import type { Terminal } from '#sim/shell/workstation.ts'
import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import { assertNever } from '#sim/kernel/invariant.ts'
import { Changes } from './changes.ts'
import type { SessionAction, SessionInput } from './inputs.ts'
import { LessonProgress } from './lesson-progress.ts'
import { History, type Place } from './history.ts'
import { Journal } from './journal.ts'
import { lessonWorld } from './lesson-world.ts'
import { replay, replayTo, type RunLimit } from './replay.ts'
import type { ClusterSettings } from './settings.ts'
import { TerminalRecorder } from './terminal-recorder.ts'
import { TypingQueue } from './typing-queue.ts'

export const PERSON = 'kubernetes-admin'
const HOME = '/home/user'
/** Virtual time between two looks at whether a jump has arrived. */
const JUMP_SLICE_MS = 100

export type SessionOptions = {
  readonly settings: ClusterSettings
  readonly lessons: ReadonlyMap<string, Lesson>
}

export type SessionTerminal = {
  readonly number: number
  columns: number
  rows: number
  readonly terminal: Terminal
  readonly recorder: TerminalRecorder
}

type OpenLesson = {
  readonly lesson: Lesson
  readonly progress: LessonProgress
  readonly commands: ReadonlyMap<string, CommandBlock>
}

/**
 * One run: a cluster, the terminals of the person in front of it, what happened, and the lesson
 * that is open. It only moves when its simulation is moved.
 */
export class Session {
  readonly settings: ClusterSettings
  readonly cluster: Cluster
  readonly journal: Journal
  /** What the journal tells of, as it was at every moment. */
  readonly history: History
  readonly #lessons: ReadonlyMap<string, Lesson>
  readonly #terminals = new Map<number, SessionTerminal>()
  readonly #inputs: SessionInput[] = []
  readonly #outputListeners: ((terminal: number, text: string) => void)[] = []
  readonly #terminalListeners: ((terminal: number) => void)[] = []
  /** What the player waits for. */
  readonly #changes = new Changes()
  /** Counts what became visible in the terminals. */
  #shown = 0
  readonly #typing = new TypingQueue()
  #lesson: OpenLesson | undefined
  #player: { kill(): void } | undefined
  #playerError: unknown

  constructor(options: SessionOptions) {
    this.settings = options.settings
    this.#lessons = new Map(
      [...options.lessons].map(([id, lesson]) => [id, lessonIn(lesson, options.settings.dialect)]),
    )
    this.cluster = createCluster({
      ...options.settings,
      onDecision: (pass) => {
        this.journal.recordDecision(pass)
        this.history.recordLog()
        this.#changes.tell()
      },
      onComponentDecision: (decision) => {
        this.journal.recordComponentDecision(decision)
        this.history.recordLog()
      },
    })
    const { server, network, faults } = this.cluster
    this.journal = new Journal(() => this.cluster.simulation.now)
    this.history = new History({
      place: () => this.#place(),
      logs: () => this.journal.lengths,
      objects: server.objects(),
      dnsDomain: network.plan.clusterDomain,
    })
    server.onWrite((entry) => {
      this.journal.recordWrite(entry)
      this.history.recordLog()
    })
    server.onChange((change) => {
      this.history.recordChange(change)
      this.journal.recordChange(change)
      this.history.recordLog()
      this.#changes.tell()
    })
    faults.onAct((entry) => {
      this.journal.recordFault(entry)
      this.history.recordLog()
    })
    network.zone.onChange((change) => this.history.recordZone(change))
  }

  #place(): Place {
    const { now: time, eventsTotal: events } = this.cluster.simulation
    return { time, events, inputs: this.#inputs.length }
  }

  /** All that came from outside, in order: with the settings it is the whole run. */
  get inputs(): readonly SessionInput[] {
    return this.#inputs
  }

  /** See `replay`. */
  replay(inputs: readonly SessionInput[]): void {
    replay(this, inputs)
  }

  /** See `replayTo`. */
  replayTo(inputs: readonly SessionInput[], place: Place | { readonly time: SimTime }): void {
    replayTo(this, inputs, place)
  }

  /** Another one whenever something happened that a check of the lesson could be about. */
  get progressKey(): string {
    return `${this.history.length}/${this.#shown}/${this.#lesson?.progress.step.id}`
  }

  /** One input now. */
  apply(input: SessionAction, limit: RunLimit = {}): void {
    switch (input.type) {
      case 'terminal':
        this.openTerminal(input.terminal, input.columns, input.rows)
        return
      case 'keys':
        this.input(input.terminal, input.text)
        return
      case 'request':
        this.request(input.request)
        return
      case 'fault':
        this.fault(input.act)
        return
      case 'file':
        this.writeFile(input.path, input.text)
        return
      case 'step':
        this.openLesson(input.lesson, input.step)
        return
      case 'jump':
        this.jumpTo(
          input.lesson,
          input.step,
          input.untilEvents === undefined ? limit : { events: input.untilEvents },
        )
        return
      case 'command':
        this.runCommand(input.command)
        return
      case 'play':
        this.playLesson()
        return
      case 'stop':
        this.stopLesson()
        return
      default:
        assertNever(input)
    }
  }

  get terminals(): Iterable<SessionTerminal> {
    return this.#terminals.values()
  }

  onOutput(listener: (terminal: number, text: string) => void): void {
    this.#outputListeners.push(listener)
  }

  /** A terminal's foreground command or working directory changed. */
  onTerminal(listener: (terminal: number) => void): void {
    this.#terminalListeners.push(listener)
  }

  /** The terminal of that number, opened where it is not yet. */
  openTerminal(number: number, columns: number, rows: number): SessionTerminal {
    this.#note({ type: 'terminal', terminal: number, columns, rows })
    return this.#open(number, columns, rows)
  }

  #open(number: number, columns: number, rows: number): SessionTerminal {
    const open = this.#terminals.get(number)
    if (open !== undefined) {
      open.terminal.resize(columns, rows)
      open.columns = columns
      open.rows = rows
      return open
    }
    const terminal = this.cluster.workstation.openTerminal(columns, rows)
    const recorder = new TerminalRecorder(number, () => this.cluster.simulation.now)
    const made = { number, columns, rows, terminal, recorder }
    this.#terminals.set(number, made)
    terminal.onOutput((text, isStderr) => {
      recorder.printed(text, isStderr)
      this.history.recordPrinted(number, text.length)
      this.#shown++
      this.#changes.tell()
      this.cluster.simulation.trace.record(this.cluster.simulation.now, `tty${number}`, text)
      for (const listener of this.#outputListeners) listener(number, text)
    })
    terminal.onState(() => {
      recorder.foreground(terminal.foregroundCommand, terminal.exitCode)
      this.#shown++
      this.#changes.tell()
      for (const listener of this.#terminalListeners) listener(number)
    })
    return made
  }

  /** Keys of the person at a terminal. */
  input(number: number, text: string): void {
    this.#terminal(number)
    this.#note({ type: 'keys', terminal: number, text })
    this.#type(number, text)
  }

  #type(number: number, text: string): void {
    const { terminal, recorder } = this.#terminal(number)
    recorder.typed(text)
    this.#shown++
    terminal.input(text)
  }

  #terminal(number: number): SessionTerminal {
    return this.#terminals.get(number) ?? this.#open(number, 80, 24)
  }

  /** A request of the page's own, as the person in front of it. */
  request(request: Omit<ApiRequest, 'user'>): ApiReply {
    if (request.method !== 'GET') this.#note({ type: 'request', request })
    return this.cluster.server.call({ ...request, user: PERSON })
  }

  /**
   * Breaks or mends something, as the command `fault` of the workstation does. Throws RangeError
   * for what cannot be done; then nothing happened.
   */
  fault(asked: FaultAct): FaultAct {
    const { act, carryOut } = this.cluster.faults.prepare(asked)
    this.#note({ type: 'fault', act: asked })
    carryOut()
    return act
  }

  /**
   * The files of a volume by its PersistentVolume's name (an empty path), or the text of one.
   * Throws RangeError where nothing was ever mounted, or the file is not there.
   */
  readVolume(volume: string, path: string): readonly VolumeEntry[] | string {
    const { volumes } = this.cluster
    if (volumes.get(volume) === undefined) {
      throw new RangeError(`the volume ${volume} holds no files yet: no Pod has mounted it`)
    }
    if (path === '' || path === '/') return volumes.list(volume)
    const bytes = volumes.read(volume, path)
    if (bytes === undefined) throw new RangeError(`${path}: No such file or directory`)
    return decodeUtf8(bytes)
  }

  readFile(path: string): string | undefined {
    const { fs } = this.cluster.workstation
    const absolute = path.startsWith('/') ? path : `${HOME}/${path}`
    return fs.exists(absolute) ? fs.readText(absolute) : undefined
  }

  writeFile(path: string, text: string): void {
    this.#note({ type: 'file', path, text })
    this.cluster.workstation.fs.writeText(path.startsWith('/') ? path : `${HOME}/${path}`, text)
  }

  /**
   * Opens a lesson at a step; an empty step is its first. Who turns the page has taken over from
   * the player. Throws RangeError for an unknown one.
   */
  openLesson(id: string, stepId: string): Lesson {
    this.stopLesson()
    const { lesson, step } = this.#enterLesson(id, stepId)
    this.#note({ type: 'step', lesson: id, step: step.id })
    return lesson
  }

  #enterLesson(id: string, stepId: string): { readonly lesson: Lesson; readonly step: Step } {
    const lesson = this.#lessons.get(id)
    if (lesson === undefined) {
      throw new RangeError(
        `there is no lesson "${id}"; there are: ${[...this.#lessons.keys()].join(', ')}`,
      )
    }
    const steps = stepsOf(lesson)
    const found = stepId === '' ? steps[0] : steps.find(({ step }) => step.id === stepId)
    if (found === undefined) throw new RangeError(`the lesson ${id} has no step "${stepId}"`)
    if (this.#lesson?.lesson !== lesson) {
      this.stopLesson()
      const progress = new LessonProgress(lesson, {
        world: lessonWorld(this),
        person: PERSON,
        newestRun: ({ terminal, command }) =>
          this.#terminals.get(terminal)?.recorder.newest(command),
      })
      this.#lesson = { lesson, progress, commands: commandsOf(lesson) }
    }
    this.#lesson.progress.enter(found.step)
    return { lesson, step: found.step }
  }

  /** Types a command of the open lesson into its terminal; asked for twice it is typed once. */
  runCommand(id: string): void {
    const block = this.command(id)
    if (block === undefined) throw new RangeError(`the lesson has no command "${id}"`)
    this.stopLesson()
    this.#note({ type: 'command', command: id })
    this.#playerError = undefined
    if (this.#typing.has(id)) return
    this.cluster.simulation.spawn(this.#typing.type(block, this.#stage()), {
      name: `lesson/${id}`,
      onError: (error) => this.#onPlayerError(error),
    })
  }

  playLesson(): void {
    const open = this.#lesson
    if (open === undefined || this.#player !== undefined) return
    this.#note({ type: 'play' })
    this.#playerError = undefined
    this.#startPlayer(undefined)
  }

  #startPlayer(untilStep: string | undefined): void {
    const open = this.#lesson
    if (open === undefined) return
    const process = this.cluster.simulation.spawn(
      playLesson(open.lesson, { from: open.progress.step.id, until: untilStep }, this.#stage()),
      { name: `lesson/${open.lesson.id}`, onError: (error) => this.#onPlayerError(error) },
    )
    this.#player = process
    process.onExit(() => (this.#player = undefined))
  }

  /**
   * Plays a lesson from its beginning, as fast as it goes, until a step begins. For a fresh
   * session: what was done before would be in the way. Throws RangeError for an unknown step, and
   * what stopped the player where it did not come that far. At the limit the player is left at work.
   */
  jumpTo(lessonId: string, stepId: string, limit: RunLimit = {}): void {
    const { lesson } = this.#enterLesson(lessonId, stepId)
    this.#note({ type: 'jump', lesson: lessonId, step: stepId })
    const [first] = stepsOf(lesson)
    if (first === undefined || first.step.id === stepId) return
    this.#lesson?.progress.enter(first.step)
    this.#startPlayer(stepId)
    this.#runJump(this.#inputs.length - 1, limit)
    if (this.#playerError !== undefined) throw this.#playerError
  }

  #runJump(input: number, { events = Infinity, until = Infinity }: RunLimit): void {
    const { simulation } = this.cluster
    while (this.#player !== undefined) {
      const slice = Math.min(simulation.now + JUMP_SLICE_MS, until)
      const eventsMax = events - simulation.eventsTotal
      const { reason } = simulation.run({ until: toSimTime(slice), eventsMax })
      if (reason === 'events' || slice === until) break
    }
    const noted = this.#inputs[input]
    if (this.#player === undefined || noted?.type !== 'jump') return
    this.#inputs[input] = { ...noted, untilEvents: simulation.eventsTotal }
  }

  stopLesson(): void {
    if (this.#player === undefined) return
    this.#note({ type: 'stop' })
    this.#player.kill()
    this.#player = undefined
  }

  /** Why the lesson's player stopped, if it did not reach the end. */
  get playerError(): unknown {
    return this.#playerError
  }

  /** How a command of the lesson was last run in its step. */
  runInStep(block: CommandBlock) {
    return this.#lesson?.progress.run(block)
  }

  /** Whether the open lesson's player is at work. */
  get isPlaying(): boolean {
    return this.#player !== undefined
  }

  /** Where the learner is. Examines the checks, so ask once a frame, not more. */
  lessonState(): LessonState | null {
    const open = this.#lesson
    if (open === undefined) return null
    return open.progress.state({
      isPlaying: this.isPlaying,
      queued: this.#typing.ids,
      trouble: this.#playerError instanceof Error ? this.#playerError.message : '',
      version: this.#shown,
    })
  }

  /** The lesson that is open. Throws RangeError where none is. */
  openedLesson(): Lesson {
    if (this.#lesson === undefined) throw new RangeError('no lesson is open')
    return this.#lesson.lesson
  }

  /** A command of the open lesson by its id. */
  command(id: string): CommandBlock | undefined {
    return this.#lesson?.commands.get(id)
  }

  #note(action: SessionAction): void {
    const { now, eventsTotal } = this.cluster.simulation
    this.#inputs.push({ ...action, time: now, afterEvents: eventsTotal })
  }

  #onPlayerError(error: unknown): void {
    this.#playerError = error
  }

  #stage(): PlayerStage {
    return {
      type: (terminal, text) => this.#type(terminal, text),
      foreground: (number) => this.#terminal(number).terminal.foregroundCommand,
      isAtInnerPrompt: (number) => {
        const { terminal, recorder } = this.#terminal(number)
        return terminal.foregroundCommand !== '' && recorder.isAtInnerPrompt
      },
      isLineBegun: (number) => this.#terminal(number).recorder.isLineBegun,
      isRun: (block) => this.#lesson?.progress.isRun(block) === true,
      checks: (step: Step) => this.#lesson?.progress.examine(step) ?? [],
      enter: (step: Step) => this.#lesson?.progress.enter(step),
      now: () => this.cluster.simulation.now,
      change: (timeoutMs) => this.#changes.next(timeoutMs),
    }
  }
}
