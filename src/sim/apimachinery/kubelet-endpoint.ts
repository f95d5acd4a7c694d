import type { Pod } from 'kubernetes-types/core/v1'
import type { ApiReply } from './request.ts'

export type ExecOptions = {
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

export type AttachOptions = Omit<ExecOptions, 'command'>

export type LogOptions = {
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  /** RFC 3339. */
  readonly sinceTime?: string
  readonly limitBytes?: number
}

/**
 * What the server asks of the kubelet of a Pod's node. The server has already checked the Pod,
 * its node and the container's name; whether the container runs is the kubelet's to say.
 */
export type KubeletEndpoint = {
  readonly exec: (pod: Pod, container: string, options: ExecOptions) => ApiReply
  readonly attach: (pod: Pod, container: string, options: AttachOptions) => ApiReply
  readonly logs: (pod: Pod, container: string, options: LogOptions) => ApiReply
  /** One stream reply a connection: stdin and stdout are the bytes of the TCP connection. */
  readonly portForward: (pod: Pod, port: number) => ApiReply
}
