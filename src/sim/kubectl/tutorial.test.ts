import { expect, it } from 'vitest'
import { createCluster } from '#sim/cluster/cluster.ts'
import { Terminal } from '#sim/kernel/os/tty.ts'
import { writeFiles } from '../../../tools/recordings/kubectl/scene.ts'
import { Workbench } from '../../../tools/recordings/kubectl/workbench.ts'

function newBench(dialect: '1.36' | '1.10'): Workbench {
  const bench = new Workbench(
    createCluster({ seed: 1, nodes: 3, dialect, featureGates: {}, timings: 'kind' }),
  )
  bench.dialect = dialect
  writeFiles(bench)
  return bench
}

function pass(bench: Workbench, seconds: number): void {
  bench.simulation.run({ until: bench.simulation.now + seconds * 1000 })
}

const NOTHING = { stdout: '', stderr: '', code: 0 }

it('says what the tutorial of 2018 shows', () => {
  const bench = newBench('1.10')
  const create = bench.run('kubectl create -f web.yaml')
  expect(create.stdout).toBe('service "nginx" created\nstatefulset.apps "web" created\n')
  pass(bench, 65)
  expect(bench.run('kubectl get statefulset').stdout).toMatch(
    /^NAME {6}DESIRED {3}CURRENT {3}AGE\nweb {7}2 {9}2 {9}1m\n$/,
  )
  expect(bench.run('kubectl get service nginx').stdout).toBe(
    'NAME      TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nnginx     ClusterIP   None         <none>        80/TCP    1m\n',
  )
  expect(bench.run('kubectl get pvc -l app=nginx').stdout).toMatch(
    /^NAME {8}STATUS {4}VOLUME {37}CAPACITY {3}ACCESS MODES {3}STORAGECLASS {3}AGE\nwww-web-0 {3}Bound {5}pvc-\S{36} {3}1Gi {8}RWO {12}gp2 /,
  )
  expect(bench.run('kubectl exec web-1 -- sh -c hostname')).toEqual({
    ...NOTHING,
    stdout: 'web-1\n',
  })
  expect(bench.run('kubectl scale sts web --replicas=5').stdout).toBe(
    'statefulset.apps "web" scaled\n',
  )
  pass(bench, 60)
  expect(bench.run(`kubectl patch sts web -p '{"spec":{"replicas":3}}'`).stdout).toBe(
    'statefulset.apps "web" patched\n',
  )
  expect(
    bench.run(
      `kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"type":"RollingUpdate"}}}'`,
    ),
  ).toEqual({ ...NOTHING, stdout: 'statefulset.apps "web" not patched\n', code: 1 })
  pass(bench, 60)
  expect(bench.run('kubectl delete statefulset web --cascade=false')).toEqual({
    ...NOTHING,
    stdout: 'statefulset.apps "web" deleted\n',
  })
  // The garbage collector takes a moment to set the Pods free, and the set stays until then.
  pass(bench, 5)
  expect(bench.run('kubectl create -f web.yaml')).toEqual({
    stdout: 'statefulset.apps "web" created\n',
    stderr:
      'Error from server (AlreadyExists): error when creating "web.yaml": services "nginx" already exists\n',
    code: 1,
  })
  pass(bench, 60)
  // The client scales to nothing first, so that no Pod is left when the line appears.
  expect(bench.run('kubectl delete statefulset web').stdout).toBe(
    'statefulset.apps "web" deleted\n',
  )
  expect(bench.run('kubectl get pods')).toEqual({ ...NOTHING, stderr: 'No resources found.\n' })
})

it('opens a session in a Pod that is gone when it ends', () => {
  const bench = newBench('1.36')
  const terminal = new Terminal({ columns: 80, rows: 24, processes: bench.host.processes })
  let screen = ''
  terminal.onOutput((text) => {
    screen += typeof text === 'string' ? text : ''
  })
  const files = new Map([0, 1, 2].map((fd) => [fd, terminal.file] as const))
  const { proc } = bench.start(
    'kubectl run -i --tty --image busybox dns-test --restart=Never --rm /bin/sh',
    { files },
  )
  pass(bench, 20)
  terminal.input('hostname\r')
  pass(bench, 5)
  terminal.input('exit 3\r')
  pass(bench, 60)
  expect(proc.status).toEqual({ type: 'exited', code: 3 })
  const lines = screen.replaceAll('\r\n', '\n')
  expect(lines).toContain(
    "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n",
  )
  expect(lines).toContain('dns-test\n')
  expect(lines).toContain('pod "dns-test" deleted from default namespace\n')
  expect(lines).toContain('pod default/dns-test terminated (Error)\n')
})
