import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCluster } from '#sim/cluster/cluster.ts'
import { realClients } from '../../tools/real-clients.ts'
import { Workbench } from '../../tools/recordings/kubectl/workbench.ts'
import {
  eventually,
  lessonManifest,
  ServedCluster,
  setOf,
  sleeper,
} from './served-cluster.test-kit.ts'

const clients = realClients()
if ('reason' in clients) console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)

function configMap(data: Record<string, string>): string {
  const metadata = { name: 'settings', labels: { app: 'x' } }
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
}

/** A set whose first container is the one to change, and whose second is to stay as it is. */
function pair(image: string, value: string): string {
  const changing = { ...sleeper('a', image), env: [{ name: 'A', value }] }
  return setOf('pair', { terminationGracePeriodSeconds: 2, containers: [changing, sleeper('b')] })
}

const RULES = `
apiVersion: v1
kind: ResourceQuota
metadata: {name: q}
spec: {hard: {limits.memory: 1Gi, pods: "5"}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: best}
spec: {hard: {pods: "1"}, scopes: [BestEffort, NotTerminating]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: l}
spec: {limits: [{type: Container, max: {memory: 900Mi}, default: {memory: 100Mi}}, {type: Pod, max: {memory: 1Gi}}]}
`
const LARGE =
  '{"spec":{"containers":[{"name":"c","image":"nginx","resources":{"limits":{"memory":"800Mi"}}}]}}'

describe.skipIf('reason' in clients)('what kubectl 1.36 writes to serve', () => {
  let cluster: ServedCluster

  beforeAll(async () => {
    cluster = await ServedCluster.start('kubectl' in clients ? { kubectl: clients.kubectl } : {})
    cluster.write('web.yaml', lessonManifest('basics/web.yaml'))
    await cluster.kubectl('create', '-f', 'web.yaml')
    await rolledOut('web')
  }, 60_000)

  afterAll(async () => {
    expect(await cluster.stop()).toBe(0)
  })

  async function rolledOut(name: string): Promise<void> {
    const status = await cluster.kubectl('rollout', 'status', `sts/${name}`, '--timeout=60s')
    expect(status).toMatch(/partitioned roll out complete: \d new pods have been updated\.\.\.\n$/)
  }

  it.each([
    ['configmap c1 --from-literal=a=b', 'configmap/c1'],
    ['secret generic s1 --from-literal=p=q', 'secret/s1'],
    ['namespace team', 'namespace/team'],
    ['serviceaccount robot -n team', 'serviceaccount/robot'],
    ['service clusterip svc1 --tcp=80:8080', 'service/svc1'],
    ['pdb pdb1 --selector=app=none --min-available=1', 'poddisruptionbudget.policy/pdb1'],
    ['deployment d1 --image=nginx:1.25', 'deployment.apps/d1'],
    ['quota q1 --hard=pods=100', 'resourcequota/q1'],
    ['priorityclass high --value=1000', 'priorityclass.scheduling.k8s.io/high'],
  ])('creates a %s', async (line, name) => {
    expect(await cluster.kubectl('create', ...line.split(' '))).toBe(`${name} created\n`)
  })

  it('creates a token, and says what cannot be created', async () => {
    expect(await cluster.kubectl('create', 'token', 'default')).toMatch(/^\S+\.\S+\.\S+$/)
    const again = await cluster.outcome(['create', '-f', 'web.yaml'])
    expect(again.code).toBe(1)
    expect(again.stderr).toContain(
      'Error from server (AlreadyExists): error when creating "web.yaml": statefulsets.apps "web" already exists\n',
    )
    cluster.write('typo.json', configMap({}).replace('"data"', '"datta"'))
    expect((await cluster.outcome(['create', '-f', 'typo.json'])).stderr).toBe(
      'Error from server (BadRequest): error when creating "typo.json": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datta"\n',
    )
  })

  it('applies, changes nothing the second time, and takes away what a manifest drops', async () => {
    cluster.write('settings.json', configMap({ a: '1', b: '2' }))
    const apply = () => cluster.kubectl('apply', '-f', 'settings.json')
    expect(await apply()).toBe('configmap/settings created\n')
    const revision = await cluster.read('cm/settings', '{.metadata.resourceVersion}')
    expect(await apply()).toBe('configmap/settings unchanged\n')
    expect(await cluster.read('cm/settings', '{.metadata.resourceVersion}')).toBe(revision)

    cluster.write('settings.json', configMap({ a: '9' }))
    const diff = await cluster.outcome(['diff', '-f', 'settings.json'])
    expect(diff.code).toBe(1)
    expect(diff.stdout).toMatch(/^-  a: "1"\n-  b: "2"\n\+  a: "9"$/m)
    const dry = await cluster.kubectl('apply', '-f', 'settings.json', '--dry-run=server')
    expect(dry).toBe('configmap/settings configured (server dry run)\n')
    expect(await cluster.read('cm/settings', '{.metadata.resourceVersion}')).toBe(revision)
    expect(await apply()).toBe('configmap/settings configured\n')
    expect(await cluster.read('cm/settings', '{.data}')).toBe('{"a":"9"}')
  })

  it('applies a change to one container and leaves the other alone', async () => {
    cluster.write('pair.json', pair('busybox:1.36', '1'))
    expect(await cluster.kubectl('apply', '-f', 'pair.json')).toBe(
      'statefulset.apps/pair created\n',
    )
    // Someone else adds a variable, which the manifest does not know and must not take away.
    await cluster.kubectl('set', 'env', 'sts/pair', '-c', 'a', 'B=2')
    cluster.write('pair.json', pair('busybox:1.37', '3'))
    expect(await cluster.kubectl('apply', '-f', 'pair.json')).toBe(
      'statefulset.apps/pair configured\n',
    )
    const containers = '{.spec.template.spec.containers'
    expect(await cluster.read('sts/pair', `${containers}[*].image}`)).toBe(
      'busybox:1.37 busybox:1.36',
    )
    expect(await cluster.read('sts/pair', `${containers}[0].env[*].value}`)).toBe('3 2')
    await rolledOut('pair')
    expect(await cluster.kubectl('delete', '-f', 'pair.json')).toMatch(/"pair" deleted/)
  })

  it('applies on the server: owns, conflicts, takes over', async () => {
    cluster.write('owned.json', configMap({ a: '1' }).replace('settings', 'owned'))
    cluster.write('mine.json', configMap({ a: '2', b: '3' }).replace('settings', 'owned'))
    const apply = ['apply', '--server-side', '-f']
    expect(await cluster.kubectl(...apply, 'owned.json')).toBe(
      'configmap/owned serverside-applied\n',
    )
    const other = [...apply, 'mine.json', '--field-manager=other']
    const refused = await cluster.outcome(other)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "kubectl": \.data\.a\n/,
    )
    await cluster.kubectl(...other, '--force-conflicts')
    expect(await cluster.read('cm/owned', '{.data}')).toBe('{"a":"2","b":"3"}')
    const managers = await cluster.kubectl(
      ...['get', 'cm', 'owned', '--show-managed-fields', '-o'],
      'jsonpath={range .metadata.managedFields[*]}{.manager}/{.operation} {end}',
    )
    expect(managers).toBe('kubectl/Apply other/Apply ')
  })

  it('patches in three ways, and says why it cannot', async () => {
    const patch = (...args: string[]) => cluster.kubectl('patch', ...args)
    expect(await patch('cm', 'c1', '--type=merge', '-p', '{"data":{"c":"3"}}')).toBe(
      'configmap/c1 patched\n',
    )
    await patch('cm', 'c1', '--type=json', '-p', '[{"op":"remove","path":"/data/a"}]')
    expect(await cluster.read('cm/c1', '{.data}')).toBe('{"c":"3"}')
    expect(await patch('cm', 'c1', '-p', '{"data":{"c":"3"}}')).toBe(
      'configmap/c1 patched (no change)\n',
    )
    const forbidden = await cluster.outcome([
      ...['patch', 'sts', 'web', '-p', '{"spec":{"serviceName":"x"}}'],
    ])
    expect(forbidden.stderr).toMatch(
      /^The StatefulSet "web" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'/,
    )
    await patch('sts', 'web', '-p', '{"spec":{"template":{"metadata":{"annotations":{"n":"1"}}}}}')
    await rolledOut('web')
    expect(await cluster.read('pod/web-0', '{.metadata.annotations.n}')).toBe('1')
  })

  it('edits through an editor', async () => {
    const editor = cluster.write('editor.sh', '#!/bin/sh\nsed -i \'s/c: "3"/c: "4"/\' "$1"\n')
    const edit = ['edit', 'cm', 'c1']
    const changed = await cluster.startKubectl(edit, { env: { EDITOR: `sh ${editor}` } }).ended
    expect(changed.output).toBe('configmap/c1 edited\n')
    expect(await cluster.read('cm/c1', '{.data.c}')).toBe('4')
    const unchanged = await cluster.startKubectl(edit, { env: { EDITOR: 'true' } }).ended
    expect(unchanged.output).toBe('Edit cancelled, no changes made.\n')
  })

  it('labels and annotates', async () => {
    const label = (...args: string[]) => cluster.kubectl('label', 'pod', 'web-0', ...args)
    expect(await label('tier=front')).toBe('pod/web-0 labeled\n')
    const again = await cluster.outcome(['label', 'pod', 'web-0', 'tier=back'])
    expect(again.stderr).toBe(
      "error: 'tier' already has a value (front), and --overwrite is false\n",
    )
    await label('tier=back', '--overwrite')
    expect(await cluster.kubectl('get', 'pods', '-l', 'tier in (back)', '-oname')).toBe(
      'pod/web-0\n',
    )
    expect(await label('tier-')).toBe('pod/web-0 unlabeled\n')
    expect(await cluster.kubectl('annotate', 'sts', 'web', 'note=hi')).toBe(
      'statefulset.apps/web annotated\n',
    )
    expect(await cluster.read('sts/web', '{.metadata.annotations.note}')).toBe('hi')
  })

  it('scales, with and without a condition', async () => {
    expect(await cluster.kubectl('scale', 'sts', 'web', '--replicas=3')).toBe(
      'statefulset.apps/web scaled\n',
    )
    await rolledOut('web')
    const wrong = await cluster.outcome([
      ...['scale', 'sts', 'web', '--replicas=2', '--current-replicas=9'],
    ])
    expect(wrong.stderr).toBe('error: Expected replicas to be 9, was 3\n')
    await cluster.kubectl('scale', 'sts', 'web', '--replicas=2', '--current-replicas=3')
    await cluster.kubectl('wait', '--for=delete', 'pod/web-2', '--timeout=30s')
    expect(await cluster.kubectl('get', 'pods', '-l', 'app=nginx', '-oname')).toBe(
      'pod/web-0\npod/web-1\n',
    )
  })

  it('rolls out: sets an image, shows history, goes back, restarts', async () => {
    const image = '{.spec.containers[0].image}'
    expect(await cluster.kubectl('set', 'image', 'sts/web', 'nginx=nginx:1.27')).toBe(
      'statefulset.apps/web image updated\n',
    )
    await rolledOut('web')
    expect(await cluster.read('pod/web-1', image)).toBe('nginx:1.27')
    const history = await cluster.kubectl('rollout', 'history', 'sts/web')
    expect(history).toMatch(
      /^statefulset\.apps\/web \nREVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n/,
    )
    const newest = history.trim().split('\n').at(-1)?.split(' ')[0] ?? ''
    const detail = ['rollout', 'history', 'sts/web', `--revision=${newest}`]
    expect(await cluster.kubectl(...detail)).toMatch(/Image:\tnginx:1\.27/)

    expect(await cluster.kubectl('rollout', 'undo', 'sts/web', '--to-revision=1')).toBe(
      'statefulset.apps/web rolled back\n',
    )
    await rolledOut('web')
    expect(await cluster.read('pod/web-0', image)).toBe('k8s.gcr.io/nginx-slim:0.8')
    const beyond = await cluster.outcome(['rollout', 'undo', 'sts/web', '--to-revision=99'])
    expect(beyond.stderr).toBe('error: unable to find specified revision 99 in history\n')

    const uid = await cluster.read('pod/web-0', '{.metadata.uid}')
    expect(await cluster.kubectl('rollout', 'restart', 'sts/web')).toBe(
      'statefulset.apps/web restarted\n',
    )
    await rolledOut('web')
    expect(await cluster.read('pod/web-0', '{.metadata.uid}')).not.toBe(uid)
    const annotation = '{.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt}'
    expect(await cluster.read('pod/web-0', annotation)).toMatch(/^\d{4}-\d\d-\d\dT/)
  })

  it('pauses, resumes, undoes and restarts a Deployment', async () => {
    const rollout = (...args: string[]) => cluster.kubectl('rollout', ...args)
    expect(await rollout('pause', 'deploy/d1')).toBe('deployment.apps/d1 paused\n')
    await cluster.kubectl('set', 'image', 'deploy/d1', 'nginx=nginx:1.27')
    const held = await cluster.outcome(['rollout', 'status', 'deploy/d1', '--timeout=1s'])
    expect(held.stdout).toContain('0 out of 1 new replicas have been updated')
    expect(held.code).toBe(1)
    const again = await cluster.outcome(['rollout', 'pause', 'deploy/d1'])
    expect(again.stderr).toBe('error: deployments.apps "d1" is already paused\n')
    const restarted = await cluster.outcome(['rollout', 'restart', 'deploy/d1'])
    expect(restarted.stderr).toBe(
      'error: deployments.apps "d1" can\'t restart paused deployment (run rollout resume first)\n',
    )
    expect(await rollout('resume', 'deploy/d1')).toBe('deployment.apps/d1 resumed\n')
    const status = ['status', 'deploy/d1', '--timeout=60s']
    expect(await rollout(...status)).toMatch(/"d1" successfully rolled out\n$/)
    expect(await rollout('history', 'deploy/d1')).toMatch(/\n1 +<none>\n2 +<none>\n/)
    expect(await rollout('undo', 'deploy/d1')).toBe('deployment.apps/d1 rolled back\n')
    await rollout(...status)
    expect(await cluster.read('deploy/d1', '{..image}')).toBe('nginx:1.25')
    expect(await rollout('restart', 'deploy/d1')).toBe('deployment.apps/d1 restarted\n')
    await rollout(...status)
  })

  it.each([
    ['pause sts/web', 'statefulsets.apps "web" pausing is not supported'],
    ['resume sts/web', 'statefulsets.apps "web" resuming is not supported'],
    ['resume deploy/d1', 'deployments.apps "d1" is not paused'],
    ['restart svc/nginx', 'services "nginx" restarting is not supported'],
    ['history deploy/d1 --revision=99', 'unable to find the specified revision'],
  ])('refuses rollout %s', async (line, why) => {
    const refused = await cluster.outcome(['rollout', ...line.split(' ')])
    expect(refused).toMatchObject({ stdout: '', stderr: `error: ${why}\n`, code: 1 })
  })

  it('takes away what is in no manifest any more', async () => {
    const map = (name: string) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { pruned: 'yes' } },
      })
    cluster.write('pruned/a.json', map('a'))
    cluster.write('pruned/b.json', map('b'))
    const apply = ['apply', '-f', 'pruned', '--prune', '-l', 'pruned=yes']
    expect(await cluster.kubectl(...apply)).toBe('configmap/a created\nconfigmap/b created\n')
    rmSync(join(cluster.home, 'pruned/b.json'))
    expect(await cluster.kubectl(...apply)).toBe('configmap/a unchanged\nconfigmap/b pruned\n')
    expect(await cluster.kubectl('get', 'cm', '-l', 'pruned', '-oname')).toBe('configmap/a\n')
    const byField = ['delete', 'cm', '--field-selector=metadata.name=a']
    expect(await cluster.kubectl(...byField)).toBe('configmap "a" deleted from default namespace\n')
  })

  it.each([
    ['env sts/web A=b', 'statefulset.apps/web env updated'],
    ['resources sts/web --limits=cpu=1', 'statefulset.apps/web resource requirements updated'],
    ['serviceaccount sts/web default', 'statefulset.apps/web serviceaccount updated'],
    ['selector svc/nginx app=nginx', 'service/nginx selector updated'],
  ])('sets %s', async (line, told) => {
    expect(await cluster.kubectl('set', ...line.split(' '))).toBe(`${told}\n`)
  })

  it('replaces, also by force', async () => {
    cluster.write('r.json', configMap({ a: '5' }))
    expect(await cluster.kubectl('replace', '-f', 'r.json')).toBe('configmap/settings replaced\n')
    const uid = await cluster.read('cm/settings', '{.metadata.uid}')
    expect(await cluster.kubectl('replace', '--force', '-f', 'r.json')).toBe(
      'configmap "settings" deleted from default namespace\nconfigmap/settings replaced\n',
    )
    expect(await cluster.read('cm/settings', '{.metadata.uid}')).not.toBe(uid)
  })

  it('deletes a set in the foreground: it goes after its Pods, and its claims stay', async () => {
    await cluster.kubectl('delete', 'sts', 'web', '--cascade=foreground')
    expect(await cluster.kubectl('get', 'pods', '-l', 'app=nginx', '-oname')).toBe('')
    expect(await cluster.kubectl('get', 'pvc', '-oname')).toMatch(/www-web-0\n.*www-web-1\n/)
  })

  it('cordons, drains, refuses what a budget forbids, uncordons', async () => {
    cluster.write('pair.json', pair('busybox:1.36', '1'))
    await cluster.kubectl('apply', '-f', 'pair.json')
    await rolledOut('pair')
    const node = await cluster.read('pod/pair-0', '{.spec.nodeName}')
    await cluster.kubectl('create', 'pdb', 'keep', '--selector=app=pair', '--min-available=1')
    await eventually(
      () => cluster.read('pdb/keep', '{.status.currentHealthy}'),
      (healthy) => healthy === '1',
    )
    const drain = ['drain', node, '--ignore-daemonsets', '--force', '--timeout']
    const refused = await cluster.outcome([...drain, '2s'])
    expect(refused.code).toBe(1)
    expect(refused.output).toContain(`node/${node} cordoned`)
    expect(refused.output).toContain(
      "Cannot evict pod as it would violate the pod's disruption budget.",
    )
    expect(await cluster.kubectl('get', 'node', node)).toMatch(/Ready,SchedulingDisabled/)

    await cluster.kubectl('delete', 'pdb', 'keep')
    const drained = await cluster.outcome([...drain, '30s'])
    expect(drained.output).toMatch(/pod\/pair-0 evicted\n[^]*node\/\S+ drained\n/)
    await cluster.kubectl('wait', '--for=create', 'pod/pair-0', '--timeout=30s')
    await rolledOut('pair')
    expect(await cluster.read('pod/pair-0', '{.spec.nodeName}')).not.toBe(node)
    expect(await cluster.kubectl('uncordon', node)).toBe(`node/${node} uncordoned\n`)
    expect(await cluster.kubectl('taint', 'node', node, 'a=b:NoSchedule')).toBe(
      `node/${node} tainted\n`,
    )
    expect(await cluster.kubectl('taint', 'node', node, 'a-')).toBe(`node/${node} untainted\n`)
  })

  it('is held to quotas and limits, and describes them as our kubectl does', async () => {
    cluster.write('rules.yaml', RULES)
    await cluster.kubectl('create', 'namespace', 'bounded')
    await cluster.kubectl('apply', '-n', 'bounded', '-f', 'rules.yaml')
    await eventually(
      () => cluster.kubectl('get', 'quota', '-n', 'bounded', '-o', 'jsonpath={..used}'),
      (used) => used.split(' ').length === 2,
    )
    const bench = new Workbench(
      createCluster({ seed: 1, nodes: 1, dialect: '1.36', featureGates: {}, timings: 'kind' }),
    )
    bench.write('rules.yaml', RULES)
    for (const command of ['create namespace bounded', 'apply -n bounded -f rules.yaml'])
      expect(bench.run(`kubectl ${command}`).code).toBe(0)
    bench.simulation.run({ until: bench.simulation.now + 5000 })
    for (const what of ['quota,limits -n bounded', 'ns bounded', 'quota best -n bounded']) {
      const described = await cluster.kubectl('describe', ...what.split(' '))
      expect(bench.run(`kubectl describe ${what}`).stdout).toBe(described)
    }

    const run = (name: string) =>
      cluster.outcome(['run', name, '-n', 'bounded', '--image=nginx', '--overrides', LARGE])
    expect((await run('a')).stdout).toBe('pod/a created\n')
    const requested = 'requested: limits.memory=800Mi, used: limits.memory=800Mi'
    expect(await run('b')).toMatchObject({
      stderr: `Error from server (Forbidden): pods "b" is forbidden: exceeded quota: q, ${requested}, limited: limits.memory=1Gi\n`,
      code: 1,
    })
    const small = await cluster.kubectl('run', 'c', '-n', 'bounded', '--image=nginx', '-o', 'json')
    expect(small).toContain('LimitRanger plugin set: memory request for container c')
    await cluster.kubectl('delete', 'pod', 'a', '-n', 'bounded', '--now')
    await eventually(
      () => cluster.kubectl('get', 'quota', 'q', '-n', 'bounded', '-o', 'jsonpath={.status.used}'),
      (used) => used === '{"limits.memory":"100Mi","pods":"1"}',
    )
  })

  it('deletes a namespace with what is in it', async () => {
    await cluster.kubectl(
      'run',
      'inside',
      '-n',
      'team',
      '--image=busybox:1.36',
      '--',
      'sleep',
      '9999',
    )
    expect(await cluster.kubectl('delete', 'namespace', 'team')).toBe('namespace "team" deleted\n')
    const gone = await cluster.outcome(['get', 'pods', '-n', 'team'])
    expect(gone.stderr).toBe('No resources found in team namespace.\n')
    const kept = await cluster.outcome(['delete', 'namespace', 'default'])
    expect(kept.stderr).toMatch(
      /^Error from server \(Forbidden\): namespaces "default" is forbidden/,
    )
  })
})
