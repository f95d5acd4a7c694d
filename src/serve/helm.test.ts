import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClients } from '../../tools/real-clients.ts'
import { ServedCluster, start } from './served-cluster.test-kit.ts'

const clients = realClients()
if ('reason' in clients) console.log(`SKIPPED: Helm 4 cannot be had: ${clients.reason}`)

const TEMPLATES = `
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {clusterIP: None, selector: {app: {{ .Release.Name }}}, ports: [{port: 80, name: web}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: {{ .Release.Name }}}
spec:
  serviceName: {{ .Release.Name }}
  replicas: {{ .Values.replicaCount }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
      - name: nginx
        image: nginx:{{ .Values.tag | default "1.25" }}
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-before
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
spec:
  restartPolicy: Never
  containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "sleep 3; echo {{ .Release.Revision }}"]}]
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test, helm.sh/hook-delete-policy: before-hook-creation}
spec:
  restartPolicy: Never
  containers:
  - name: c
    image: busybox:1.36
    command: [sh, -c, "{{ .Values.check | default "wget -qO- http://$RELEASE-0.$RELEASE" }}"]
    env: [{name: RELEASE, value: {{ .Release.Name }}}]
`

const HOOKS = ['pre', 'post'].flatMap((when) =>
  ['install', 'upgrade', 'rollback', 'delete'].map((what) => `${when}-${what}`),
)

/** One Pod for each hook, of which the one that is asked to fails; the lower weight runs first. */
const HOOK_TEMPLATES = [...HOOKS.map((hook) => [hook, 0] as const), ['pre-install', -5] as const]
  .map(
    ([hook, weight]) => `
apiVersion: v1
kind: Pod
metadata:
  name: ${weight === 0 ? hook : `first-${hook}`}
  annotations:
    helm.sh/hook: ${hook}
    helm.sh/hook-weight: "${weight}"
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  restartPolicy: Never
  containers:
  - name: c
    image: busybox:1.36
    command: [sh, -c, 'sleep 2; {{ if eq .Values.fail "${hook}" }}exit 1{{ end }}']
`,
  )
  .join('---')
const HOOKED = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hooked}\ndata: {turn: "{{ .Values.turn }}"}\n`

type AuditLine = {
  readonly objectRef: {
    readonly resource: string
    readonly name?: string
    readonly subresource?: string
  }
  readonly responseStatus: { readonly code: number }
}

describe.skipIf('reason' in clients)('Helm 4 against serve', () => {
  let cluster: ServedCluster
  let folder: string
  const auditLog = () => join(folder, 'audit.log')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'helm-'))
    cluster = await ServedCluster.start({
      args: ['--speed', '30', '--seed', '3', '--audit-log', auditLog()],
      ...('kubectl' in clients ? { kubectl: clients.kubectl } : {}),
    })
    await helm('create', 'chart')
    rmSync(join(cluster.home, 'chart/templates'), { recursive: true })
    await helm('create', 'plain')
    cluster.write('chart/values.yaml', 'replicaCount: 1\n')
    cluster.write('chart/templates/all.yaml', TEMPLATES)
    cluster.write('hooked/Chart.yaml', '{apiVersion: v2, name: hooked, version: 0.1.0}')
    cluster.write('hooked/values.yaml', 'fail: none\nturn: 1\n')
    cluster.write('hooked/templates/all.yaml', `${HOOKED}---${HOOK_TEMPLATES}`)
  }, 60_000)

  afterAll(async () => {
    expect(await cluster.stop()).toBe(0)
    rmSync(folder, { recursive: true })
  })

  async function helm(...args: readonly string[]): Promise<string> {
    const { stdout, output, code } = await run(args)
    if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}: ${output}`)
    return stdout
  }

  function run(args: readonly string[]) {
    const program = 'helm' in clients ? clients.helm : ''
    return start(program, args, { env: cluster.env, cwd: cluster.home }).ended
  }

  async function history(release = 'r1'): Promise<string[]> {
    const entries = JSON.parse(await helm('history', release, '-o', 'json')) as { status: string }[]
    return entries.map(({ status }) => status)
  }

  it('installs a StatefulSet, waiting for its hook and for its Pods', async () => {
    const installed = await helm('install', 'r1', 'chart', '--wait', '--timeout', '60s')
    expect(installed).toMatch(/STATUS: deployed\nREVISION: 1\n/)
    expect(await cluster.read('sts/r1', '{.status.readyReplicas}')).toBe('1')
    expect(await cluster.read('pod/r1-before', '{.status.phase}')).toBe('Succeeded')
    expect(await helm('list', '-q')).toBe('r1\n')
    expect(await helm('status', 'r1')).toMatch(/==> v1\/StatefulSet\n.*\nr1 +1\/1/)
    expect(await helm('get', 'manifest', 'r1')).toMatch(/kind: StatefulSet\nmetadata: \{name: r1\}/)
    const dry = await helm('install', 'r2', 'chart', '--dry-run=server')
    expect(dry).toMatch(/STATUS: pending-install[^]*kind: StatefulSet/)
    expect(await cluster.kubectl('get', 'sts', '-oname')).toBe('statefulset.apps/r1\n')
    const again = await run(['install', 'r1', 'chart'])
    expect(again.stderr).toMatch(/cannot re-?use a name that is still in use/)
  })

  it('upgrades, and leaves to others what others have set', async () => {
    await cluster.kubectl('annotate', 'sts', 'r1', 'note=kept')
    await helm('upgrade', 'r1', 'chart', '--set', 'replicaCount=2,tag=1.26', '--wait')
    expect(await cluster.read('sts/r1', '{.status.updatedReplicas}/{.status.readyReplicas}')).toBe(
      '2/2',
    )
    expect(await cluster.read('pod/r1-1', '{.spec.containers[0].image}')).toBe('nginx:1.26')
    expect(await cluster.read('sts/r1', '{.metadata.annotations.note}')).toBe('kept')
    expect(await cluster.kubectl('logs', 'r1-before')).toBe('2\n')
    expect(await history()).toEqual(['superseded', 'deployed'])
  })

  it('tests a release through the network of the cluster', async () => {
    const tested = await helm('test', 'r1', '--logs')
    expect(tested).toMatch(/TEST SUITE: +r1-test\n[^]*Phase: +Succeeded\n/)
    expect(tested).toContain('Welcome to nginx!')
  })

  it('rolls back, and tells of an upgrade that fails', async () => {
    await helm('rollback', 'r1', '1', '--wait')
    expect(await cluster.read('sts/r1', '{.spec.replicas}')).toBe('1')
    expect(await cluster.read('pod/r1-0', '{.spec.containers[0].image}')).toBe('nginx:1.25')
    const failed = await run([
      ...['upgrade', 'r1', 'chart', '--set', 'tag=none/such', '--wait', '--timeout', '2s'],
    ])
    expect(failed.code).toBe(1)
    expect(await history()).toEqual(['superseded', 'superseded', 'deployed', 'failed'])
    // A Pod that never became ready holds the rollout: the documented way out is to delete it.
    await helm('rollback', 'r1', '1')
    await cluster.kubectl('delete', 'pod', 'r1-0')
    await cluster.kubectl('rollout', 'status', 'sts/r1', '--timeout=60s')
    expect(await cluster.read('pod/r1-0', '{.spec.containers[0].image}')).toBe('nginx:1.25')
  })

  it('uninstalls, and the claims stay behind', async () => {
    expect(await helm('uninstall', 'r1', '--wait')).toBe('release "r1" uninstalled\n')
    expect(await cluster.kubectl('get', 'secret', '-l', 'owner=helm', '-oname')).toBe('')
    expect(await cluster.kubectl('get', 'sts,svc', '-oname')).toBe('service/kubernetes\n')
    expect(await cluster.kubectl('get', 'pvc', '-oname')).toMatch(/data-r1-0\n.*data-r1-1\n/)
  })

  /** Names of what releases made, in the order of making it: two may share a second. */
  function made(): string[] {
    return (
      readFileSync(auditLog(), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditLine)
        // What is applied on the server is made by a patch.
        .filter(({ objectRef, responseStatus }) => {
          return responseStatus.code === 201 && objectRef.subresource === undefined
        })
        .flatMap(({ objectRef: { resource, name = '' } }) =>
          /^(?:pods|configmaps)$/.test(resource) && /^hooked$|(?:pre|post)-/.test(name)
            ? [name]
            : [],
        )
    )
  }

  it('runs hooks before and after, by weight, at each turn of a release', async () => {
    const upgrade = ['upgrade', '--install', 'h1', 'hooked']
    expect(await helm(...upgrade)).toMatch(/^Release "h1" does not exist\. Installing it now\.\n/)
    const installed = ['first-pre-install', 'pre-install', 'hooked', 'post-install']
    expect(made()).toEqual(installed)
    expect(await helm(...upgrade, '--set', 'turn=2')).toMatch(/^Release "h1" has been upgraded\./)
    expect(made()).toEqual([...installed, 'pre-upgrade', 'post-upgrade'])
    await helm('rollback', 'h1', '1')
    expect(await cluster.read('cm/hooked', '{.data.turn}')).toBe('1')
    expect(made().slice(-2)).toEqual(['pre-rollback', 'post-rollback'])
    expect(await history('h1')).toEqual(['superseded', 'superseded', 'deployed'])
    const descriptions = await helm('history', 'h1')
    expect(descriptions).toMatch(
      /Install complete *\n2 .*Upgrade complete *\n3 .*Rollback to 1 *\n$/,
    )
  })

  it('tells the values of each revision', async () => {
    expect(await helm('get', 'values', 'h1')).toBe('USER-SUPPLIED VALUES:\nnull\n')
    expect(await helm('get', 'values', 'h1', '--revision', '2', '-o', 'json')).toBe('{"turn":2}\n')
    expect(await helm('get', 'values', 'h1', '--all')).toBe(
      'COMPUTED VALUES:\nfail: none\nturn: 1\n',
    )
  })

  it('calls a release failed whose hook failed', async () => {
    const failed = await run(['upgrade', 'h1', 'hooked', '--set', 'fail=pre-upgrade,turn=3'])
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(/UPGRADE FAILED: pre-upgrade hooks failed: .*pre-upgrade/)
    expect(await cluster.read('cm/hooked', '{.data.turn}')).toBe('1')
    const states = ['superseded', 'superseded', 'deployed', 'failed']
    expect(await history('h1')).toEqual(states)
    expect(await helm('list', '--failed', '-q', '--filter', 'h1')).toBe('h1\n')
    expect(await helm('list', '--deployed', '-q', '--filter', 'h1')).toBe('')
    await helm('uninstall', 'h1')
    expect(made().slice(-2)).toEqual(['pre-delete', 'post-delete'])
    expect(await cluster.kubectl('get', 'cm', '-oname')).not.toContain('hooked')

    const first = await run(['install', 'h2', 'hooked', '--set', 'fail=pre-install'])
    expect(first.code).toBe(1)
    expect(first.stderr).toMatch(/INSTALLATION FAILED: failed pre-install: .*pre-install/)
    expect(await helm('status', 'h2')).toMatch(/\nSTATUS: failed\nREVISION: 1\n/)
    expect(await cluster.kubectl('get', 'cm', '-oname')).not.toContain('hooked')
    await helm('upgrade', '--install', 'h2', 'hooked')
    expect(await history('h2')).toEqual(['superseded', 'deployed'])
    const table = await helm('list')
    expect(table).toMatch(
      /^NAME\s+NAMESPACE\s+REVISION[^]*\nh2\s+default\s+2\s.*\sdeployed\s+hooked-0\.1\.0/,
    )
    await helm('uninstall', 'h2')
  })

  it('installs and tests what `helm create` writes', async () => {
    await helm('install', 'p1', 'plain', '--wait', '--timeout', '60s')
    expect(await cluster.read('deploy/p1-plain', '{.status.availableReplicas}')).toBe('1')
    expect(await helm('test', 'p1')).toMatch(/Phase: +Succeeded\n/)
    await helm('uninstall', 'p1')
  })
})
