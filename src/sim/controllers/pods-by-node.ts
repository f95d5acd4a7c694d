import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { Informer } from '#sim/client/informer.ts'

export const NODE_INDEX = 'nodeName'

/** Pods by the node they are bound to. Indexing twice does no harm. */
export function indexPodsByNode(pods: Informer<Pod>): void {
  pods.addIndex(NODE_INDEX, ({ spec }) =>
    (spec?.nodeName ?? '') === '' ? [] : [spec?.nodeName ?? ''],
  )
}
