import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClients } from '../../tools/real-clients.ts'
import { Workbench } from '../../tools/recordings/kubectl/workbench.ts'
import { lessonManifest, ServedCluster, setOf, sleeper } from './served-cluster.test-kit.ts'

const clients = realClients()
if ('reason' in clients) console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)

// Two containers, so that every command has to say, or to guess, which one it means.
const TALK = 'i=0; while true; do echo line $i; i=$((i+1)); sleep 1; done'
const TALKER = setOf('db', {
  terminationGracePeriodSeconds: 5,
  containers: [
    { name: 'talker', image: 'busybox:1.36', command: ['sh', '-c', TALK] },
    sleeper('silent'),
  ],
})

const TEMPLATES = {
  'names.jsonpath': '{.items[*].metadata.name}',
  'names.template': '{{range .items}}{{.metadata.name}};{{end}}',
  columns: 'POD PHASE\nmetadata.name status.phase\n',
}

describe.skipIf('reason' in clients)('what kubectl 1.36 reads from serve', () => {
  let cluster: ServedCluster

  beforeAll(async () => {
    cluster = await ServedCluster.start('kubectl' in clients ? { kubectl: clients.kubectl } : {})
    cluster.write('web.yaml', lessonManifest('basics/web.yaml'))
    cluster.write('db.json', TALKER)
    for (const [name, text] of Object.entries(TEMPLATES)) cluster.write(name, text)
    await cluster.kubectl('create', '-f', 'web.yaml', '-f', 'db.json')
    await cluster.kubectl('rollout', 'status', 'sts/web', '--timeout=60s')
    await cluster.kubectl('rollout', 'status', 'sts/db', '--timeout=60s')
  }, 60_000)

  afterAll(async () => {
    expect(await cluster.stop()).toBe(0)
  })

  it.each([
    ['table', [], /^NAME +READY +STATUS +RESTARTS +AGE\nweb-0 +1\/1 +Running +0 +\S+\nweb-1 +1\/1/],
    [
      'wide table',
      ['-o', 'wide'],
      /^NAME .* NODE +NOMINATED NODE +READINESS GATES\nweb-0 .*10\.244\.\d+\.\d+ +node-[abc] +<none> +<none>\n/,
    ],
    [
      'labels',
      ['--show-labels'],
      /^NAME.*LABELS\nweb-0 .*app=nginx,apps\.kubernetes\.io\/pod-index=0/,
    ],
    ['label column', ['-L', 'app'], /^NAME.*APP\nweb-0 .*nginx\nweb-1 .*nginx\n$/],
    ['names', ['-o', 'name'], /^pod\/web-0\npod\/web-1\n$/],
    [
      'JSONPath',
      ['-o', 'jsonpath={range .items[*]}{.metadata.name}={.status.phase} {end}'],
      /^web-0=Running web-1=Running $/,
    ],
    [
      'custom columns',
      ['-o', 'custom-columns=N:.metadata.name,C:.spec.containers[*].name'],
      /^N +C\nweb-0 +nginx\nweb-1 +nginx\n$/,
    ],
    [
      'template',
      ['-o', 'go-template={{range .items}}{{.metadata.name}};{{end}}'],
      /^web-0;web-1;$/,
    ],
    ['JSONPath of a file', ['-o', 'jsonpath-file=names.jsonpath'], /^web-0 web-1$/],
    [
      'JSONPath as JSON',
      ['-o', 'jsonpath-as-json={.items[*].metadata.name}'],
      /^\[\n {4}"web-0",\n {4}"web-1"\n\]\n$/,
    ],
    ['a template of a file', ['-o', 'go-template-file=names.template'], /^web-0;web-1;$/],
    [
      'columns of a file',
      ['-o', 'custom-columns-file=columns'],
      /^POD +PHASE\nweb-0 +Running\nweb-1 +Running\n$/,
    ],
    ['KYAML', ['-o', 'kyaml'], /^---\n\{\n {2}apiVersion: "v1",\n[^]*name: "web-0",/],
    ['names with kinds', ['--show-kind', '--no-headers'], /^pod\/web-0 .*\npod\/web-1 .*\n$/],
    ['YAML', ['-o', 'yaml'], /^apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n/],
    ['pages', ['--chunk-size=1', '--no-headers'], /^web-0 .*\nweb-1 .*\n$/],
  ])('gets Pods as %s', async (_form, args, want) => {
    expect(await cluster.kubectl('get', 'pods', '-l', 'app=nginx', ...args)).toMatch(want)
  })

  it('gets rows with what they can be sorted by', async () => {
    const byContainer = ['get', 'pods', '--no-headers', '--sort-by=.spec.containers[0].name']
    expect(await cluster.kubectl(...byContainer)).toMatch(/^web-0 .*\nweb-1 .*\ndb-0 .*\n$/)
  })

  it('gets JSON, and the same through a selector of fields', async () => {
    const pods = JSON.parse(await cluster.kubectl('get', 'pods', '-o', 'json')) as {
      items: { metadata: { name: string; managedFields?: unknown } }[]
    }
    expect(pods.items.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'web-0', 'web-1'])
    expect(pods.items[0]?.metadata.managedFields).toBeUndefined()
    const one = await cluster.kubectl(
      'get',
      'pods',
      '--field-selector=metadata.name=web-1',
      '-oname',
    )
    expect(one).toBe('pod/web-1\n')
    const managed = await cluster.kubectl('get', 'pod', 'web-0', '-ojson', '--show-managed-fields')
    expect(managed).toContain('"manager": "kube-controller-manager"')
  })

  it.each([
    ['get pods nope', 'Error from server (NotFound): pods "nope" not found\n'],
    ['get nothing', `error: the server doesn't have a resource type "nothing"\n`],
    ['top pods', 'error: Metrics API not available\n'],
    ['top pod web-0', 'error: Metrics API not available\n'],
    ['top nodes', 'error: Metrics API not available\n'],
    ['rollout status svc/nginx', 'error: no status viewer has been implemented for Service\n'],
    [
      'rollout status sts/nope',
      'Error from server (NotFound): statefulsets.apps "nope" not found\n',
    ],
    [
      'logs db-0 -c nope',
      'error: container nope is not valid for pod db-0 out of: talker, silent\n',
    ],
    [
      'logs db-0 -c talker --previous',
      'Error from server (BadRequest): previous terminated container "talker" in pod "db-0" not found\n',
    ],
    [
      'wait --for=condition=Ready pod/nope',
      'Error from server (NotFound): pods "nope" not found\n',
    ],
    ['wait --for=create pod/nope --timeout=1s', 'error: timed out waiting for the condition\n'],
  ])('fails as it should: %s', async (line, stderr) => {
    expect(await cluster.outcome(line.split(' '))).toMatchObject({ stdout: '', stderr, code: 1 })
  })

  it('lists all there is of a category and of several kinds', async () => {
    const all = await cluster.kubectl('get', 'all', '-o', 'name')
    const names = ['pod/web-0', 'service/kubernetes', 'service/nginx', 'statefulset.apps/web']
    for (const name of names) expect(all.split('\n')).toContain(name)
    const wide = await cluster.kubectl('get', 'sts,pvc,pv,sc', '-A', '-o', 'wide')
    expect(wide).toMatch(/statefulset\.apps\/db +1\/1 .*talker,silent +busybox:1\.36,busybox:1\.36/)
    expect(wide).toMatch(/persistentvolumeclaim\/www-web-1 +Bound .*Filesystem/)
    expect(wide).toMatch(/standard \(default\)/)
    expect(await cluster.kubectl('get', 'nodes')).toMatch(/node-c +Ready +<none> +\S+ +v1\.36\.\d/)
  })

  it('describes Pods, sets, claims, Services and nodes', async () => {
    const pod = await cluster.kubectl('describe', 'pod', 'web-0')
    expect(pod).toMatch(/Controlled By: +StatefulSet\/web/)
    expect(pod).toMatch(
      /Normal +Scheduled +\S+ +default-scheduler +Successfully assigned default\/web-0/,
    )
    expect(pod).toMatch(/ClaimName: +www-web-0/)
    const set = await cluster.kubectl('describe', 'sts', 'web')
    expect(set).toMatch(/Pods Status: +2 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/)
    expect(set).toMatch(/Create Pod web-1 in StatefulSet web successful/)
    expect(await cluster.kubectl('describe', 'pvc', 'www-web-0')).toMatch(/Used By: +web-0/)
    expect(await cluster.kubectl('describe', 'svc', 'nginx')).toMatch(
      /Endpoints: +(10\.\S+:80,?){2}/,
    )
    const nodes = await cluster.kubectl('describe', 'nodes')
    expect(nodes.match(/Kubelet Version: +v1\.36\.\d/g)).toHaveLength(3)
    expect(nodes).toMatch(/HolderIdentity: +node-a/)
  })

  it('tells what it has and explains it', async () => {
    const resources = await cluster.kubectl('api-resources', '--verbs=list', '-o', 'name')
    expect(resources.split('\n')).toEqual(
      expect.arrayContaining(['pods', 'statefulsets.apps', 'poddisruptionbudgets.policy']),
    )
    const kinds = await cluster.kubectl('api-resources', '--api-group=apps')
    expect(kinds).toMatch(/statefulsets +sts +apps\/v1 +true +StatefulSet/)
    const strategy = await cluster.kubectl('explain', 'sts.spec.updateStrategy')
    expect(strategy).toMatch(
      /KIND: +StatefulSet[^]*rollingUpdate\t<RollingUpdateStatefulSetStrategy>/,
    )
    const fields = await cluster.kubectl('explain', 'pods.spec.containers', '--recursive')
    expect(fields).toMatch(/ {2}env\t<\[\]EnvVar>\n {4}name\t<string>/)
    expect(await cluster.kubectl('version')).toMatch(/Server Version: v1\.36/)
    expect(await cluster.kubectl('get', '--raw', '/readyz')).toBe('ok')
  })

  it('tells who asks, and what that one may do', async () => {
    expect(await cluster.kubectl('auth', 'whoami')).toMatch(
      /^ATTRIBUTE +VALUE\nUsername +kubernetes-admin\nGroups +\[.*system:authenticated\]\n$/,
    )
    const user = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
    expect(await cluster.kubectl(...user)).toBe('kubernetes-admin')
    for (const what of ['create pods', 'create pods --subresource=exec', 'get /healthz', '* *'])
      expect(await cluster.kubectl('auth', 'can-i', ...what.split(' '))).toBe('yes\n')
    expect(await cluster.kubectl('auth', 'can-i', '-q', 'get', 'pods')).toBe('')
    const unknown = await cluster.outcome(['auth', 'can-i', 'create', 'nothing'])
    expect(unknown.stderr).toBe("Warning: the server doesn't have a resource type 'nothing'\n\n")
  })

  it.each([
    ['sts.spec'],
    ['pods.spec.containers', '--recursive'],
    ['pvc.spec.resources'],
    ['sts.spec.nope'],
  ])('explains %s as our kubectl does, to the byte', async (...path) => {
    const { stdout, stderr, code } = await cluster.outcome(['explain', ...path])
    const own = new Workbench().run(['kubectl explain', ...path].join(' '))
    expect(own).toEqual({ stdout, stderr, code })
  })

  it('explains in the old form, from OpenAPI v2', async () => {
    const old = await cluster.kubectl('explain', 'sts.spec', '--output=plaintext-openapiv2')
    expect(old).toMatch(/RESOURCE: spec <Object>[^]*\n {3}selector\t<Object> -required-\n/)
  })

  it('tells of the cluster and of its own configuration', async () => {
    const versions = await cluster.kubectl('api-versions')
    expect(versions.split('\n')).toEqual(expect.arrayContaining(['apps/v1', 'policy/v1', 'v1']))
    expect(await cluster.kubectl('cluster-info')).toContain(`running at ${cluster.url}\n`)
    expect(await cluster.kubectl('cluster-info', 'dump')).toContain(
      '"kind": "ReplicationControllerList"',
    )
    expect(await cluster.kubectl('config', 'view')).toMatch(/^apiVersion: v1\nclusters: null\n/)
    expect(await cluster.kubectl('auth', 'can-i', '--list')).toMatch(/^Resources [^]*\*\.\* /)
    // Kinds that nothing here would run exist, and there are none.
    const none = await cluster.outcome(['get', 'rc,jobs,cronjobs,ingresses'])
    expect(none).toMatchObject({ stderr: 'No resources found in default namespace.\n', code: 0 })
  })

  it('passes requests on as a proxy', async () => {
    const proxy = cluster.startKubectl(['proxy', '--port=0'])
    const [, address] = await proxy.printed(/Starting to serve on (127\.0\.0\.1:\d+)\n/)
    const pod = `http://${address}/api/v1/namespaces/default/pods/web-0`
    expect(await (await fetch(pod)).json()).toMatchObject({ kind: 'Pod' })
    await proxy.interrupt()
  })

  it('shows events by object and by type', async () => {
    const ofPod = await cluster.kubectl('events', '--for', 'pod/web-0')
    const reasons = ofPod.split('\n').map((row) => row.split(/ {2,}/)[2] ?? '')
    const want = ['', 'REASON', 'Scheduled', 'Pulling', 'Pulled', 'Created', 'Started']
    expect(reasons.toSorted()).toEqual(want.toSorted())
    const ofSet = await cluster.kubectl('get', 'events', '--field-selector=involvedObject.name=web')
    expect(ofSet).toMatch(/Normal +SuccessfulCreate +statefulset\/web +Create Pod web-0/)
    expect((await cluster.outcome(['events', '--types=Warning'])).stderr).toMatch(
      /^No events found/,
    )
  })

  it('reads logs: the tail, with times, of a selector, of a set, of all containers', async () => {
    const tail = await cluster.kubectl('logs', 'db-0', '-c', 'talker', '--tail=3')
    const numbers = [...tail.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number))
    expect(numbers).toEqual([0, 1, 2].map((offset) => (numbers[0] ?? 0) + offset))
    const timed = await cluster.kubectl(
      'logs',
      'sts/db',
      '-c',
      'talker',
      '--tail=1',
      '--timestamps',
    )
    expect(timed).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line \d+\n$/)
    const first = await cluster.outcome(['logs', 'db-0', '--limit-bytes=7'])
    expect(first.stderr).toBe('Defaulted container "talker" out of: talker, silent\n')
    expect(first.stdout).toBe('line 0\n')
    const all = await cluster.kubectl(
      'logs',
      '-l',
      'app=db',
      '--all-containers',
      '--prefix',
      '--tail=1',
    )
    expect(all).toMatch(/^\[pod\/db-0\/talker\] line \d+\n$/)
  })

  it('follows logs line by line', async () => {
    const follower = cluster.startKubectl(['logs', '-f', 'db-0', '-c', 'talker', '--tail=1'])
    const [, first = ''] = await follower.printed(/^line (\d+)\n/)
    await follower.printed(new RegExp(`^line ${Number(first) + 4}\n`, 'm'))
    const { stdout } = await follower.interrupt()
    const numbers = [...stdout.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number))
    expect(numbers).toEqual(numbers.map((_number, index) => Number(first) + index))
  })

  it('watches a Pod go and come back', async () => {
    const watch = cluster.startKubectl(['get', 'pod', 'web-1', '-w', '--no-headers'])
    await watch.printed(/web-1 +1\/1 +Running/)
    const uid = await cluster.kubectl('get', 'pod', 'web-1', '-ojsonpath={.metadata.uid}')
    expect(await cluster.kubectl('delete', 'pod', 'web-1')).toBe(
      'pod "web-1" deleted from default namespace\n',
    )
    await watch.printed(/ContainerCreating[^]*1\/1 +Running/)
    const { stdout } = await watch.interrupt()
    const states = stdout.split('\n').flatMap((row) => row.split(/ +/)[2] ?? [])
    const changes = states.filter((state, index) => state !== states[index - 1])
    expect(changes.slice(0, 2)).toEqual(['Running', 'Terminating'])
    expect(changes.slice(-3)).toEqual(['Pending', 'ContainerCreating', 'Running'])
    expect(await cluster.kubectl('get', 'pod', 'web-1', '-ojsonpath={.metadata.uid}')).not.toBe(uid)
  })

  it('waits for conditions, fields and time', async () => {
    const ready = await cluster.kubectl('wait', '--for=condition=Ready', 'pod', '-l', 'app=nginx')
    expect(ready).toBe('pod/web-0 condition met\npod/web-1 condition met\n')
    const path = '--for=jsonpath={.status.readyReplicas}=2'
    expect(await cluster.kubectl('wait', path, 'sts/web')).toBe(
      'statefulset.apps/web condition met\n',
    )
    const present = '--for=jsonpath={.status.podIP}'
    expect(await cluster.kubectl('wait', present, 'pod/web-0')).toBe('pod/web-0 condition met\n')
    for (const never of ['--for=delete', '--for=jsonpath={.status.phase}=Failed']) {
      const { code, stderr } = await cluster.outcome(['wait', never, 'pod/web-0', '--timeout=1s'])
      // Cut off within a request, kubectl sometimes logs that as well.
      expect(code).toBe(1)
      expect(stderr).toMatch(/error: timed out waiting for the condition on pods\/web-0\n$/)
    }
  })
})
