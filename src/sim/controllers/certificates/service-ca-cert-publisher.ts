import type { ControllerContext } from '../context.ts'
import { publishConfigMap } from './published-config-map.ts'

/**
 * The second certificate bundle of the distribution whose control plane was recorded. The
 * recordings show it in every namespace; upstream's own controller manager has no such controller.
 * The bundle stays empty, for what would fill it in is no part of a control plane.
 */
export function startServiceCACertificatePublisher(context: ControllerContext): void {
  if (!context.featureEnabled('ServiceCABundle')) return
  publishConfigMap(context, {
    name: 'openshift-service-ca.crt',
    publisher: 'service-ca-cert-publisher',
    annotations: { 'service.beta.openshift.io/inject-cabundle': 'true' },
    data: { 'service-ca.crt': '' },
    // The recordings show namespaces in use for a while before they have it.
    delayMs: 350,
  })
}
