import { expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { sleep } from '#sim/kernel/waits.ts'
import { createTestNode, type TestNode, type TestNodeOptions } from './test-node.ts'

function newNode(options: TestNodeOptions = {}): TestNode {
  const podRow = resourceDefinitions.find((one) => one.kind === 'Pod')?.row ?? (() => [])
  const newServer = (simulation: Simulation) =>
    new ApiServer({ simulation, resources: resourceDefinitions })
  return createTestNode({ newServer, podRow }, options)
}

const NGINX = 'registry.k8s.io/nginx-slim:0.24'

function nginxPod(extra: object = {}, container: object = {}): object {
  return {
    hostname: 'web-0',
    subdomain: 'nginx',
    containers: [
      { name: 'nginx', image: NGINX, ports: [{ containerPort: 80, name: 'web' }], ...container },
    ],
    ...extra,
  }
}

function statusesOf(node: TestNode): string[] {
  return node.rows.map((row) => row.replace(/^\S+ /, ''))
}

/** Runs until `row` has been written `times` times, and stops there. */
function runUntilRow(node: TestNode, row: string, times = 1): void {
  const count = () => node.rows.filter((one) => one === row).length
  for (let i = 0; i < 2_000_000 && count() < times; i++) if (!node.simulation.step()) break
  expect(count(), `row "${row}" among\n${node.rows.join('\n')}`).toBeGreaterThanOrEqual(times)
}

it.each([
  {
    dialect: '1.36',
    timings: 'kind',
    created: ['Pending', 'Pending', 'ContainerCreating', 'ContainerCreating'],
    deleted: [
      '1/1 Terminating',
      '1/1 Terminating',
      '0/1 Completed',
      '0/1 Completed',
      '0/1 Completed',
    ],
  },
  {
    dialect: '1.36',
    timings: 'instant',
    created: ['Pending', 'Pending', 'ContainerCreating', 'ContainerCreating'],
    deleted: [
      '1/1 Terminating',
      '1/1 Terminating',
      '0/1 Completed',
      '0/1 Completed',
      '0/1 Completed',
    ],
  },
  {
    dialect: '1.10',
    timings: 'cloud',
    created: ['Pending', 'Pending', 'ContainerCreating'],
    deleted: ['1/1 Terminating', '0/1 Terminating', '0/1 Terminating', '0/1 Terminating'],
  },
] as const)('writes the rows of $dialect ($timings), one write each', (era) => {
  const node = newNode({ dialect: era.dialect, timings: era.timings })
  node.run('web-0', nginxPod())
  node.rest()
  expect(statusesOf(node)).toEqual([
    ...era.created.map((status) => `0/1 ${status} 0`),
    '1/1 Running 0',
  ])
  node.rows.length = 0
  node.remove('web-0')
  node.rest()
  expect(statusesOf(node)).toEqual(era.deleted.map((row) => `${row} 0`))
  expect(node.getPod('web-0')).toBeUndefined()
})

it('tells the first start as events, in order', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  const events = node.events('web-0')
  expect(events[0]).toBe(`Normal Pulling Pulling image "${NGINX}"`)
  expect(events[1]).toMatch(
    /^Normal Pulled Successfully pulled image ".*" in \d+(\.\d+)?m?s \(.* including waiting\)\. Image size: 41005231 bytes\.$/,
  )
  expect(events.slice(2)).toEqual([
    'Normal Created Container created',
    'Normal Started Container started',
  ])
  node.run('web-1', nginxPod())
  node.rest()
  expect(node.events('web-1')[0]).toBe(
    `Normal Pulled Container image "${NGINX}" already present on machine and can be accessed by the pod`,
  )
})

it('writes its first status before volumes and image, with the conditions in their order', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  runUntilRow(node, 'web-0 0/1 ContainerCreating 0')
  const status = node.getPod('web-0')?.status
  expect(status?.conditions?.map((one) => `${one.type}=${one.status}`)).toEqual([
    'PodReadyToStartContainers=False',
    'Initialized=True',
    'Ready=False',
    'ContainersReady=False',
    'PodScheduled=True',
  ])
  expect(status?.conditions?.[2]).toMatchObject({
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [nginx]',
  })
  expect(status?.podIP).toBeUndefined()
  expect(status?.containerStatuses?.[0]).toMatchObject({
    image: NGINX,
    imageID: '',
    restartCount: 0,
    started: false,
    state: { waiting: { reason: 'ContainerCreating' } },
  })
})

it('kills what ignores SIGTERM when the grace period is over', () => {
  const node = newNode()
  node.run('busy', {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'main', image: 'busybox:1.28', command: ['sleep', '3600'] }],
  })
  node.rest()
  node.rows.length = 0
  const before = node.simulation.now
  node.remove('busy')
  node.rest()
  expect(statusesOf(node)).toEqual([
    '1/1 Terminating 0',
    '1/1 Terminating 0',
    '0/1 Error 0',
    '0/1 Error 0',
    '0/1 Error 0',
  ])
  expect(node.simulation.now - before).toBeGreaterThan(5000)
  expect(node.simulation.now - before).toBeLessThan(8000)
})

it('ends a Pod that was deleted before anything of it ran', () => {
  const node = newNode()
  node.run('stuck', {
    containers: [{ name: 'main', image: 'busybox:1.28', command: ['sleep', '60'] }],
    volumes: [{ name: 'conf', configMap: { name: 'missing' } }],
  })
  node.simulation.runFor(5000)
  expect(node.events('stuck')).toContain(
    'Warning FailedMount MountVolume.SetUp failed for volume "conf" : configmap "missing" not found',
  )
  node.rows.length = 0
  node.remove('stuck')
  node.rest()
  expect(statusesOf(node)).toEqual([
    '0/1 Terminating 0',
    '0/1 Terminating 0',
    '0/1 ContainerStatusUnknown 0',
    '0/1 ContainerStatusUnknown 0',
    '0/1 ContainerStatusUnknown 0',
  ])
})

it('restarts at once, then after 10, 20, 40 … seconds, and says so as the kubelet does', () => {
  const node = newNode({ timings: 'instant' })
  const starts: number[] = []
  const finishes: number[] = []
  let wasRunning = false
  node.server.onChange(({ resource, object }) => {
    if (resource !== 'pods') return
    const state = (object as never as { status?: { containerStatuses?: { state: object }[] } })
      .status?.containerStatuses?.[0]?.state
    const isRunning = state !== undefined && 'running' in state
    if (isRunning && !wasRunning) starts.push(node.simulation.now)
    if (!isRunning && wasRunning) finishes.push(node.simulation.now)
    wasRunning = isRunning
  })
  node.run('crash', {
    containers: [{ name: 'main', image: 'busybox:1.28', command: ['exit', '1', '2'] }],
  })
  node.simulation.runFor(420_000)
  const gaps = starts.slice(1).map((start, index) => start - (finishes[index] ?? 0))
  expect(gaps[0]).toBeLessThan(100)
  for (const [index, delay] of [10_000, 20_000, 40_000, 80_000].entries()) {
    expect(gaps[index + 1]).toBeGreaterThanOrEqual(delay - 100)
    expect(gaps[index + 1]).toBeLessThan(delay * 1.5 + 30_000)
  }
  expect(statusesOf(node).slice(4, 11)).toEqual([
    '1/1 Running 0',
    '0/1 Error 0',
    '1/1 Running 1',
    '0/1 Error 1',
    '0/1 CrashLoopBackOff 1',
    '1/1 Running 2',
    '0/1 Error 2',
  ])
  const pod = node.getPod('crash')
  const uid = pod?.metadata.uid ?? ''
  expect(node.events('crash')).toContain(
    `Warning BackOff Back-off restarting failed container main in pod crash_default(${uid})`,
  )
  expect(pod?.status?.phase).toBe('Running')
})

it('shows ErrImagePull and ImagePullBackOff in turn, and attempts at growing distances', () => {
  const node = newNode()
  node.run('web-0', nginxPod({}, { image: 'registry.k8s.io/nginx-slim:nope' }))
  node.simulation.runFor(80_000)
  expect(statusesOf(node).slice(2, 9)).toEqual([
    '0/1 ContainerCreating 0',
    '0/1 ContainerCreating 0',
    '0/1 ErrImagePull 0',
    '0/1 ImagePullBackOff 0',
    '0/1 ErrImagePull 0',
    '0/1 ImagePullBackOff 0',
    '0/1 ErrImagePull 0',
  ])
  const error =
    'rpc error: code = NotFound desc = failed to pull and unpack image "registry.k8s.io/nginx-slim:nope": failed to resolve reference "registry.k8s.io/nginx-slim:nope": registry.k8s.io/nginx-slim:nope: not found'
  expect(node.events('web-0').slice(0, 5)).toEqual([
    'Normal Pulling Pulling image "registry.k8s.io/nginx-slim:nope"',
    `Warning Failed Failed to pull image "registry.k8s.io/nginx-slim:nope": ${error}`,
    'Warning Failed Error: ErrImagePull',
    'Normal BackOff Back-off pulling image "registry.k8s.io/nginx-slim:nope"',
    'Warning Failed Error: ImagePullBackOff',
  ])
  expect(node.logs('web-0')).toMatch(/^container "nginx" in pod "web-0" is waiting to start: /)
})

it('makes a server with an HTTP probe Ready one write after it runs', () => {
  const node = newNode()
  node.run('web-0', nginxPod({}, { readinessProbe: { httpGet: { path: '/', port: 'web' } } }))
  node.rest()
  expect(statusesOf(node).slice(3)).toEqual([
    '0/1 ContainerCreating 0',
    '0/1 Running 0',
    '1/1 Running 0',
  ])
})

it('looks again when somebody else opens or shuts a readiness gate', () => {
  const node = newNode()
  const conditionType = 'example.com/open'
  const conditions = () => node.getPod('web-0')?.status?.conditions ?? []
  const ready = () => conditions().find(({ type }) => type === 'Ready')
  const turn = (status: string): void => {
    const others = conditions().filter(({ type }) => type !== conditionType)
    node.call('PATCH', '/api/v1/namespaces/default/pods/web-0/status', {
      status: { conditions: [...others, { type: conditionType, status }] },
    })
    node.simulation.runFor(2000)
  }
  node.run('web-0', nginxPod({ readinessGates: [{ conditionType }] }))
  node.simulation.runFor(20_000)
  expect(ready()).toMatchObject({
    reason: 'ReadinessGatesNotReady',
    message: `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
  })
  turn('True')
  expect(ready()?.status).toBe('True')
  turn('False')
  expect(ready()).toMatchObject({
    status: 'False',
    message: `the status of pod readiness gate "${conditionType}" is not "True", but False`,
  })
})

it('keeps a server not Ready whose probe is refused, and takes Ready back when it fails later', () => {
  const node = newNode()
  const probe = { httpGet: { path: '/ready', port: 80 }, periodSeconds: 2 }
  node.run('web-0', nginxPod({}, { readinessProbe: probe }))
  node.simulation.runFor(20_000)
  expect(node.rows.at(-1)).toBe('web-0 0/1 Running 0')
  expect(node.events('web-0')).toContain(
    'Warning Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 404',
  )
  node.exec('web-0', ['save', '/usr/share/nginx/html/ready', 'yes'])
  node.simulation.runFor(5000)
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 0')
  node.kubelets[0]?.setProbeFailure(
    { namespace: 'default', name: 'web-0' },
    'nginx',
    'Readiness',
    'no',
  )
  node.simulation.runFor(3000)
  expect(node.rows.at(-1), 'two failures are not three').toBe('web-0 1/1 Running 0')
  node.simulation.runFor(5000)
  expect(node.rows.at(-1)).toBe('web-0 0/1 Running 0')
})

it('restarts a container whose liveness probe fails', () => {
  const node = newNode()
  const probe = { tcpSocket: { port: 81 }, periodSeconds: 1, failureThreshold: 2 }
  node.run('web-0', nginxPod({}, { livenessProbe: probe }))
  runUntilRow(node, 'web-0 1/1 Running 1')
  const { podIP } = node.getPod('web-0')?.status ?? {}
  expect(node.events('web-0')).toEqual(
    expect.arrayContaining([
      `Warning Unhealthy Liveness probe failed: dial tcp ${podIP}:81: connect: connection refused`,
      'Normal Killing Container nginx failed liveness probe, will be restarted',
    ]),
  )
  const [status] = node.getPod('web-0')?.status?.containerStatuses ?? []
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
})

it('runs init containers in order before the others', () => {
  const node = newNode()
  const init = (name: string) => ({ name, image: 'busybox:1.28', command: ['exit', '0', '3'] })
  node.run('web-0', nginxPod({ initContainers: [init('first'), init('second')] }))
  node.rest()
  expect([...new Set(statusesOf(node))]).toEqual([
    '0/1 Pending 0',
    '0/1 Init:0/2 0',
    '0/1 Init:1/2 0',
    '0/1 PodInitializing 0',
    '1/1 Running 0',
  ])
})

it('starts a sidecar before the containers and stops it after them', () => {
  const node = newNode()
  const sidecar = {
    name: 'log',
    image: 'registry.k8s.io/pause:3.10',
    restartPolicy: 'Always',
  }
  node.run('web-0', nginxPod({ initContainers: [sidecar] }))
  node.rest()
  expect(node.rows.at(-1)).toBe('web-0 2/2 Running 0')
  node.remove('web-0')
  node.rest()
  const killed = node.events('web-0').filter((event) => event.includes('Killing'))
  expect(killed).toEqual([
    'Normal Killing Stopping container nginx',
    'Normal Killing Stopping container log',
  ])
})

it.each([
  { policy: 'Never', code: '0', row: '0/1 Completed 0', phase: 'Succeeded' },
  { policy: 'Never', code: '3', row: '0/1 Error 0', phase: 'Failed' },
  { policy: 'OnFailure', code: '0', row: '0/1 Completed 0', phase: 'Succeeded' },
])('ends a Pod of policy $policy that exits with $code', ({ policy, code, row, phase }) => {
  const node = newNode()
  node.run('job', {
    restartPolicy: policy,
    containers: [{ name: 'main', image: 'busybox:1.28', command: ['exit', code, '1'] }],
  })
  node.simulation.runFor(20_000)
  expect(node.rows.at(-1)).toBe(`job ${row}`)
  expect(node.getPod('job')?.status?.phase).toBe(phase)
  node.remove('job')
  node.rest()
  expect(node.getPod('job')).toBeUndefined()
})

it('passes exit codes, input and output of exec, and refuses what does not run', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  expect(node.exec('web-0', ['echo']).status).toMatchObject({
    code: 500,
    message: 'container not found ("nginx")',
  })
  node.rest()
  expect(node.exec('web-0', ['echo', 'a', 'b'])).toMatchObject({ code: 0, stdout: 'a b\n' })
  expect(node.exec('web-0', ['exit', '3'])).toMatchObject({ code: 3 })
  expect(node.exec('web-0', ['cat'], 'typed')).toMatchObject({ code: 0, stdout: 'typed' })
  expect(node.exec('web-0', ['wget']).status?.message).toMatch(
    /^Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "wget": executable file not found in \$PATH$/,
  )
})

it('mounts what Pods of the API expect: token, ConfigMap, hosts and resolv.conf', () => {
  const node = newNode()
  node.create('/api/v1/namespaces/default/configmaps', {
    metadata: { name: 'conf' },
    data: { 'a.txt': 'one', 'b.txt': 'two' },
  })
  node.run(
    'web-0',
    nginxPod(
      { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] },
      { volumeMounts: [{ name: 'conf', mountPath: '/conf' }] },
    ),
  )
  node.rest()
  const ip = node.getPod('web-0')?.status?.podIP
  expect(node.exec('web-0', ['cat', '/conf/b.txt']).stdout).toBe('two')
  expect(node.exec('web-0', ['cat', '/etc/hosts']).stdout).toBe(
    `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${ip}\tweb-0.nginx.default.svc.cluster.local\tweb-0\n`,
  )
  expect(node.exec('web-0', ['cat', '/etc/resolv.conf']).stdout).toBe(
    'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  )
  const namespace = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'
  expect(node.exec('web-0', ['cat', namespace]).stdout).toBe('default')
  expect(node.exec('web-0', ['save', '/conf/a.txt', 'x']).stderr).toContain('Read-only file system')
})

it('rejects a Pod that the node has no room for', () => {
  const node = newNode({ capacity: { cpu: '1', memory: '1Gi', pods: '110' } })
  const requests = { resources: { requests: { cpu: '700m' } } }
  node.run('first', { containers: [{ name: 'a', image: NGINX, ...requests }] })
  node.run('second', { containers: [{ name: 'a', image: NGINX, ...requests }] })
  node.rest()
  expect(node.rows.at(-1)).not.toContain('second 1/1')
  expect(node.getPod('second')?.status).toMatchObject({
    phase: 'Failed',
    reason: 'OutOfcpu',
    message:
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 700, used: 700, capacity: 1000",
  })
})

it('rejects a Pod whose host port is taken, until it is free again', () => {
  const node = newNode()
  const server = (ports: object) => ({ containers: [{ name: 'a', image: NGINX, ports: [ports] }] })
  node.run('first', server({ containerPort: 80, hostPort: 8080 }))
  node.run('other', server({ containerPort: 80, hostPort: 8080, protocol: 'UDP' }))
  node.run('second', server({ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }))
  node.rest()
  expect(node.getPod('other')?.status?.phase).toBe('Running')
  expect(node.getPod('second')?.status).toMatchObject({
    phase: 'Failed',
    reason: 'NodePorts',
    message:
      "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  })
  node.remove('first')
  node.rest()
  node.run('third', server({ containerPort: 80, hostPort: 8080 }))
  node.rest()
  expect(node.getPod('third')?.status?.phase).toBe('Running')
})

it('keeps data in its volume when the Pod goes to another node', () => {
  const node = newNode({ nodes: 2 })
  node.create('/api/v1/persistentvolumes', {
    metadata: { name: 'pv-a' },
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/data' },
      claimRef: { namespace: 'default', name: 'www-web-0' },
    },
  })
  node.create('/api/v1/namespaces/default/persistentvolumeclaims', {
    metadata: { name: 'www-web-0' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Mi' } },
      storageClassName: '',
      volumeName: 'pv-a',
    },
  })
  node.server.call({
    method: 'PATCH',
    path: '/api/v1/namespaces/default/persistentvolumeclaims/www-web-0/status',
    headers: { 'content-type': 'application/merge-patch+json' },
    user: 'admin',
    body: { status: { phase: 'Bound', capacity: { storage: '1Mi' } } },
  })
  const spec = nginxPod(
    { volumes: [{ name: 'www', persistentVolumeClaim: { claimName: 'www-web-0' } }] },
    { volumeMounts: [{ name: 'www', mountPath: '/usr/share/nginx/html' }] },
  )
  node.run('web-0', spec)
  node.rest()
  const forbidden = node.exec('web-0', ['curl', '-s', 'localhost']).stdout
  expect(forbidden).toHaveLength(169)
  expect(forbidden).toContain('<title>403 Forbidden</title>')
  node.exec('web-0', ['save', '/usr/share/nginx/html/index.html', 'web-0\n'])
  node.remove('web-0')
  node.rest()
  node.run('web-0', spec, { node: 'node-b' })
  node.rest()
  expect(node.exec('web-0', ['curl', '-s', 'localhost']).stdout).toBe('web-0\n')
  expect(node.volumes.list('pv-a').map((entry) => entry.path)).toEqual(['index.html'])
  const full = node.exec('web-0', [
    'save',
    '/usr/share/nginx/html/big',
    'x'.repeat(2 * 1024 * 1024),
  ])
  expect(full.stderr).toContain('No space left on device')
})

it('takes Pods up again where a crashed machine left them', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  const { podIP } = node.getPod('web-0')?.status ?? {}
  const [kubelet] = node.kubelets
  kubelet?.crash()
  node.simulation.runFor(30_000)
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 0')
  kubelet?.restart()
  node.rest()
  const pod = node.getPod('web-0')
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 1')
  expect(pod?.status?.podIP).not.toBe(podIP)
  expect(pod?.status?.podIPs).toEqual([{ ip: pod?.status?.podIP }])
  expect(pod?.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(255)
  expect(
    node.exec('web-0', ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'localhost']).stdout,
  ).toBe('200')
})

it('hears of a deletion when the partition of its node has healed', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  node.network.partition('node-a')
  node.remove('web-0')
  node.simulation.runFor(60_000)
  expect(node.rows.at(-1)).toBe('web-0 1/1 Terminating 0')
  expect(node.exec('web-0', ['echo']).status?.message).toContain('i/o timeout')
  node.network.heal('node-a')
  node.rest()
  expect(node.getPod('web-0')).toBeUndefined()
})

it('restarts a container that was killed, at once the first time', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  node.rows.length = 0
  expect(
    node.kubelets[0]?.killContainer({ namespace: 'default', name: 'web-0' }, 'nginx', 'OOMKilled'),
  ).toBe(true)
  node.rest()
  expect(statusesOf(node)).toEqual(['0/1 OOMKilled 0', '1/1 Running 1'])
})

it('corrects what somebody else writes into its status within ten seconds', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  node.server.call({
    method: 'PATCH',
    path: '/api/v1/namespaces/default/pods/web-0/status',
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    user: 'system:serviceaccount:kube-system:node-controller',
    body: { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
  })
  const ready = () => node.getPod('web-0')?.status?.conditions?.find((one) => one.type === 'Ready')
  expect(ready()?.status).toBe('False')
  node.simulation.runFor(10_100)
  expect(ready()?.status).toBe('True')
})

it('leaves an evicted Pod behind, Failed and with the reason', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  const message = 'The node was low on resource: memory. '
  expect(node.kubelets[0]?.evict({ namespace: 'default', name: 'web-0' }, message)).toBe(true)
  node.rest()
  expect(node.rows.at(-1)).toBe('web-0 0/1 Evicted 0')
  expect(node.getPod('web-0')?.status).toMatchObject({
    phase: 'Failed',
    reason: 'Evicted',
    message,
  })
  expect(node.getPod('web-0')?.status?.conditions?.map((one) => one.type)).toContain(
    'DisruptionTarget',
  )
  expect(node.events('web-0')).toContain(`Warning Evicted ${message}`)
})

it('runs preStop within the grace period, before the signal', () => {
  const node = newNode()
  const lifecycle = { preStop: { exec: { command: ['sleep', '3'] } } }
  node.run('web-0', nginxPod({}, { lifecycle }))
  node.rest()
  const before = node.simulation.now
  node.remove('web-0')
  node.rest()
  expect(node.simulation.now - before).toBeGreaterThan(3000)
  expect(node.simulation.now - before).toBeLessThan(6000)
})

it('stops at once when a running deletion is forced', () => {
  const node = newNode()
  node.run('busy', {
    containers: [{ name: 'main', image: 'busybox:1.28', command: ['sleep', '3600'] }],
  })
  node.rest()
  node.remove('busy')
  node.simulation.runFor(3000)
  expect(node.rows.at(-1)).toBe('busy 1/1 Terminating 0')
  const before = node.simulation.now
  node.remove('busy', 0)
  node.rest()
  expect(node.getPod('busy')).toBeUndefined()
  expect(node.simulation.now - before).toBeLessThan(5000)
  expect(node.kubelets[0]?.pods).toEqual([])
})

it('restarts a container whose image is changed in place', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  const image = 'registry.k8s.io/nginx-slim:0.21'
  node.server.call({
    method: 'PATCH',
    path: '/api/v1/namespaces/default/pods/web-0',
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    user: 'admin',
    body: { spec: { containers: [{ name: 'nginx', image }] } },
  })
  node.rest()
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 1')
  expect(node.getPod('web-0')?.status?.containerStatuses?.[0]?.image).toBe(image)
  expect(node.events('web-0')).toContain(
    'Normal Killing Container nginx definition changed, will be restarted',
  )
})

it('keeps the log of the life before, and cuts logs as asked', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  for (const path of ['a', 'b', 'c']) node.exec('web-0', ['curl', '-s', `localhost/${path}`])
  expect(node.logs('web-0', [['tailLines', '1']])).toMatch(/"GET \/c HTTP\/1\.1" 404 169/)
  expect(node.logs('web-0', [['limitBytes', '10']])).toHaveLength(10)
  expect(
    node.logs('web-0', [
      ['timestamps', 'true'],
      ['tailLines', '1'],
    ]),
  ).toMatch(/^2026-01-01T00:00:\d\d\.\d{9}Z 127\.0\.0\.1 /)
  expect(node.logs('web-0', [['previous', 'true']])).toBe(
    'previous terminated container "nginx" in pod "web-0" not found',
  )
  node.kubelets[0]?.killContainer({ namespace: 'default', name: 'web-0' }, 'nginx')
  node.rest()
  expect(node.logs('web-0')).toBe('')
  expect(
    node.logs('web-0', [
      ['previous', 'true'],
      ['tailLines', '1'],
    ]),
  ).toContain('GET /c')
})

it('tells two containers with one write, and readiness of each on its own', () => {
  const node = newNode()
  const second = { name: 'a-second', image: 'registry.k8s.io/pause:3.10' }
  const containers = [{ name: 'nginx', image: NGINX }, second]
  node.run('web-0', { containers })
  node.rest()
  expect([...new Set(statusesOf(node))].slice(1)).toEqual([
    '0/2 ContainerCreating 0',
    '2/2 Running 0',
  ])
  const statuses = node.getPod('web-0')?.status?.containerStatuses ?? []
  expect(statuses.map((one) => one.name)).toEqual(['a-second', 'nginx'])
})

it('waits with CreateContainerConfigError for a ConfigMap that an environment needs', () => {
  const node = newNode()
  node.run('web-0', nginxPod({}, { envFrom: [{ configMapRef: { name: 'settings' } }] }))
  node.simulation.runFor(15_000)
  expect(node.rows.at(-1)).toBe('web-0 0/1 CreateContainerConfigError 0')
  expect(node.events('web-0')).toContain('Warning Failed Error: configmap "settings" not found')
  node.create('/api/v1/namespaces/default/configmaps', {
    metadata: { name: 'settings' },
    data: { COLOR: 'blue' },
  })
  node.simulation.runFor(40_000)
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 0')
})

it('renews its lease every ten seconds, and its status when something changed', () => {
  const node = newNode()
  const writes: string[] = []
  node.server.onWrite((entry) => writes.push(`${entry.verb} ${entry.objectRef.resource}`))
  node.simulation.runFor(60_000)
  expect(writes.filter((write) => write === 'update leases')).toHaveLength(6)
  expect(writes.filter((write) => write === 'patch nodes')).toHaveLength(0)
  node.kubelets[0]?.setPressure('DiskPressure', true)
  node.simulation.runFor(10_001)
  expect(writes.filter((write) => write === 'patch nodes')).toHaveLength(1)
})

it('tells the same story for the same seed', () => {
  const story = () => {
    const node = newNode({ seed: 42, nodes: 2 })
    node.run('web-0', nginxPod())
    node.run('bad', nginxPod({}, { image: 'nobody/nothing' }), { node: 'node-b' })
    node.simulation.runFor(60_000)
    node.remove('web-0')
    node.simulation.runFor(60_000)
    return [
      ...node.rows,
      ...node.events('web-0'),
      ...node.events('bad'),
      node.simulation.eventsTotal,
    ]
  }
  expect(story()).toEqual(story())
})

it('boots behind a partition, and takes its Pods up when that is over', () => {
  const node = newNode()
  node.run('web-0', nginxPod({}, { env: [{ name: 'A', value: 'b' }] }))
  node.rest()
  const [kubelet] = node.kubelets
  kubelet?.crash()
  node.network.partition('node-a')
  kubelet?.restart()
  node.simulation.runFor(60_000)
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 0')
  node.network.heal('node-a')
  node.simulation.runFor(30_000)
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 1')
})

it('goes on without the server: a container that dies behind a partition starts again', () => {
  const node = newNode()
  node.create('/api/v1/namespaces/default/configmaps', {
    metadata: { name: 'c' },
    data: { A: '1' },
  })
  node.run('web-0', nginxPod({}, { envFrom: [{ configMapRef: { name: 'c' } }] }))
  node.run('web-1', nginxPod())
  node.rest()
  node.network.partition('node-a')
  for (const name of ['web-0', 'web-1']) {
    node.kubelets[0]?.killContainer({ namespace: 'default', name }, 'nginx')
  }
  node.simulation.runFor(30_000)
  expect(node.rows.at(-1)).toBe('web-1 1/1 Running 0')
  node.network.heal('node-a')
  node.simulation.runFor(60_000)
  expect(node.rows).toContain('web-1 1/1 Running 1')
  expect(node.getPod('web-0')?.status?.containerStatuses?.[0]?.restartCount).toBe(1)
})

it('forwards a port into the Pod, and says when nobody listens there', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  const forward = (port: string) => {
    const reply = node.server.call({
      method: 'POST',
      path: '/api/v1/namespaces/default/pods/web-0/portforward',
      query: [['ports', port]],
      user: 'admin',
    })
    if (reply.type !== 'stream') throw new Error('expected a stream')
    const { stdin, stdout, done } = reply.start()
    const received: string[] = []
    let message: string | undefined
    node.simulation.spawn(
      (function* (): Task {
        yield* stdin?.write(encodeUtf8('GET / HTTP/1.0\r\n\r\n')) ?? sleep(0)
        for (;;) {
          const chunk = stdout === undefined ? undefined : yield* stdout.read()
          if (chunk === undefined) break
          received.push(decodeUtf8(chunk))
        }
        message = (yield* done()).message
      })(),
      { name: 'test/forward' },
    )
    node.rest()
    return { text: received.join(''), message }
  }
  expect(forward('80').text).toMatch(
    /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*Welcome to nginx!/,
  )
  expect(forward('81').message).toContain('dial tcp4 127.0.0.1:81: connect: connection refused')
})

it('gives exec a terminal with echo, signals and a size', () => {
  const node = newNode()
  node.run('web-0', nginxPod())
  node.rest()
  const reply = node.server.call({
    method: 'POST',
    path: '/api/v1/namespaces/default/pods/web-0/exec',
    query: [
      ['command', 'cat'],
      ['stdin', 'true'],
      ['stdout', 'true'],
      ['tty', 'true'],
    ],
    user: 'admin',
  })
  if (reply.type !== 'stream') throw new Error('expected a stream')
  const { stdin, stdout, resize, done } = reply.start()
  const received: string[] = []
  let status: unknown
  node.simulation.spawn(
    (function* (): Task {
      for (;;) {
        const chunk = stdout === undefined ? undefined : yield* stdout.read()
        if (chunk === undefined) return
        received.push(decodeUtf8(chunk))
      }
    })(),
    { name: 'test/output' },
  )
  node.simulation.spawn(
    (function* (): Task {
      resize?.(100, 30)
      yield* stdin?.write(encodeUtf8('hello\r')) ?? sleep(0)
      yield* sleep(10)
      yield* stdin?.write(encodeUtf8('\x03')) ?? sleep(0)
      status = yield* done()
    })(),
    { name: 'test/input' },
  )
  node.rest()
  expect(received.join('')).toBe('hello\r\nhello\r\n^C')
  expect(status).toMatchObject({ details: { causes: [{ reason: 'ExitCode', message: '130' }] } })
})
