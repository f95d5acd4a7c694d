import { readFileSync } from 'node:fs'
import type { Manifest } from '#sim/kubectl/manifest.ts'
import { Workbench } from './workbench.ts'

/** The manifests that the recorded commands read. */
export const WEB_YAML = `apiVersion: v1
kind: Service
metadata:
  name: nginx
  labels:
    app: nginx
spec:
  ports:
  - port: 80
    name: web
  clusterIP: None
  selector:
    app: nginx
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  serviceName: "nginx"
  replicas: 2
  selector:
    matchLabels:
      app: nginx
  template:
    metadata:
      labels:
        app: nginx
    spec:
      containers:
      - name: nginx
        image: k8s.gcr.io/nginx-slim:0.8
        ports:
        - containerPort: 80
          name: web
        volumeMounts:
        - name: www
          mountPath: /usr/share/nginx/html
  volumeClaimTemplates:
  - metadata:
      name: www
    spec:
      accessModes: [ "ReadWriteOnce" ]
      resources:
        requests:
          storage: 1Gi
`

const POD_YAML = `apiVersion: v1
kind: Pod
metadata:
  name: p1
  labels:
    app: p1
spec:
  containers:
  - name: c
    image: nginx
`

const INVALID_YAML = WEB_YAML.split('---\n')[1]
  ?.replace('name: web\n', 'name: Web_1\n')
  .replace('replicas: 2', 'replicas: -1')
  .replace('      labels:\n        app: nginx', '      labels:\n        app: other')
  .replace('        image: k8s.gcr.io/nginx-slim:0.8\n', '')

const FILES: Readonly<Record<string, string>> = {
  'web.yaml': WEB_YAML,
  'f/web3.yaml': WEB_YAML.replace('replicas: 2', 'replicas: 3'),
  'f/webforbid.yaml': WEB_YAML.replace('replicas: 2', 'replicas: 3').replace('storage: 1Gi', 'storage: 2Gi'),
  'f/pod.yaml': POD_YAML,
  'f/dir/a.yaml': POD_YAML,
  'f/dir/b.json.yaml': POD_YAML.replaceAll('p1', 'p3'),
  'f/dir/c.txt': 'not a manifest\n',
  'f/empty/readme.txt': 'nothing here\n',
  'f/bad.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n labels: {}\n',
  'f/unk.yaml': 'apiVersion: v1\nkind: Foo\nmetadata:\n  name: x\n',
  'f/nokind.yaml': 'apiVersion: v1\nmetadata:\n  name: x\n',
  'f/noapi.yaml': 'kind: Pod\nmetadata:\n  name: x\n',
  'f/badver.yaml': (WEB_YAML.split('---\n')[1] ?? '').replace('apps/v1', 'apps/v1beta1'),
  'f/noname.yaml': POD_YAML.replace('  name: p1\n', ''),
  'f/unkfield.yaml': `${POD_YAML.replaceAll('p1', 'p2').replace('image: nginx', 'image: nginx\n    imagee: x')}  foo: bar\n`,
  'f/badtype.yaml': (WEB_YAML.split('---\n')[1] ?? '').replace('replicas: 2', 'replicas: x'),
  'f/invalid.yaml': INVALID_YAML ?? '',
  'f/ns.yaml': POD_YAML.replace('name: p1', 'name: p9\n  namespace: default'),
}

export type Recorded = {
  readonly section: string
  readonly command: string
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Reads the recording of the real kubectl; its head explains the format. */
export function readTranscripts(): Recorded[] {
  const path = new URL('./transcripts-v1.36.txt', import.meta.url)
  const found: { -readonly [K in keyof Recorded]: Recorded[K] }[] = []
  let section = ''
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const title = /^=+ (.*) =+$/.exec(line)
    const last = found.at(-1)
    if (title !== null) section = title[1] ?? ''
    else if (line.startsWith('$ ')) {
      found.push({ section, command: withOurNodes(line.slice(2)), stdout: '', stderr: '', code: 0 })
    } else if (last !== undefined && /^[12]\|/.test(line)) {
      const text = withOurNodes(plain(line.slice(2)))
      if (line.startsWith('1')) last.stdout += text
      else last.stderr += text
    } else if (last !== undefined && line.startsWith('rc=')) last.code = Number(line.slice(3))
  }
  return found
}

// The nodes of our clusters have letters where the recording's had numbers.
function withOurNodes(text: string): string {
  return text.replaceAll('node-1', 'node-a').replaceAll('node-2', 'node-b')
}

function plain(text: string): string {
  const body = text.endsWith('~') ? `${text.slice(0, -1)}\n` : text
  return body.replaceAll('^I', '\t').replaceAll('^[', '\u001b')
}

/** Puts the manifests where the recorded commands look for them. */
export function writeFiles(bench: Workbench): void {
  for (const [path, text] of Object.entries(FILES)) bench.write(path, text)
}

/** A server with the tutorial's objects as they are once everything runs. */
export function newScene(): Workbench {
  const bench = new Workbench()
  writeFiles(bench)
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    bench.api('POST', '/api/v1/namespaces', { metadata: { name } })
    bench.api('POST', `/api/v1/namespaces/${name}/serviceaccounts`, {
      metadata: { name: 'default' },
    })
  }
  for (const name of ['node-a', 'node-b']) addNode(bench, name)
  bench.api('POST', '/apis/storage.k8s.io/v1/storageclasses', {
    metadata: {
      name: 'standard',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'example.com/sim',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: false,
  })
  return bench
}

export function addNode(bench: Workbench, name: string): void {
  bench.api('POST', '/api/v1/nodes', {
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { podCIDR: '10.244.2.0/24', podCIDRs: ['10.244.2.0/24'] },
  })
  const node = bench.api('GET', `/api/v1/nodes/${name}`)
  const status = {
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    nodeInfo: { kubeletVersion: 'v1.36.2' },
  }
  bench.api('PUT', `/api/v1/nodes/${name}/status`, { ...node, status })
}

/** Creates the StatefulSet of the tutorial with its Pods, all of them ready. */
export function startWeb(bench: Workbench): void {
  bench.run('kubectl apply -f web.yaml')
  const set = bench.api('GET', '/apis/apps/v1/namespaces/default/statefulsets/web')
  for (const ordinal of [0, 1]) addSetPod(bench, set, ordinal)
  bench.api('PUT', '/apis/apps/v1/namespaces/default/statefulsets/web/status', {
    ...set,
    status: {
      replicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      currentRevision: 'web-85744c9dc6',
      updateRevision: 'web-85744c9dc6',
      observedGeneration: 1,
      collisionCount: 0,
    },
  })
}

export function addSetPod(bench: Workbench, set: Manifest, ordinal: number): Manifest {
  const name = `web-${ordinal}`
  const template = set['spec'].template
  const pod = bench.api('POST', '/api/v1/namespaces/default/pods', {
    metadata: {
      name,
      generateName: 'web-',
      labels: {
        app: 'nginx',
        'apps.kubernetes.io/pod-index': String(ordinal),
        'controller-revision-hash': 'web-85744c9dc6',
        'statefulset.kubernetes.io/pod-name': name,
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          name: 'web',
          uid: set['metadata'].uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...template.spec,
      nodeName: ordinal === 0 ? 'node-a' : 'node-b',
      hostname: name,
      subdomain: 'nginx',
      volumes: [{ name: 'www', persistentVolumeClaim: { claimName: `www-${name}` } }],
    },
  })
  return setPodRunning(bench, pod, `10.244.${ordinal + 1}.7`)
}

export function setPodRunning(bench: Workbench, pod: Manifest, ip: string): Manifest {
  const time = new Date(bench.simulation.unixMs).toISOString().replace(/\.\d+Z$/, 'Z')
  const { name, namespace } = pod['metadata']
  const container = pod['spec'].containers[0]
  const condition = (type: string) => ({
    type,
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: time,
  })
  return bench.api('PUT', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
    ...pod,
    status: {
      phase: 'Running',
      hostIP: '127.0.0.1',
      hostIPs: [{ ip: '127.0.0.1' }],
      podIP: ip,
      podIPs: [{ ip }],
      startTime: time,
      qosClass: 'BestEffort',
      conditions: [
        'PodReadyToStartContainers',
        'Initialized',
        'Ready',
        'ContainersReady',
        'PodScheduled',
      ].map(condition),
      containerStatuses: [
        {
          name: container.name,
          image: container.image,
          imageID: `${container.image}@sha256:1`,
          containerID: 'containerd://1',
          ready: true,
          started: true,
          restartCount: 0,
          lastState: {},
          state: { running: { startedAt: time } },
        },
      ],
    },
  })
}
