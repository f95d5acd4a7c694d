import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubectlOf120 } from '../../tools/real-clients.ts'
import { lessonManifest, ServedCluster } from './served-cluster.test-kit.ts'

const client = kubectlOf120()
if ('reason' in client) console.log(`SKIPPED: kubectl 1.20 cannot be had: ${client.reason}`)

// No aggregated discovery, no watch-list, no WebSockets: what 1.36 does another way.
describe.skipIf('reason' in client)('kubectl 1.20 against serve', () => {
  let cluster: ServedCluster

  beforeAll(async () => {
    cluster = await ServedCluster.start('kubectl' in client ? { kubectl: client.kubectl } : {})
    cluster.write('web.yaml', lessonManifest('basics/web.yaml'))
  }, 60_000)

  afterAll(async () => {
    expect(await cluster.stop()).toBe(0)
  })

  function read(object: string, path: string): Promise<string> {
    return cluster.kubectl('get', object, '-o', `jsonpath=${path}`)
  }

  async function rolledOut(): Promise<void> {
    const status = await cluster.kubectl('rollout', 'status', 'sts/web', '--timeout=60s')
    expect(status).toMatch(/partitioned roll out complete: \d new pods have been updated\.\.\.\n$/)
  }

  it('creates, watches and lists', async () => {
    const watch = cluster.startKubectl(['get', 'pods', '-w', '--no-headers'])
    expect(await cluster.kubectl('create', '-f', 'web.yaml')).toBe(
      'service/nginx created\nstatefulset.apps/web created\n',
    )
    await watch.printed(/web-1 +1\/1 +Running/)
    const { stdout } = await watch.interrupt()
    const rows = stdout.split('\n').map((row) => row.split(/ +/).slice(0, 3).join(' '))
    expect(rows).toEqual(
      expect.arrayContaining(['web-0 0/1 Pending', 'web-0 0/1 ContainerCreating']),
    )
    expect(rows.indexOf('web-0 1/1 Running')).toBeLessThan(rows.indexOf('web-1 0/1 Pending'))
    await rolledOut()
    const wide = await cluster.kubectl('get', 'sts,pvc,pods', '-o', 'wide')
    expect(wide).toMatch(/statefulset\.apps\/web +2\/2 +\S+ +nginx +k8s\.gcr\.io\/nginx-slim:0\.8/)
    expect(wide).toMatch(/persistentvolumeclaim\/www-web-1 +Bound/)
    expect(wide).toMatch(/pod\/web-1 +1\/1 +Running +0 +\S+ +10\.244\.\d+\.\d+ +node-[abc]/)
    expect(await cluster.kubectl('get', 'pods')).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE\nweb-0/,
    )
    expect(await cluster.kubectl('describe', 'pod', 'web-0')).toMatch(/Normal +Started/)
  })

  it('deletes a Pod, which comes back as another', async () => {
    const uid = await read('pod/web-0', '{.metadata.uid}')
    expect(await cluster.kubectl('delete', 'pod', 'web-0')).toBe('pod "web-0" deleted\n')
    await rolledOut()
    expect(await read('pod/web-0', '{.metadata.uid}')).not.toBe(uid)
  })

  it('scales, patches, applies and rolls back', async () => {
    expect(await cluster.kubectl('scale', 'sts', 'web', '--replicas=3')).toBe(
      'statefulset.apps/web scaled\n',
    )
    await rolledOut()
    expect(await cluster.kubectl('get', 'pods', '-o', 'name')).toBe(
      'pod/web-0\npod/web-1\npod/web-2\n',
    )
    await cluster.kubectl('set', 'image', 'sts/web', 'nginx=nginx:1.27')
    await rolledOut()
    await cluster.kubectl('rollout', 'undo', 'sts/web')
    await rolledOut()
    expect(await read('pod/web-0', '{.spec.containers[0].image}')).toBe('k8s.gcr.io/nginx-slim:0.8')
    // The defaults in its claim templates make kubectl send a patch each time; it changes nothing.
    const apply = () => cluster.kubectl('apply', '-f', 'web.yaml')
    expect(await apply()).toMatch(/statefulset\.apps\/web configured\n/)
    await rolledOut()
    const generation = await read('sts/web', '{.metadata.generation}')
    expect(await apply()).toMatch(/statefulset\.apps\/web configured\n/)
    expect(await read('sts/web', '{.metadata.generation}')).toBe(generation)
  })

  it('executes over SPDY: streams, stdin, exit code, cp, port-forward', async () => {
    const script = 'cat; echo err >&2; exit 3'
    const executed = await cluster.outcome(
      ['exec', '-i', 'web-0', '--', 'sh', '-c', script],
      'in\n',
    )
    expect(executed.code).toBe(3)
    expect(executed.stdout).toBe('in\n')
    expect(executed.stderr).toContain('err\ncommand terminated with exit code 3\n')
    cluster.write('index.html', 'hello\n')
    await cluster.kubectl('cp', 'index.html', 'web-0:/usr/share/nginx/html/index.html')
    const forward = cluster.startKubectl(['port-forward', 'web-0', ':80'])
    const [, port] = await forward.printed(/Forwarding from 127\.0\.0\.1:(\d+) -> 80\n/)
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello\n')
    await forward.interrupt()
  })

  it('drains by the eviction of its time', async () => {
    const node = await read('pod/web-0', '{.spec.nodeName}')
    const drained = await cluster.kubectl('drain', node, '--ignore-daemonsets', '--timeout=30s')
    expect(drained).toMatch(/pod\/web-0 evicted/)
    expect(await cluster.kubectl('uncordon', node)).toBe(`node/${node} uncordoned\n`)
  })
})
