import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClients } from '../../tools/real-clients.ts'
import { type Outcome, ServedCluster } from './served-cluster.test-kit.ts'

const clients = realClients()
if ('reason' in clients) console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)

function configMap(name: string, data: Record<string, string>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { a: 'b' } },
    data,
  })
}

type Owned = { manager: string; operation: string; fieldsV1: Record<string, unknown> }

describe.skipIf('reason' in clients)('objects that kubectl 1.36 applies again to serve', () => {
  let cluster: ServedCluster

  beforeAll(async () => {
    cluster = await ServedCluster.start('kubectl' in clients ? { kubectl: clients.kubectl } : {})
  }, 60_000)

  afterAll(async () => {
    expect(await cluster.stop()).toBe(0)
  })

  async function owners(object: string): Promise<Record<string, Record<string, unknown>>> {
    const json = await cluster.kubectl('get', object, '-ojson', '--show-managed-fields')
    const { metadata } = JSON.parse(json) as { metadata: { managedFields: Owned[] } }
    const entries = metadata.managedFields.map(
      ({ manager, operation, fieldsV1 }) => [`${manager}/${operation}`, fieldsV1] as const,
    )
    return Object.fromEntries(entries)
  }

  async function lastApplied(object: string): Promise<unknown> {
    const annotation =
      '{.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}'
    return (JSON.parse(await cluster.read(object, annotation)) as { data: unknown }).data
  }

  it('moves what was applied by the client to the server, and back', async () => {
    const labels = { 'f:metadata': { 'f:labels': { 'f:a': {} } } }
    const annotation = { 'f:kubectl.kubernetes.io/last-applied-configuration': {} }
    const annotations = { 'f:metadata': { 'f:annotations': annotation } }
    cluster.write('m.json', configMap('moved', { x: '1', z: '2' }))
    await cluster.kubectl('apply', '-f', 'm.json')
    expect(Object.keys(await owners('cm/moved'))).toEqual(['kubectl-client-side-apply/Update'])

    const apply = ['apply', '--server-side', '-f', 'm.json']
    expect(await cluster.outcome(apply)).toMatchObject({
      output: 'configmap/moved serverside-applied\n',
      code: 0,
    })
    expect(await owners('cm/moved')).toEqual({
      'kubectl/Apply': { 'f:data': { 'f:x': {}, 'f:z': {} }, ...labels },
      'kubectl-last-applied/Apply': annotations,
    })
    // Had the client kept its share, what the manifest drops would stay.
    cluster.write('m.json', configMap('moved', { x: '3' }))
    await cluster.kubectl(...apply)
    expect(await cluster.read('cm/moved', '{.data}')).toBe('{"x":"3"}')
    expect(await lastApplied('cm/moved')).toEqual({ x: '3' })

    cluster.write('m.json', configMap('moved', { x: '4' }))
    expect(await cluster.kubectl('apply', '-f', 'm.json')).toBe('configmap/moved configured\n')
    expect(await lastApplied('cm/moved')).toEqual({ x: '4' })
    expect(await owners('cm/moved')).toEqual({
      'kubectl/Apply': labels,
      'kubectl-client-side-apply/Update': {
        'f:data': { 'f:x': {} },
        'f:metadata': { 'f:annotations': annotation },
      },
    })
    expect((await cluster.outcome(apply)).code).toBe(0)
  })

  it('keeps for another client what that one set before the move', async () => {
    cluster.write('s.json', configMap('shared', { x: '1' }))
    await cluster.kubectl('apply', '-f', 's.json')
    await cluster.kubectl('patch', 'cm', 'shared', '--type=merge', '-p', '{"data":{"own":"1"}}')
    await cluster.kubectl('apply', '--server-side', '-f', 's.json')
    expect(await cluster.read('cm/shared', '{.data}')).toBe('{"own":"1","x":"1"}')
    expect(await owners('cm/shared')).toMatchObject({
      'kubectl-patch/Update': { 'f:data': { 'f:own': {} } },
    })
    cluster.write('s.json', configMap('shared', { own: '2' }))
    const refused = await cluster.outcome(['apply', '--server-side', '-f', 's.json'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: \.data\.own\n/,
    )
  })

  it.each([[[]], [['--server-side', '--force-conflicts']]])(
    'compares a manifest with what there is: exit codes 0, 1 and above, %j',
    async (options) => {
      cluster.write('d.json', configMap('compared', { x: '1' }))
      const diff = (file: string) => cluster.outcome(['diff', ...options, '-f', file])
      const absent = await diff('d.json')
      expect(absent.code).toBe(1)
      expect(absent.stdout).toMatch(/^\+kind: ConfigMap$/m)
      await cluster.kubectl('apply', ...options, '-f', 'd.json')
      expect(await diff('d.json')).toMatchObject({ output: '', code: 0 })
      const revision = await cluster.read('cm/compared', '{.metadata.resourceVersion}')
      cluster.write('d.json', configMap('compared', { x: '2' }))
      const changed = await diff('d.json')
      expect(changed.code).toBe(1)
      expect(changed.stdout).toMatch(/^-  x: "1"\n\+  x: "2"$/m)
      expect(await cluster.read('cm/compared', '{.metadata.resourceVersion}')).toBe(revision)
      expect((await diff('none.json')).code).toBeGreaterThan(1)
      await cluster.kubectl('delete', 'cm', 'compared')
    },
  )

  /** Edits with one sed script after the other, the last of them again and again. */
  function edit(object: string, ...scripts: readonly string[]): Promise<Outcome> {
    const cases = scripts.map((script, index) => `${index + 1}) sed -i '${script}' "$1" ;;`)
    const editor = cluster.write(
      'editor.sh',
      `echo >> ${object}.turns\nturn=$(wc -l < ${object}.turns)\ncase $turn in\n${cases.join('\n')}\nesac\ncp "$1" ${object}.$turn\n`,
    )
    const env = { EDITOR: `sh ${editor}`, TMPDIR: cluster.home }
    return cluster.startKubectl(['edit', 'cm', object], { env }).ended
  }

  it('offers an edit again that is no YAML or not valid, telling why', async () => {
    await cluster.kubectl('create', '-f', cluster.write('e.json', configMap('edited', { x: '1' })))
    const outcome = await edit('edited', 's/a: b/a: [b/', 's/a: \\[b/a: "b c"/', 's/a: .*/a: d/')
    expect(outcome).toMatchObject({ stdout: 'configmap/edited edited\n', code: 0 })
    expect(outcome.stderr).toBe('error: configmaps "edited" is invalid\n'.repeat(2))
    expect(await cluster.read('cm/edited', '{.metadata.labels}')).toBe('{"a":"d"}')
    const turn = (number: number) => readFileSync(join(cluster.home, `edited.${number}`), 'utf8')
    expect(turn(1)).not.toContain('was not valid')
    expect(turn(2)).toMatch(
      /^# configmaps "edited" was not valid:\n# \* <nil>: Invalid value: "The edited file failed validation": yaml: line \d+: /m,
    )
    expect(turn(3)).toMatch(
      /^# configmaps "edited" was not valid:\n# \* metadata\.labels: Invalid value: "b c": a valid label must be an empty string or consist of /m,
    )
    expect(turn(3)).toContain('\n    a: d\n')
  })

  it('keeps a copy of an edit that is given up', async () => {
    await cluster.kubectl('create', 'cm', 'left', '--from-literal=x=1')
    const outcome = await edit('left', 's/name: left/name: right/')
    expect(outcome.code).toBe(1)
    const [, copy = ''] =
      /A copy of your changes has been stored to "(.+)"\n/.exec(outcome.stderr) ?? []
    expect(readFileSync(copy, 'utf8')).toContain('name: right')
    expect(await cluster.read('cm/left', '{.data}')).toBe('{"x":"1"}')
  })
})
