import { createCluster } from '../src/sim/cluster/cluster.ts'
import { WorkQueue } from '../src/sim/client/work-queue.ts'
import { ApiServer } from '../src/sim/apiserver/api-server.ts'
const n = Number(process.argv[2] ?? 100)
const policy = process.argv[3] ?? 'Parallel'
const cluster = createCluster({ seed: 1, nodes: Math.ceil(n / 100) + 1, dialect: '1.36', featureGates: {}, timings: 'kind' })
const counts = new Map<string, number>()
const add = (k: string) => counts.set(k, (counts.get(k) ?? 0) + 1)
cluster.server.onWrite((e) => {
  add(`${(e.userAgent ?? '').split('/').pop()} ${e.user} ${e.verb} ${e.objectRef.resource}/${e.objectRef.subresource ?? ''} ${e.code}`.replace(/node-\w+|system:serviceaccount:/g, ''))
})
const events = new Map<string, number>()
const sim: any = cluster.simulation
const after = sim.after.bind(sim), soon = sim.soon.bind(sim)
sim.after = (d: number, run: any, o: any) => after(d, () => { const l = o.label.replace(/node-\w+|web-\d+|[0-9a-f]{8}-.*/g, 'X'); events.set(l, (events.get(l) ?? 0) + 1); run() }, o)
sim.soon = (run: any, o: any) => soon(() => { const l = 'soon '+o.label.replace(/node-\w+|web-\d+|[0-9a-f]{8}-.*/g, 'X'); events.set(l, (events.get(l) ?? 0) + 1); run() }, o)
const req = (path: string, body: any) => { const r: any = cluster.server.call({ method: 'POST', path, body, user: 'kubernetes-admin', headers: { 'content-type': 'application/json' } }); if (r.code >= 400) throw new Error(JSON.stringify(r.body)) }
req('/api/v1/namespaces/default/services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nginx', labels: { app: 'nginx' } }, spec: { clusterIP: 'None', selector: { app: 'nginx' }, ports: [{ port: 80, name: 'web' }] } })
req('/apis/apps/v1/namespaces/default/statefulsets', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web' }, spec: { serviceName: 'nginx', replicas: n, podManagementPolicy: policy, selector: { matchLabels: { app: 'nginx' } }, template: { metadata: { labels: { app: 'nginx' } }, spec: { containers: [{ name: 'nginx', image: 'registry.k8s.io/nginx-slim:0.8', ports: [{ containerPort: 80, name: 'web' }], volumeMounts: [{ name: 'www', mountPath: '/usr/share/nginx/html' }] }] } }, volumeClaimTemplates: [{ metadata: { name: 'www' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] } })
if (process.argv[4]) { cluster.simulation.runUntilRest(); counts.clear(); events.clear(); const c=process.cpuUsage(); cluster.simulation.runFor(3600_000); const d = process.cpuUsage(c); console.log('idle hour', (d.user+d.system)/1000) } else cluster.simulation.runUntilRest()
const show = (m: Map<string, number>, k: number) => [...m].sort((a, b) => b[1] - a[1]).slice(0, k).forEach(([a, b]) => console.log(String(b).padStart(8), (b / n).toFixed(2), a))
show(counts, 60); console.log('--events', sim.eventsTotal, sim.now); show(events, 50)
