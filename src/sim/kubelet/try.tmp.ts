import { createCluster } from '#sim/cluster/cluster.ts'
import { readFileSync } from 'node:fs'
const dialect = (process.argv[2] ?? '1.36') as '1.36' | '1.10'
const timings = (process.argv[3] ?? 'kind') as 'kind' | 'cloud'
const c = createCluster({seed: 7, nodes: 3, dialect, featureGates: {}, timings})
console.log('boot', c.bootSeconds, c.bootWrites)
const t = c.workstation.openTerminal(120, 40)
let out = ''
t.onOutput(x => { out += x })
c.simulation.run({until: c.simulation.now + 100})
const text = readFileSync('/work/shared/tutorial/original.txt','utf8')
const m = /cat << EOF > web\.yaml[^]*?\nEOF\n/.exec(text)![0]
function type(cmd: string, ms = 0) {
  out = ''
  t.input(cmd + '\r')
  let steps = 0
  c.simulation.run({until: c.simulation.now + 1})
  while (t.foregroundCommand !== '' && steps++ < 3_000_000) { if (c.simulation.nextEventAt === undefined || c.simulation.now > 1e7) break; c.simulation.step() }
  if (ms) c.simulation.run({until: c.simulation.now + ms}); else c.simulation.runUntilRest()
  console.log(out.replaceAll('\r',''))
}
for (const line of m.trimEnd().split('\n')) t.input(line + '\r')
c.simulation.run({until: c.simulation.now + 100})
const t2 = c.workstation.openTerminal(120, 40)
let out2 = ''
t2.onOutput(x => { out2 += x })
t2.input('kubectl get pods -w -l app=nginx\r')
c.simulation.run({until: c.simulation.now + 100})
type('kubectl create -f web.yaml')
type('kubectl get pods -o wide')
type('kubectl get pvc')
type("for i in 0 1; do kubectl exec web-$i -- sh -c 'hostname'; done")
type("for i in 0 1; do kubectl exec web-$i -- sh -c 'echo $(hostname) > /usr/share/nginx/html/index.html'; done")
type('for i in 0 1; do kubectl exec -it web-$i -- curl localhost; done')
t.input('kubectl run -i --tty --image busybox:1.28 dns-test --restart=Never --rm /bin/sh\r')
out=''
c.simulation.run({until: c.simulation.now + 8000})
t.input('nslookup web-0.nginx\r'); c.simulation.run({until: c.simulation.now + 500})
t.input('nslookup web-1.nginx\r'); c.simulation.run({until: c.simulation.now + 500})
t.input('exit\r'); c.simulation.run({until: c.simulation.now + 5000})
console.log(out.replaceAll('\r',''))
type('kubectl delete pod -l app=nginx')
type('for i in 0 1; do kubectl exec -it web-$i -- curl localhost; done')
type('kubectl scale sts web --replicas=4')
type(`kubectl patch sts web -p '{"spec":{"replicas":3}}'`)
type('kubectl describe pod web-0')
type('kubectl delete sts web')
type('kubectl get pods')
console.log(out2.replaceAll('\r',''))
console.log(c.network.records())
