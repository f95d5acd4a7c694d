import type { Draft } from '../resource.ts'

/**
 * Specs as the server's own Go types print: every member by its Go name, unset ones too. Refused
 * updates show their difference in this form.
 *
 * A struct is a list of `Name:type`: `s` text, `i` number, `b` boolean, `p` anything that is null
 * when unset (pointers, lists, maps, and what we do not look into), `[T` a list and `*T` a pointer
 * of structs, `T` a struct in place, `...T` its members among ours; after a comma the JSON name where it
 * does not follow from the Go name.
 * Upstream: pkg/apis/core/types.go.
 */
const STRUCTS: Readonly<Record<string, string>> = {
  PodSpec:
    'Volumes:[Volume InitContainers:[Container Containers:[Container EphemeralContainers:p RestartPolicy:s TerminationGracePeriodSeconds:p ActiveDeadlineSeconds:p DNSPolicy:s NodeSelector:p ServiceAccountName:s AutomountServiceAccountToken:p NodeName:s SecurityContext:*PodSecurityContext ImagePullSecrets:[LocalObjectReference Hostname:s Subdomain:s SetHostnameAsFQDN:p Affinity:*Affinity SchedulerName:s Tolerations:[Toleration HostAliases:[HostAlias PriorityClassName:s Priority:p PreemptionPolicy:p DNSConfig:p ReadinessGates:[PodReadinessGate RuntimeClassName:p Overhead:p EnableServiceLinks:p TopologySpreadConstraints:[TopologySpreadConstraint OS:p SchedulingGates:[PodSchedulingGate ResourceClaims:p Resources:*ResourceRequirements HostnameOverride:p SchedulingGroup:p',
  PodSecurityContext:
    'HostNetwork:b HostPID:b HostIPC:b ShareProcessNamespace:p HostUsers:p SELinuxOptions:p,seLinuxOptions WindowsOptions:p RunAsUser:p RunAsGroup:p RunAsNonRoot:p SupplementalGroups:p SupplementalGroupsPolicy:p FSGroup:p Sysctls:p FSGroupChangePolicy:p SeccompProfile:p AppArmorProfile:p SELinuxChangePolicy:p,seLinuxChangePolicy',
  Container:
    'Name:s Image:s Command:p Args:p WorkingDir:s Ports:[ContainerPort EnvFrom:[EnvFromSource Env:[EnvVar Resources:ResourceRequirements ResizePolicy:p RestartPolicy:p RestartPolicyRules:p VolumeMounts:[VolumeMount VolumeDevices:[VolumeDevice LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath:s TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*SecurityContext Stdin:b StdinOnce:b TTY:b',
  SecurityContext:
    'Capabilities:p Privileged:p SELinuxOptions:p,seLinuxOptions WindowsOptions:p RunAsUser:p RunAsGroup:p RunAsNonRoot:p ReadOnlyRootFilesystem:p AllowPrivilegeEscalation:p ProcMount:p SeccompProfile:p AppArmorProfile:p',
  ContainerPort: 'Name:s HostPort:i ContainerPort:i Protocol:s HostIP:s',
  ResourceRequirements: 'Limits:p Requests:p Claims:p',
  VolumeMount:
    'Name:s ReadOnly:b RecursiveReadOnly:p MountPath:s SubPath:s MountPropagation:p SubPathExpr:s',
  VolumeDevice: 'Name:s DevicePath:s',
  EnvVar: 'Name:s Value:s ValueFrom:*EnvVarSource',
  EnvVarSource:
    'FieldRef:*ObjectFieldSelector ResourceFieldRef:p ConfigMapKeyRef:*KeySelector SecretKeyRef:*KeySelector FileKeyRef:p',
  ObjectFieldSelector: 'APIVersion:s FieldPath:s',
  KeySelector: 'Name:s Key:s Optional:p',
  EnvFromSource: 'Prefix:s ConfigMapRef:*EnvFromRef SecretRef:*EnvFromRef',
  EnvFromRef: 'Name:s Optional:p',
  Probe:
    '...Handler InitialDelaySeconds:i TimeoutSeconds:i PeriodSeconds:i SuccessThreshold:i FailureThreshold:i TerminationGracePeriodSeconds:p',
  Handler: 'Exec:*ExecAction HTTPGet:*HTTPGetAction TCPSocket:*TCPSocketAction GRPC:*GRPCAction',
  Lifecycle: 'PostStart:*LifecycleHandler PreStop:*LifecycleHandler StopSignal:p',
  LifecycleHandler: 'Exec:*ExecAction HTTPGet:*HTTPGetAction TCPSocket:*TCPSocketAction Sleep:p',
  ExecAction: 'Command:p',
  HTTPGetAction: 'Path:s Port:p Host:s Scheme:s HTTPHeaders:p',
  TCPSocketAction: 'Port:p Host:s',
  GRPCAction: 'Port:i Service:p',
  LocalObjectReference: 'Name:s',
  Toleration: 'Key:s Operator:s Value:s Effect:s TolerationSeconds:p',
  HostAlias: 'IP:s Hostnames:p',
  PodReadinessGate: 'ConditionType:s',
  PodSchedulingGate: 'Name:s',
  TopologySpreadConstraint:
    'MaxSkew:i TopologyKey:s WhenUnsatisfiable:s LabelSelector:p MinDomains:p NodeAffinityPolicy:p NodeTaintsPolicy:p MatchLabelKeys:p',
  Affinity: 'NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAffinity',
  NodeAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector PreferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm',
  NodeSelector: 'NodeSelectorTerms:[NodeSelectorTerm',
  NodeSelectorTerm:
    'MatchExpressions:[NodeSelectorRequirement MatchFields:[NodeSelectorRequirement',
  NodeSelectorRequirement: 'Key:s Operator:s Values:p',
  PreferredSchedulingTerm: 'Weight:i Preference:NodeSelectorTerm',
  PodAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm',
  WeightedPodAffinityTerm: 'Weight:i PodAffinityTerm:PodAffinityTerm',
  PodAffinityTerm:
    'LabelSelector:p Namespaces:p TopologyKey:s NamespaceSelector:p MatchLabelKeys:p MismatchLabelKeys:p',
  Volume: 'Name:s ...VolumeSource',
  VolumeSource:
    'HostPath:*HostPath EmptyDir:*EmptyDir GCEPersistentDisk:p AWSElasticBlockStore:p GitRepo:p Secret:*SecretVolume NFS:p ISCSI:p Glusterfs:p PersistentVolumeClaim:*ClaimVolume RBD:p Quobyte:p FlexVolume:p Cinder:p CephFS:p,cephfs Flocker:p DownwardAPI:*DownwardVolume FC:p AzureFile:p ConfigMap:*ConfigMapVolume VsphereVolume:p AzureDisk:p PhotonPersistentDisk:p Projected:*Projected PortworxVolume:p ScaleIO:p,scaleIO StorageOS:p,storageos CSI:p Ephemeral:p Image:p',
  HostPath: 'Path:s Type:p',
  EmptyDir: 'Medium:s SizeLimit:p',
  SecretVolume: 'SecretName:s Items:[KeyToPath DefaultMode:p Optional:p',
  ConfigMapVolume: 'Name:s Items:[KeyToPath DefaultMode:p Optional:p',
  ClaimVolume: 'ClaimName:s ReadOnly:b',
  DownwardVolume: 'Items:[DownwardFile DefaultMode:p',
  Projected: 'Sources:[ProjectedSource DefaultMode:p',
  ProjectedSource:
    'Secret:*NamedItems DownwardAPI:*DownwardItems ConfigMap:*NamedItems ServiceAccountToken:*TokenSource ClusterTrustBundle:p PodCertificate:p',
  NamedItems: 'Name:s Items:[KeyToPath Optional:p',
  DownwardItems: 'Items:[DownwardFile',
  DownwardFile: 'Path:s FieldRef:*ObjectFieldSelector ResourceFieldRef:p Mode:p',
  TokenSource: 'Audience:s ExpirationSeconds:i Path:s',
  KeyToPath: 'Key:s Path:s Mode:p',
  PersistentVolumeClaimSpec:
    'AccessModes:p Selector:p Resources:VolumeResources VolumeName:s StorageClassName:p VolumeMode:p DataSource:p DataSourceRef:p VolumeAttributesClassName:p',
  VolumeResources: 'Limits:p Requests:p',
  PersistentVolumeSource:
    'GCEPersistentDisk:p AWSElasticBlockStore:p HostPath:*HostPath Glusterfs:p NFS:*NFS RBD:p Quobyte:p ISCSI:p FlexVolume:p Cinder:p CephFS:p,cephfs FC:p Flocker:p AzureFile:p VsphereVolume:p AzureDisk:p PhotonPersistentDisk:p PortworxVolume:p ScaleIO:p,scaleIO Local:*Local StorageOS:p,storageos CSI:*CSI',
  VolumeNodeAffinity: 'Required:*NodeSelector',
  VolumeAttachmentSpec: 'Attacher:s Source:VolumeAttachmentSource NodeName:s',
  VolumeAttachmentSource: 'PersistentVolumeName:p InlineVolumeSpec:p',
  NFS: 'Server:s Path:s ReadOnly:b',
  Local: 'Path:s FSType:p',
  CSI: 'Driver:s VolumeHandle:s ReadOnly:b FSType:s VolumeAttributes:p ControllerPublishSecretRef:p NodeStageSecretRef:p NodePublishSecretRef:p ControllerExpandSecretRef:p NodeExpandSecretRef:p',
}

/** Namespaces of the host are part of a Pod's spec in JSON, of its security context in Go. */
const HOST_MEMBERS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers']

export function internalPodSpec(spec: Draft): Draft {
  const securityContext: Draft = { ...spec.securityContext }
  for (const member of HOST_MEMBERS) securityContext[member] = spec[member]
  return internalForm({ ...spec, securityContext }, 'PodSpec')
}

/** The value with the members of the struct, in the struct's order. */
export function internalForm(value: Draft, struct: string): Draft {
  const form: Draft = {}
  for (const entry of (STRUCTS[struct] ?? '').split(' ')) {
    if (entry.startsWith('...')) Object.assign(form, internalForm(value, entry.slice(3)))
    else addMember(form, value, entry)
  }
  return form
}

function addMember(form: Draft, value: Draft, entry: string): void {
  const [name = '', rest = ''] = entry.split(':')
  const [type = '', given] = rest.split(',')
  form[name] = internalMember(value[given ?? jsonName(name)], type)
}

function internalMember(member: unknown, type: string): unknown {
  switch (type) {
    case 's':
      return member ?? ''
    case 'i':
      return member ?? 0
    case 'b':
      return member ?? false
    case 'p':
      return member ?? null
  }
  if (type.startsWith('[')) {
    const items = member as readonly Draft[] | undefined
    return items?.map((item) => internalForm(item, type.slice(1))) ?? null
  }
  if (type.startsWith('*')) {
    return member === undefined ? null : internalForm(member as Draft, type.slice(1))
  }
  return internalForm((member ?? {}) as Draft, type)
}

/** `DNSPolicy` is `dnsPolicy`, `TTY` is `tty`: what begins in capitals goes down as one word. */
function jsonName(goName: string): string {
  const [capitals = ''] = /^[A-Z]+/.exec(goName) ?? []
  const isWhole = capitals.length === goName.length
  const count = capitals.length === 1 || isWhole ? capitals.length : capitals.length - 1
  return goName.slice(0, count).toLowerCase() + goName.slice(count)
}
