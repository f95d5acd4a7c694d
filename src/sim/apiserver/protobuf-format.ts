import { encodeOpenApiV2 } from './openapi/protobuf-v2.ts'
import { decodeProtobuf } from './protobuf.ts'

/**
 * The binary form of bodies. Only clients over a network speak it, so a server gets it from whoever
 * puts it on one, and the page does not carry it.
 */
export type ProtobufFormat = {
  readonly decodeObject: (bytes: Uint8Array) => unknown
  readonly encodeOpenApiV2: (document: Readonly<Record<string, unknown>>) => Uint8Array
}

export const protobufFormat: ProtobufFormat = { decodeObject: decodeProtobuf, encodeOpenApiV2 }
