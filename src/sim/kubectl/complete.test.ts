import { expect, it } from 'vitest'
import type { RemoteCall } from '#sim/apimachinery/request.ts'
import { newScene, startWeb } from '../../../tools/recordings/kubectl/scene.ts'
import { splitWords } from '../../../tools/recordings/kubectl/workbench.ts'
import { createKubectlComplete } from './complete.ts'

const bench = newScene()
startWeb(bench)
// oxlint-disable-next-line require-yield -- the server answers at once
const call: RemoteCall = function* (request) {
  return bench.server.call(request)
}
const complete = createKubectlComplete({ call, dialect: () => '1.36' })

function offered(line: string): readonly string[] | undefined {
  const words = splitWords(line)
  const word = line.endsWith(' ') ? '' : (words.pop() ?? '')
  let found: readonly string[] | undefined
  bench.simulation.spawn(
    (function* () {
      found = yield* complete({ words: [...words, word] })
    })(),
    { name: 'complete' },
  )
  bench.simulation.run({ until: bench.simulation.now })
  return found?.filter((candidate) => candidate.startsWith(word))
}

it.each([
  ['kubectl ro', ['rollout']],
  ['kubectl rollout ', ['history', 'pause', 'restart', 'resume', 'status', 'undo']],
  ['kubectl rollout status ', ['deployment', 'daemonset', 'statefulset']],
  ['kubectl rollout status sts ', ['web']],
  ['kubectl get st', ['statefulsets.apps', 'storageclasses.storage.k8s.io']],
  ['kubectl get pods ', ['web-0', 'web-1']],
  ['kubectl get pod/w', ['pod/web-0', 'pod/web-1']],
  ['kubectl delete pod web-0 ', ['web-1']],
  ['kubectl exec w', ['web-0', 'web-1']],
  ['kubectl logs web-0 -c ', ['nginx']],
  ['kubectl get pods -n kube-p', ['kube-public']],
  ['kubectl get pods -n kube-public ', []],
  ['kubectl get pods -o js', ['json', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file']],
  ['kubectl cordon ', ['node-a', 'node-b']],
  ['kubectl scale sts web --rep', ['--replicas=']],
  ['kubectl get nope ', []],
  ['kubectl apply -f ', undefined],
])('offers behind `%s`', (line, expected) => {
  expect(offered(line)).toEqual(expected)
})
