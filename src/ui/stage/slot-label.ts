import type { SlotView } from '#state/slots.ts'

/** `Slot 1: web-1. ContainerCreating on node-b`, for those who hear the stage. */
export function slotLabel({ ordinal, name, pod, isWanted, emptyReason }: SlotView): string {
  if (pod === undefined) {
    return `Slot ${ordinal}: ${name}. ${isWanted ? 'Not created' : 'Empty'}. ${emptyReason}`
  }
  const on = pod.node === undefined ? '' : ` on ${pod.node}`
  return `Slot ${ordinal}: ${name}. ${pod.word}${on}`
}
