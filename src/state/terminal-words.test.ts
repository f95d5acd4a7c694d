import { expect, it } from 'vitest'
import { foregroundWord, wayBack } from './terminal-words.ts'

it.each([
  ['kubectl get pods -w -l app=nginx', 'watching', 'running, Ctrl C stops it'],
  ['kubectl rollout status sts/web', 'waiting', 'running, Ctrl C stops it'],
  ['kubectl logs -f web-0', 'following', 'running, Ctrl C stops it'],
  [
    'kubectl run -i --tty --image busybox dns-test --restart=Never --rm /bin/sh',
    'in a container',
    'exit leaves it',
  ],
  ['kubectl exec -it web-0 -- sh', 'in a container', 'exit leaves it'],
  ['kubectl exec web-0 -- sleep 60', 'in a container', 'running, Ctrl C stops it'],
  ['sleep 60', 'sleep', 'running, Ctrl C stops it'],
])('says of "%s" that it is %s', (command, word, back) => {
  expect(foregroundWord(command)).toBe(word)
  expect(wayBack(command)).toBe(back)
})
