import { describe, expect, it, vi } from 'vitest'
import { allLessons } from '#lessons/catalog.test-kit.ts'
import { Session } from '#session/session.ts'
import { DEFAULT_SETTINGS } from '#session/settings.ts'
import { createHostOnClock } from './wall-clock.test-kit.ts'
import type { Changed, FromWorker, Picture, ToWorker } from './protocol.ts'

function createTestHost() {
  const messages: FromWorker[] = []
  const host = createHostOnClock(allLessons(), (message) => messages.push(message))
  return {
    ...host,
    messages,
    changes: () => messages.filter((m): m is Changed => m.type === 'changed'),
  }
}

function started() {
  const host = createTestHost()
  host.send({
    type: 'hello',
    protocolVersion: 1,
    settings: { ...DEFAULT_SETTINGS, timings: 'kind' },
  })
  host.pass(20)
  return host
}

function output(host: ReturnType<typeof createTestHost>, terminal: number): string {
  return host
    .changes()
    .flatMap((change) => change.output)
    .filter((each) => each.terminal === terminal)
    .map((each) => each.text)
    .join('')
}

describe('the worker', () => {
  it('begins with a snapshot that has the nodes, Ready, at time 0', () => {
    const host = started()
    const [first] = host.changes()
    expect(first?.isSnapshot).toBe(true)
    expect(first?.upserted.filter((object) => object.kind === 'Node')).toHaveLength(3)
    expect(first?.clock.time).toBeLessThan(100)
  })

  it('numbers its messages without gaps and sends at most one a frame', () => {
    const host = started()
    host.send({ type: 'openTerminal', terminal: 1, columns: 80, rows: 24 })
    host.pass(1000)
    const numbers = host.changes().map((change) => change.sequence)
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    expect(numbers.length).toBeLessThanOrEqual(1 + Math.ceil(1020 / 16))
  })

  it('sends no object twice unchanged', () => {
    const host = started()
    host.pass(30_000)
    const seen = new Set<string>()
    for (const { uid, resourceVersion } of host
      .changes()
      .filter((change) => !change.isSnapshot)
      .flatMap((change) => change.upserted.map((object) => object.metadata))) {
      expect(seen).not.toContain(`${uid}/${resourceVersion}`)
      seen.add(`${uid}/${resourceVersion}`)
    }
  })

  it('answers what is typed, also while the world is paused', () => {
    const host = started()
    host.send({ type: 'openTerminal', terminal: 1, columns: 80, rows: 24 })
    host.pass(50)
    host.send({ type: 'pause' })
    host.pass(50)
    const pausedAt = host.changes().at(-1)?.clock.time ?? 0
    host.send({ type: 'input', terminal: 1, text: 'kubectl get nodes\r' })
    host.pass(2000)
    expect(output(host, 1)).toMatch(/node-a +Ready/)
    expect((host.changes().at(-1)?.clock.time ?? 0) - pausedAt).toBeLessThanOrEqual(60)
  })

  it('stays responsive to a busy loop and ends it with Ctrl-C', () => {
    const host = started()
    host.send({ type: 'openTerminal', terminal: 1, columns: 80, rows: 24 })
    host.pass(50)
    host.send({ type: 'input', terminal: 1, text: 'while true; do :; done\r' })
    host.pass(500)
    expect(host.changes().at(-1)?.clock.time).toBeGreaterThan(300)
    host.send({ type: 'input', terminal: 1, text: '\u0003' })
    host.pass(100)
    host.send({ type: 'input', terminal: 1, text: 'echo ended with $?\r' })
    host.pass(500)
    expect(output(host, 1)).toContain('ended with 130')
  })

  it('steps to the next decision of the controller and stays there', () => {
    const host = started()
    host.send({
      type: 'request',
      id: 1,
      method: 'POST',
      path: '/apis/apps/v1/namespaces/default/statefulsets',
      body: {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'web' },
        spec: {
          serviceName: 'nginx',
          selector: { matchLabels: { app: 'nginx' } },
          template: {
            metadata: { labels: { app: 'nginx' } },
            spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
          },
        },
      },
    })
    host.send({ type: 'step', id: 2, kind: 'decision' })
    host.pass(1000)
    expect(host.messages).toContainEqual({
      type: 'reply',
      id: 2,
      result: { ok: true, code: 200, body: null },
    })
    expect(host.changes().flatMap((change) => change.decisions)).toHaveLength(1)
  })

  it('tells what was, while the world goes on', () => {
    const host = started()
    const post = (id: number, name: string): void =>
      host.send({
        type: 'request',
        id,
        method: 'POST',
        path: '/api/v1/namespaces/default/configmaps',
        body: { metadata: { name } },
      })
    const namesAt = (message: Extract<ToWorker, { type: 'seek' }>): readonly string[] => {
      host.send(message)
      const reply = host.messages.find((each) => each.type === 'reply' && each.id === message.id)
      if (reply?.type !== 'reply' || !reply.result.ok) throw new Error('refused')
      const { upserted } = reply.result.body as Picture // What `seek` is answered with.
      return upserted
        .filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.namespace === 'default')
        .map(({ metadata }) => metadata.name)
        .filter((name) => name !== 'kube-root-ca.crt')
    }
    host.pass(100)
    const before = host.changes().at(-1)?.clock.time ?? 0
    post(1, 'first')
    host.pass(1000)
    post(2, 'second')
    host.pass(1000)
    expect(namesAt({ type: 'seek', id: 3, from: 'now', stops: 0 })).toEqual(['first', 'second'])
    expect(namesAt({ type: 'seek', id: 4, from: { time: before + 500 }, stops: 0 })).toEqual([
      'first',
    ])
    expect(namesAt({ type: 'seek', id: 5, from: { time: before }, stops: 0 })).toEqual([])
    host.send({ type: 'seek', id: 6, from: 'now', stops: 1 })
    expect(host.messages.at(-1)).toMatchObject({ id: 6, result: { ok: true, body: null } })
  })

  it('forks a run where it was, and stands there; the trace is the one it had', () => {
    const host = started()
    const digest = (id: number): unknown => {
      host.send({ type: 'traceDigest', id })
      const reply = host.messages.findLast((each) => each.type === 'reply' && each.id === id)
      return reply?.type === 'reply' && reply.result.ok ? reply.result.body : undefined
    }
    host.send({ type: 'openTerminal', terminal: 1, columns: 80, rows: 24 })
    host.send({ type: 'input', terminal: 1, text: 'kubectl create configmap a\r' })
    host.pass(3000)
    host.send({ type: 'pause' })
    host.pass(50)
    const { time } = host.changes().at(-1)?.clock ?? { time: 0 }
    const before = digest(1)
    host.send({ type: 'resume' })
    host.pass(100)
    host.send({ type: 'input', terminal: 1, text: 'kubectl delete configmap a\r' })
    host.pass(3000)
    expect(digest(2)).not.toBe(before)
    host.send({ type: 'fork', id: 3, moment: { time } })
    expect(host.messages.at(-1)).toMatchObject({ type: 'reply', id: 3, result: { ok: true } })
    expect(digest(4)).toBe(before)
    host.pass(500)
    const last = host.changes().at(-1)
    expect(last).toMatchObject({ isSnapshot: true, clock: { time, isPaused: true } })
    expect(output(host, 1)).toContain('configmap/a created')
  })

  it('keeps its run when a fork is refused', () => {
    const host = started()
    host.pass(500)
    host.send({ type: 'fork', id: 1, moment: { time: NaN } })
    expect(host.messages.at(-1)).toMatchObject({
      result: { ok: false, message: 'NaN is not a time' },
    })
    host.pass(100)
    expect(host.changes().filter(({ isSnapshot }) => isSnapshot)).toHaveLength(1)
    expect(host.changes().at(-1)?.clock.time).toBeGreaterThan(500)
  })

  it.each([
    { message: { type: 'seek', id: 9, from: { time: NaN }, stops: 0 }, says: 'NaN is not a time' },
    { message: { type: 'seek', id: 9, from: { time: -5 }, stops: 0 }, says: 'before the start' },
    { message: { type: 'seek', id: 9, from: { time: 1e7 }, stops: 0 }, says: 'in the future' },
    { message: { type: 'seek', id: 9, from: { entry: 1e7 }, stops: 0 }, says: 'no entry' },
    { message: { type: 'seek', id: 9, from: 'now', stops: NaN }, says: 'no number of steps' },
    { message: { type: 'readFile', id: 9, path: 'no.yaml' }, says: 'no.yaml: No such file' },
    { message: { type: 'openLesson', id: 9, lesson: 'no', step: '' }, says: 'no lesson "no"' },
    { message: { type: 'openLesson', id: 9, lesson: 'basics', step: 'x' }, says: 'no step "x"' },
    { message: { type: 'readVolume', id: 9, volume: 'pvc-x', path: '/' }, says: 'pvc-x' },
  ] satisfies { message: ToWorker; says: string }[])('refuses: $says', ({ message, says }) => {
    const host = started()
    host.send(message)
    const reply = host.messages.find((each) => each.type === 'reply' && each.id === 9)
    expect(reply).toMatchObject({ result: { ok: false, message: expect.stringContaining(says) } })
    host.pass(100)
    expect(host.messages.some((each) => each.type === 'crashed')).toBe(false)
  })

  it('ends a run in which an invariant breaks with a report that says which', () => {
    // A Pod made as if by the StatefulSet controller, which no set asks for.
    const asController = vi.spyOn(Session.prototype, 'request').mockImplementation(function (
      this: Session,
      request,
    ) {
      const user = 'system:serviceaccount:kube-system:statefulset-controller'
      return this.cluster.server.call({ ...request, user })
    })
    const host = started()
    host.send({
      type: 'request',
      id: 1,
      method: 'POST',
      path: '/api/v1/namespaces/default/pods',
      body: {
        metadata: { name: 'web-0' },
        spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
      },
    })
    host.pass(100)
    asController.mockRestore()
    const crash = host.messages.find((each) => each.type === 'crashed')
    expect(crash?.message).toMatch(
      /^“order of creation” is broken: system:\S+:statefulset-controller creates pods default\/web-0 /,
    )
    expect(crash?.message).toContain('but no set asks for it')
    expect(crash?.report).toMatch(/at \d+ ms, seed \d+, trace [0-9a-f]{16}/)
    expect(crash?.report).toMatch(/What happened last:\n[^]* ms ADDED pods\/default\/web-0\//)
  })

  it('sends everything again when asked to', () => {
    const host = started()
    host.pass(500)
    host.send({ type: 'resync' })
    host.pass(50)
    const snapshots = host.changes().filter((change) => change.isSnapshot)
    expect(snapshots).toHaveLength(2)
    expect(snapshots[1]?.upserted.length).toBeGreaterThanOrEqual(snapshots[0]?.upserted.length ?? 0)
  })
})
