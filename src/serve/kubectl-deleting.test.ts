import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClients } from '../../tools/real-clients.ts'
import {
  eventually,
  type Running,
  ServedCluster,
  setOf,
  sleeper,
} from './served-cluster.test-kit.ts'

const clients = realClients()
if ('reason' in clients) console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)

const MAPS = ['m1', 'm2']
  .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {g: m}}\n`)
  .join('---\n')

// Its Pod does not heed SIGTERM and has all the time there is: only force ends it.
const STUBBORN = setOf('stubborn', {
  terminationGracePeriodSeconds: 1_000_000,
  containers: [sleeper('c')],
})

describe.skipIf('reason' in clients)('what kubectl 1.36 deletes from serve', () => {
  let cluster: ServedCluster

  beforeAll(async () => {
    cluster = await ServedCluster.start('kubectl' in clients ? { kubectl: clients.kubectl } : {})
    cluster.write('maps.yaml', MAPS)
    cluster.write('stubborn.json', STUBBORN)
    await applyStubborn()
  }, 60_000)

  afterAll(async () => {
    expect(await cluster.stop()).toBe(0)
  })

  async function applyStubborn(): Promise<void> {
    await cluster.kubectl('apply', '-f', 'stubborn.json')
    await cluster.kubectl('rollout', 'status', 'sts/stubborn', '--timeout=60s')
  }

  /** A deletion under way, once the object tells of it. */
  async function deletionOf(object: string, ...options: readonly string[]): Promise<Running> {
    const running = cluster.startKubectl(['delete', object, ...options])
    await eventually(
      () => cluster.read(object, '{.metadata.deletionTimestamp}'),
      (time) => time !== '',
    )
    return running
  }

  const maps = (suffix: string) =>
    ['m1', 'm2'].map((name) => `configmap "${name}" deleted from ${suffix}\n`).join('')

  it.each([
    ['--dry-run=client', 'default namespace (dry run)'],
    ['--dry-run=server', 'default namespace (server dry run)'],
  ])('deletes nothing with %s', async (option, suffix) => {
    await cluster.kubectl('apply', '-f', 'maps.yaml')
    for (const what of [
      ['-f', 'maps.yaml'],
      ['cm', '-l', 'g=m'],
      ['cm', 'm1', 'm2'],
    ])
      expect(await cluster.kubectl('delete', ...what, option)).toBe(maps(suffix))
    expect(await cluster.kubectl('get', 'cm', '-l', 'g=m', '-oname')).toBe(
      'configmap/m1\nconfigmap/m2\n',
    )
  })

  it.each([[['-f', 'maps.yaml']], [['cm', '-l', 'g=m']], [['cm/m1', 'cm/m2']]])(
    'deletes %j, which is then gone',
    async (what) => {
      await cluster.kubectl('apply', '-f', 'maps.yaml')
      expect(await cluster.kubectl('delete', ...what)).toBe(maps('default namespace'))
      expect(await cluster.kubectl('get', 'cm', '-l', 'g=m', '-oname')).toBe('')
      expect(await cluster.kubectl('delete', ...what, '--ignore-not-found')).toMatch(
        /^(No resources found\n)?$/,
      )
    },
  )

  it('deletes all of a kind in one namespace, and nothing beside it', async () => {
    await cluster.kubectl('create', 'namespace', 'full')
    await cluster.kubectl('apply', '-f', 'maps.yaml')
    await cluster.kubectl('apply', '-n', 'full', '-f', 'maps.yaml')
    await cluster.kubectl('create', 'secret', 'generic', 's', '-n', 'full')
    const all = await cluster.kubectl('delete', 'cm', '--all', '-n', 'full')
    expect(all).toContain(maps('full namespace'))
    expect(await cluster.kubectl('get', 'cm', '-l', 'g=m', '-A', '-oname')).toBe(
      'configmap/m1\nconfigmap/m2\n',
    )
    expect(await cluster.kubectl('get', 'secret', '-n', 'full', '-oname')).toBe('secret/s\n')
    expect(await cluster.kubectl('delete', 'cm', '--all', '--dry-run=server')).toContain(
      maps('default namespace (server dry run)'),
    )
  })

  it.each([
    [
      '-f maps.yaml -n full',
      'Error from server (NotFound): error when deleting "maps.yaml": configmaps "m1" not found\n' +
        'Error from server (NotFound): error when deleting "maps.yaml": configmaps "m2" not found\n',
    ],
    ['pod nope', 'Error from server (NotFound): pods "nope" not found\n'],
    ['pods', 'error: resource(s) were provided, but no name was specified\n'],
    ['cm --all -l g=m', "error: setting 'all' parameter but found a non empty selector. \n"],
    [
      'sts stubborn --cascade=never',
      'error: invalid cascade value (never). Must be "background", "foreground", or "orphan"\n',
    ],
    [
      'pod stubborn-0 --now --grace-period=3',
      'error: --now and --grace-period cannot be specified together\n',
    ],
    [
      'pod stubborn-0 --force --grace-period=3',
      'error: --force and --grace-period greater than 0 cannot be specified together\n',
    ],
  ])('refuses to delete %s', async (line, stderr) => {
    const refused = await cluster.outcome(['delete', ...line.split(' ')])
    expect(refused).toMatchObject({ stdout: '', stderr, code: 1 })
  })

  it('waits for a Pod that does not end, goes on without waiting, and takes it away by force', async () => {
    const uid = await cluster.read('pod/stubborn-0', '{.metadata.uid}')
    const slow = await deletionOf('pod/stubborn-0')
    expect(await cluster.kubectl('delete', 'pod', 'stubborn-0', '--wait=false')).toBe(
      'pod "stubborn-0" deleted from default namespace\n',
    )
    expect(await cluster.read('pod/stubborn-0', '{.metadata.deletionGracePeriodSeconds}')).toBe(
      '1000000',
    )
    const timedOut = await cluster.outcome(['delete', 'pod', 'stubborn-0', '--timeout=1s'])
    expect(timedOut.code).toBe(1)
    expect(timedOut.stderr).toMatch(/timed out waiting for the condition on pods\/stubborn-0\n/)

    const force = ['delete', 'pod', 'stubborn-0', '--grace-period=0', '--force']
    expect(await cluster.outcome(force)).toMatchObject({
      stdout: 'pod "stubborn-0" force deleted from default namespace\n',
      stderr:
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
      code: 0,
    })
    expect(await slow.ended).toMatchObject({
      stdout: 'pod "stubborn-0" deleted from default namespace\n',
      code: 0,
    })
    await cluster.kubectl('wait', '--for=create', 'pod/stubborn-0', '--timeout=30s')
    await cluster.kubectl('rollout', 'status', 'sts/stubborn', '--timeout=60s')
    expect(await cluster.read('pod/stubborn-0', '{.metadata.uid}')).not.toBe(uid)
  })

  it.each(['--now', '--grace-period=1'])(
    'cuts the grace of a Pod to a second: %s',
    async (option) => {
      const uid = await cluster.read('pod/stubborn-0', '{.metadata.uid}')
      expect(await cluster.kubectl('delete', 'pod', 'stubborn-0', option)).toBe(
        'pod "stubborn-0" deleted from default namespace\n',
      )
      await cluster.kubectl('wait', '--for=create', 'pod/stubborn-0', '--timeout=30s')
      await cluster.kubectl('rollout', 'status', 'sts/stubborn', '--timeout=60s')
      expect(await cluster.read('pod/stubborn-0', '{.metadata.uid}')).not.toBe(uid)
    },
  )

  it('leaves the Pods of a set behind as orphans, and takes them up again', async () => {
    const uid = await cluster.read('pod/stubborn-0', '{.metadata.uid}')
    await cluster.kubectl('delete', '-f', 'stubborn.json', '--cascade=orphan')
    expect(await cluster.read('pod/stubborn-0', '{.metadata.ownerReferences}')).toBe('')
    await applyStubborn()
    const owner = await cluster.read('sts/stubborn', '{.metadata.uid}')
    await eventually(
      () => cluster.read('pod/stubborn-0', '{.metadata.ownerReferences[0].uid}'),
      (found) => found === owner,
    )
    expect(await cluster.read('pod/stubborn-0', '{.metadata.uid}')).toBe(uid)
  })

  it('holds a set that is deleted in the foreground until its Pod is gone', async () => {
    const wait = ['wait', '--for=delete', 'sts/stubborn', '--timeout=30s', '-v=6']
    const waiting = cluster.startKubectl(wait)
    await waiting.printed(/watch=true.* status="200 OK"/)
    const deletion = await deletionOf('sts/stubborn', '--cascade=foreground')
    expect(await cluster.read('sts/stubborn', '{.metadata.finalizers}')).toBe(
      '["foregroundDeletion"]',
    )
    await eventually(
      () => cluster.read('pod/stubborn-0', '{.metadata.deletionTimestamp}'),
      (time) => time !== '',
    )
    expect(deletion.child.exitCode).toBeNull()
    await cluster.kubectl('delete', 'pod', 'stubborn-0', '--force')
    expect((await deletion.ended).stdout).toBe(
      'statefulset.apps "stubborn" deleted from default namespace\n',
    )
    expect(await waiting.ended).toMatchObject({
      stdout: 'statefulset.apps/stubborn condition met\n',
      code: 0,
    })
    // What is not there need not be waited for.
    expect(await cluster.kubectl('wait', '--for=delete', 'sts/stubborn')).toBe('')
  })

  it('deletes a set in the background: it is gone before its Pod is', async () => {
    await applyStubborn()
    const deletion = ['delete', 'sts', 'stubborn', '--cascade=background']
    expect(await cluster.kubectl(...deletion)).toMatch(/"stubborn" deleted/)
    await eventually(
      () => cluster.read('pod/stubborn-0', '{.metadata.deletionTimestamp}'),
      (time) => time !== '',
    )
    await cluster.kubectl('delete', 'pod', '--all', '--now')
    expect(await cluster.kubectl('get', 'pods', '-oname')).toBe('')
  })
})
