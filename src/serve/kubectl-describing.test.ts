import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ComparedKubectl, whyNotCompared } from './compared-kubectl.test-kit.ts'
import { DESCRIBED, STATUSES } from './described.test-kit.ts'

const MERGE = 'application/merge-patch+json'

describe.skipIf(whyNotCompared() !== undefined)(
  'our kubectl describes as kubectl 1.36 does',
  () => {
    let compared: ComparedKubectl

    beforeAll(async () => {
      compared = await ComparedKubectl.start()
      compared.write('objects.yaml', DESCRIBED)
      const { output, code } = await compared.real(
        'create',
        '--validate=false',
        '-f',
        'objects.yaml',
      )
      expect(code, output).toBe(0)
      for (const [object, status] of STATUSES)
        compared.api('PATCH', `/api/v1/${object}/status`, { status }, MERGE)
    })

    afterAll(() => compared.stop())

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
      const { real, own } = await compared.both(`describe ${words}`)
      expect({ ...own, stdout: withoutAges(own.stdout) }).toEqual({
        ...real,
        stdout: withoutAges(real.stdout),
      })
    })
  },
)

/** Those of Pods on a node stand at the end of a line. */
function withoutAges(text: string): string {
  return text.replaceAll(/(\d+[smhd])+$/gm, 'AGE')
}
