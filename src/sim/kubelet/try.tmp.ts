import { createCluster } from '#sim/cluster/cluster.ts'
import { readFileSync } from 'node:fs'
const timings = (process.argv[2] ?? 'kind') as 'kind' | 'cloud'
const c = createCluster({ seed: 7, nodes: 3, dialect: '1.36', featureGates: {}, timings })
const t = c.workstation.openTerminal(160, 40)
let out = ''
t.onOutput((x) => {
  out += x
})
c.simulation.run({ until: c.simulation.now + 100 })
const text = readFileSync('/work/shared/tutorial/original.txt', 'utf8')
const m = /cat << EOF > web\.yaml[^]*?\nEOF\n/.exec(text)![0]
function type(cmd: string, ms = 0) {
  out = ''
  t.input(cmd + '\r')
  let steps = 0
  c.simulation.run({ until: c.simulation.now + 1 })
  while (t.foregroundCommand !== '' && steps++ < 3_000_000) {
    if (c.simulation.nextEventAt === undefined || c.simulation.now > 1e7) break
    c.simulation.step()
  }
  if (ms) c.simulation.run({ until: c.simulation.now + ms })
  else c.simulation.runUntilRest()
  console.log(
    (c.simulation.now / 1000).toFixed(1),
    out
      .replaceAll('\r', '')
      .replace(/[^\n]*\n/, '')
      .replace(/\x1b\[\??[0-9]*[a-zA-Z]/g, ''),
  )
}
for (const line of m.trimEnd().split('\n')) t.input(line + '\r')
c.simulation.run({ until: c.simulation.now + 100 })
const t2 = c.workstation.openTerminal(120, 40)
let out2 = ''
t2.onOutput((x) => {
  out2 += x
})
t2.input('kubectl get pods -w -l app=nginx\r')
c.simulation.run({ until: c.simulation.now + 100 })
type('kubectl create -f web.yaml')
type('kubectl get pods -o wide')
const node = process.argv[3] ?? 'node-a'
if (process.argv[4] === 'crash') c.kubelets.get(node)!.crash()
else c.network.partition(node)
type('kubectl get nodes', 70000)
type('kubectl get nodes')
type('kubectl get pods', 330000)
type('kubectl get pods')
type('kubectl exec web-0 -- hostname')
if (process.argv[5] === 'force') {
  type('kubectl delete pod web-0 --force --grace-period=0', 500000)
  type('kubectl get pods -o wide')
  type('kubectl describe pod web-0 | tail -20')
}
if (process.argv[4] === 'crash') c.kubelets.get(node)!.restart()
else c.network.heal(node)
type('kubectl get nodes', 30000)
type('kubectl get nodes')
type('kubectl get pods -o wide')
type('kubectl get events | tail -30')
console.log(out2.replaceAll('\r', ''))
