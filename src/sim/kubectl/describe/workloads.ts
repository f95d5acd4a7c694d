import { formatLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { withoutTemplateHash } from '#sim/apimachinery/template-hash-label.ts'
import { at, type Manifest } from '../manifest.ts'
import { templateLines } from './containers.ts'
import { annotationLines, labelLines, list, longTime, type Page } from './page.ts'
import { controllerText } from './pod.ts'

export type WorkloadContext = {
  /** Pods that the workload's selector finds. */
  readonly pods: readonly Manifest[]
  /** Of a Deployment. */
  readonly replicaSets: readonly Manifest[]
}

export function describeStatefulSet(page: Page, set: Manifest, { pods }: WorkloadContext): void {
  const { metadata = {}, spec = {}, status = {} } = set
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  page.field('CreationTimestamp', longTime(metadata.creationTimestamp))
  page.field('Selector', formatLabelSelector(spec.selector))
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('Replicas', `${spec.replicas ?? 1} desired | ${status.replicas ?? 0} total`)
  if (!page.isOld) {
    page.field('Update Strategy', spec.updateStrategy?.type)
    const rolling = spec.updateStrategy?.rollingUpdate
    if (rolling?.partition !== undefined) page.field('Partition', rolling.partition, 1)
    if (rolling?.maxUnavailable !== undefined)
      page.field('MaxUnavailable', rolling.maxUnavailable, 1)
  }
  phasesLine(page, set, pods)
  templateLines(page, spec.template ?? {})
  claimLines(page, list(spec.volumeClaimTemplates))
}

function phasesLine(page: Page, owner: Manifest, pods: readonly Manifest[]): void {
  const own = pods.filter((pod) =>
    list(at(pod, 'metadata', 'ownerReferences')).some(
      (reference) =>
        reference['controller'] === true && reference['uid'] === owner['metadata']?.uid,
    ),
  )
  const count = (phase: string): number =>
    own.filter((pod) => at(pod, 'status', 'phase') === phase).length
  page.field(
    'Pods Status',
    `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`,
  )
}

function claimLines(page: Page, claims: readonly Manifest[]): void {
  if (claims.length === 0) {
    page.field('Volume Claims', '<none>')
    return
  }
  page.line(0, 'Volume Claims:')
  for (const { metadata = {}, spec = {} } of claims) {
    page.field('Name', metadata.name, 1)
    page.field('StorageClass', spec.storageClassName ?? '', 1)
    labelLines(page, 'Labels', metadata.labels, '  ')
    labelLines(page, 'Annotations', metadata.annotations, '  ')
    page.field('Capacity', spec.resources?.requests?.storage ?? '<default>', 1)
    page.field('Access Modes', `[${(spec.accessModes ?? []).join(' ')}]`, 1)
  }
}

export function describeReplicaSet(page: Page, set: Manifest, { pods }: WorkloadContext): void {
  const { metadata = {}, spec = {}, status = {} } = set
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  page.field('Selector', formatLabelSelector(spec.selector))
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.optional('Controlled By', controllerText(set))
  page.field('Replicas', `${status.replicas ?? 0} current / ${spec.replicas ?? 1} desired`)
  phasesLine(page, set, pods)
  templateLines(page, spec.template ?? {})
  conditionsTable(page, list(status.conditions))
}

export function describeDaemonSet(page: Page, set: Manifest, { pods }: WorkloadContext): void {
  const { metadata = {}, spec = {}, status = {} } = set
  page.field('Name', metadata.name)
  if (!page.isOld) page.field('Namespace', metadata.namespace)
  page.field('Selector', formatLabelSelector(spec.selector))
  labelLines(page, 'Node-Selector', spec.template?.spec?.nodeSelector)
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.line(0, `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled ?? 0}`)
  page.line(0, `Current Number of Nodes Scheduled: ${status.currentNumberScheduled ?? 0}`)
  page.line(
    0,
    `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}`,
  )
  page.line(0, `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}`)
  page.line(0, `Number of Nodes Misscheduled: ${status.numberMisscheduled ?? 0}`)
  phasesLine(page, set, pods)
  templateLines(page, spec.template ?? {})
}

export function describeDeployment(
  page: Page,
  deployment: Manifest,
  { replicaSets }: WorkloadContext,
): void {
  const { metadata = {}, spec = {}, status = {} } = deployment
  page.field('Name', metadata.name)
  page.field('Namespace', metadata.namespace)
  page.field('CreationTimestamp', longTime(metadata.creationTimestamp))
  labelLines(page, 'Labels', metadata.labels)
  annotationLines(page, metadata.annotations)
  page.field('Selector', formatLabelSelector(spec.selector))
  page.field(
    'Replicas',
    `${spec.replicas ?? 1} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
  )
  page.field('StrategyType', spec.strategy?.type)
  page.field('MinReadySeconds', spec.minReadySeconds ?? 0)
  const rolling = spec.strategy?.rollingUpdate
  if (rolling !== undefined) {
    page.field(
      'RollingUpdateStrategy',
      `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`,
    )
  }
  templateLines(page, spec.template ?? {})
  conditionsTable(page, list(status.conditions))
  revisionLines(page, deployment, replicaSets)
}

function conditionsTable(page: Page, conditions: readonly Manifest[]): void {
  if (conditions.length === 0) return
  page.line(0, 'Conditions:')
  page.line(1, 'Type\tStatus\tReason')
  page.line(1, '----\t------\t------')
  for (const { type, status, reason = '' } of conditions)
    page.line(1, `${type} \t${status}\t${reason}`)
}

function revisionLines(page: Page, deployment: Manifest, replicaSets: readonly Manifest[]): void {
  const own = replicaSets.filter((set) =>
    list(at(set, 'metadata', 'ownerReferences')).some(
      ({ uid }) => uid === deployment['metadata']?.uid,
    ),
  )
  if (own.length === 0) return
  const newest = own
    .toSorted((a, b) => Date.parse(createdAt(a)) - Date.parse(createdAt(b)))
    .find((set) => semanticallyEqual(templateOf(set), deployment['spec']?.template))
  const text = (sets: readonly Manifest[]): string =>
    sets.length === 0
      ? '<none>'
      : sets
          .map(
            ({ metadata, spec, status }) =>
              `${metadata.name} (${status?.replicas ?? 0}/${spec?.replicas ?? 0} replicas created)`,
          )
          .join(', ')
  page.field('OldReplicaSets', text(own.filter((set) => set !== newest)))
  page.field('NewReplicaSet', text(newest === undefined ? [] : [newest]))
}

function createdAt(set: Manifest): string {
  return String(at(set, 'metadata', 'creationTimestamp') ?? '')
}

function templateOf(set: Manifest): Manifest {
  return withoutTemplateHash((at(set, 'spec', 'template') ?? {}) as Manifest)
}
