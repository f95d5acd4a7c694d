import type { PodTemplateSpec } from 'kubernetes-types/core/v1'
import type { Deployment, ReplicaSet } from '#sim/apimachinery/kinds.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { TEMPLATE_HASH_LABEL, withoutTemplateHash } from '#sim/apimachinery/template-hash-label.ts'
import type { Client } from '#sim/client/client.ts'
import type { EventRecorder } from '#sim/client/event-recorder.ts'
import { RetryError } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { controllerOf, controllerReference } from '../controller-ref.ts'
import { conditionOf, newCondition, withCondition } from './deployment-status.ts'
import { byCreation, newSetReplicas, REVISION } from './replica-counts.ts'
import { sizeAnnotations } from './scaling.ts'
import { templateHash } from './template-hash.ts'

/** Annotations that tell of the Deployment itself and are not handed down. */
const OWN_ANNOTATIONS = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
])

export type Ensured = {
  readonly set: ReplicaSet | undefined
  /** As stored, where ensuring wrote to it. */
  readonly deployment: Deployment
}

/** The oldest set whose template is that of the Deployment, but for the hash label. */
export function findNewReplicaSet(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const wanted = deployment.spec?.template
  return sets.toSorted(byCreation).find((set) => semanticallyEqual(templateOf(set), wanted))
}

function templateOf({ spec }: ReplicaSet): PodTemplateSpec | undefined {
  return spec?.template === undefined ? undefined : withoutTemplateHash(spec.template)
}

/** Brings the set of the present template up to date, and creates it where there is none. */
export function createNewReplicaSets(options: {
  readonly client: Client
  readonly recorder: EventRecorder
  readonly timestamp: () => string
}): (
  deployment: Deployment,
  existing: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
) => Ensured {
  const { client, recorder, timestamp } = options
  return (deployment, existing, all) => {
    const others = all.filter((set) => set !== existing)
    const revision = Math.max(0, ...others.map(revisionOf)) + 1
    return existing === undefined
      ? create(deployment, all, revision)
      : refresh(deployment, existing, revision)
  }

  function refresh(deployment: Deployment, set: ReplicaSet, revision: number): Ensured {
    const annotations = annotationsFor(deployment, set, Math.max(revision, revisionOf(set)))
    const minReadySeconds = deployment.spec?.minReadySeconds ?? 0
    const isSame =
      semanticallyEqual(set.metadata.annotations, annotations) &&
      (set.spec?.minReadySeconds ?? 0) === minReadySeconds
    const current = isSame
      ? set
      : client.resource('replicasets').update({
          ...set,
          metadata: { ...set.metadata, annotations },
          spec: { ...set.spec, minReadySeconds } as NonNullable<ReplicaSet['spec']>,
        })
    const message = `Found new replica set "${set.metadata.name}"`
    return { set: current, deployment: note(deployment, current, 'FoundNewReplicaSet', message) }
  }

  function create(deployment: Deployment, all: readonly ReplicaSet[], revision: number): Ensured {
    const template = deployment.spec?.template
    if (template === undefined) return { set: undefined, deployment }
    const hash = templateHash(template, deployment.status?.collisionCount)
    const name = `${deployment.metadata.name}-${hash}`
    const labels = { ...template.metadata?.labels, [TEMPLATE_HASH_LABEL]: hash }
    const replicas = newSetReplicas(deployment, all, 0)
    const { namespace } = deployment.metadata
    const minReadySeconds = deployment.spec?.minReadySeconds
    const selector = deployment.spec?.selector ?? {}
    let set: ReplicaSet
    try {
      set = client.resource('replicasets').create({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          labels,
          annotations: annotationsFor(deployment, undefined, revision),
          ownerReferences: [controllerReference(deployment)],
        },
        spec: {
          replicas,
          ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
          selector: {
            ...selector,
            matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH_LABEL]: hash },
          },
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
      })
    } catch (error) {
      if (!isStatusReason(error, 'AlreadyExists')) throw error
      evadeCollision(deployment, name)
      throw new RetryError(`replica set ${name} exists`)
    }
    if (replicas > 0) {
      recorder.record(deployment, {
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message: `Scaled up replica set ${name} from 0 to ${replicas}`,
      })
    }
    const message = `Created new replica set "${name}"`
    return { set, deployment: note(deployment, set, 'NewReplicaSetCreated', message) }
  }

  /** Another template of the same hash: the next name is made with a different number. */
  function evadeCollision(deployment: Deployment, name: string): void {
    const { namespace, uid } = deployment.metadata
    const found = client.resource('replicasets').find(name, namespace)
    // Our own, only not in the cache yet.
    if (found === undefined || controllerOf(found)?.uid === uid) return
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
    client
      .resource('deployments')
      .updateStatus({ ...deployment, status: { ...deployment.status, collisionCount } })
  }

  /** The Deployment's revision and, at first, how far it has come. */
  function note(
    deployment: Deployment,
    set: ReplicaSet,
    reason: string,
    message: string,
  ): Deployment {
    const revision = set.metadata.annotations?.[REVISION] ?? ''
    const hasRevision = deployment.metadata.annotations?.[REVISION] === revision
    const isNew = reason === 'NewReplicaSetCreated'
    const tellsProgress =
      deployment.spec?.progressDeadlineSeconds !== undefined &&
      (isNew || conditionOf(deployment.status, 'Progressing') === undefined)
    if (hasRevision && !tellsProgress) return deployment
    const progress = newCondition('Progressing', 'True', reason, message, timestamp())
    const conditions = tellsProgress
      ? withCondition(deployment.status?.conditions ?? [], progress)
      : deployment.status?.conditions
    const annotations = { ...deployment.metadata.annotations, [REVISION]: revision }
    return client.resource('deployments').updateStatus({
      ...deployment,
      metadata: { ...deployment.metadata, annotations },
      status: { ...deployment.status, ...(conditions === undefined ? {} : { conditions }) },
    })
  }
}

function annotationsFor(
  deployment: Deployment,
  set: ReplicaSet | undefined,
  revision: number,
): Readonly<Record<string, string>> {
  const handedDown = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !OWN_ANNOTATIONS.has(key),
  )
  return {
    ...set?.metadata.annotations,
    ...Object.fromEntries(handedDown),
    ...(set === undefined ? sizeAnnotations(deployment) : {}),
    [REVISION]: String(revision),
  }
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0)
}
