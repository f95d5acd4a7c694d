import type { LessonState } from '#lessons/lesson.ts'
import type { ComponentDecision } from '#sim/apimachinery/decision.ts'
import type { FaultAct, FaultEntry } from '#sim/cluster/faults/act.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type {
  DecisionPass,
  PhaseEntry,
  PodPhaseLetter,
  Verdict,
  WriteEntry,
} from '#session/journal.ts'
import type { Moment, Picture } from '#session/history.ts'
import type { SessionInput } from '#session/inputs.ts'
import type { ClusterSettings } from '#session/settings.ts'
import type { VolumeEntry } from '#sim/kubelet/volumes.ts'
import type { DnsAnswer } from '#sim/kernel/os/types.ts'
import type { SimTime } from '#sim/kernel/time.ts'

export type {
  ClusterSettings,
  ComponentDecision,
  DecisionPass,
  FaultAct,
  FaultEntry,
  PhaseEntry,
  Picture,
  PodPhaseLetter,
  Verdict,
  WriteEntry,
}

export const PROTOCOL_VERSION = 1

/** Times faster than real time, or as fast as the machine allows. */
export type Speed = number | 'max'

export type StepKind = 'event' | 'write' | 'decision'

export type ToWorker =
  | { readonly type: 'hello'; readonly protocolVersion: number; readonly settings: ClusterSettings }
  /** A new cluster from these settings; everything shown before is gone. */
  | { readonly type: 'reset'; readonly id: number; readonly settings: ClusterSettings }
  | { readonly type: 'speed'; readonly speed: Speed }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'step'; readonly id: number; readonly kind: StepKind }
  | { readonly type: 'runUntilRest'; readonly id: number }
  | {
      readonly type: 'openTerminal'
      readonly terminal: number
      readonly columns: number
      readonly rows: number
    }
  | {
      readonly type: 'resizeTerminal'
      readonly terminal: number
      readonly columns: number
      readonly rows: number
    }
  /** Keys as xterm sends them. */
  | { readonly type: 'input'; readonly terminal: number; readonly text: string }
  /** One request to the API server, as the page's editor and buttons make it. */
  | {
      readonly type: 'request'
      readonly id: number
      readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
      readonly path: string
      readonly query?: readonly (readonly [string, string])[]
      readonly contentType?: string
      readonly body?: unknown
    }
  /** Breaks or mends something; the body of the reply is the act as it was carried out. */
  | { readonly type: 'fault'; readonly id: number; readonly act: FaultAct }
  /** One question to the DNS server of the cluster, as a Pod would ask it. */
  | {
      readonly type: 'query'
      readonly id: number
      readonly name: string
      readonly recordType: string
    }
  /** Files of a claim's volume, by path inside it. */
  | {
      readonly type: 'readVolume'
      readonly id: number
      readonly volume: string
      readonly path: string
    }
  | {
      readonly type: 'writeFile'
      readonly id: number
      readonly path: string
      readonly text: string
    }
  | { readonly type: 'readFile'; readonly id: number; readonly path: string }
  /** Opens a lesson at a step; its manifests are put into the home directory. */
  | {
      readonly type: 'openLesson'
      readonly id: number
      readonly lesson: string
      readonly step: string
    }
  /** A new cluster, brought to the beginning of a step by playing the lesson up to it. */
  | {
      readonly type: 'jumpToStep'
      readonly id: number
      readonly lesson: string
      readonly step: string
    }
  /** Types a command of the lesson into its terminal. */
  | { readonly type: 'runCommand'; readonly command: string }
  /** Plays from the present step on, by itself, until it is stopped or the lesson ends. */
  | { readonly type: 'playLesson' }
  | { readonly type: 'stopLesson' }
  /** Asks for everything again, after a gap in the sequence. */
  | { readonly type: 'resync' }
  /** A new cluster, brought to where these inputs end, and paused there. */
  | {
      readonly type: 'replay'
      readonly id: number
      readonly settings: ClusterSettings
      readonly inputs: readonly SessionInput[]
      /** Runs on to this instant behind the last input. */
      readonly until: SimTime
    }
  /**
   * A new cluster that is given the inputs of this one again, up to a moment, and stands there. A
   * lesson that played itself is stopped: the person goes on.
   */
  | { readonly type: 'fork'; readonly id: number; readonly moment: Moment }
  /**
   * The cluster as it was, so many writes or changes of phase away from a moment. Nothing is run,
   * and nothing changes. The body of the reply is a `SeekAnswer`.
   */
  | {
      readonly type: 'seek'
      readonly id: number
      readonly from: Moment | 'now'
      readonly stops: number
      /** The entry of the picture the page holds; only what differs from it is told. */
      readonly held?: number
    }
  | { readonly type: 'traceDigest'; readonly id: number }

export type Clock = {
  readonly time: SimTime
  readonly unixMs: number
  readonly isPaused: boolean
  readonly isAtRest: boolean
  readonly speed: Speed
}

export type DnsName = {
  readonly name: string
  readonly type: string
  readonly data: string
}

/** Everything that changed since the last message; at most one a frame. */
export type Changed = {
  readonly type: 'changed'
  readonly sequence: number
  readonly clock: Clock
  /** A full picture: what the page held before is dropped. */
  readonly isSnapshot: boolean
  /** The last state of each object that changed. */
  readonly upserted: readonly KubeObject[]
  readonly removed: readonly string[]
  readonly writes: readonly WriteEntry[]
  readonly phases: readonly PhaseEntry[]
  readonly decisions: readonly DecisionPass[]
  /** What scheduler, garbage collector, binder, budgets and evictions concluded. */
  readonly componentDecisions: readonly ComponentDecision[]
  /** What was broken or mended on purpose. */
  readonly faults: readonly FaultEntry[]
  /** How far back the past can be shown, when that changed. */
  readonly historyFrom?: SimTime
  /** The records of headless Services, when they changed. */
  readonly dns?: readonly DnsName[]
  readonly output: readonly { readonly terminal: number; readonly text: string }[]
  /** What came from outside: with the settings, all that is needed to come here again. */
  readonly inputs: readonly SessionInput[]
  /** Present when it changed; null when no lesson is open. */
  readonly lesson?: LessonState | null
  /** Terminals whose foreground command started or ended. */
  readonly terminals: readonly TerminalState[]
}

export type TerminalState = {
  readonly terminal: number
  /** The command in the foreground; empty at the prompt. */
  readonly command: string
  readonly workingDirectory: string
}

export type FromWorker =
  | { readonly type: 'ready'; readonly protocolVersion: number }
  | { readonly type: 'reply'; readonly id: number; readonly result: Reply }
  | Changed
  /** The simulation stopped on a bug of ours: the report, with the way out. */
  | { readonly type: 'crashed'; readonly message: string; readonly report: string }

export type Reply =
  | { readonly ok: true; readonly code: number; readonly body: unknown }
  | { readonly ok: false; readonly message: string }

/** Body of the reply to `seek`; null where the way leads to the present. */
export type SeekAnswer = Picture | null

/** Body of the reply to `query`. */
export type QueryAnswer = DnsAnswer

/** Body of the reply to `readVolume`: every file of the volume, or what one of them says. */
export type VolumeAnswer = readonly VolumeEntry[] | string
