import { describe, expect, it } from 'vitest'
import { createCluster } from '#sim/cluster/cluster.ts'
import {
  newScene,
  readTranscripts,
  type Recorded,
  startWeb,
  writeFiles,
} from '../../../tools/recordings/kubectl/scene.ts'
import { type RunResult, Workbench } from '../../../tools/recordings/kubectl/workbench.ts'

const TRANSCRIPTS = readTranscripts()

/** Commands that need a shell, a person, or what the recording's stand-in node printed. */
const NOT_REPLAYED =
  /^(config|port-forward|__complete|cp|debug|completion|autoscale|logs (web-0 -f|two|-l app=nginx --tail=1 --prefix|sts\/web --tail=1 --all|web-0 --timestamps|done)|events|describe (pod|pv|node|endpointslice|secret)|exec two|attach done)|-w\b|--watch-only|--watch$/

function commandsOf(section: string): Recorded[] {
  return TRANSCRIPTS.filter((recorded) => recorded.section.startsWith(section)).filter(
    ({ command }) => {
      const words = /^(?:bin\/k36|kubectl)(?: (.*))?$/.exec(command)
      const hasShell = /[|;(<]/.test(command.replace(/'[^']*'/g, ''))
      return words !== null && !hasShell && !NOT_REPLAYED.test(words[1] ?? '')
    },
  )
}

/** What differs from run to run: ages, addresses, ids, and with them the width of columns. */
function stable(text: string): string {
  return text
    .replace(/\b(\d+[smhdy])+\b/g, 'AGE')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
    .replace(/\d+\.\d+\.\d+\.\d+/g, 'IP')
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
    .replace(/W\d{4} [\d:.]+ +\w+/g, 'STAMP')
    .replace(/ {2,}/g, '  ')
}

function differs(got: RunResult, recorded: Recorded): boolean {
  return (
    stable(got.stdout) !== stable(recorded.stdout) ||
    stable(got.stderr) !== stable(recorded.stderr) ||
    got.code !== recorded.code
  )
}

/** Runs a section's commands in sequence and tells which of them print something else. */
function differing(bench: Workbench, section: string): string[] {
  const commands = commandsOf(section)
  expect(commands.length).toBeGreaterThan(5)
  return commands.flatMap((recorded) => {
    const got = bench.run(recorded.command.replace('bin/k36', 'kubectl'))
    bench.simulation.run({ until: bench.simulation.now + 1000 })
    return differs(got, recorded) ? [recorded.command] : []
  })
}

function newCluster(): Workbench {
  const cluster = createCluster({
    seed: 1,
    nodes: 2,
    dialect: '1.36',
    featureGates: {},
    timings: 'kind',
  })
  const bench = new Workbench(cluster)
  writeFiles(bench)
  bench.run('kubectl apply -f web.yaml')
  bench.simulation.run({ until: bench.simulation.now + 60_000 })
  return bench
}

describe('against a server alone', () => {
  // Each entry is a difference of the scene: it has no claims, volumes or default Service.
  const SECTIONS: readonly (readonly [section: string, expected: readonly string[]])[] = [
    [
      'get',
      [
        'kubectl get sts,pvc,pods',
        'kubectl get all',
        'kubectl get pvc -o wide',
        'kubectl get pv -o wide',
        'kubectl get svc -o wide',
        'kubectl get nodes -o wide',
        'kubectl get ep,endpointslices,controllerrevision',
      ],
    ],
    [
      'create',
      [
        // The recorded line number is that of a file that was not kept.
        'kubectl create -f f/bad.yaml',
        // The recording used another version of these files here.
        'kubectl create -f f/invalid.yaml',
        'kubectl create -f f/invalid1.yaml',
        'kubectl apply -f f/invalid1.yaml',
        // There are no Jobs.
        'kubectl create job j1 --image=busybox -- echo hi',
      ],
    ],
    [
      'apply, replace',
      [
        'kubectl create -f f/invalid1.yaml',
        'kubectl apply -f f/invalid1.yaml',
        // The objects that an earlier section left are not there.
        'kubectl create -f f/dir -R',
        // The server words the wrong type differently.
        'kubectl patch sts web -p \'{"spec":{"replicas":"x"}}\'',
        // There is no editor on this workstation.
        'kubectl edit sts web',
      ],
    ],
    [
      'unknown',
      [
        'kubectl api-versions',
        'kubectl api-resources',
        'kubectl api-resources --namespaced=false --api-group=storage.k8s.io',
      ],
    ],
  ]

  it.each(SECTIONS)('prints what the real kubectl printed: %s', (section, expected) => {
    const bench = newScene()
    startWeb(bench)
    const found = differing(bench, section)
    expect(found.filter((command) => !expected.includes(command))).toEqual([])
  })
})

describe('against a whole cluster', () => {
  const SECTIONS: readonly (readonly [section: string, expected: readonly string[]])[] = [
    [
      'delete',
      [
        // Objects that earlier sections left behind.
        'kubectl delete pvc --all --dry-run=client',
        'kubectl delete pod web-2 --wait=false',
        'kubectl apply -f web.yaml',
        'kubectl delete ns test1',
        'kubectl delete pvc --all --timeout=1s',
      ],
    ],
    [
      'scale, rollout',
      // How far things have come when the command starts or gives up is a matter of timing.
      [
        'kubectl rollout status sts/web --watch=false',
        'kubectl rollout status sts/web',
        'kubectl rollout status sts/web --timeout=1s',
        'kubectl scale --replicas=2 sts web --timeout=1s',
      ],
    ],
    [
      'label, annotate',
      [
        // The real one lists labels in no fixed order.
        'kubectl label pod web-0 --list',
        'kubectl label pods --all --list',
        // Earlier sections had made more revisions.
        'kubectl rollout history sts/web',
        // Here the container has ended before kubectl could attach.
        'kubectl run z3 --image=busybox --rm -i --restart=Never -- echo hi',
        "kubectl run z5 --image=busybox --rm -i --restart=Never -- sh -c 'exit 3'",
        'kubectl get pods',
        // Somebody else deleted these while the recorder waited.
        'kubectl wait --for=delete pod/x --timeout=20s',
        'kubectl delete pod x y z z2 z3 z4 z5 z8 z10',
      ],
    ],
    [
      'logs, exec',
      [
        // The recording had other Pods: web-1 was the older one, and two that nothing manages.
        'kubectl logs sts/web --tail=1',
        'kubectl logs svc/nginx --tail=1',
        'kubectl exec -i two2 -- echo hi',
        'kubectl drain node-a',
        'kubectl drain node-a --ignore-daemonsets --dry-run=client',
        'kubectl drain node-a --ignore-daemonsets --force --timeout=20s',
        'kubectl drain node-a --force --ignore-daemonsets --delete-emptydir-data --disable-eviction',
        // There is one user, who may do everything.
        'kubectl auth can-i create pods --as=bob',
        'kubectl auth whoami',
      ],
    ],
    [
      'further',
      [
        // The recording had more Pods, and its set another history.
        'kubectl get pods',
        'kubectl get Pods',
        'kubectl get ns,pods -A',
        'kubectl get pods,ns -A',
        'kubectl get pods -A -o wide --show-labels -l app=nginx',
        'kubectl get sts web -o yaml',
        'kubectl get pod web-0 -o yaml',
        // Only `set` keeps the command line here.
        'kubectl apply -f web.yaml --record',
      ],
    ],
    [
      'remaining',
      [
        // Names of the provisioner, of what earlier sections made, and of the Service of the API.
        'kubectl get sc',
        'kubectl get cm,secret,sa',
        'kubectl get endpointslices',
        // There are no Jobs and no HorizontalPodAutoscalers.
        'kubectl get pdb,job,deploy,rs,ds',
        'kubectl delete hpa web',
        'kubectl get hpa',
      ],
    ],
    ['exec', []],
  ]

  it.each(SECTIONS)(
    'prints what the real kubectl printed: %s',
    (section, expected) => {
      const found = differing(newCluster(), section)
      expect(found.filter((command) => !expected.includes(command))).toEqual([])
    },
    120_000,
  )
})
