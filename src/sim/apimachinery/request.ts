import type { AnyProcess, Task } from '#sim/kernel/process.ts'
import type { KubeObject } from './objects.ts'

/**
 * One request, as data. The same shape in process (body is a value) and from a socket (body is
 * bytes): `serve` and the worker add nothing but bytes.
 */
export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
  /** Decoded by the server, without the query: `/api/v1/namespaces/default/pods/web-0`. */
  readonly path: string
  /** Query parameters in order; a key may repeat (`command=a&command=b`). */
  readonly query?: readonly (readonly [key: string, value: string])[]
  /**
   * Names in lower case. Without `accept` a request counts as one from inside: it gets stored
   * objects as they are (list items keep their kind, managedFields are left out).
   */
  readonly headers?: Readonly<Record<string, string>>
  /** A JSON value from inside, or the raw bytes of an HTTP body. Never mutated by the server. */
  readonly body?: unknown
  /** Who asks: `system:serviceaccount:kube-system:statefulset-controller`, `kubernetes-admin`. */
  readonly user: string
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'

export type WatchEvent<T = KubeObject> = {
  readonly type: WatchEventType
  readonly object: T
}

export type ApiReply =
  | {
      readonly type: 'object'
      readonly code: number
      readonly headers?: Readonly<Record<string, string>>
      /** Frozen JSON value: object, list, Table or Status. */
      readonly body: unknown
    }
  | {
      /** A body that is no JSON object: `/version` is one, `/healthz` and logs are not. */
      readonly type: 'text'
      readonly code: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body: string | Uint8Array
    }
  | {
      readonly type: 'watch'
      readonly code: 200
      readonly headers?: Readonly<Record<string, string>>
      /**
       * Delivers events in order, never inside the call that caused them, until `end` is called
       * or the caller stops it.
       */
      readonly start: (sink: WatchSink) => () => void
    }
  | {
      /** exec, attach, portforward, and logs that are followed. */
      readonly type: 'stream'
      readonly code: 101 | 200
      readonly start: () => RemoteStreams
    }

export type WatchSink = {
  readonly event: (event: WatchEvent) => void
  /** The server closed the watch: a timeout, or the log was compacted. */
  readonly end: () => void
}

/** The far end of exec, attach, logs -f and portforward. Bytes both ways, without transport. */
export type RemoteStreams = {
  /** Undefined where the request asked for none. */
  readonly stdin?: ByteSink
  readonly stdout?: ByteSource
  readonly stderr?: ByteSource
  /** Present with a tty: columns, rows. */
  readonly resize?: (columns: number, rows: number) => void
  /** Resolves to a Status as channel 3 carries it: Success, or NonZeroExitCode with causes. */
  readonly done: () => Task<import('./status.ts').Status>
  /** The client went away. */
  readonly close: () => void
}

export type ByteSource = {
  /** The next bytes, waiting for some; undefined at the end. */
  readonly read: () => Task<Uint8Array | undefined>
}

export type ByteSink = {
  readonly write: (bytes: Uint8Array) => Task
  readonly end: () => void
}

/** The server's core: synchronous, within the same virtual instant. */
export type Call = (request: ApiRequest) => ApiReply

/** A call that may have to wait, as kubectl makes it: in process or over a real network. */
export type RemoteCall = (request: ApiRequest, process?: AnyProcess) => Task<ApiReply>
