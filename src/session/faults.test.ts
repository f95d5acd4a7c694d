import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FaultAct } from '#sim/cluster/faults/act.ts'
import { FAULTS, FAULT_VERBS } from '#sim/cluster/faults/table.ts'
import { propertyChecks } from '#sim/cluster/properties/check.test-kit.ts'
import { Session } from './session.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const { check, timeout } = propertyChecks(process.env['PROPERTY_RUNS_FACTOR'])

const SET = `kubectl create -f - <<'EOF'
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web }
spec:
  serviceName: web
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: nginx
          image: registry.k8s.io/nginx-slim:0.24
          readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5 }
          volumeMounts: [{ name: www, mountPath: /usr/share/nginx/html }]
  volumeClaimTemplates:
    - metadata: { name: www }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
EOF
`

const act = (verb: FaultAct['verb'], target = '', options: FaultAct['options'] = {}): FaultAct => ({
  verb,
  target,
  options,
})

function newSession(seed = 7): Session {
  return new Session({
    settings: { ...DEFAULT_SETTINGS, timings: 'kind', seed },
    lessons: new Map(),
  })
}

function sessionWithSet(seed?: number): Session {
  const session = newSession(seed)
  session.openTerminal(1, 80, 24)
  session.input(1, SET.replaceAll('\n', '\r'))
  session.cluster.simulation.runFor(60_000)
  return session
}

function digestOf({ cluster }: Session): string {
  return cluster.simulation.trace.digest()
}

const TARGETS = {
  node: ['node-a', 'node-b', 'node-c', 'node-x'],
  pod: ['web-0', 'web-1', 'web-2', 'web-9'],
  claim: ['www-web-0', 'www-web-1'],
  image: ['', 'registry.k8s.io/nginx-slim:0.24', 'nginx'],
  nothing: [''],
} as const
const ACT = fc
  .constantFrom(...FAULT_VERBS)
  .chain((verb) => fc.constantFrom(...TARGETS[FAULTS[verb].on]).map((target) => act(verb, target)))
const WAIT_MS = fc.constantFrom(0, 0.5, 1000, 20_000, 90_000, 400_000)

describe('a fault as an input', { timeout }, () => {
  it('is recorded, told in the journal, and done again by a replay', () => {
    const recorded = sessionWithSet()
    recorded.fault(act('cut-off', 'node-b'))
    recorded.cluster.simulation.runFor(70_000)
    recorded.fault(act('kill', 'web-0'))
    recorded.cluster.simulation.run({ eventsMax: 3 })
    recorded.fault(act('heal', 'node-b'))
    expect(recorded.inputs.filter(({ type }) => type === 'fault')).toMatchObject([
      { act: { verb: 'cut-off', target: 'node-b' } },
      { act: { verb: 'kill', target: 'web-0' } },
      { act: { verb: 'heal', target: 'node-b' } },
    ])
    expect(recorded.journal.faults).toMatchObject([
      { verb: 'cut-off', target: 'node-b', time: 60_000 },
      { verb: 'kill', target: 'web-0', options: { namespace: 'default', container: 'nginx' } },
      { verb: 'heal', target: 'node-b' },
    ])
    const replayed = newSession()
    replayed.replay(structuredClone(recorded.inputs))
    expect(digestOf(replayed)).toBe(digestOf(recorded))
    expect(replayed.journal.faults).toEqual(recorded.journal.faults)
  })

  it('that is refused is no input', () => {
    const session = newSession()
    const before = digestOf(session)
    expect(() => session.fault(act('cut-off', 'node-x'))).toThrow(
      new RangeError('cut-off node-x: nodes "node-x" not found; there are: node-a, node-b, node-c'),
    )
    expect(session.inputs).toEqual([])
    expect(digestOf(session)).toBe(before)
  })

  it('does what the command of the workstation does', () => {
    const pressed = sessionWithSet()
    pressed.fault(act('cut-off', 'node-a'))
    const typed = sessionWithSet()
    typed.input(1, 'fault cut-off node-a\r')
    for (const { cluster } of [pressed, typed]) cluster.simulation.runFor(100_000)
    expect(typed.journal.faults).toMatchObject([{ verb: 'cut-off', target: 'node-a' }])
    const phases = (session: Session) =>
      session.journal.phases.map(({ pod, phase }) => [pod, phase])
    expect(phases(typed)).toEqual(phases(pressed))
  })

  it('breaks no rule in any order, and goes the same way again', () => {
    const acts = fc.array(fc.tuple(ACT, WAIT_MS), { maxLength: 14, size: 'max' })
    check(12, [fc.nat(1000), acts], (seed, steps) => {
      const session = sessionWithSet(seed)
      for (const [one, waitMs] of steps) {
        try {
          session.fault(one)
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
        }
        session.cluster.simulation.runFor(waitMs)
      }
      const replayed = newSession(seed)
      replayed.replay(session.inputs)
      replayed.cluster.simulation.run({ until: session.cluster.simulation.now })
      expect(digestOf(replayed)).toBe(digestOf(session))
      expect(replayed.cluster.faults.active).toEqual(session.cluster.faults.active)
    })
  })
})
