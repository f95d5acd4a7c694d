import { expect, it } from 'vitest'
import { newScene } from '../../../../tools/recordings/kubectl/scene.ts'

// Every text is what kubectl 1.36 prints of these objects when it is asked on this server.

const MERGE = 'application/merge-patch+json'
const LAB = '/api/v1/namespaces/lab'

function newLab() {
  const bench = newScene()
  bench.api('POST', '/api/v1/namespaces', { metadata: { name: 'lab' } })
  const create = (resource: string, name: string, spec: object, status?: object): void => {
    bench.api('POST', `${LAB}/${resource}`, { metadata: { name }, spec })
    if (status !== undefined)
      bench.api('PATCH', `${LAB}/${resource}/${name}/status`, { status }, MERGE)
  }
  const zeta = { pods: '3', 'requests.memory': '2Gi', 'count/configmaps': '5' }
  create(
    'resourcequotas',
    'zeta',
    { hard: zeta },
    { hard: zeta, used: { pods: '0', 'requests.memory': '0', 'count/configmaps': '1' } },
  )
  const brief = { pods: '2' }
  create(
    'resourcequotas',
    'brief',
    { hard: brief, scopes: ['NotTerminating', 'BestEffort'] },
    { hard: brief, used: { pods: '0' } },
  )
  const memory = { default: { memory: '64Mi' }, defaultRequest: { memory: '32Mi' } }
  create('limitranges', 'a', {
    limits: [{ type: 'Container', ...memory, max: { memory: '1Gi' } }],
  })
  create('limitranges', 'b', {
    limits: [{ type: 'PersistentVolumeClaim', min: { storage: '1Gi' } }],
  })
  return bench
}

it('describes a namespace with its quotas and, in one table, its limit ranges', () => {
  expect(newLab().run('kubectl describe ns lab').stdout).toBe(`Name:         lab
Labels:       kubernetes.io/metadata.name=lab
Annotations:  <none>
Status:       Active

Resource Quotas
  Name:    brief
  Scopes:  BestEffort, NotTerminating
  * Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.
  * Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.
  Resource          Used  Hard
  --------          ---   ---
  pods              0     2
  Name:             zeta
  Resource          Used  Hard
  --------          ---   ---
  count/configmaps  1     5
  pods              0     3
  requests.memory   0     2Gi

Resource Limits
 Type                   Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio
 ----                   --------  ---  ---  ---------------  -------------  -----------------------
 Container              memory    -    1Gi  32Mi             64Mi           -
 PersistentVolumeClaim  storage   1Gi  -    -                -              -
`)
})

it('describes what still keeps a namespace that is being deleted', () => {
  const bench = newScene()
  bench.api('POST', '/api/v1/namespaces', { metadata: { name: 'lab' } })
  bench.api('DELETE', LAB)
  const conditions = [
    [
      'DeletionDiscoveryFailure',
      'False',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ],
    [
      'DeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'DeletionContentFailure',
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    [
      'ContentRemaining',
      'True',
      'SomeResourcesRemain',
      'Some resources are remaining: configmaps. has 1 resource instances',
    ],
    [
      'FinalizersRemaining',
      'True',
      'SomeFinalizersRemain',
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    ],
  ].map(([type, status, reason, message]) => {
    const lastTransitionTime = '2026-11-30T05:10:04Z'
    return { type: `Namespace${type}`, status, lastTransitionTime, reason, message }
  })
  bench.api('PATCH', `${LAB}/status`, { status: { conditions } }, MERGE)
  expect(bench.run('kubectl describe ns lab').stdout).toBe(`Name:         lab
Labels:       kubernetes.io/metadata.name=lab
Annotations:  <none>
Status:       Terminating
Conditions:
  Type                                         Status  LastTransitionTime               Reason                Message
  ----                                         ------  ------------------               ------                -------
  NamespaceDeletionDiscoveryFailure            False   Mon, 30 Nov 2026 05:10:04 +0000  ResourcesDiscovered   All resources successfully discovered
  NamespaceDeletionGroupVersionParsingFailure  False   Mon, 30 Nov 2026 05:10:04 +0000  ParsedGroupVersions   All legacy kube types successfully parsed
  NamespaceDeletionContentFailure              False   Mon, 30 Nov 2026 05:10:04 +0000  ContentDeleted        All content successfully deleted, may be waiting on finalization
  NamespaceContentRemaining                    True    Mon, 30 Nov 2026 05:10:04 +0000  SomeResourcesRemain   Some resources are remaining: configmaps. has 1 resource instances
  NamespaceFinalizersRemaining                 True    Mon, 30 Nov 2026 05:10:04 +0000  SomeFinalizersRemain  Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances

No resource quota.

No LimitRange resource.
`)
})
