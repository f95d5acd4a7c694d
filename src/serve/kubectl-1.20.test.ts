import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubectlOf120 } from '../../tools/real-clients.ts'
import { Workbench } from '../../tools/recordings/kubectl/workbench.ts'
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

  async function rolledOut(): Promise<void> {
    const status = await cluster.kubectl('rollout', 'status', 'sts/web', '--timeout=60s')
    expect(status).toMatch(/partitioned roll out complete: \d new pods have been updated\.\.\.\n$/)
  }

  it('creates, watches and lists', async () => {
    const watch = cluster.startKubectl(['get', 'pods', '-w', '--no-headers', '-v=6'])
    await watch.printed(/watch=true.* 200 OK/)
    expect(await cluster.kubectl('create', '-f', 'web.yaml')).toBe(
      'service/nginx created\nstatefulset.apps/web created\n',
    )
    await watch.printed(/web-1 +1\/1 +Running/)
    const { stdout } = await watch.interrupt()
    const rows = stdout.split('\n').map((row) => row.split(/ +/).slice(0, 3).join(' '))
    expect(rows).toEqual(
      expect.arrayContaining(['web-0 0/1 Pending', 'web-0 0/1 ContainerCreating']),
    )
    expect(rows).toContain('web-0 1/1 Running')
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

  it.each([['sts.spec'], ['pods', '--recursive'], ['pvc.spec.resources'], ['svc.spec.nope']])(
    'explains %s as the dialect of its time does',
    async (...path) => {
      const { stdout, stderr, code } = await cluster.outcome(['explain', ...path])
      const bench = new Workbench()
      bench.dialect = '1.10'
      const own = bench.run(['kubectl explain', ...path].join(' '))
      expect(own).toMatchObject({ stdout, code })
      // It also complains that there is no kubeconfig.
      expect(stderr.endsWith(own.stderr)).toBe(true)
    },
  )

  it('validates before it sends, by the fields of OpenAPI v2', async () => {
    const text = lessonManifest('basics/web.yaml')
    cluster.write('typo.yaml', text.replace('replicas:', 'replicaz:'))
    const typo = await cluster.outcome(['apply', '-f', 'typo.yaml'])
    expect(typo.stderr).toContain(
      'error validating data: ValidationError(StatefulSet.spec): unknown field "replicaz" in io.k8s.api.apps.v1.StatefulSetSpec;',
    )
    const spec = { replicas: 'two', template: {} }
    const metadata = { name: 'x' }
    const wrong = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec }
    cluster.write('wrong.json', JSON.stringify(wrong))
    expect((await cluster.outcome(['create', '-f', 'wrong.json'])).stderr).toContain(
      'error validating data: [ValidationError(StatefulSet.spec.replicas): invalid type for io.k8s.api.apps.v1.StatefulSetSpec.replicas: got "string", expected "integer", ValidationError(StatefulSet.spec): missing required field "selector" in io.k8s.api.apps.v1.StatefulSetSpec];',
    )
  })

  it('asks for a dry run, and shows the difference it would make', async () => {
    const dry = ['apply', '--dry-run=server', '-f', 'web.yaml']
    expect(await cluster.kubectl(...dry)).toMatch(
      /statefulset\.apps\/web configured \(server dry run\)/,
    )
    cluster.write(
      'five.yaml',
      lessonManifest('basics/web.yaml').replace('replicas: 2', 'replicas: 5'),
    )
    const diff = await cluster.outcome(['diff', '-f', 'five.yaml'])
    expect(diff.code).toBe(1)
    expect(diff.stdout).toMatch(/^-  replicas: 2\n\+  replicas: 5$/m)
    expect(await cluster.read('sts/web', '{.spec.replicas}')).toBe('2')
  })

  it('deletes a Pod, which comes back as another', async () => {
    const uid = await cluster.read('pod/web-0', '{.metadata.uid}')
    expect(await cluster.kubectl('delete', 'pod', 'web-0')).toBe('pod "web-0" deleted\n')
    await rolledOut()
    expect(await cluster.read('pod/web-0', '{.metadata.uid}')).not.toBe(uid)
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
    expect(await cluster.read('pod/web-0', '{.spec.containers[0].image}')).toBe(
      'k8s.gcr.io/nginx-slim:0.8',
    )
    // The defaults in its claim templates make kubectl send a patch each time; it changes nothing.
    const apply = () => cluster.kubectl('apply', '-f', 'web.yaml')
    expect(await apply()).toMatch(/statefulset\.apps\/web configured\n/)
    await rolledOut()
    const generation = await cluster.read('sts/web', '{.metadata.generation}')
    expect(await apply()).toMatch(/statefulset\.apps\/web configured\n/)
    expect(await cluster.read('sts/web', '{.metadata.generation}')).toBe(generation)
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
    const node = await cluster.read('pod/web-0', '{.spec.nodeName}')
    const drained = await cluster.kubectl('drain', node, '--ignore-daemonsets', '--timeout=30s')
    expect(drained).toMatch(/pod\/web-0 evicted/)
    expect(await cluster.kubectl('uncordon', node)).toBe(`node/${node} uncordoned\n`)
  })
})
