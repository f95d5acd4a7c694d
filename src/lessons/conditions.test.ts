import { describe, expect, it } from 'vitest'
import { examine } from './conditions.ts'
import type { Condition } from './lesson.ts'
import type { LessonWorld, StepBaseline } from './world.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-0',
    namespace: 'default',
    uid: 'u1',
    resourceVersion: '1',
    creationTimestamp: '',
  },
  status: { phase: 'Pending' },
}

const world: LessonWorld = {
  now: 0,
  revision: 1,
  isAtRest: false,
  get: (resource, name) => (resource === 'pods' && name === 'web-0' ? pod : undefined),
  list: () => [pod],
  moments: [
    { pod: 'web-1', became: 'created', time: 1000, uid: 'u2' },
    { pod: 'web-0', became: 'ready', time: 2000, uid: 'u1' },
  ],
  events: [
    { time: 500, about: { resource: 'pods', name: 'web-0' }, reason: 'Pulled', message: 'got it' },
    { time: 1500, about: { resource: 'pods', name: 'web-0' }, reason: 'Started', message: 'go' },
  ],
  passes: [
    {
      time: 1500,
      set: 'web',
      verdicts: [{ pod: 'web-0', action: 'wait', why: 'web-0 is Pending' }],
    },
  ],
  writes: [
    {
      time: 1500,
      user: 'system:serviceaccount:kube-system:statefulset-controller',
      verb: 'create',
      resource: 'pods',
      name: 'web-0',
      code: 201,
    },
    {
      time: 1600,
      user: 'kubernetes-admin',
      verb: 'delete',
      resource: 'pods',
      name: 'web-0',
      code: 404,
    },
  ],
  commandLine: (command) => command,
  run: (command) => (command === 'ls' ? { output: 'one\ntwo\n', hasEnded: true } : undefined),
  file: (path) => (path === 'a.txt' ? 'text' : undefined),
  resolve: (name) => (name === 'web-0.nginx' ? '10.0.0.1' : undefined),
}

const baseline: StepBaseline = {
  enteredAt: 1000,
  uids: new Map([['web-0', 'u1']]),
  addresses: new Map([['web-0.nginx', '10.0.0.1']]),
}

const PODS_WEB_0 = { resource: 'pods', name: 'web-0' }
const event = { type: 'event', about: PODS_WEB_0, isWithinStep: true } as const
const decision = { type: 'decision', set: 'web', pod: 'web-0', isWithinStep: true } as const
const wrote = { type: 'wrote', object: PODS_WEB_0, isWithinStep: true } as const

describe('a check that holds', () => {
  it.each([
    { type: 'exists', object: PODS_WEB_0 },
    { type: 'kept', pod: 'web-0' },
    { type: 'count', resource: 'pods', selector: '', equals: 1 },
    { type: 'printed', command: 'ls', text: 'one two' },
    { type: 'file', path: 'a.txt', contains: 'ex' },
    { type: 'resolves', name: 'web-0.nginx', isNew: false },
    { ...event, reason: 'Started', contains: 'go' },
    { ...event, reason: 'Pulled', isWithinStep: false },
    { ...decision, action: 'wait', why: 'Pending' },
    { ...wrote, by: 'statefulset-controller', verb: 'create' },
    {
      type: 'order',
      first: { pod: 'web-1', became: 'created' },
      second: { pod: 'web-0', became: 'ready' },
      isWithinStep: true,
    },
  ] satisfies Condition[])('has nothing to say: $type', (condition) => {
    expect(examine(condition, world, baseline)).toEqual({ holds: true, message: '' })
  })
})

describe('a check that does not hold', () => {
  it.each([
    {
      condition: { type: 'ready', pod: 'web-0' },
      says: 'expected web-0 to be Running and Ready, saw it Pending',
    },
    {
      condition: { type: 'ready', pod: 'web-9' },
      says: 'expected web-9 to be Running and Ready, saw no Pod web-9',
    },
    {
      condition: { type: 'replaced', pod: 'web-0' },
      says: 'expected a new web-0, Running and Ready, saw the one that was there before, with the UID u1',
    },
    {
      condition: { type: 'kept', pod: 'web-9' },
      says: 'expected web-9 to be the Pod that it was, saw no Pod web-9 when the step began',
    },
    {
      condition: { type: 'absent', object: PODS_WEB_0 },
      says: 'expected pods/web-0 to be gone, saw that it is there',
    },
    {
      condition: { type: 'field', object: PODS_WEB_0, path: 'status.phase', equals: 'Running' },
      says: 'expected status.phase of pods/web-0 to be Running, saw Pending',
    },
    {
      condition: { type: 'count', resource: 'pods', selector: 'a=b', equals: 3 },
      says: 'expected 3 pods labelled a=b, saw 1',
    },
    {
      condition: {
        type: 'order',
        first: { pod: 'web-0', became: 'ready' },
        second: { pod: 'web-1', became: 'created' },
        isWithinStep: false,
      },
      says: 'expected web-0 to be Ready before web-1 is created, saw web-1 created at 0:01.0, web-0 Ready only at 0:02.0',
    },
    {
      condition: { ...event, reason: 'Pulled' },
      says: 'expected an Event Pulled about pods/web-0, saw only Started',
    },
    {
      condition: { ...decision, action: 'delete', why: 'too many' },
      says: 'expected the controller of web to say "delete" of web-0 because "too many", saw "wait": web-0 is Pending',
    },
    {
      condition: { ...wrote, by: 'kubernetes-admin', verb: 'create' },
      says: 'expected kubernetes-admin to create pods/web-0, saw that statefulset-controller did',
    },
    {
      condition: { ...wrote, by: 'kubernetes-admin', verb: 'delete' },
      says: 'expected kubernetes-admin to delete pods/web-0, saw that nobody did',
    },
    {
      condition: { type: 'printed', command: 'ls', text: 'three' },
      says: 'expected "ls" to print "three", saw "two" as its last line',
    },
    {
      condition: { type: 'printed', command: 'pwd', text: '/' },
      says: 'expected "pwd" to print "/", saw that it was not run yet',
    },
    {
      condition: { type: 'file', path: 'b.txt', contains: 'x' },
      says: 'expected the file b.txt to contain "x", saw no such file',
    },
    {
      condition: { type: 'resolves', name: 'web-0.nginx', isNew: true },
      says: 'expected web-0.nginx to have an address other than before, saw still 10.0.0.1',
    },
    {
      condition: { type: 'resolves', name: 'web-9.nginx', isNew: false },
      says: 'expected web-9.nginx to have an address, saw no record of that name',
    },
  ] satisfies { condition: Condition; says: string }[])('says: $says', ({ condition, says }) => {
    const finding = examine(condition, world, baseline)
    expect(finding.holds).toBe(false)
    expect(finding.message).toBe(says)
  })
})
