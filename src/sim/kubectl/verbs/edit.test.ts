import { expect, it } from 'vitest'
import type { Program } from '#sim/kernel/os/types.ts'
import { newScene, startWeb } from '../../../../tools/recordings/kubectl/scene.ts'

const INVALID = `error: statefulsets.apps "web" is invalid
A copy of your changes has been stored to "/tmp/kubectl-edit-NNNNNNNNN.yaml"
error: Edit cancelled, no valid changes were saved.
`

/** An editor that changes the file each time it is opened. */
function editor(change: (text: string) => string, seen: string[]): Program {
  // oxlint-disable-next-line require-yield -- it does not wait
  return function* (proc) {
    const file = proc.argv[1] ?? ''
    const text = proc.host.fs.readText(file)
    seen.push(text)
    proc.host.fs.writeText(file, change(text))
    return 0
  }
}

it.each([
  {
    name: 'saved unchanged',
    change: (text: string) => text,
    stdout: '',
    stderr: 'Edit cancelled, no changes made.\n',
    code: 0,
  },
  {
    name: 'changed',
    change: (text: string) => text.replace(/ replicas: 2/, ' replicas: 3'),
    stdout: 'statefulset.apps/web edited\n',
    stderr: '',
    code: 0,
  },
  {
    name: 'refused by the server',
    change: (text: string) => text.replace(/serviceName:.*/, 'serviceName: foo'),
    stdout: '',
    stderr: INVALID,
    code: 1,
  },
  {
    name: 'no YAML',
    change: (text: string) => text.replace(/kind:.*/, 'kind: ['),
    stdout: '',
    stderr: INVALID,
    code: 1,
  },
  { name: 'emptied', change: () => '', stdout: '', stderr: INVALID, code: 1 },
])('tells what became of an edit: $name', ({ change, stdout, stderr, code }) => {
  const bench = newScene()
  startWeb(bench)
  bench.commands.set('ed.sh', editor(change, []))
  const got = bench.run('kubectl edit sts web', { env: { KUBE_EDITOR: 'ed.sh' } })
  const plain = got.stderr.replace(/kubectl-edit-\d+/, 'kubectl-edit-NNNNNNNNN')
  expect({ ...got, stderr: plain }).toEqual({ stdout, stderr, code })
})

it('opens the file again with what the server said', () => {
  const bench = newScene()
  startWeb(bench)
  const seen: string[] = []
  bench.commands.set(
    'ed.sh',
    editor((text) => text.replace(/serviceName:.*/, 'serviceName: foo'), seen),
  )
  bench.run('kubectl edit sts web', { env: { KUBE_EDITOR: 'ed.sh' } })
  expect(seen[1]).toMatch(
    /# reopened with the relevant failures\.\n#\n# statefulsets\.apps "web" was not valid:\n# \* spec: Forbidden: updates to statefulset spec for fields other than [^\n]*\n#\napiVersion: apps\/v1\n/,
  )
})

it('names an editor that is not there', () => {
  const bench = newScene()
  startWeb(bench)
  expect(bench.run('kubectl edit sts web', { env: { KUBE_EDITOR: 'nosucheditor' } })).toEqual({
    stdout: '',
    stderr: 'error: unable to launch the editor "nosucheditor"\n',
    code: 1,
  })
})
