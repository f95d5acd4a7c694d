import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import type { StatefulSetSpec } from 'kubernetes-types/apps/v1'
import {
  ALL_VARIANTS,
  isReady,
  ScenarioWorld,
  type ScenarioOptions,
} from './scenario-world.test-kit.ts'
import { type Answer, NAMESPACE } from './test-world.ts'

/** A policy of Pod management under one of retention, and what follows from the two. */
export type Variant = (typeof ALL_VARIANTS)[number] & {
  readonly isMonotonic: boolean
  readonly claimsOf: ClaimOwners
}

/** Who owns a claim while its ordinal is in range, and who once it is condemned. */
export type ClaimOwners = {
  readonly inRange: 'StatefulSet' | undefined
  readonly condemned: 'StatefulSet' | 'Pod' | undefined
}

// The specification's table of ownership.
const CLAIM_OWNERS = {
  absent: { inRange: undefined, condemned: undefined },
  RR: { inRange: undefined, condemned: undefined },
  RD: { inRange: undefined, condemned: 'Pod' },
  DR: { inRange: 'StatefulSet', condemned: 'StatefulSet' },
  DD: { inRange: 'StatefulSet', condemned: 'Pod' },
} as const

export const VARIANTS: readonly Variant[] = ALL_VARIANTS.map((variant) => ({
  ...variant,
  isMonotonic: variant.policy === 'OrderedReady',
  claimsOf: CLAIM_OWNERS[variant.retention],
}))

/** One pass of the controller: what it asked for, in order, and how it ended. */
export type PassRecord = { readonly writes: readonly string[]; readonly error: string | undefined }

/** A write of the controller as it went through the door, refused or not. */
type DoorWrite = {
  readonly verb: string
  readonly resource: string
  readonly name: string
  readonly code: number
  readonly body: Answer['body']
  /** Its place among the passes. */
  readonly pass: number
}

/** A scenario told in the words of the specification's call sequences, and driven step by step. */
export class DrivenWorld extends ScenarioWorld {
  #writes: DoorWrite[] = []
  #passesTold = 0

  constructor(spec: Partial<StatefulSetSpec> = {}, options: ScenarioOptions = {}) {
    super({}, { ...options, empty: true })
    if (options.empty === true) return
    const { code, body } = this.create(spec, options.metadata)
    if (code !== 201) throw new Error(JSON.stringify(body))
    this.settle()
  }

  /** What a kubelet makes of the Pod; then the controller comes to rest. */
  setPod(name: string, to: 'pending' | 'running' | 'ready' | 'failed' | 'succeeded'): void {
    this.world.setPodState(name, to)
    this.settle()
  }

  /** The Pod is Ready, and has been for so long: to the whole second, as conditions know it. */
  setReadySince(name: string, agoMs: number): void {
    this.world.setPodState(name, 'ready')
    const seconds = Math.floor((this.simulation.unixMs - agoMs) / 1000)
    const lastTransitionTime = new Date(seconds * 1000).toISOString().replace('.000', '')
    this.world.request(
      'PATCH',
      this.world.path('pods', name, 'status'),
      { status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] } },
      'application/strategic-merge-patch+json',
    )
  }

  /**
   * The kubelets' next step: the lowest Pod that is going is gone, or else the lowest that is not
   * Ready becomes so. False where there is none.
   */
  advance(): boolean {
    const pods = this.world.list('pods').toSorted((a, b) => ordinalOf(a) - ordinalOf(b))
    const leaving = pods.find(
      ({ metadata }) =>
        metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0,
    )
    if (leaving !== undefined) {
      this.remove(leaving.metadata.name)
      return true
    }
    const unready = pods.find(
      (pod) => pod.metadata.deletionTimestamp === undefined && !isReady(pod.status),
    )
    if (unready === undefined) return false
    this.setPod(unready.metadata.name, 'ready')
    return true
  }

  /** One such step after the other, until there is nothing left to do. */
  drive(afterEach: () => void = () => {}): void {
    for (let step = 0; step < 300; step++) {
      if (!this.advance()) return
      afterEach()
    }
    throw new Error(`no rest after 300 steps: ${this.pods().join(' ')}`)
  }

  /** Deletes at once, as kubelets' last requests do. */
  override remove(...pods: string[]): void {
    for (const pod of pods) this.world.delete('pods', pod, { gracePeriodSeconds: 0 })
    this.settle()
  }

  /** Deletes as a user does: a bound Pod stays until its kubelet lets it go. */
  delete(...pods: string[]): void {
    for (const pod of pods) this.world.delete('pods', pod)
    this.settle()
  }

  /** The counters of the stored status, as the specification writes them: `r3 rd3 av3 cu3 up3`. */
  get counters(): string {
    return countersOf(this.set.status)
  }

  /** The images of the Pods there are, by ordinal. */
  images(): string[] {
    return this.world
      .list('pods')
      .toSorted((a, b) => ordinalOf(a) - ordinalOf(b))
      .map(({ spec }) => String(spec.containers[0].image))
  }

  /** The controller's writes since the last look: `create web-0`, `status r1 rd0 av0 cu1 up1`. */
  log(): string[] {
    return this.#writes.splice(0).map(told)
  }

  /** The creations and deletions of Pods among them: `create web-0`, `delete web-2`. */
  steps(): string[] {
    return this.log().filter((line) => /^(?:create|delete) web-\d+\b/.test(line))
  }

  /** The passes since the last look that wrote or failed. Takes the writes from the log. */
  passes(): PassRecord[] {
    const writes = this.#writes.splice(0)
    const from = this.#passesTold
    this.#passesTold = this.decisions.length
    return this.decisions
      .slice(from)
      .map(({ error }, index) => ({
        writes: writes.filter(({ pass }) => pass === from + index).map(told),
        error,
      }))
      .filter((pass) => pass.writes.length > 0 || pass.error !== undefined)
  }

  /** Looks away from all that was written until now. */
  forget(): void {
    this.passes()
  }

  protected override answered({ method, path, body }: ApiRequest, reply: ApiReply): void {
    const verb = VERBS[method]
    if (verb === undefined || reply.type !== 'object' || path.includes('/events/')) return
    const sent = body as Answer['body']
    const [resource = '', named, subresource] =
      path.split(`/namespaces/${NAMESPACE}/`)[1]?.split('/') ?? []
    this.#writes.push({
      verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      name: named ?? sent?.metadata?.name ?? '',
      code: reply.code,
      body: sent,
      pass: this.decisions.length,
    })
  }
}

/** A rolling update, with a block of its own or none at all. */
export function rolling(rollingUpdate?: object): Pick<StatefulSetSpec, 'updateStrategy'> {
  const type = 'RollingUpdate'
  return { updateStrategy: rollingUpdate === undefined ? { type } : { type, rollingUpdate } }
}

/** A set all of whose Pods are Ready; nothing of how it came to be is told any more. */
export function healthyWorld(
  spec: Partial<StatefulSetSpec> = {},
  options: ScenarioOptions = {},
): DrivenWorld {
  const scenario = new DrivenWorld(spec, options)
  scenario.drive()
  scenario.forget()
  return scenario
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

function told({ verb, resource, name, code, body }: DoorWrite): string {
  const refusal = code < 300 ? '' : `: ${code}`
  if (resource === 'statefulsets/status') return `status ${countersOf(body.status)}${refusal}`
  if (resource !== 'controllerrevisions') return `${verb} ${name}${refusal}`
  const number = body?.revision === undefined ? '' : ` ${body.revision}`
  return `${verb} revision${number}${refusal}`
}

function countersOf(status: Answer['body']): string {
  const { replicas, readyReplicas, availableReplicas, currentReplicas, updatedReplicas } = status
  return [
    `r${replicas ?? 0}`,
    `rd${readyReplicas ?? 0}`,
    `av${availableReplicas ?? 0}`,
    `cu${currentReplicas ?? 0}`,
    `up${updatedReplicas ?? 0}`,
  ].join(' ')
}

function ordinalOf({ metadata }: Answer['body']): number {
  return Number(/\d+$/.exec(metadata.name)?.[0] ?? -1)
}
