import { createCluster } from '#sim/cluster/cluster.ts'
import { describe, expect, it } from 'vitest'
import { Workbench } from '../../../../tools/recordings/kubectl/workbench.ts'
import { POLICIES, ScenarioWorld, statefulSet } from './scenario-world.test-kit.ts'

// Section 10.7 of the specification: sets from their beginning to their end.

describe.each(POLICIES)('a %s set', (podManagementPolicy) => {
  it('[SS-174] [SS-T22] names each Pod as its host, below the domain of its Service', () => {
    const scenario = new ScenarioWorld({
      podManagementPolicy,
      serviceName: 'peers',
      replicas: 3,
      template: {
        metadata: { labels: { app: 'nginx' } },
        // The template has no say in it.
        spec: {
          hostname: 'mine',
          subdomain: 'mine',
          containers: [{ name: 'nginx', image: 'nginx:1.27' }],
        },
      },
    })
    scenario.makeReady()
    expect(scenario.pods()).toEqual(['web-0', 'web-1', 'web-2'])
    for (const name of scenario.pods()) {
      const { metadata, spec } = scenario.pod(name)
      expect(spec).toMatchObject({ hostname: name, subdomain: 'peers' })
      expect(metadata.generateName).toBe('web-')
    }
  })

  it('[SS-174a] has no domain without a Service', () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1, serviceName: '' })
    expect(scenario.pod('web-0').spec.hostname).toBe('web-0')
    expect(scenario.pod('web-0').spec.subdomain).toBeUndefined()
  })

  it('[SS-175] has the same hosts with the same data after it was scaled to nothing', () => {
    const bench = new Workbench(
      createCluster({ seed: 1, nodes: 2, dialect: '1.36', featureGates: {}, timings: 'kind' }),
    )
    const { simulation } = bench
    const body = statefulSet('web', {
      podManagementPolicy,
      updateStrategy: { type: 'RollingUpdate' },
      template: {
        metadata: { labels: { app: 'nginx' } },
        spec: {
          containers: [
            {
              name: 'main',
              image: 'busybox',
              command: ['sleep', '100000'],
              volumeMounts: [{ name: 'www', mountPath: '/data' }],
            },
          ],
        },
      },
    })
    bench.write('web.yaml', JSON.stringify(body))
    const run = (line: string): string => {
      const { stdout, stderr, code } = bench.run(line)
      expect({ stderr, code }, line).toEqual({ stderr: '', code: 0 })
      return stdout
    }
    const pass = (seconds: number) => simulation.run({ until: simulation.now + seconds * 1000 })
    const exec = (pod: string, script: string) => run(`kubectl exec ${pod} -- sh -c '${script}'`)
    const pods = ['web-0', 'web-1', 'web-2']

    run('kubectl apply -f web.yaml')
    pass(60)
    for (const pod of pods) exec(pod, 'hostname > /data/who')
    run('kubectl scale sts web --replicas=0')
    pass(120)
    expect(run('kubectl get pods -o name')).toBe('')
    run('kubectl scale sts web --replicas=3')
    pass(60)
    for (const pod of pods) {
      expect(exec(pod, 'hostname; cat /data/who')).toBe(`${pod}\n${pod}\n`)
    }
  })

  it('[SS-176] tells in its status how many Pods it has as it is scaled', () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 2 })
    for (const replicas of [2, 3, 0, 2]) {
      scenario.patch({ replicas })
      scenario.converge(10)
      expect(scenario.pods()).toHaveLength(replicas)
      expect(scenario.set.status.replicas).toBe(replicas)
      expect(scenario.set.status.readyReplicas ?? 0).toBe(replicas)
    }
  })
})
