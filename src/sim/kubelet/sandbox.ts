import type { Pod } from '#sim/apimachinery/kinds.ts'
import { NetworkHost } from '#sim/network/network-host.ts'
import { containerId, type NodeContext } from './node-context.ts'
import { hostsText, PodFiles, podNames, resolvConfText } from './pod-files.ts'

/** A Pod's network namespace and the files its containers share. */
export type Sandbox = {
  readonly id: string
  readonly ip: string
  readonly hostname: string
  readonly host: NetworkHost
  readonly files: PodFiles
  /** Gives the address back; connections break. */
  readonly close: () => void
}

/** Undefined when the node has no address left. */
export function createSandbox(pod: Pod, context: NodeContext): Sandbox | undefined {
  const { network, nodeNetwork, simulation, nodeName } = context
  const isHostNetwork = pod.spec?.hostNetwork === true
  const ip = isHostNetwork ? nodeNetwork.ip : nodeNetwork.pods.allocate()
  if (ip === undefined) return undefined
  const names = podNames(pod, network.plan.clusterDomain)
  const files = new PodFiles(
    new Map([
      ['/etc/hostname', () => `${names.hostname}\n`],
      ['/etc/hosts', () => hostsText(pod, names, ip)],
      ['/etc/resolv.conf', () => resolvConfText(pod, network.plan)],
    ]),
    simulation,
  )
  const host = isHostNetwork
    ? nodeNetwork.host
    : network.attach({
        ip,
        hostname: names.hostname,
        node: nodeName,
        files: { read: (path) => files.read(path) },
      })
  return {
    id: containerId(context.random),
    ip,
    hostname: isHostNetwork ? nodeName : names.hostname,
    host,
    files,
    close: () => {
      if (isHostNetwork) return
      network.detach(host)
      nodeNetwork.pods.release(ip)
    },
  }
}
