import { describe, expect, it } from 'vitest'
import { newScene, setPodRunning } from '../../../tools/recordings/kubectl/scene.ts'
import type { Workbench } from '../../../tools/recordings/kubectl/workbench.ts'

/** What happens to one Pod of the set, with the seconds between the steps. */
function startPod(bench: Workbench, name: string, readyAfterS: number): void {
  const path = '/api/v1/namespaces/default/pods'
  const pod = bench.api('POST', path, {
    metadata: { name, labels: { app: 'nginx' } },
    spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
  })
  settle(bench, 0)
  bench.api('POST', `${path}/${name}/binding`, {
    metadata: { name },
    target: { kind: 'Node', name: 'node-a' },
  })
  settle(bench, 0)
  const bound = bench.api('GET', `${path}/${name}`)
  bench.api('PUT', `${path}/${name}/status`, {
    ...bound,
    status: {
      ...bound['status'],
      phase: 'Pending',
      containerStatuses: [
        {
          name: 'nginx',
          image: 'nginx',
          imageID: '',
          ready: false,
          restartCount: 0,
          lastState: {},
          state: { waiting: { reason: 'ContainerCreating' } },
        },
      ],
    },
  })
  settle(bench, readyAfterS)
  setPodRunning(bench, { ...pod, ...bench.api('GET', `${path}/${name}`) }, '10.244.1.9')
  settle(bench, 0)
}

function settle(bench: Workbench, seconds: number): void {
  bench.simulation.run({ until: bench.simulation.now + seconds * 1000 })
}

const OLD_ROWS = `NAME      READY     STATUS    RESTARTS   AGE
web-0     0/1       Pending   0          0s
web-0     0/1       Pending   0         0s
web-0     0/1       ContainerCreating   0         0s
web-0     1/1       Running   0         19s
web-1     0/1       Pending   0         0s
web-1     0/1       Pending   0         0s
web-1     0/1       ContainerCreating   0         0s
web-1     1/1       Running   0         18s
`

const NEW_ROWS = `NAME    READY   STATUS    RESTARTS   AGE
web-0   0/1     Pending   0          0s
web-0   0/1     Pending   0          0s
web-0   0/1     ContainerCreating   0          0s
web-0   1/1     Running             0          19s
web-1   0/1     Pending             0          0s
web-1   0/1     Pending             0          0s
web-1   0/1     ContainerCreating   0          0s
web-1   1/1     Running             0          18s
`

describe('get -w', () => {
  it.each([
    { dialect: '1.10', rows: OLD_ROWS },
    { dialect: '1.36', rows: NEW_ROWS },
  ] as const)('pads each row as kubectl $dialect does', ({ dialect, rows }) => {
    const bench = newScene()
    bench.dialect = dialect
    const watch = bench.start('kubectl get pods -w -l app=nginx')
    settle(bench, 0)
    expect(watch.result().stdout).toBe('')
    startPod(bench, 'web-0', 19)
    startPod(bench, 'web-1', 18)
    expect(watch.result().stdout).toBe(rows)
    watch.proc.signal('SIGINT')
    settle(bench, 0)
    expect(watch.result()).toMatchObject({ code: 1, stderr: '' })
  })

  it('names events in a first column of its own width', () => {
    const bench = newScene()
    const watch = bench.start('kubectl get pods --watch-only --output-watch-events')
    settle(bench, 0)
    startPod(bench, 'web-0', 3)
    bench.api('DELETE', '/api/v1/namespaces/default/pods/web-0', { gracePeriodSeconds: 0 })
    settle(bench, 0)
    expect(watch.result().stdout).toBe(`EVENT      NAME    READY   STATUS    RESTARTS   AGE
ADDED      web-0   0/1     Pending   0          0s
MODIFIED   web-0   0/1     Pending   0          0s
MODIFIED   web-0   0/1     ContainerCreating   0          0s
MODIFIED   web-0   1/1     Running             0          3s
MODIFIED   web-0   1/1     Terminating         0          3s
DELETED    web-0   1/1     Terminating         0          3s
`)
  })
})
