import type { Deployment, ReplicaSet } from '#sim/apimachinery/kinds.ts'
import type { Client } from '#sim/client/client.ts'
import type { EventRecorder } from '#sim/client/event-recorder.ts'
import { DESIRED_REPLICAS, MAX_REPLICAS, replicasOf, rollingLimits } from './replica-counts.ts'

/** Gives a set a new size; the set as the server stored it comes back. */
export type Scale = (deployment: Deployment, set: ReplicaSet, size: number) => ReplicaSet

export function createScaling(client: Client, recorder: EventRecorder): Scale {
  return (deployment, set, size) => {
    const before = replicasOf(set)
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) }
    const isSame = Object.entries(annotations).every(
      ([key, value]) => set.metadata.annotations?.[key] === value,
    )
    if (before === size && isSame) return set
    const spec = { ...set.spec, replicas: size } as NonNullable<ReplicaSet['spec']>
    const scaled = client
      .resource('replicasets')
      .update({ ...set, metadata: { ...set.metadata, annotations }, spec })
    if (before === size) return scaled
    const direction = before < size ? 'up' : 'down'
    recorder.record(deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`,
    })
    return scaled
  }
}

/** What a set is told of its Deployment's size, to tell a scaling from a rollout later. */
export function sizeAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const replicas = replicasOf(deployment)
  return {
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + rollingLimits(deployment).maxSurge),
  }
}
