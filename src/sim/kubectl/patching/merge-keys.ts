/** How a list or map at a place in an object merges in a strategic merge patch. */
export type MergeRule = {
  /** Elements are the same when this member is equal. */
  readonly key?: string
  /** A list of scalars merges as a set. */
  readonly isSet?: boolean
  readonly retainsKeys?: boolean
}

const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers']

const CONTAINER_RULES: Readonly<Record<string, MergeRule>> = {
  env: { key: 'name' },
  ports: { key: 'containerPort' },
  volumeMounts: { key: 'mountPath' },
  volumeDevices: { key: 'devicePath' },
}

const POD_SPEC_RULES: Readonly<Record<string, MergeRule>> = {
  containers: { key: 'name' },
  initContainers: { key: 'name' },
  ephemeralContainers: { key: 'name' },
  imagePullSecrets: { key: 'name' },
  schedulingGates: { key: 'name' },
  hostAliases: { key: 'ip' },
  topologySpreadConstraints: { key: 'topologyKey' },
  volumes: { key: 'name', retainsKeys: true },
  resourceClaims: { key: 'name', retainsKeys: true },
}

/** Places of a single kind, by kind and path. */
const KIND_RULES: Readonly<Record<string, MergeRule>> = {
  'Service.spec.ports': { key: 'port' },
  'ServiceAccount.secrets': { key: 'name' },
  'Node.spec.podCIDRs': { isSet: true },
  'Node.status.addresses': { key: 'type' },
  'Deployment.spec.strategy': { retainsKeys: true },
}

const POD_HOLDERS = ['Pod', 'PodTemplate']

/**
 * The rule for a path of member names (list elements do not count). Upstream: the patch tags of
 * the Go types, which the real kubectl reads from the server's OpenAPI document.
 */
export function mergeRule(kind: string, path: readonly string[]): MergeRule {
  const field = path.at(-1) ?? ''
  const parent = path.at(-2) ?? ''
  if (path.length === 2 && parent === 'metadata') {
    if (field === 'ownerReferences') return { key: 'uid' }
    if (field === 'finalizers') return { isSet: true }
  }
  if (path.length === 2 && parent === 'status' && field === 'conditions') return { key: 'type' }
  const own = KIND_RULES[`${kind}.${path.join('.')}`]
  if (own !== undefined) return own
  if (CONTAINER_LISTS.includes(parent) && isPodSpec(kind, path.slice(0, -2))) {
    return CONTAINER_RULES[field] ?? {}
  }
  return isPodSpec(kind, path.slice(0, -1)) ? (POD_SPEC_RULES[field] ?? {}) : {}
}

function isPodSpec(kind: string, path: readonly string[]): boolean {
  if (path.at(-1) !== 'spec') return false
  return path.length === 1 ? POD_HOLDERS.includes(kind) : path.at(-2) === 'template'
}
