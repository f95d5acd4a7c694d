import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ComparedKubectl, whyNotCompared } from './compared-kubectl.test-kit.ts'

const MAP = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"}}'

describe.skipIf(whyNotCompared() !== undefined)('our kubectl is refused as kubectl 1.36 is', () => {
  let compared: ComparedKubectl

  beforeAll(async () => {
    compared = await ComparedKubectl.start()
    compared.write('m.json', MAP)
    for (const kind of ['configmaps', 'secrets', 'serviceaccounts'])
      compared.api('POST', `/api/v1/namespaces/default/${kind}`, {
        metadata: { name: 'old' },
      })
  })

  afterAll(() => compared.stop())

  // Those who first read what they are to work on find that there is no such namespace.
  it.each([
    ...['get pod x', 'get pods/x cm/y', 'get pod x -o yaml', 'get pod x -o name', 'get pod x -w'],
    ...['get pods', 'get pods -l a=b', 'get pod x --ignore-not-found', 'get node x'],
    ...['describe pod x', 'describe pods x y', 'describe pods,cm x', 'describe pods'],
    ...['logs x', 'logs sts/x', 'exec x -- ls', 'exec sts/x -- ls', 'attach x', 'cp x:/a b'],
    ...['port-forward x 80', 'port-forward svc/x 80'],
    ...['scale sts x --replicas=1', 'label pod x a=b', 'annotate pod x a=b', 'edit pod x'],
    ...['patch pod x -p {}', 'patch sts x --subresource=scale -p {}', 'set image sts/x a=b'],
    ...['rollout status sts/x', 'rollout undo sts/x', 'rollout history sts/x'],
    ...['rollout restart sts/x', 'rollout pause deploy/x', 'expose svc x --port=1'],
    ...['wait --for=condition=Ready pod/x --timeout=1s', 'wait --for=delete pod/x --timeout=1s'],
    ...['delete pod x', 'delete pods --all', 'delete cm x --ignore-not-found'],
    ...['create -f m.json', 'apply -f m.json', 'replace -f m.json', 'delete -f m.json'],
    ...[
      'apply view-last-applied cm x',
      'set env sts/x A=b',
      'get -f m.json',
      'label -f m.json a=b',
    ],
    ...['create cm x', 'create sa x', 'create deploy x --image=a', 'run x --image=a'],
  ])('where there is no such namespace: %s', async (words) => {
    const [command = '', ...rest] = words.split(' -- ')
    const { real, own } = await compared.both([`${command} -n nope`, ...rest].join(' -- '))
    expect(own).toEqual(real)
  })

  it.each([
    ...['create cm old', 'create secret generic old', 'create sa old', 'create ns default'],
    ...['create cm x -n nope', 'create sa x -n nope', 'create secret generic x -n nope'],
    ...['create svc clusterip x --tcp=1 -n nope', 'create svc nodeport x --tcp=1 -n nope'],
    ...[
      'create svc loadbalancer x --tcp=1 -n nope',
      'create svc externalname x --external-name=a.b -n nope',
    ],
    ...['create deploy x --image=a -n nope', 'create deploy X --image=a', 'create job x --image=a'],
    ...[
      'create pdb x --min-available=1 --selector=a=b -n nope',
      'create priorityclass X --value=1',
    ],
    ...['create cm X', 'create cm old --dry-run=server', 'create ns X', 'create -f m.json -n nope'],
  ])('when it creates: %s', async (words) => {
    const { real, own } = await compared.both(words)
    expect(own).toEqual(real)
  })
})
