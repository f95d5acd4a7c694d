import { expect, it } from 'vitest'
import { FaultWorld, IMAGE } from './fault-world.test-kit.ts'

const HTTP_PROBE = { httpGet: { path: '/', port: 80 }, periodSeconds: 2, failureThreshold: 2 }

function worldWithSet(...given: Parameters<FaultWorld['bringUp']>): FaultWorld {
  const world = new FaultWorld()
  world.bringUp(...given)
  return world
}

/** Has a container serve a page, so that a probe of `/` succeeds. */
const SERVING = {
  lifecycle: {
    postStart: { exec: { command: ['sh', '-c', 'echo hello > /usr/share/nginx/html/index.html'] } },
  },
}

it('a node that is cut off is NotReady after its grace, and its Pods are evicted in vain', () => {
  const world = worldWithSet(3)
  const node = world.nodeOf('web-1')
  const { uid } = world.pod('web-1')?.metadata ?? {}
  expect(world.type(`fault cut-off ${node}`)).toEqual({ output: `${node} cut off\n`, exitCode: 0 })
  world.seconds(35)
  expect(world.nodeStatus(node), 'within the grace of 50 s').toBe('Ready')
  world.seconds(35)
  expect(world.nodeStatus(node)).toBe('NotReady')
  expect(world.type('kubectl get pod web-1 --no-headers').output).toMatch(
    /^web-1 +1\/1 +Running +0 /,
  )
  expect(world.isReady('web-1')).toBe(false)
  world.seconds(200)
  expect(world.pod('web-1')?.metadata.deletionTimestamp, 'tolerated for 300 s').toBeUndefined()
  world.seconds(120)
  expect(world.pod('web-1')?.metadata.deletionTimestamp).toBeDefined()
  world.seconds(3600)
  expect(world.pod('web-1')?.metadata.uid, 'nobody confirms, so nobody replaces').toBe(uid)
  expect(
    world.cluster.kubelets.get(node)?.isRunning({ namespace: 'default', name: 'web-1' }, 'nginx'),
  ).toBe(true)
  const claim = world.type('kubectl get pvc www-web-1 --no-headers').output
  expect(claim).toMatch(/^www-web-1 +Bound /)
})

it('a node that is healed confirms what was deleted, and the set replaces it', () => {
  const world = worldWithSet(2)
  const node = world.nodeOf('web-1')
  const { uid } = world.pod('web-1')?.metadata ?? {}
  world.type(`fault cut-off ${node}`)
  world.seconds(500)
  expect(world.type(`fault heal ${node}`)).toEqual({ output: `${node} healed\n`, exitCode: 0 })
  world.seconds(120)
  expect(world.nodeStatus(node)).toBe('Ready')
  expect(world.isReady('web-1')).toBe(true)
  expect(world.pod('web-1')?.metadata.uid).not.toBe(uid)
  expect(world.type('fault list').output).toBe('Nothing is broken on purpose.\n')
})

it('a node that is healed in time keeps its Pods, without a restart', () => {
  const world = worldWithSet(2)
  const node = world.nodeOf('web-1')
  const { uid } = world.pod('web-1')?.metadata ?? {}
  world.type(`fault cut-off ${node}`)
  world.seconds(100)
  world.type(`fault heal ${node}`)
  world.seconds(30)
  expect(world.isReady('web-1')).toBe(true)
  expect(world.pod('web-1')?.metadata.uid).toBe(uid)
  expect(world.restartsOf('web-1')).toBe(0)
})

it('a node that crashed loses its containers, and boots with their restarts counted', () => {
  const world = worldWithSet(2)
  const node = world.nodeOf('web-1')
  const { uid } = world.pod('web-1')?.metadata ?? {}
  const kubelet = world.cluster.kubelets.get(node)
  world.type(`fault crash ${node}`)
  expect(kubelet?.isRunning({ namespace: 'default', name: 'web-1' }, 'nginx')).toBe(false)
  expect(world.nodeStatus(node), 'nobody was told').toBe('Ready')
  world.seconds(70)
  expect(world.nodeStatus(node)).toBe('NotReady')
  world.type(`fault boot ${node}`)
  world.seconds(60)
  expect(world.nodeStatus(node)).toBe('Ready')
  expect(world.isReady('web-1')).toBe(true)
  expect(world.pod('web-1')?.metadata.uid).toBe(uid)
  expect(world.restartsOf('web-1')).toBe(1)
})

it('a container that is killed is restarted, in the same Pod', () => {
  const world = worldWithSet(1)
  const { uid } = world.pod('web-0')?.metadata ?? {}
  expect(world.type('fault kill web-0').output).toBe('nginx of web-0 killed\n')
  world.seconds(30)
  expect(world.restartsOf('web-0')).toBe(1)
  expect(world.pod('web-0')?.metadata.uid).toBe(uid)
  const [status] = world.pod('web-0')?.status?.containerStatuses ?? []
  expect(status?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' })
  expect(world.isReady('web-0')).toBe(true)
  expect(world.cluster.faults.active).toEqual([])
})

it('a readiness probe that is made to fail takes Ready away, and gives it back', () => {
  const world = worldWithSet(2, { container: { ...SERVING, readinessProbe: HTTP_PROBE } })
  expect(world.type('fault fail-probe web-0').output).toBe(
    'readiness probe of web-0 made to fail\n',
  )
  world.seconds(20)
  expect(world.isReady('web-0')).toBe(false)
  expect(world.restartsOf('web-0')).toBe(0)
  expect(world.type('kubectl describe pod web-0').output).toContain(
    'Readiness probe failed: HTTP probe failed with statuscode: 503',
  )
  world.type('fault restore-probe web-0')
  world.seconds(20)
  expect(world.isReady('web-0')).toBe(true)
})

it('a liveness probe that is made to fail restarts its container until it is restored', () => {
  const world = worldWithSet(1, { container: { ...SERVING, livenessProbe: HTTP_PROBE } })
  world.type('fault fail-probe web-0 --probe=liveness')
  world.seconds(120)
  expect(world.restartsOf('web-0')).toBeGreaterThanOrEqual(2)
  world.type('fault restore-probe web-0')
  world.seconds(400)
  const restarts = world.restartsOf('web-0')
  world.seconds(400)
  expect(world.restartsOf('web-0')).toBe(restarts)
  expect(world.isReady('web-0')).toBe(true)
})

it('pulls that fail hold a rollout, with back-off, until they succeed again', () => {
  const world = worldWithSet(3)
  const update = 'registry.k8s.io/nginx-slim:0.25'
  world.type(`fault fail-pulls ${update}`)
  world.type(`kubectl set image sts/web nginx=${update}`)
  const reasons = new Set<string | undefined>()
  for (let second = 0; second < 120; second++) {
    world.seconds(1)
    reasons.add(world.waitingOf('web-2'))
  }
  expect([...reasons]).toEqual(expect.arrayContaining(['ErrImagePull', 'ImagePullBackOff']))
  expect(world.type('kubectl describe pod web-2').output).toContain(
    `Failed to pull image "${update}": rpc error: code = Unknown desc = failed to pull and unpack image "${update}"`,
  )
  expect(world.pod('web-1')?.spec?.containers[0]?.image, 'the rollout waits').toBe(IMAGE)
  world.type(`fault restore-pulls ${update}`)
  world.seconds(600)
  for (const name of ['web-0', 'web-1', 'web-2']) {
    expect(world.pod(name)?.spec?.containers[0]?.image).toBe(update)
    expect(world.isReady(name)).toBe(true)
  }
})

it('pulls that are slow take as much longer as was said', () => {
  const world = new FaultWorld()
  world.type('fault slow-pulls --by=2m')
  world.type(`kubectl run one --image=${IMAGE}`)
  world.seconds(115)
  expect(world.waitingOf('one')).toBe('ContainerCreating')
  world.seconds(60)
  expect(world.isReady('one')).toBe(true)
})

it('a provisioner that refuses leaves the claim Pending, and the Pod with it', () => {
  const world = new FaultWorld()
  world.bringUp(1)
  world.type('fault refuse-volumes')
  world.patchSet({ replicas: 2 })
  world.seconds(60)
  expect(world.type('kubectl get pvc www-web-1 --no-headers').output).toMatch(
    /^www-web-1 +Pending /,
  )
  expect(world.pod('web-1')?.status?.phase).toBe('Pending')
  expect(world.type('kubectl get events').output).toContain(
    'failed to provision volume with StorageClass "standard"',
  )
  world.type('fault allow-volumes')
  world.seconds(600)
  expect(world.isReady('web-1')).toBe(true)
})

it('a full volume refuses what is written there, and what is free again takes it', () => {
  const world = worldWithSet(1)
  const write = 'kubectl exec web-0 -- sh -c "echo hello > /usr/share/nginx/html/new.txt"'
  expect(world.type('fault fill www-web-0').output).toBe('volume of www-web-0 filled\n')
  expect(world.type('kubectl exec web-0 -- df /usr/share/nginx/html').output).toContain('100%')
  const refused = world.type(write)
  expect(refused.output).toContain('No space left on device')
  expect(refused.exitCode).not.toBe(0)
  world.type('fault free www-web-0')
  expect(world.type(write).exitCode).toBe(0)
  expect(world.type('kubectl exec web-0 -- cat /usr/share/nginx/html/new.txt').output).toBe(
    'hello\n',
  )
})

it('a full volume is not listed any more once it is deleted', () => {
  const world = worldWithSet(1)
  world.type('fault fill www-web-0')
  world.type('kubectl delete sts web --cascade=foreground')
  world.type('kubectl delete pvc www-web-0')
  world.seconds(60)
  expect(world.cluster.faults.active).toEqual([])
})

// Disks that attach to any node, as those of a cloud do.
function worldWithLostNode(): { readonly world: FaultWorld; readonly node: string } {
  const world = new FaultWorld({ timings: 'cloud' })
  world.bringUp(2)
  const node = world.nodeOf('web-1')
  world.type(`fault cut-off ${node}`)
  world.seconds(500)
  expect(world.pod('web-1')?.metadata.deletionTimestamp).toBeDefined()
  return { world, node }
}

it('a node declared out of service lets go of its Pods and their disks, without being heard', () => {
  const { world, node } = worldWithLostNode()
  world.type(`kubectl taint node ${node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`)
  world.seconds(180)
  expect(world.nodeOf('web-1')).not.toBe(node)
  expect(world.isReady('web-1')).toBe(true)
})

it('a Pod deleted by force is created anew at once, and waits for its disk', () => {
  const { world, node } = worldWithLostNode()
  const { uid } = world.pod('web-1')?.metadata ?? {}
  world.type('kubectl delete pod web-1 --force --grace-period=0')
  world.seconds(60)
  expect(world.pod('web-1')?.metadata.uid).not.toBe(uid)
  expect(world.nodeOf('web-1')).not.toBe(node)
  expect(world.isReady('web-1')).toBe(false)
  expect(world.type('kubectl describe pod web-1').output).toContain('Multi-Attach error')
  const old = world.cluster.kubelets.get(node)
  expect(old?.isRunning({ namespace: 'default', name: 'web-1' }, 'nginx')).toBe(true)
  world.seconds(600)
  expect(world.isReady('web-1'), 'detached after six minutes').toBe(true)
})

it('a disk that lies on the lost node alone keeps the new Pod waiting for that node', () => {
  const world = worldWithSet(2)
  const node = world.nodeOf('web-1')
  world.type(`fault cut-off ${node}`)
  world.seconds(100)
  world.type('kubectl delete pod web-1 --force --grace-period=0')
  world.seconds(300)
  expect(world.nodeOf('web-1')).toBe('')
  expect(world.type('kubectl describe pod web-1').output).toContain(
    "node(s) didn't match PersistentVolume's node affinity",
  )
  world.type(`fault heal ${node}`)
  world.seconds(120)
  expect(world.nodeOf('web-1')).toBe(node)
  expect(world.isReady('web-1')).toBe(true)
})
