import { createTestNode } from './test-node.ts'
const node = createTestNode()
const probe = { httpGet: { path: '/ready', port: 80 }, periodSeconds: 2 }
node.run('web-0', {
  containers: [{ name: 'nginx', image: 'registry.k8s.io/nginx-slim:0.24', readinessProbe: probe }],
})
node.rest()
console.log(node.simulation.now, node.events('web-0'))
node.rest()
node.simulation.runFor(3000)
console.log(node.simulation.now, node.events('web-0'))
