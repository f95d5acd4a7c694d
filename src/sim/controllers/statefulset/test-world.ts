import type { Call } from '#sim/apimachinery/request.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { createTimings, type TimingProfile } from '#sim/client/timings.ts'
import { createControllerContext } from '../context.ts'
import { startGarbageCollectorController } from '../garbagecollector/garbage-collector.ts'
import { startPVCProtectionController } from '../volume/pvcprotection/pvc-protection-controller.ts'
import type { SyncDecisions } from './decisions.ts'
import { startStatefulSetController } from './stateful-set-controller.ts'

export const NAMESPACE = 'default'

const ROOTS = {
  pods: 'api/v1',
  services: 'api/v1',
  persistentvolumeclaims: 'api/v1',
  statefulsets: 'apis/apps/v1',
  controllerrevisions: 'apis/apps/v1',
  poddisruptionbudgets: 'apis/policy/v1',
} as const

export type WorldResource = keyof typeof ROOTS

export type Answer = {
  readonly code: number
  // eslint-disable-next-line typescript/no-explicit-any -- read as the recordings hold it
  readonly body: any
}

export type WorldOptions = {
  readonly simulation: Simulation
  readonly call: Call
  readonly featureGates?: Readonly<Record<string, boolean>>
  readonly onDecision?: (pass: SyncDecisions) => void
  /** How far the caches lag behind, and how unevenly; a millisecond each by default. */
  readonly profile?: TimingProfile
}

/**
 * A control plane without scheduler and kubelets: the StatefulSet controller, the garbage collector
 * and PVC protection over a given server. Tests play the rest.
 */
export class TestWorld {
  readonly simulation: Simulation
  readonly #call: Call

  constructor({ simulation, call, featureGates = {}, onDecision, profile }: WorldOptions) {
    this.simulation = simulation
    this.#call = call
    const context = createControllerContext({
      simulation,
      call,
      timings: createTimings(profile ?? 'instant', simulation.random.fork('timings')),
      featureEnabled: (gate) => featureGates[gate] ?? gate !== 'MaxUnavailableStatefulSet',
      ...(onDecision === undefined ? {} : { onDecision }),
    })
    this.request('POST', '/api/v1/namespaces', object('Namespace', NAMESPACE))
    this.request(
      'POST',
      `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
      object('ServiceAccount', 'default'),
    )
    startStatefulSetController(context)
    startGarbageCollectorController(context)
    startPVCProtectionController(context)
    context.informers.start()
  }

  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Answer {
    const reply = this.#call({
      method,
      path,
      headers: { 'user-agent': 'puppet', 'content-type': contentType },
      user: 'kubernetes-admin',
      ...(body === undefined ? {} : { body }),
    })
    if (reply.type !== 'object') throw new Error(`${path}: answered with a ${reply.type}`)
    return { code: reply.code, body: reply.body }
  }

  path(resource: WorldResource, name?: string, subresource?: string): string {
    const parts = [ROOTS[resource], 'namespaces', NAMESPACE, resource, name, subresource]
    return `/${parts.filter((part) => part !== undefined).join('/')}`
  }

  list(resource: WorldResource): Answer['body'][] {
    return this.request('GET', this.path(resource)).body.items ?? []
  }

  create(resource: WorldResource, body: unknown): Answer {
    return this.request('POST', this.path(resource), body)
  }

  patch(resource: WorldResource, name: string, body: unknown, subresource?: string): Answer {
    const path = this.path(resource, name, subresource)
    return this.request('PATCH', path, body, 'application/merge-patch+json')
  }

  delete(resource: WorldResource, name: string, options: object = {}): Answer {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
    return this.request('DELETE', this.path(resource, name), body)
  }

  bind(name: string): Answer {
    return this.request('POST', this.path('pods', name, 'binding'), {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node-a' },
    })
  }

  /** What a kubelet writes when a Pod gets there. */
  setPodState(name: string, to: string): Answer {
    const stored = this.request('GET', this.path('pods', name))
    if (stored.code !== 200) return stored
    const now = `${new Date(this.simulation.unixMs).toISOString().slice(0, 19)}Z`
    const ready = to === 'ready'
    const phase = PHASES[to] ?? 'Running'
    const condition = (type: string, isTrue: boolean) => ({
      type,
      status: isTrue ? 'True' : 'False',
      lastTransitionTime: now,
    })
    const ended = { exitCode: to === 'failed' ? 1 : 0, startedAt: now, finishedAt: now }
    const reason = to === 'failed' ? 'Error' : 'Completed'
    const status = {
      phase,
      startTime: now,
      conditions: [
        condition('Ready', ready),
        condition('ContainersReady', ready),
        condition('Initialized', true),
        condition('PodScheduled', true),
      ],
      containerStatuses: stored.body.spec.containers.map(
        (one: { name: string; image: string }) => ({
          name: one.name,
          image: one.image,
          imageID: '',
          ready,
          restartCount: 0,
          started: ready,
          state:
            phase === 'Running'
              ? { running: { startedAt: now } }
              : { terminated: { ...ended, reason } },
        }),
      ),
    }
    return this.request(
      'PATCH',
      this.path('pods', name, 'status'),
      { status },
      'application/strategic-merge-patch+json',
    )
  }
}

const PHASES: Readonly<Record<string, string>> = {
  pending: 'Pending',
  failed: 'Failed',
  succeeded: 'Succeeded',
}

function object(kind: string, name: string): unknown {
  return { apiVersion: 'v1', kind, metadata: { name } }
}
