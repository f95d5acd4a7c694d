import { forbidden } from '#sim/apimachinery/statuses.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { fillInLimits } from '../limit-ranger.ts'
import type { Draft, RequestContext } from '../resource.ts'
import { memberOf } from './define.ts'
import { listOf } from './pod-spec/defaults.ts'

const PODS = { group: '', resource: 'pods' }
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const TOKEN_VOLUME_PREFIX = 'kube-api-access-'
/** One hour and a little, so that a token is renewed before those who use it notice. */
const TOKEN_SECONDS = 3607
const EVICTION_SECONDS = 300
const EVICTING_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** What the admission plugins of a default cluster do to a new Pod. */
export function admitPod(draft: Draft, context: RequestContext): void {
  fillInLimits(draft, context)
  giveServiceAccount(draft, context)
  givePriority(draft, context)
  tolerateSickNodes(draft.spec)
  checkRuntimeClass(draft)
}

/** No RuntimeClass exists here, so none is ever found. */
function checkRuntimeClass({ spec, metadata }: Draft): void {
  const name: string = spec.runtimeClassName ?? ''
  if (name === '' && Object.keys(spec.overhead ?? {}).length === 0) return
  const why =
    name === ''
      ? 'Pod Overhead set without corresponding RuntimeClass defined Overhead'
      : `RuntimeClass ${JSON.stringify(name)} not found`
  throw forbidden(PODS, metadata.name ?? '', `pod rejected: ${why}`)
}

/** Tolerations that an update took away come back. */
export function admitPodUpdate(draft: Draft, old: KubeObject): void {
  if (draft.spec !== memberOf(old, 'spec')) tolerateSickNodes(draft.spec)
}

function giveServiceAccount(draft: Draft, context: RequestContext): void {
  const { spec, metadata } = draft
  // A mirror of a Pod that a kubelet runs by itself has no account.
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return
  spec.serviceAccountName ||= 'default'
  spec.serviceAccount = spec.serviceAccountName
  const name: string = spec.serviceAccountName
  const account = context.lookup('serviceaccounts', metadata.namespace, name)
  if (account === undefined) {
    throw forbidden(
      PODS,
      metadata.name ?? '',
      `error looking up service account ${metadata.namespace}/${name}: serviceaccount "${name}" not found`,
    )
  }
  const mounts =
    spec.automountServiceAccountToken ?? memberOf(account, 'automountServiceAccountToken') ?? true
  if (mounts) mountToken(spec, context)
  const secrets = memberOf(account, 'imagePullSecrets')
  if (listOf(spec, 'imagePullSecrets').length === 0 && secrets !== undefined) {
    spec.imagePullSecrets = secrets
  }
}

/** A container that has something else at that path keeps it. */
function mountToken(spec: Draft, context: RequestContext): void {
  const present = listOf(spec, 'volumes').find((one) => one.name?.startsWith(TOKEN_VOLUME_PREFIX))
  const without = ['initContainers', 'containers'].flatMap((member) =>
    listOf(spec, member).filter(
      (container) => !listOf(container, 'volumeMounts').some((one) => one.mountPath === TOKEN_PATH),
    ),
  )
  if (without.length === 0) return
  const name: string = present?.name ?? `${TOKEN_VOLUME_PREFIX}${context.randomSuffix()}`
  if (present === undefined) {
    const projected = context.featureEnabled('ServiceCABundle')
      ? TOKEN_AND_BUNDLE_SOURCES
      : TOKEN_SOURCES
    spec.volumes = [...listOf(spec, 'volumes'), { name, projected }]
  }
  const mount = { name, readOnly: true, mountPath: TOKEN_PATH }
  for (const container of without) {
    container.volumeMounts = [...listOf(container, 'volumeMounts'), mount]
  }
}

/** The same for all Pods, so they share it. */
const TOKEN_SOURCES = Object.freeze({
  sources: Object.freeze([
    Object.freeze({
      serviceAccountToken: Object.freeze({ expirationSeconds: TOKEN_SECONDS, path: 'token' }),
    }),
    Object.freeze({
      configMap: Object.freeze({
        name: 'kube-root-ca.crt',
        items: Object.freeze([Object.freeze({ key: 'ca.crt', path: 'ca.crt' })]),
      }),
    }),
    Object.freeze({
      downwardAPI: Object.freeze({
        items: Object.freeze([
          Object.freeze({
            path: 'namespace',
            fieldRef: Object.freeze({ apiVersion: 'v1', fieldPath: 'metadata.namespace' }),
          }),
        ]),
      }),
    }),
  ]),
  defaultMode: 0o644,
})

/** The distribution that was recorded projects a second bundle of certificates into every Pod. */
const TOKEN_AND_BUNDLE_SOURCES = Object.freeze({
  ...TOKEN_SOURCES,
  sources: Object.freeze([
    ...TOKEN_SOURCES.sources,
    Object.freeze({
      configMap: Object.freeze({
        name: 'openshift-service-ca.crt',
        items: Object.freeze([Object.freeze({ key: 'service-ca.crt', path: 'service-ca.crt' })]),
      }),
    }),
  ]),
})

function givePriority(draft: Draft, context: RequestContext): void {
  const { spec } = draft
  const refuse = (why: string): never => {
    throw forbidden(PODS, draft.metadata.name ?? '', why)
  }
  const chosen = spec.priorityClassName
    ? context.lookup('priorityclasses.scheduling.k8s.io', undefined, spec.priorityClassName)
    : defaultPriorityClass(context)
  if (chosen === undefined && spec.priorityClassName) {
    refuse(`no PriorityClass with name ${spec.priorityClassName} was found`)
  }
  if (chosen !== undefined) spec.priorityClassName ||= chosen.metadata.name
  const priority = (chosen && memberOf(chosen, 'value')) ?? 0
  const policy = (chosen && memberOf(chosen, 'preemptionPolicy')) ?? 'PreemptLowerPriority'
  if (spec.priority !== undefined && spec.priority !== priority) {
    refuse(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    )
  }
  spec.priority = priority
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    refuse(
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    )
  }
  spec.preemptionPolicy = policy
}

/** Of several default classes the lowest counts. */
function defaultPriorityClass(context: RequestContext): KubeObject | undefined {
  let lowest: KubeObject | undefined
  for (const one of context.list('priorityclasses.scheduling.k8s.io')) {
    if (memberOf(one, 'globalDefault') !== true) continue
    const isLower =
      lowest === undefined || (memberOf(one, 'value') ?? 0) < (memberOf(lowest, 'value') ?? 0)
    if (isLower) lowest = one
  }
  return lowest
}

/** Pods outlive a node's short illness. */
function tolerateSickNodes(spec: Draft): void {
  const tolerations = listOf(spec, 'tolerations')
  const missing = EVICTING_TAINTS.filter(
    (key) =>
      !tolerations.some(
        (one) => (one.key === key || !one.key) && (one.effect === 'NoExecute' || !one.effect),
      ),
  )
  if (missing.length === 0) return
  spec.tolerations = [
    ...tolerations,
    ...missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: EVICTION_SECONDS,
    })),
  ]
}
