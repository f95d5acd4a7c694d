import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ComparedKubectl, whyNotCompared } from './compared-kubectl.test-kit.ts'
import { DESCRIBED, STATUSES } from './described.test-kit.ts'

const MERGE = 'application/merge-patch+json'
const MAP = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"}}'

/** In this order, each client on a server of its own. No word holds a blank. */
const COMMANDS = `
get pods
get pods -o wide
get pods -o yaml
get pods -o json
get pods -o name
get pods --show-labels
get pods -L a,b
get pods -o jsonpath={.items[*].metadata.name}
get pods -o jsonpath={range.items[*]}{.metadata.name}{end}
get pods -o custom-columns=N:.metadata.name,S:.status.phase,X:.nope
get pods -o go-template={{range.items}}{{.metadata.name}}{{end}}
get pods --sort-by=.nope
get cm --sort-by=.nope
get pods -A
get all
get all -o name
get deploy,rs,ds,sts -o wide
get controllerrevisions,pvc,pv,sc,svc,ep,endpointslices,nodes,leases -o wide
get secrets,sa,pdb,pc,quota,limits,ns,volumeattachments
get sts expressed -o yaml
get cm one -o kyaml
get pods,svc p
get cm,pods two
get cm,sa two
get cm,pods
get pods --field-selector=spec.nope=a
get pod p -o jsonpath={.status
get pod p -o nope
get pods -l a===b
get pod/p cm/one
label cm one x=y
label cm one x=z
label cm one x=z --overwrite
label cm one x-
label cm one nope-
label cm --all q=r
label cm one bad=$
label sts expressed --list
label secret one x=y --list
label pods --all --list
annotate cm one x=y
annotate cm two x=y --list
annotate cm one x-
annotate cm one
patch cm one -p {"data":{"a":"2"}}
patch cm one -p {"data":{"a":"2"}}
patch cm one --type=json -p [{"op":"remove","path":"/data/zz"}]
patch cm one --type=json -p [{"op":"replace","path":"/data/a","value":"3"}]
patch cm one --type=merge -p {"data":{"a":null}}
patch cm one --type=nope -p {}
patch cm one -p {"data":{"a":3}}
patch cm one -p notjson
patch cm one --type=merge -p notjson
patch cm one --type=json -p notjson
patch cm one --type=json -p {}
patch cm one -p [1]
patch cm one -p {
patch sts expressed -p {"spec":{"serviceName":"x"}}
patch sts expressed -p {"spec":{"replicas":-1}}
scale sts expressed --replicas=3
scale sts expressed --replicas=4 --current-replicas=9
scale cm one --replicas=1
scale sts --all --replicas=2
scale sts nope --replicas=2
scale sts expressed
rollout history sts/expressed
rollout history sts/expressed --revision=1
rollout history deploy/rich --revision=2
rollout undo sts/expressed
rollout undo sts/expressed --to-revision=5
rollout undo deploy/rich
rollout undo ds/one
rollout pause sts/expressed
rollout pause deploy/rich
rollout pause deploy/rich
rollout restart deploy/rich
rollout resume deploy/rich
rollout restart cm/one
set image deploy/rich c=y
set image deploy/rich nope=y
set image deploy rich *=z
set env deploy/rich A=1
set env deploy/rich A-
set resources deploy/rich -c=c --limits=cpu=200m
set serviceaccount deploy rich two
expose deploy rich --port=80
expose deploy rich --port=80
expose sts expressed --port=80 --name=e2 --target-port=web
expose cm one --port=80
set env deploy/rich A=1
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set env deploy/rich A-
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set env deploy/rich -c open Z=1
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set env deploy/rich -c nope Z=1
set env deploy/rich
set env deploy/rich --list
set env deploy/rich --list -c c
set env deploy --all --list
set env deploy/rich A=1 A-
set env deploy/rich -e Q=2
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set image deploy/rich i=zz
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set image deploy rich *=z
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set image deploy/rich c=q,open=r
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set image deploy/rich
set resources deploy/rich --limits=cpu=200m
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set resources deploy/rich -c=c --limits=cpu=0
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set resources deploy/rich --limits=cpu=x
set resources deploy/rich
set serviceaccount deploy rich two
get deploy rich -o jsonpath={.spec.template.spec.containers}{.spec.template.spec.initContainers}
set selector svc headless a=c
get svc headless -o jsonpath={.spec.selector}
set selector svc headless
set selector deploy rich a=c
set sa deploy rich
set image sts/expressed c=y --dry-run=client
set image sts/expressed c=y --dry-run=server -o name
set image sts/expressed c=y -o yaml --dry-run=client
create quota q --hard=pods=1,cpu=2 --dry-run=client -o yaml
create quota q --hard=pods=1 --scopes=BestEffort --dry-run=client -o yaml
create quota q --dry-run=client -o yaml
create quota q --hard=pods=x
create quota q --hard=pods
create quota q --hard=pods=5
create quota q --hard=pods=5
get quota q -o jsonpath={.spec}
create quota
create quota q --scopes=Nope
get deploy rich -o jsonpath={.spec.paused}
set serviceaccount deploy rich Bad_Name
set env pod/p A=1
set resources pod p --limits=cpu=3
set image deploy/rich c=y:
set selector svc nope a=b
set selector svc headless
set selector svc headless a=b --dry-run=server
set selector svc elsewhere x=y,z=w
get svc elsewhere -o jsonpath={.spec.selector}
set env sts nope --list
set env pod p --list
set env svc headless A=1
set image svc headless c=x
set resources svc headless --limits=cpu=1
set sa svc headless x
annotate cm one a=b a-
label cm one a=b a-
set selector svc headless x
set selector svc headless a=b,c=d
set selector svc elsewhere a=q
patch pod p -p {"spec":{"nodeName":"x"}}
delete cm two
delete cm two
delete cm two --ignore-not-found
delete cm one,two
delete cm/one sa/nope
delete cm -l nope=1
delete pod p --grace-period=0 --force
delete cm
delete nothing x
delete ns default
create cm new --from-literal=a=b --dry-run=client -o yaml
create deploy d --image=nginx --dry-run=client -o yaml
create svc clusterip s --tcp=80:8080 --dry-run=client -o yaml
create secret generic s --from-literal=a=b --dry-run=client -o yaml
create ns n --dry-run=client -o yaml
create secret docker-registry r --docker-username=a --docker-password=b --dry-run=client -o yaml
create secret docker-registry r --docker-username=a --docker-password=b --docker-email=e --docker-server=s --dry-run=client -o yaml
create secret docker-registry r --docker-username=a
create secret docker-registry r --docker-username=a --docker-password=b
set selector svc headless a=b,c=d
set selector svc headless a=b,c=d
get svc headless -o jsonpath={.spec.selector}
create sa s --dry-run=client -o yaml
create pdb p --selector=a=b --min-available=1 --dry-run=client -o yaml
create pc p --value=1 --dry-run=client -o yaml
create job j --image=a --dry-run=client -o yaml
create cm new --from-literal=a
create cm
create svc clusterip s
create deploy d
run x --image=a --dry-run=client -o yaml
run x --image=a --env=A=b --labels=c=d --port=80 --dry-run=client -o yaml
run x
apply -f m.json
apply -f m.json
apply -f m.json --server-side
apply -f nope.json
apply
replace -f m.json
replace -f nope.json
create -f m.json
diff -f m.json
wait --for=condition=Ready pod/p --timeout=1s
wait --for=delete cm/nope --timeout=1s
wait cm/m
taint node small x=y:NoSchedule
taint node small x=y:NoSchedule
taint node small x-
taint node small x:Bad
cordon small
cordon small
uncordon small
cordon nope
drain small
logs nope
top pods
get pods --nope
get pods -x
api-resources
api-resources -o wide
api-resources --verbs=list,get --sort-by=kind
api-versions
explain sts.spec.updateStrategy --recursive
explain sts.nope
auth whoami
`

describe.skipIf(whyNotCompared() !== undefined)('our kubectl does what kubectl 1.36 does', () => {
  let compared: ComparedKubectl

  beforeAll(async () => {
    compared = await ComparedKubectl.start({ isApart: true })
    compared.write('m.json', MAP)
    compared.write('objects.yaml', DESCRIBED)
    const { real, own } = await compared.both('create --validate=false -f objects.yaml')
    expect(own).toEqual({ ...real, code: 0 })
    for (const [object, status] of STATUSES)
      compared.api('PATCH', `/api/v1/${object}/status`, { status }, MERGE)
  })

  afterAll(() => compared.stop())

  it.each(COMMANDS.trim().split('\n'))('%s', async (words) => {
    const { real, own } = await compared.both(words)
    expect(withoutTimes(own)).toEqual(withoutTimes(real))
  })
})

type Printed = { readonly stdout: string; readonly stderr: string; readonly code: number }

/** The width of a column hangs on ages, and two servers are not asked in the same second. */
function withoutTimes({ stdout, stderr, code }: Printed): Printed {
  const masked = (text: string): string =>
    text
      .replaceAll(/\b(\d+[smhd])+\b/g, 'AGE')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
      .replaceAll(/ {2,}|-{3,}/g, '  ')
  return { stdout: masked(stdout), stderr: masked(stderr), code }
}
