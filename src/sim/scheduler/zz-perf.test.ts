import { it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import { Client } from '#sim/client/client.ts'
import { InformerFactory } from '#sim/client/informer.ts'
import { createTimings } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { controllers } from '#sim/controllers/all.ts'
import { createControllerContext } from '#sim/controllers/context.ts'
import { startScheduler } from './scheduler.ts'
it('10k', () => {
  const N = Number(process.env['N'] ?? 10000)
  const simulation = new Simulation({ seed: 1 })
  const { call } = new ApiServer({ simulation, resources: resourceDefinitions })
  const client = new Client({ call, user: 'admin', userAgent: 'x' })
  const timings = createTimings('kind', simulation.random.fork('t'))
  const context = createControllerContext({ simulation, call, timings })
  const only = process.env['ONLY']?.split(',')
  for (const c of controllers) if (only === undefined || only.includes(c.name)) c.start(context)
  context.informers.start()
  if (!process.env['NOSCHED']) startScheduler({ simulation, call, timings })
  for (const n of ['default', 'kube-system', 'kube-node-lease']) client.resource('namespaces').create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: n } })
  simulation.runFor(500)
  for (let i = 0; i < 100; i++) {
    const name = `n${i}`
    client.resource('nodes').create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, status: { capacity: { cpu: '64', memory: '256Gi', pods: '110' }, allocatable: { cpu: '64', memory: '256Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] } } as never)
    client.resource('nodes').patch(name, undefined, { spec: { taints: null } }, { type: 'merge' })
    client.resource('nodes').patch(name, undefined, { status: { capacity: { cpu: '64', memory: '256Gi', pods: '110' }, allocatable: { cpu: '64', memory: '256Gi', pods: '110' } , conditions: [{ type: 'Ready', status: 'True' }]} }, { type: 'strategic', subresource: 'status' })
    const beat = (): void => { client.resource('nodes').patch(name, undefined, { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date(simulation.unixMs).toISOString().slice(0,19)+'Z' }] } }, { type: 'strategic', subresource: 'status' }); simulation.after(20000, beat, { label: 'b', periodic: true }) }
    beat()
  }
  client.resource('services').create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'svc', namespace: 'default' }, spec: { clusterIP: 'None', selector: { app: 'a' }, ports: [{ port: 80 }] } } as never)
  simulation.runFor(2000)
  const infs = new InformerFactory(simulation, client, {})
  let ip = 0
  let running = 0
  infs.for('pods').onChange({ updated: (_o, p) => {
    if (p.spec?.nodeName === undefined || p.status?.phase === 'Running') return
    const i = ip++
    running++
    simulation.after(100, () => { client.resource('pods').patch(p.metadata.name, 'default', { status: { phase: 'Running', podIP: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] } }, { type: 'strategic', subresource: 'status' }) }, { label: 'k' })
  } })
  infs.start()
  const t0 = performance.now()
  if (process.env['STS']) client.resource('statefulsets').create({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace: 'default' }, spec: { serviceName: 'svc', replicas: N, podManagementPolicy: 'Parallel', selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } } } } as never)
  else for (let i = 0; i < N; i++) client.resource('pods').create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, namespace: 'default', labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'nginx:1', resources: { requests: { cpu: '100m', memory: '10Mi' } } }] } })
  const t1 = performance.now()
  const start = simulation.now
  simulation.runUntilRest()
  const t2 = performance.now()
  console.log(`N=${N} create ${(t1 - t0).toFixed(0)} ms, run ${(t2 - t1).toFixed(0)} ms, virtual ${((simulation.now - start) / 1000).toFixed(1)} s, running ${running}, events ${simulation.eventsTotal}`)
}, 300000)
