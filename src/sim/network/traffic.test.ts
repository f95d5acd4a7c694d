import { expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { createTestNode, type TestNode, type TestNodeOptions } from '#sim/kubelet/test-node.ts'

function newNode(options: TestNodeOptions = {}): TestNode {
  const podRow = resourceDefinitions.find((one) => one.kind === 'Pod')?.row ?? (() => [])
  const newServer = (simulation: Simulation) =>
    new ApiServer({ simulation, resources: resourceDefinitions })
  return createTestNode({ newServer, podRow }, options)
}

const NGINX = 'registry.k8s.io/nginx-slim:0.8'

/** web-0 and web-1 behind a headless Service and a ClusterIP one; busybox and curl beside them. */
function newCluster(): TestNode {
  const node = newNode({ nodes: 2 })
  node.create('/api/v1/namespaces/kube-system/services', {
    metadata: { name: 'kube-dns', namespace: 'kube-system' },
    spec: { clusterIP: '10.96.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
  })
  for (const [index, name] of ['web-0', 'web-1'].entries()) {
    const spec = {
      hostname: name,
      subdomain: 'nginx',
      containers: [{ name: 'nginx', image: NGINX, ports: [{ containerPort: 80, name: 'web' }] }],
    }
    node.run(name, spec, { node: `node-${'ab'.charAt(index)}` })
  }
  for (const [name, image] of [
    ['old', 'busybox:1.28'],
    ['new', 'busybox:1.36'],
    ['tools', 'registry.k8s.io/e2e-test-images/jessie-dnsutils:1.3'],
  ]) {
    const spec = { containers: [{ name, image, command: ['sleep', '360000'] }] }
    node.run(name ?? '', spec, { node: 'node-a' })
  }
  node.rest()
  createService(node, 'nginx', { clusterIP: 'None' })
  createService(node, 'front', { clusterIP: '10.96.55.5' })
  publish(node, 'nginx', ['web-0', 'web-1'])
  publish(node, 'front', ['web-0', 'web-1'])
  node.rest()
  return node
}

function createService(node: TestNode, name: string, spec: object): void {
  node.create('/api/v1/namespaces/default/services', {
    metadata: { name },
    spec: { ...spec, ports: [{ name: 'web', port: 80 }] },
  })
}

function publish(node: TestNode, name: string, pods: readonly string[]): void {
  node.create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'web', protocol: 'TCP', port: 80 }],
    endpoints: pods.map((pod) => ({
      addresses: [ipOf(node, pod)],
      hostname: pod,
      conditions: { ready: true, serving: true, terminating: false },
    })),
  })
}

function ipOf(node: TestNode, pod: string): string {
  return node.getPod(pod)?.status?.podIP ?? ''
}

it('gives each node a /24 and each Pod the next address of it', () => {
  const node = newCluster()
  expect(ipOf(node, 'web-0')).toMatch(/^10\.244\.1\.\d+$/)
  expect(ipOf(node, 'web-1')).toMatch(/^10\.244\.2\.\d+$/)
  const before = ipOf(node, 'web-1')
  node.remove('web-1')
  node.rest()
  node.run('again', { containers: [{ name: 'c', image: NGINX }] }, { node: 'node-b' })
  node.rest()
  expect(ipOf(node, 'again')).not.toBe(before)
})

it('prints nslookup of busybox 1.28 as the tutorial shows it', () => {
  const node = newCluster()
  const ip = ipOf(node, 'web-0')
  const found = node.exec('old', ['nslookup', 'web-0.nginx'])
  expect(found).toMatchObject({ code: 0, stderr: '' })
  expect(found.stdout).toBe(
    [
      'Server:    10.96.0.10',
      'Address 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local',
      '',
      'Name:      web-0.nginx',
      `Address 1: ${ip} web-0.nginx.default.svc.cluster.local`,
      '',
    ].join('\n'),
  )
  const missing = node.exec('old', ['nslookup', 'web-9.nginx'])
  expect(missing).toMatchObject({ code: 1, stderr: "nslookup: can't resolve 'web-9.nginx'\n" })
})

it('prints nslookup of newer busyboxes, which complete no name with a dot', () => {
  const node = newCluster()
  const head = 'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n'
  const full = 'web-0.nginx.default.svc.cluster.local'
  expect(node.exec('new', ['nslookup', full])).toMatchObject({
    code: 0,
    stdout: `${head}Name:\t${full}\nAddress: ${ipOf(node, 'web-0')}\n\n\n`,
  })
  const denial = "** server can't find web-0.nginx: NXDOMAIN\n\n"
  expect(node.exec('new', ['nslookup', 'web-0.nginx'])).toMatchObject({
    code: 1,
    stdout: head + denial + denial,
  })
  const srv = node.exec('new', ['nslookup', '-type=srv', 'nginx.default.svc.cluster.local'])
  expect(srv.stdout).toContain(
    'nginx.default.svc.cluster.local\tservice = 0 50 80 web-0.nginx.default.svc.cluster.local\n',
  )
})

it('prints nslookup, host, dig and getent of the usual DNS images', () => {
  const node = newCluster()
  const full = 'web-0.nginx.default.svc.cluster.local'
  const ip = ipOf(node, 'web-0')
  expect(node.exec('tools', ['nslookup', 'web-0.nginx']).stdout).toBe(
    `Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\t${full}\nAddress: ${ip}\n\n`,
  )
  expect(node.exec('tools', ['dig', '+short', full]).stdout).toBe(`${ip}\n`)
  expect(node.exec('tools', ['dig', '+short', 'web-0.nginx']).stdout).toBe('')
  expect(node.exec('tools', ['dig', 'SRV', 'nginx.default.svc.cluster.local']).stdout).toMatch(
    /status: NOERROR, id: \d+\n;; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 3\n/,
  )
  expect(node.exec('tools', ['host', 'web-0.nginx']).stdout).toBe(`${full} has address ${ip}\n`)
  expect(node.exec('tools', ['getent', 'hosts', 'nobody']).code).toBe(2)
})

it('serves over Pod names and Service addresses, and only what is published', () => {
  const node = newCluster()
  node.exec('web-1', ['save', '/usr/share/nginx/html/index.html', 'web-1\n'])
  expect(node.exec('old', ['wget', '-qO-', 'web-1.nginx'])).toMatchObject({
    code: 0,
    stdout: 'web-1\n',
  })
  expect(node.exec('old', ['wget', '-qO-', 'front']).code).toBe(0)
  expect(node.exec('old', ['wget', '-qO-', 'web-9.nginx'])).toMatchObject({
    code: 1,
    stderr: "wget: bad address 'web-9.nginx'\n",
  })
  expect(node.exec('old', ['wget', '-qO-', 'web-1.nginx:81']).stderr).toBe(
    `wget: can't connect to remote host (${ipOf(node, 'web-1')}): Connection refused\n`,
  )
  expect(node.exec('old', ['wget', '-qO-', 'web-1.nginx/x']).stderr).toBe(
    'wget: server returned error: HTTP/1.1 404 Not Found\n',
  )
})

it('refuses a ClusterIP without endpoints, and does not answer its ping', () => {
  const node = newCluster()
  node.create('/api/v1/namespaces/default/services', {
    metadata: { name: 'void' },
    spec: { clusterIP: '10.96.66.6', ports: [{ port: 80 }] },
  })
  node.rest()
  expect(node.exec('web-0', ['curl', '-sS', 'void'])).toMatchObject({
    code: 7,
    stderr: 'curl: (7) Failed to connect to void port 80: Connection refused\n',
  })
  const ping = node.exec('old', ['ping', '-c', '2', '-W', '1', 'void'])
  expect(ping.code).toBe(1)
  expect(ping.stdout).toContain('2 packets transmitted, 0 packets received, 100% packet loss')
})

it('pings Pods with the hops between them', () => {
  const node = newCluster()
  const near = node.exec('old', ['ping', '-c', '2', ipOf(node, 'web-0')])
  expect(near.stdout).toMatch(/64 bytes from \S+: seq=0 ttl=63 time=0\.\d{3} ms\n/)
  expect(near.stdout).toMatch(/round-trip min\/avg\/max = [\d.]+\/[\d.]+\/[\d.]+ ms\n$/)
  expect(node.exec('old', ['ping', '-c', '1', 'web-1.nginx']).stdout).toContain('ttl=62')
})

it('cuts a partitioned node off, and lets traffic through again when it heals', () => {
  const node = newCluster()
  node.network.partition('node-b')
  const url = `http://${ipOf(node, 'web-1')}`
  const cut = node.exec('web-0', ['curl', '-sS', '--connect-timeout', '2', url])
  expect(cut).toMatchObject({
    code: 28,
    stderr: 'curl: (28) Connection timed out after 2001 milliseconds\n',
  })
  node.network.heal('node-b')
  expect(node.exec('web-0', ['curl', '-s', url]).code).toBe(0)
})

it('finds no way to an address that nobody has any more', () => {
  const node = newCluster()
  const ip = ipOf(node, 'web-1')
  node.remove('web-1')
  node.rest()
  expect(node.exec('old', ['wget', '-qO-', ip]).stderr).toBe(
    `wget: can't connect to remote host (${ip}): No route to host\n`,
  )
  expect(node.exec('old', ['wget', '-T', '2', '-qO-', ip]).stderr).toBe(
    'wget: download timed out\n',
  )
})

it('answers like nginx: redirects, ranges, conditions, and what is not allowed', () => {
  const node = newCluster()
  const curl = (...words: string[]) => node.exec('web-0', ['curl', '-s', ...words]).stdout
  expect(curl('-I', 'localhost')).toMatch(
    /^HTTP\/1\.1 200 OK\r\nServer: nginx\/1\.11\.1\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\nContent-Type: text\/html\r\nContent-Length: 612\r\nLast-Modified: .*\r\nConnection: keep-alive\r\nETag: "[0-9a-f]+-264"\r\nAccept-Ranges: bytes\r\n\r\n$/,
  )
  expect(curl('-w', '%{http_code}', '-o', '/dev/null', '-X', 'POST', 'localhost')).toBe('405')
  node.exec('web-0', ['save', '/usr/share/nginx/html/index.html', 'web-0\n'])
  expect(curl('-H', 'Range: bytes=0-2', 'localhost')).toBe('web')
  const etag = /ETag: (\S+)/.exec(curl('-I', 'localhost'))?.[1] ?? ''
  expect(
    curl('-o', '/dev/null', '-w', '%{http_code}', '-H', `If-None-Match: ${etag}`, 'localhost'),
  ).toBe('304')
  expect(node.logs('web-0').split('\n')[0]).toMatch(
    /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "HEAD \/ HTTP\/1\.1" 200 0 "-" "curl\/7\.47\.0"$/,
  )
})
