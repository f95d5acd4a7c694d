import type { DiscoveryResource } from './discovery.ts'

type Extra = {
  readonly group: string
  readonly version: string
  /** Absent where a group version is known although it holds nothing here. */
  readonly resource?: DiscoveryResource
}

const PROXY_VERBS = ['create', 'delete', 'get', 'patch', 'update']

function sub(
  name: string,
  kind: string,
  verbs: readonly string[],
  more: Partial<DiscoveryResource> = {},
): Extra {
  const resource = { name, singularName: '', namespaced: true, kind, verbs, ...more }
  return { group: '', version: 'v1', resource }
}

function review(group: string, name: string, kind: string, namespaced = false): Extra {
  const singularName = name.slice(0, -1)
  return {
    group,
    version: 'v1',
    resource: { name, singularName, namespaced, kind, verbs: ['create'] },
  }
}

/** Resources without stored objects, and subresources that no kind declares. */
export const extraResources: readonly Extra[] = [
  sub('bindings', 'Binding', ['create'], { singularName: 'binding' }),
  sub('namespaces/finalize', 'Namespace', ['update'], { namespaced: false }),
  sub('nodes/proxy', 'NodeProxyOptions', PROXY_VERBS, { namespaced: false }),
  sub('pods/attach', 'PodAttachOptions', ['create', 'get']),
  sub('pods/binding', 'Binding', ['create']),
  sub('pods/ephemeralcontainers', 'Pod', ['get', 'patch', 'update']),
  sub('pods/eviction', 'Eviction', ['create'], { group: 'policy', version: 'v1' }),
  sub('pods/exec', 'PodExecOptions', ['create', 'get']),
  sub('pods/log', 'Pod', ['get']),
  sub('pods/portforward', 'PodPortForwardOptions', ['create', 'get']),
  sub('pods/proxy', 'PodProxyOptions', PROXY_VERBS),
  sub('pods/resize', 'Pod', ['get', 'patch', 'update']),
  sub('services/proxy', 'ServiceProxyOptions', PROXY_VERBS),
  sub('serviceaccounts/token', 'TokenRequest', ['create'], {
    group: 'authentication.k8s.io',
    version: 'v1',
  }),
  review('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'),
  review('authentication.k8s.io', 'tokenreviews', 'TokenReview'),
  review('authorization.k8s.io', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview'),
  { group: 'autoscaling', version: 'v2' },
  { group: 'autoscaling', version: 'v1' },
]
