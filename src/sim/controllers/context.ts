import type { ComponentDecision, TellDecision } from '#sim/apimachinery/decision.ts'
import type { Call } from '#sim/apimachinery/request.ts'
import { Client } from '#sim/client/client.ts'
import { EventRecorder } from '#sim/client/event-recorder.ts'
import { InformerFactory } from '#sim/client/informer.ts'
import { createTimings, type Timings } from '#sim/client/timings.ts'
import type { Random } from '#sim/kernel/random.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { SyncDecisions } from './statefulset/decisions.ts'

/** What every controller of the controller manager is started with. */
export type ControllerContext = {
  readonly simulation: Simulation
  /**
   * Requests as `user`, such as `system:serviceaccount:kube-system:statefulset-controller`.
   * The component ends the user agent, whose first word names the field manager.
   */
  readonly clientFor: (user: string, component: string) => Client
  /** Shared caches. They are started once all controllers have asked for theirs. */
  readonly informers: InformerFactory
  /** Events of a controller, written as its service account. */
  readonly recorderFor: (component: string) => EventRecorder
  readonly featureEnabled: (gate: string) => boolean
  /** Hears what each pass of the StatefulSet controller concluded. Without it nothing is noted. */
  readonly onDecision?: (pass: SyncDecisions) => void
  /** How a controller says what it concluded of an object, and why. */
  readonly tellerFor: (component: string) => DecisionTeller
  /** A stream of the controllers' own; fork it by name. */
  readonly random: Random
  readonly timings: Timings
  /** The era whose habits the controllers keep where they differ. */
  readonly dialect: '1.36' | '1.10'
}

/** Makes the decision and passes it on where somebody listens; otherwise it costs nothing. */
export type DecisionTeller = (make: () => Omit<ComponentDecision, 'time' | 'component'>) => void

export type ControllerContextOptions = {
  readonly simulation: Simulation
  readonly call: Call
  readonly timings?: Timings
  readonly dialect?: '1.36' | '1.10'
  readonly featureEnabled?: (gate: string) => boolean
  readonly onDecision?: (pass: SyncDecisions) => void
  /** Hears what the other controllers concluded. */
  readonly onComponentDecision?: TellDecision
}

const USER_AGENT = 'kube-controller-manager/v1.36.2'

export function createControllerContext(options: ControllerContextOptions): ControllerContext {
  const { simulation, call, onComponentDecision } = options
  const random = simulation.random.fork('controllers')
  const timings = options.timings ?? createTimings('instant', random.fork('timings'))
  const clientFor = (user: string, component: string): Client =>
    new Client({ call, user, userAgent: `${USER_AGENT}/${component}` })
  return {
    simulation,
    clientFor,
    informers: new InformerFactory(
      simulation,
      clientFor('system:kube-controller-manager', 'shared-informers'),
      { latencyMs: timings.watchLatencyMs },
    ),
    recorderFor: (component) =>
      new EventRecorder(simulation, clientFor(serviceAccount(component), component), {
        component,
        latencyMs: timings.apiWriteMs,
      }),
    featureEnabled: options.featureEnabled ?? ((gate) => !OFF_BY_DEFAULT.has(gate)),
    ...(options.onDecision === undefined ? {} : { onDecision: options.onDecision }),
    tellerFor: (component) => (make) =>
      onComponentDecision?.({ time: simulation.now, component, ...make() }),
    random,
    timings,
    dialect: options.dialect ?? '1.36',
  }
}

/** The user a controller acts as: each has a service account of its own in kube-system. */
export function serviceAccount(name: string): string {
  return `system:serviceaccount:kube-system:${name}`
}

const OFF_BY_DEFAULT: ReadonlySet<string> = new Set(['MaxUnavailableStatefulSet'])
