import { expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { createTestNode, type TestNode } from '../test-node.ts'
import { parseImageReference, referenceText } from './reference.ts'

function newNode(): TestNode {
  const podRow = resourceDefinitions.find((one) => one.kind === 'Pod')?.row ?? (() => [])
  const newServer = (simulation: Simulation) =>
    new ApiServer({ simulation, resources: resourceDefinitions })
  return createTestNode({ newServer, podRow }, { nodes: 3 })
}

it.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['busybox:1.28', 'docker.io/library/busybox:1.28'],
  ['bitnami/redis:7', 'docker.io/bitnami/redis:7'],
  ['k8s.gcr.io/nginx-slim:0.8', 'k8s.gcr.io/nginx-slim:0.8'],
  ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
])('reads %s as %s', (text, full) => {
  const reference = parseImageReference(text)
  expect(reference && referenceText(reference)).toBe(full)
})

it.each(['', 'UPPER', 'a b', 'nginx:', 'nginx@sha256:12', '/nginx'])('refuses %j', (text) => {
  expect(parseImageReference(text)).toBeUndefined()
})

const HEADLESS = { clusterIP: 'None', ports: [{ name: 'server', port: 2888 }] }

function startEnsemble(node: TestNode): void {
  for (const ordinal of [0, 1, 2]) {
    const name = `zk-${ordinal}`
    const spec = {
      hostname: name,
      subdomain: 'zk-hs',
      containers: [
        {
          name: 'zk',
          image: 'registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10',
          command: ['start-zookeeper', '--servers=3', '--data_dir=/var/lib/zookeeper/data'],
          readinessProbe: {
            exec: { command: ['zookeeper-ready', '2181'] },
            initialDelaySeconds: 10,
          },
        },
      ],
    }
    node.run(name, spec, { node: `node-${'abc'.charAt(ordinal)}` })
  }
  node.rest()
  node.create('/api/v1/namespaces/default/services', {
    metadata: { name: 'zk-hs' },
    spec: HEADLESS,
  })
  node.create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'zk-hs-x', labels: { 'kubernetes.io/service-name': 'zk-hs' } },
    addressType: 'IPv4',
    ports: [{ name: 'server', protocol: 'TCP', port: 2888 }],
    endpoints: [0, 1, 2].map((ordinal) => ({
      addresses: [node.getPod(`zk-${ordinal}`)?.status?.podIP ?? ''],
      hostname: `zk-${ordinal}`,
      conditions: { ready: true, serving: true, terminating: false },
    })),
  })
  node.rest()
}

it('replicates what one ZooKeeper server is told, while a majority can be reached', () => {
  const node = newNode()
  startEnsemble(node)
  expect(node.rows.at(-1)).toMatch(/^zk-\d 1\/1 Running 0$/)
  expect(node.exec('zk-2', ['cat', '/var/lib/zookeeper/data/myid']).stdout).toBe('3\n')
  const created = node.exec('zk-0', ['zkCli.sh', 'create', '/hello', 'world'])
  expect(created.stdout).toMatch(
    /WatchedEvent state:SyncConnected type:None path:null\nCreated \/hello\n$/,
  )
  const read = node.exec('zk-1', ['zkCli.sh', 'get', '/hello'])
  expect(read.stdout).toMatch(/path:null\nworld\ncZxid = 0x100000001\n/)
  expect(read.stdout).toMatch(/dataLength = 5\nnumChildren = 0\n$/)
  node.network.partition('node-a')
  expect(node.exec('zk-1', ['zkCli.sh', 'set', '/hello', 'again']).code).toBe(0)
  node.network.partition('node-b')
  const alone = node.exec('zk-2', ['zkCli.sh', 'get', '/hello'])
  expect(alone).toMatchObject({ code: 1 })
  expect(alone.stderr).toContain('ConnectionLoss for /hello')
  expect(node.exec('zk-2', ['zookeeper-ready', '2181']).code).toBe(0)
  node.network.heal('node-a')
  expect(node.exec('zk-0', ['zkCli.sh', 'get', '/hello']).stdout).toContain('\nagain\n')
})

it('stands in for well-known servers, and says what it does not simulate', () => {
  const node = newNode()
  node.run('db', {
    containers: [
      {
        name: 'mysql',
        image: 'mysql:5.7',
        readinessProbe: { exec: { command: ['mysql', '-h', '127.0.0.1', '-e', 'SELECT 1'] } },
      },
    ],
  })
  node.run('cache', { containers: [{ name: 'redis', image: 'redis:7' }] })
  node.rest()
  expect(node.rows).toContain('db 1/1 Running 0')
  expect(node.exec('db', ['mysql', '-e', 'SHOW DATABASES'])).toMatchObject({
    code: 1,
    stderr: 'mysql: statements other than SELECT 1 are not simulated\n',
  })
  expect(node.exec('cache', ['redis-cli', 'ping']).stdout).toBe('PONG\n')
  node.rows.length = 0
  node.remove('db')
  node.rest()
  expect(node.rows.at(-1)).toBe('db 0/1 Completed 0')
})
