import type { ControllerContext } from '../context.ts'
import { publishConfigMap } from './published-config-map.ts'
import { ROOT_CA_CERTIFICATE } from './root-ca-certificate.ts'

/** Upstream: pkg/controller/certificates/rootcacertpublisher. */
export function startRootCACertificatePublisher(context: ControllerContext): void {
  publishConfigMap(context, {
    name: 'kube-root-ca.crt',
    publisher: 'root-ca-cert-publisher',
    annotations: {
      'kubernetes.io/description':
        'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
    },
    // The recorded control plane was given no certificate to publish.
    data: { 'ca.crt': context.featureEnabled('ServiceCABundle') ? '' : ROOT_CA_CERTIFICATE },
  })
}
