import { describe, expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Pod, ResourceName } from '#sim/apimachinery/kinds.ts'
import { Client } from '#sim/client/client.ts'
import { createTimings } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { createControllerContext } from '../context.ts'
import { startServiceAccountController } from '../serviceaccount/serviceaccounts-controller.ts'
import { startStatefulSetController } from '../statefulset/stateful-set-controller.ts'
import { startResourceQuotaController } from './resource-quota-controller.ts'

const namespace = 'default'

class World {
  readonly simulation = new Simulation({ seed: 1 })
  readonly client: Client
  readonly call: ApiServer['call']

  constructor() {
    const { simulation } = this
    this.call = new ApiServer({ simulation, resources: resourceDefinitions }).call
    this.client = new Client({ call: this.call, user: 'kubernetes-admin', userAgent: 'test' })
    const timings = createTimings('kind', simulation.random.fork('timings'))
    const context = createControllerContext({ simulation, call: this.call, timings })
    startServiceAccountController(context)
    startStatefulSetController(context)
    startResourceQuotaController(context)
    context.informers.start()
    this.create('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    })
    this.settle()
  }

  create(resource: ResourceName, object: object): void {
    // Manifests as people write them; the server completes them.
    this.client.resource(resource).create(object as never)
  }

  pod(name: string): void {
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    this.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec })
  }

  quota(name: string, hard: Record<string, string>): void {
    const metadata = { name, namespace }
    this.create('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata,
      spec: { hard },
    })
    this.settle()
  }

  status(name: string) {
    return this.client.resource('resourcequotas').get(name, namespace).status
  }

  settle(): void {
    this.simulation.run({ until: this.simulation.now + 2000 })
  }
}

describe('the controller of quotas', () => {
  it('counts what is there when a quota comes', () => {
    const world = new World()
    world.pod('a')
    world.pod('b')
    world.quota('q', { pods: '5', 'count/configmaps': '9', 'requests.cpu': '1' })
    expect(world.status('q')).toEqual({
      hard: { pods: '5', 'count/configmaps': '9', 'requests.cpu': '1' },
      used: { pods: '2', 'count/configmaps': '0', 'requests.cpu': '0' },
    })
  })

  it('counts again when a Pod is gone, or is over', () => {
    const world = new World()
    world.quota('q', { pods: '5', 'count/pods': '5' })
    for (const name of ['a', 'b', 'c']) world.pod(name)
    expect(world.status('q')?.used).toEqual({ pods: '3', 'count/pods': '3' })
    world.client.resource('pods').delete('a', namespace)
    const pods = world.client.resource('pods')
    pods.updateStatus({ ...pods.get('b', namespace), status: { phase: 'Succeeded' } } as Pod)
    world.settle()
    expect(world.status('q')?.used).toEqual({ pods: '1', 'count/pods': '2' })
  })

  it('follows a limit that is changed, and forgets what is limited no more', () => {
    const world = new World()
    world.pod('a')
    world.quota('q', { pods: '5', services: '1' })
    const quotas = world.client.resource('resourcequotas')
    quotas.update({ ...quotas.get('q', namespace), spec: { hard: { pods: '1' } } })
    world.settle()
    expect(world.status('q')).toEqual({ hard: { pods: '1' }, used: { pods: '1' } })
  })

  it('puts right a status that somebody spoilt, within five minutes', () => {
    const world = new World()
    world.pod('a')
    world.quota('q', { pods: '5' })
    const quotas = world.client.resource('resourcequotas')
    const status = { hard: { pods: '5' }, used: { pods: '4' } }
    quotas.updateStatus({ ...quotas.get('q', namespace), status })
    world.settle()
    expect(world.status('q')?.used).toEqual({ pods: '4' })
    world.simulation.run({ until: world.simulation.now + 300_000 })
    expect(world.status('q')?.used).toEqual({ pods: '1' })
  })

  it('holds a StatefulSet back until there is room, which its events tell', () => {
    const world = new World()
    world.quota('q', { pods: '1' })
    world.pod('other')
    const labels = { app: 'web' }
    const spec = {
      serviceName: 'web',
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    }
    const metadata = { name: 'web', namespace }
    world.create('statefulsets', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec })
    world.settle()
    const events = world.client.resource('events').list({ namespace }).items
    const failed = events.find(({ reason }) => reason === 'FailedCreate')
    expect(failed?.message).toBe(
      'Create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    )
    expect(failed?.type).toBe('Warning')
    expect(failed?.count).toBeGreaterThan(1)
    world.client.resource('pods').delete('other', namespace)
    world.simulation.run({ until: world.simulation.now + 60_000 })
    expect(world.client.resource('pods').find('web-0', namespace)).toBeDefined()
    expect(world.status('q')?.used).toEqual({ pods: '1' })
  })
})
