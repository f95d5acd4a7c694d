/**
 * Objects of every kind that kubectl has a layout for, with the fields that it looks at, said and
 * left out. No controller works on them.
 */
export const DESCRIBED = `
kind: ConfigMap
apiVersion: v1
metadata: {name: one, labels: {z: "1", a: b}, annotations: {b: "${'long '.repeat(60)}", a: "two\\nlines"}}
data: {a: "1", b: "two\\nlines\\n"}
binaryData: {bin: AAEC, none: ""}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: two}}
---
{kind: Secret, apiVersion: v1, metadata: {name: one}, data: {a: YWJj, b: ""}}
---
kind: ServiceAccount
apiVersion: v1
metadata: {name: one}
imagePullSecrets: [{name: p}, {name: q}]
secrets: [{name: s}]
---
{kind: ServiceAccount, apiVersion: v1, metadata: {name: two}}
---
{kind: Lease, apiVersion: coordination.k8s.io/v1, metadata: {name: one}, spec: {holderIdentity: me}}
---
kind: Endpoints
apiVersion: v1
metadata: {name: one, labels: {a: b}}
subsets:
- addresses: [{ip: 10.0.0.4}, {ip: 10.0.0.5}]
  notReadyAddresses: [{ip: 10.0.0.6}]
  ports: [{name: a, port: 80}, {name: b, port: 81, protocol: UDP}]
- {addresses: [{ip: 10.0.1.4}], ports: [{port: 90}]}
---
{kind: Endpoints, apiVersion: v1, metadata: {name: two}}
---
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: one}
addressType: IPv4
ports: [{name: a, port: 80}, {port: 81, protocol: UDP}]
endpoints:
- addresses: [10.0.0.4, 10.0.0.5]
  conditions: {ready: true, serving: true, terminating: false}
  hostname: h
  nodeName: small
  zone: z
  targetRef: {kind: Pod, name: p, namespace: default}
- addresses: [10.0.0.7]
---
{kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, metadata: {name: two}, addressType: FQDN, endpoints: []}
---
kind: Service
apiVersion: v1
metadata: {name: balanced}
spec:
  type: LoadBalancer
  selector: {b: c, a: b}
  ports: [{name: x, port: 80, targetPort: web, nodePort: 30080}, {name: z, port: 81, protocol: UDP}]
  loadBalancerSourceRanges: [10.0.0.0/8]
  sessionAffinity: ClientIP
  externalTrafficPolicy: Local
---
{kind: Service, apiVersion: v1, metadata: {name: elsewhere}, spec: {type: ExternalName, externalName: a.example}}
---
{kind: Service, apiVersion: v1, metadata: {name: headless}, spec: {clusterIP: None, selector: {a: b}}}
---
{kind: PriorityClass, apiVersion: scheduling.k8s.io/v1, metadata: {name: high, annotations: {b: "2", a: "1"}}, value: 5, globalDefault: true, preemptionPolicy: Never}
---
{kind: PriorityClass, apiVersion: scheduling.k8s.io/v1, metadata: {name: low}, value: -5, description: of no haste}
---
kind: PodDisruptionBudget
apiVersion: policy/v1
metadata: {name: expressed, labels: {q: r}, annotations: {q: s}}
spec: {maxUnavailable: 25%, selector: {matchLabels: {a: b}, matchExpressions: [{key: k, operator: In, values: [x, w]}]}}
---
{kind: PodDisruptionBudget, apiVersion: policy/v1, metadata: {name: everything}, spec: {minAvailable: 1, selector: {}}}
---
{kind: PodDisruptionBudget, apiVersion: policy/v1, metadata: {name: nothing}, spec: {minAvailable: 1}}
---
kind: ResourceQuota
apiVersion: v1
metadata: {name: one}
spec: {hard: {pods: "40"}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}
---
{kind: LimitRange, apiVersion: v1, metadata: {name: one}, spec: {limits: [{type: Container, default: {cpu: "2"}, defaultRequest: {cpu: "1"}, max: {cpu: "9"}, maxLimitRequestRatio: {cpu: "30"}}]}}
---
kind: StorageClass
apiVersion: storage.k8s.io/v1
metadata: {name: all, annotations: {a: b, storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: p
parameters: {x: "1", a: "b"}
mountOptions: [o, p]
allowVolumeExpansion: true
volumeBindingMode: WaitForFirstConsumer
allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a, b]}, {key: r, values: [c]}]}]
---
{kind: StorageClass, apiVersion: storage.k8s.io/v1, metadata: {name: bare}, provisioner: p}
---
{kind: VolumeAttachment, apiVersion: storage.k8s.io/v1, metadata: {name: one}, spec: {attacher: x, nodeName: small, source: {persistentVolumeName: v}}}
---
kind: PersistentVolume
apiVersion: v1
metadata: {name: host}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce, ReadOnlyMany]
  hostPath: {path: /x, type: Directory}
  mountOptions: [a, b]
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: k, operator: In, values: [a, b]}]}, {matchExpressions: [{key: e, operator: Exists}]}]}}
---
kind: PersistentVolume
apiVersion: v1
metadata: {name: interface, labels: {a: b}}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOncePod]
  persistentVolumeReclaimPolicy: Delete
  volumeMode: Block
  storageClassName: fast
  csi: {driver: d, volumeHandle: h, fsType: ext4, volumeAttributes: {k: v, a: b}}
  claimRef: {name: c, namespace: d}
---
{kind: PersistentVolume, apiVersion: v1, metadata: {name: bare}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], csi: {driver: d, volumeHandle: h}}}
---
{kind: PersistentVolume, apiVersion: v1, metadata: {name: net}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], nfs: {server: s, path: /p}}}
---
kind: PersistentVolumeClaim
apiVersion: v1
metadata: {name: copied, labels: {a: b}}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: all, dataSource: {kind: PersistentVolumeClaim, name: o}}
---
{kind: PersistentVolumeClaim, apiVersion: v1, metadata: {name: named}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: "", volumeName: host}}
---
kind: ControllerRevision
apiVersion: apps/v1
metadata: {name: one}
revision: 3
data: {spec: {clusterIPs: [a], aB: 1.5, someURL: q, apiVersion: v, "x-z": 1, "x.z": 2, nothing: null, deep: [[1, 2], {a: b}], none: [], empty: {}}}
---
kind: StatefulSet
apiVersion: apps/v1
metadata: {name: expressed}
spec:
  serviceName: s
  replicas: 0
  updateStrategy: {type: OnDelete}
  selector: {matchExpressions: [{key: a, operator: In, values: [c, b]}]}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}
  volumeClaimTemplates:
  - {metadata: {name: w, labels: {l: m}, annotations: {k: o}}, spec: {accessModes: [ReadWriteOnce, ReadOnlyMany], storageClassName: all, resources: {requests: {storage: 1Gi}}}}
---
{kind: DaemonSet, apiVersion: apps/v1, metadata: {name: one}, spec: {selector: {matchLabels: {a: ds}}, template: {metadata: {labels: {a: ds}}, spec: {containers: [{name: c, image: x}], nodeSelector: {k: v}}}}}
---
kind: ReplicaSet
apiVersion: apps/v1
metadata: {name: alone}
spec: {replicas: 0, selector: {matchLabels: {a: rs}}, template: {metadata: {labels: {a: rs}}, spec: {containers: [{name: c, image: x}]}}}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: rich}
spec:
  replicas: 2
  minReadySeconds: 3
  strategy: {type: Recreate}
  selector: {matchLabels: {a: rich}}
  template:
    metadata: {labels: {a: rich}, annotations: {t: u}}
    spec:
      serviceAccountName: one
      priorityClassName: high
      nodeSelector: {k: v}
      tolerations: [{key: t, operator: Exists, effect: NoSchedule}, {key: s, value: w, effect: NoExecute, tolerationSeconds: 3}]
      topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: rich}}}]
      initContainers: [{name: i, image: x, restartPolicy: Always}]
      containers:
      - name: c
        image: x
        args: [a, b c]
        ports: [{containerPort: 80, hostPort: 81, name: web}, {containerPort: 82}]
        env:
        - {name: A, value: b}
        - {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: C, valueFrom: {configMapKeyRef: {name: one, key: a, optional: true}}}
        - {name: D, valueFrom: {secretKeyRef: {name: s, key: k}}}
        - {name: E, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
        - {name: F, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
        - {name: G, valueFrom: {resourceFieldRef: {resource: requests.cpu, divisor: 1m}}}
        - {name: H, valueFrom: {resourceFieldRef: {resource: requests.ephemeral-storage}}}
        envFrom: [{prefix: P_, configMapRef: {name: one}}, {secretRef: {name: one, optional: true}}]
        resources: {limits: {cpu: 100m, memory: 1500Mi}, requests: {cpu: 50m}}
        livenessProbe: {httpGet: {path: /x, port: 80, scheme: HTTPS, host: h}, initialDelaySeconds: 3}
        readinessProbe: {exec: {command: [a, b]}}
        startupProbe: {tcpSocket: {port: web}}
        volumeMounts: [{name: v1, mountPath: /a, subPath: q, readOnly: true}, {name: v2, mountPath: /b}]
      - {name: open, image: x, env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}, {name: B, valueFrom: {resourceFieldRef: {resource: limits.ephemeral-storage}}}]}
      volumes:
      - {name: v1, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
      - {name: v2, configMap: {name: one, optional: true}}
      - {name: v3, secret: {secretName: s}}
      - {name: v4, hostPath: {path: /x, type: File}}
      - {name: v5, persistentVolumeClaim: {claimName: c, readOnly: true}}
      - {name: v6, downwardAPI: {items: [{path: p, fieldRef: {fieldPath: metadata.labels}}]}}
      - {name: v7, nfs: {server: s, path: /p}}
      - {name: v8, projected: {sources: [{secret: {name: s}}, {downwardAPI: {items: []}}, {configMap: {name: m, optional: true}}, {serviceAccountToken: {path: t, expirationSeconds: 700}}]}}
      - {name: v9, ephemeral: {volumeClaimTemplate: {metadata: {labels: {a: b, c: d}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}
      - {name: w1, ephemeral: {volumeClaimTemplate: {metadata: {annotations: {a: b, c: d}}, spec: {accessModes: [ReadWriteOnce], storageClassName: q, volumeMode: Block, volumeName: v, dataSource: {kind: PersistentVolumeClaim, name: u}, resources: {requests: {storage: 1Gi}}}}}}
---
kind: Pod
apiVersion: v1
metadata: {name: p}
spec:
  nodeName: small
  containers: [{name: a, image: x}, {name: b, image: x}, {name: c, image: x}]
---
{kind: Node, apiVersion: v1, metadata: {name: small, labels: {node-role.kubernetes.io/x: ""}}, spec: {taints: [{key: b, effect: NoSchedule}, {key: a, value: v, effect: NoExecute}]}}
`

/** What their kubelets and controllers would say, in few words. */
export const STATUSES: readonly (readonly [string, object])[] = [
  [
    'namespaces/default/pods/p',
    {
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: 'a', ready: true, state: { running: {} } },
        { name: 'b', ready: false, state: { terminated: { exitCode: 3 } } },
        {
          name: 'c',
          ready: false,
          state: { waiting: { reason: 'W' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', signal: 9 } },
        },
      ].map((status) => ({ image: 'x', imageID: '', restartCount: 0, ...status })),
    },
  ],
  ['nodes/small', { conditions: [{ type: 'Ready', status: 'True' }] }],
]
