import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClients } from '../../tools/real-clients.ts'
import { Workbench } from '../../tools/recordings/kubectl/workbench.ts'
import { DESCRIBED, STATUSES } from './described.test-kit.ts'
import { type ServedApi, serveApi } from './served-api.test-kit.ts'
import { type Outcome, start } from './served-cluster.test-kit.ts'

const clients = realClients()
if ('reason' in clients) console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)

const MERGE = 'application/merge-patch+json'

/** Both clients speak to one server, so that all they print has to agree but for their clocks. */
describe.skipIf('reason' in clients)('our kubectl describes as kubectl 1.36 does', () => {
  let served: ServedApi
  let bench: Workbench
  const home = mkdtempSync(join(tmpdir(), 'describing-'))

  beforeAll(async () => {
    served = await serveApi()
    bench = new Workbench(served)
    const account = { metadata: { name: 'default' } }
    bench.api('POST', '/api/v1/namespaces/default/serviceaccounts', account)
    const path = join(home, 'objects.yaml')
    writeFileSync(path, DESCRIBED)
    const { output, code } = await real('create', '--validate=false', '-f', path)
    expect(code, output).toBe(0)
    for (const [object, status] of STATUSES)
      bench.api('PATCH', `/api/v1/${object}/status`, { status }, MERGE)
  })

  afterAll(async () => {
    await served.stop()
    rmSync(home, { recursive: true, force: true })
  })

  function real(...args: readonly string[]): Promise<Outcome> {
    if ('reason' in clients) throw new Error(clients.reason)
    const env = { HOME: home, KUBECONFIG: join(home, 'none') }
    return start(clients.kubectl, ['-s', served.url, ...args], { env, cwd: home }).ended
  }

  it.each([
    ...['pods', 'pod p', 'pod p --show-events=false', 'pods -l a=b', 'pods -A'],
    ...['deployments', 'replicasets', 'daemonsets', 'statefulsets', 'controllerrevisions'],
    ...['pvc', 'pv', 'storageclasses', 'volumeattachments', 'services', 'endpointslices'],
    ...['endpoints', 'nodes', 'leases', 'leases -A', 'configmaps', 'secrets', 'serviceaccounts'],
    ...['pdb', 'priorityclasses', 'resourcequotas', 'limitranges', 'namespaces', 'all'],
    ...['cm one', 'cm one two', 'cm one nope', 'cm one one', 'cm/one sa/one', 'cm,sa one'],
    // What is not there is the beginning of a name, but only for two words of one type.
    ...['cm o', 'cm o --show-events', 'cm o -A', 'cm o t', 'cm/o', 'cm/one cm/o', 'cm,pods one'],
    ...['cm,secrets none', 'lease o', 'lease n', 'pods none', 'nodes none'],
    ...['pods -l x=y', 'nodes -l x=y', 'pods -n none', 'crds', 'nothing', 'cm one -l a=b'],
  ])('describe %s', async (words) => {
    const { stdout, stderr, code } = await real('describe', ...words.split(' '))
    const own = bench.run(`kubectl describe ${words}`)
    expect({ ...own, stdout: withoutAges(own.stdout) }).toEqual({
      stdout: withoutAges(stdout),
      stderr,
      code,
    })
  })
})

/** Those of Pods on a node stand at the end of a line. */
function withoutAges(text: string): string {
  return text.replaceAll(/(\d+[smhd])+$/gm, 'AGE')
}
