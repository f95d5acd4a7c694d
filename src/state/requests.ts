import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { type FaultAct, faultCommand } from '#sim/cluster/faults/act.ts'
import type { Reply } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'
import { actSentence } from './faults.ts'
import type { KnownKinds } from './kube.ts'
import { OUT_OF_SERVICE } from './lost-node.ts'

export type RequestsSlice = {
  readonly scale: (set: KubeObject, replicas: number) => void
  readonly movePartition: (set: KubeObject, partition: number) => void
  readonly deleteObject: (object: KubeObject) => void
  /** Says of a node that it is off for good, and its Pods with it. */
  readonly declareOutOfService: (node: KnownKinds['Node']) => void
  /** Takes a Pod away without its kubelet's word that it has stopped. */
  readonly deleteByForce: (pod: KubeObject) => void
  /** Sends a manifest's object by server-side apply; `isDryRun` changes nothing. */
  readonly applyObject: (object: ManifestObject, isDryRun: boolean) => Promise<Reply>
  /** Breaks or mends something on purpose. */
  readonly causeFault: (act: FaultAct) => void
  readonly ask: Deps['worker']['ask']
}

export type ManifestObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

type Say = (notice: string) => void

/** What buttons do is a request anybody could make; each says the command that does the same. */
export function createRequestsSlice({ worker }: Deps, say: Say): RequestsSlice {
  async function send(question: Parameters<typeof worker.ask>[0], notice: string): Promise<void> {
    const reply = await worker.ask(question)
    say(refusal(reply) ?? notice)
  }
  return {
    scale: (set, replicas) =>
      void send(
        {
          type: 'request',
          method: 'PATCH',
          path: `${objectPath(set)}/scale`,
          contentType: 'application/merge-patch+json',
          body: { spec: { replicas } },
        },
        `Scaled, as: kubectl scale sts/${set.metadata.name} --replicas=${replicas}`,
      ),
    movePartition: (set, partition) =>
      void send(
        {
          type: 'request',
          method: 'PATCH',
          path: objectPath(set),
          contentType: 'application/merge-patch+json',
          body: { spec: { updateStrategy: { rollingUpdate: { partition } } } },
        },
        `Partition is ${partition}, as: kubectl patch sts ${set.metadata.name} -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":${partition}}}}}'`,
      ),
    deleteObject: (object) =>
      void send(
        { type: 'request', method: 'DELETE', path: objectPath(object) },
        `Deleted, as: kubectl delete ${object.kind.toLowerCase()} ${object.metadata.name}`,
      ),
    declareOutOfService: (node) => {
      const { name, resourceVersion } = node.metadata
      const { key, value, effect } = OUT_OF_SERVICE
      void send(
        {
          type: 'request',
          method: 'PATCH',
          path: objectPath(node),
          contentType: 'application/merge-patch+json',
          // The list is replaced as a whole: one that was changed meanwhile is a conflict.
          body: {
            metadata: { resourceVersion },
            spec: { taints: [...(node.spec?.taints ?? []), OUT_OF_SERVICE] },
          },
        },
        `Tainted, as: kubectl taint node ${name} ${key}=${value}:${effect}`,
      )
    },
    deleteByForce: (pod) =>
      void send(
        {
          type: 'request',
          method: 'DELETE',
          path: objectPath(pod),
          body: { gracePeriodSeconds: 0, propagationPolicy: 'Background' },
        },
        `Deleted, as: kubectl delete pod ${pod.metadata.name} --force --grace-period=0`,
      ),
    applyObject: (object, isDryRun) =>
      worker.ask({
        type: 'request',
        method: 'PATCH',
        path: objectPath(object),
        query: [
          ['fieldManager', 'ordinal-editor'],
          ['force', 'true'],
          ...(isDryRun ? ([['dryRun', 'All']] as const) : []),
        ],
        contentType: 'application/apply-patch+yaml',
        body: object,
      }),
    causeFault: (act) =>
      void send({ type: 'fault', act }, `${actSentence(act)}, as: ${faultCommand(act)}`),
    ask: worker.ask,
  }
}

/** Why the server refused; nothing where it did not. */
export function refusal(reply: Reply): string | undefined {
  if (!reply.ok) return reply.message
  if (reply.code < 400) return undefined
  const body = reply.body as { readonly message?: string } | undefined
  return body?.message ?? `The server answered ${reply.code}`
}

export function objectPath({ apiVersion, kind, metadata }: ManifestObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = CLUSTER_SCOPED.has(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`
  return `${root}${scope}/${pluralOf(kind)}/${metadata.name}`
}

const CLUSTER_SCOPED = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'StorageClass',
  'VolumeAttachment',
  'PriorityClass',
  'CSIDriver',
  'CSINode',
  'RuntimeClass',
  'ClusterRole',
  'ClusterRoleBinding',
])

/** `statefulsets` for `StatefulSet`, by the rules the API names its resources with. */
export function pluralOf(kind: string): string {
  const word = kind.toLowerCase()
  if (word === 'endpoints') return word
  if (/(s|x|ch|sh)$/.test(word)) return `${word}es`
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}
