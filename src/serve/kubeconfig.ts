/** A kubeconfig for a served cluster; some clients refuse http without skipping verification. */
export function kubeconfigFor(url: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ordinal
  cluster:
    server: ${url}
    insecure-skip-tls-verify: true
contexts:
- name: ordinal
  context:
    cluster: ordinal
    user: kubernetes-admin
current-context: ordinal
users:
- name: kubernetes-admin
  user: {}
`
}
