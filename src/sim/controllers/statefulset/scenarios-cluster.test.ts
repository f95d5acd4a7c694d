import { type Cluster, createCluster } from '#sim/cluster/cluster.ts'
import { describe, expect, it } from 'vitest'
import { image, statefulSet } from './scenario-world.test-kit.ts'
import type { Answer } from './test-world.ts'

// Rows of the specification that need a scheduler and kubelets.

const MERGE = 'application/merge-patch+json'
const PODS = '/api/v1/namespaces/default/pods'
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims'
const SETS = '/apis/apps/v1/namespaces/default/statefulsets'

function newCluster(nodes = 1, featureGates: Record<string, boolean> = {}): ClusterUnderTest {
  return new ClusterUnderTest(
    createCluster({ seed: 1, nodes, dialect: '1.36', featureGates, timings: 'kind' }),
  )
}

class ClusterUnderTest {
  readonly cluster: Cluster

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  request(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Answer {
    const reply = this.cluster.server.call({
      method,
      path,
      user: 'kubernetes-admin',
      headers: { 'content-type': method === 'PATCH' ? MERGE : 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    if (reply.type !== 'object') throw new Error(`${path}: answered with a ${reply.type}`)
    return { code: reply.code, body: reply.body }
  }

  pass(seconds: number): void {
    const { simulation } = this.cluster
    simulation.run({ until: simulation.now + seconds * 1000 })
  }

  /** Looks every tenth of a second. */
  watch(seconds: number, look: () => void): void {
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      this.pass(0.1)
      look()
    }
  }

  list(path: string): Answer['body'][] {
    return this.request('GET', path).body.items
  }

  get node(): string {
    return this.list('/api/v1/nodes')[0].metadata.name
  }

  get status(): Answer['body'] {
    return this.request('GET', `${SETS}/web`).body.status
  }
}

const onePort = {
  containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80, hostPort: 21_017 }] }],
}

describe('in a whole cluster, a set', () => {
  it('[SS-69] makes the claim of a Pod anew that no node would take', () => {
    const cluster = newCluster()
    const cordon = (unschedulable: boolean) =>
      cluster.request('PATCH', `/api/v1/nodes/${cluster.node}`, { spec: { unschedulable } })
    cordon(true)
    cluster.request('POST', SETS, statefulSet('web', { replicas: 1 }))
    cluster.pass(10)
    const [claim] = cluster.list(CLAIMS)
    expect(cluster.list(PODS)[0].status.phase).toBe('Pending')
    cluster.request('DELETE', `${CLAIMS}/www-web-0`)
    cluster.pass(10)
    cordon(false)
    cluster.pass(60)
    expect(cluster.status).toMatchObject({ replicas: 1, readyReplicas: 1 })
    expect(cluster.list(CLAIMS)[0].metadata.uid).not.toBe(claim.metadata.uid)
  })

  it('[SS-83] tries its Pod again until the port of the node is free', () => {
    const cluster = newCluster()
    cluster.request('POST', PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'rival' },
      spec: { ...onePort, nodeName: cluster.node },
    })
    cluster.pass(30)
    cluster.request(
      'POST',
      SETS,
      statefulSet('web', {
        replicas: 1,
        volumeClaimTemplates: [],
        template: {
          metadata: { labels: { app: 'nginx' } },
          spec: { ...onePort, nodeName: cluster.node },
        },
      }),
    )
    const seen = new Set<string>()
    const phases = new Set<string>()
    cluster.watch(20, () => {
      for (const { metadata, status } of cluster.list(PODS)) {
        if (metadata.name !== 'web-0') continue
        seen.add(metadata.uid)
        phases.add(status.phase)
      }
    })
    expect(seen.size).toBeGreaterThan(2)
    expect(phases).not.toContain('Running')
    cluster.request('DELETE', `${PODS}/rival`)
    cluster.pass(60)
    expect(cluster.status).toMatchObject({ replicas: 1, readyReplicas: 1 })
  })

  it('[SS-132] keeps three of five available while two at a time are updated', () => {
    const cluster = newCluster(3, { MaxUnavailableStatefulSet: true })
    const rollingUpdate = { maxUnavailable: 2 as never } // The type knows only text.
    cluster.request(
      'POST',
      SETS,
      statefulSet('web', {
        replicas: 5,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate },
      }),
    )
    cluster.pass(120)
    expect(cluster.status).toMatchObject({ replicas: 5, availableReplicas: 5 })
    cluster.request('PATCH', `${SETS}/web`, { spec: image('nginx:1.28') })
    let least = 5
    cluster.watch(180, () => {
      least = Math.min(least, cluster.status.availableReplicas)
    })
    expect(least).toBe(3)
    expect(cluster.status).toMatchObject({ updatedReplicas: 5, availableReplicas: 5 })
    expect(cluster.status.currentRevision).toBe(cluster.status.updateRevision)
  })

  it.each(['OrderedReady', 'Parallel'])(
    '[SS-124] [SS-125] whose image cannot be had is put right by hand only under OrderedReady: %s',
    (podManagementPolicy) => {
      const cluster = newCluster(3)
      const isOrdered = podManagementPolicy === 'OrderedReady'
      cluster.request('POST', SETS, statefulSet('web', { podManagementPolicy }))
      cluster.pass(90)
      expect(cluster.status).toMatchObject({ readyReplicas: 3 })
      cluster.request('PATCH', `${SETS}/web`, { spec: image('nginx.example/none:1') })
      cluster.pass(60)
      expect(cluster.status).toMatchObject({ readyReplicas: 2, updatedReplicas: 1 })
      cluster.request('PATCH', `${SETS}/web`, { spec: image('nginx:1.27') })
      cluster.pass(60)
      expect(cluster.status.readyReplicas).toBe(isOrdered ? 2 : 3)
      if (isOrdered) cluster.request('DELETE', `${PODS}/web-2`)
      cluster.pass(60)
      const { status } = cluster
      expect(status).toMatchObject({ readyReplicas: 3, updatedReplicas: 3, currentReplicas: 3 })
      expect(status.currentRevision).toBe(status.updateRevision)
    },
  )
})
