import { ageAt } from '#sim/apimachinery/human-duration.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required } from '#sim/apimachinery/field-errors.ts'
import { qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft, ResourceDefinition } from '../resource.ts'
import { column, textOr, wide, WIDE_NAME_COLUMN } from './columns.ts'
import { defineResource, memberOf } from './define.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'

/**
 * Events have one storage and two views. The core view is the stored one; the view of
 * events.k8s.io/v1 renames members both ways (`view` below) and asks more of new events.
 */

const NEW_STYLE_TEXT_MAX = 128
const NOTE_MAX = 1024

function validate(object: Draft, reporter = 'reportingComponent'): FieldError[] {
  const errors: FieldError[] = []
  if (object.eventTime === undefined || object.eventTime === null) {
    validateNamespace(object, ['default'], errors)
    return errors
  }
  validateNamespace(object, ['default', 'kube-system'], errors)
  validateReporter(object, reporter, errors)
  for (const member of ['action', 'reason']) requireShort(object, member, errors)
  if ((object.message ?? '').length > NOTE_MAX) {
    errors.push(invalid('message', '', `can have at most ${NOTE_MAX} characters`))
  }
  return errors
}

/** An event lives beside its object; those about objects without namespace have homes of theirs. */
function validateNamespace(object: Draft, homes: readonly string[], errors: FieldError[]): void {
  const about = object.involvedObject?.namespace ?? ''
  const { namespace } = object.metadata
  if (about === '' ? homes.includes(namespace) : about === namespace) return
  errors.push(invalid('involvedObject.namespace', about, 'does not match event.namespace'))
}

/** The same member goes by another name in each view. */
function validateReporter(object: Draft, field: string, errors: FieldError[]): void {
  if (!object.reportingComponent) errors.push(required(field))
  else {
    for (const text of qualifiedNameFaults(object.reportingComponent)) {
      errors.push(invalid(field, object.reportingComponent, text))
    }
  }
  requireShort(object, 'reportingInstance', errors)
}

function requireShort(object: Draft, member: string, errors: FieldError[]): void {
  const value: string = object[member] ?? ''
  if (value === '') errors.push(required(member))
  else if (value.length > NEW_STYLE_TEXT_MAX) {
    errors.push(invalid(member, '', `can have at most ${NEW_STYLE_TEXT_MAX} characters`))
  }
}

/** What events.k8s.io/v1 asks of a new event besides. */
function validateNew(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  if (object.eventTime === undefined || object.eventTime === null) {
    errors.push(required('eventTime'))
  }
  if (object.type !== 'Normal' && object.type !== 'Warning') {
    errors.push(invalid('type', '', `has invalid value: ${object.type ?? ''}`))
  }
  for (const member of ['firstTimestamp', 'lastTimestamp', 'count', 'source']) {
    const value = object[member]
    const isUnset = !value || (member === 'source' && Object.keys(value).length === 0)
    if (!isUnset) errors.push(invalid(member, '', 'needs to be unset'))
  }
  if (object.series !== undefined && (object.series.count ?? 0) < 2) {
    errors.push(invalid('series.count', '', 'should be at least 2'))
  }
  return errors
}

const CHANGEABLE = new Set(['metadata', 'series', 'kind', 'apiVersion'])

function validateOldUnchanged(object: Draft, old: KubeObject): FieldError[] {
  const errors: FieldError[] = []
  const before = old as unknown as Draft
  for (const member of new Set([...Object.keys(object), ...Object.keys(before)])) {
    if (CHANGEABLE.has(member) || semanticallyEqual(object[member], before[member])) continue
    errors.push(invalid(member, object[member] ?? null, 'field is immutable'))
  }
  return errors
}

/** core name → name in events.k8s.io/v1 */
const RENAMED: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
}
const RENAMED_BACK: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(RENAMED).map(([core, grouped]) => [grouped, core]),
)

function renamed(object: Draft, names: Readonly<Record<string, string>>): Draft {
  const out: Draft = {}
  for (const name in object) out[names[name] ?? name] = object[name]
  return out
}

function selectorFields(
  subject: string,
  reporter: string,
): NonNullable<ResourceDefinition['fieldSelectors']> {
  const text = (value: Draft[string]): string => `${value ?? ''}`
  const fields: Record<string, (object: KubeObject) => string> = {
    reason: (object) => text(memberOf(object, 'reason')),
    type: (object) => text(memberOf(object, 'type')),
    [reporter]: (object) => text(memberOf(object, 'reportingComponent')),
  }
  for (const member of [
    'kind',
    'namespace',
    'name',
    'uid',
    'apiVersion',
    'resourceVersion',
    'fieldPath',
  ]) {
    fields[`${subject}.${member}`] = (object) => text(memberOf(object, 'involvedObject')?.[member])
  }
  return fields
}

function row(object: KubeObject, unixMs: number) {
  const event = object as unknown as Draft
  const subject = event.involvedObject ?? {}
  const firstSeen = ageAt(event.firstTimestamp ?? event.eventTime, unixMs)
  const last = event.series?.lastObservedTime ?? event.lastTimestamp
  return [
    last ? ageAt(last, unixMs) : firstSeen,
    event.type ?? '',
    event.reason ?? '',
    subject.name
      ? `${subject.kind?.toLowerCase()}/${subject.name}`
      : (subject.kind ?? '').toLowerCase(),
    subject.fieldPath ?? '',
    sourceCell(event),
    (event.message ?? '').trim(),
    firstSeen,
    event.series?.count || event.count || 1,
    object.metadata.name,
  ]
}

function sourceCell(event: Draft): string {
  const component = textOr(event.source?.component, event.reportingComponent ?? '')
  const host = textOr(event.source?.host, event.reportingInstance ?? '')
  return host === '' ? component : `${component}, ${host}`
}

const COLUMNS = [
  column('Last Seen', 'The time at which the most recent occurrence of this event was recorded.'),
  column('Type', 'Type of this event (Normal, Warning), new types could be added in the future'),
  column(
    'Reason',
    "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
  ),
  column('Object', 'The object that this event is about.'),
  wide(
    'Subobject',
    'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
  ),
  wide(
    'Source',
    'The component reporting this event. Should be a short machine understandable string.',
  ),
  column('Message', 'A human-readable description of the status of this operation.'),
  wide(
    'First Seen',
    'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
  ),
  wide('Count', 'The number of times this event has occurred.'),
  WIDE_NAME_COLUMN,
]

const SHARED = {
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  columns: COLUMNS,
  row,
} as const

export const event = defineResource({
  ...SHARED,
  group: '',
  version: 'v1',
  validate: (object) => validate(object),
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateObjectMeta(object.metadata, true, 'subdomain'),
    ...validate(object),
  ],
  fieldSelectors: {
    ...selectorFields('involvedObject', 'reportingComponent'),
    source: (object) =>
      textOr(
        memberOf(object, 'source')?.component,
        String(memberOf(object, 'reportingComponent') ?? ''),
      ),
  },
})

export const eventsEvent = defineResource({
  ...SHARED,
  group: 'events.k8s.io',
  version: 'v1',
  validate: (object) => [...validate(object, 'reportingController'), ...validateNew(object)],
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateObjectMeta(object.metadata, true, 'subdomain'),
    ...validate(object, 'reportingController'),
    ...validateOldUnchanged(object, old),
  ],
  fieldSelectors: selectorFields('regarding', 'reportingController'),
  view: {
    group: '',
    resource: 'events',
    toStored: (draft) => ({ ...renamed(draft, RENAMED_BACK), apiVersion: 'v1' }),
    fromStored: (object) =>
      ({
        ...renamed(object as unknown as Draft, RENAMED),
        apiVersion: 'events.k8s.io/v1',
      }) as unknown as KubeObject,
  },
})
