import { createTestNode } from './test-node.ts'
const N = Number(process.argv[2] ?? 10000),
  nodes = Math.ceil(N / 100)
let t0 = (process.cpuUsage().user/1000)
const t = createTestNode({ nodes })
console.log('boot', ((process.cpuUsage().user/1000) - t0).toFixed(0), 'ms')
t0 = (process.cpuUsage().user/1000)
for (let i = 0; i < N; i++) {
  const n = Math.floor(i / 100)
  t.run(
    `web-${i}`,
    {
      hostname: `web-${i}`,
      subdomain: 'nginx',
      containers: [
        {
          name: 'nginx',
          image: 'k8s.gcr.io/nginx-slim:0.8',
          ports: [{ containerPort: 80, name: 'web' }],
        },
      ],
    },
    { node: t.kubelets[n]!.nodeName },
  )
}
const created = (process.cpuUsage().user/1000) - t0
console.log('create+bind', created.toFixed(0), 'ms', ((created * 1000) / N).toFixed(1), 'us/pod')
t0 = (process.cpuUsage().user/1000)
t.rest()
const up = (process.cpuUsage().user/1000) - t0
console.log(
  'up',
  up.toFixed(0),
  'ms',
  ((up * 1000) / N).toFixed(1),
  'us/pod',
  t.simulation.eventsTotal,
  'events',
  t.simulation.now,
  t.rows.filter((r) => r.includes('1/1')).length,
)
t0 = (process.cpuUsage().user/1000)
for (let i = 0; i < N; i++) t.remove(`web-${i}`)
t.rest()
const down = (process.cpuUsage().user/1000) - t0
console.log(
  'down',
  down.toFixed(0),
  'ms',
  ((down * 1000) / N).toFixed(1),
  'us/pod',
  t.simulation.now,
)
