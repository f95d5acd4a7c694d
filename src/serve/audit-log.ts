import { randomUUID } from 'node:crypto'
import { openSync, writeSync, closeSync } from 'node:fs'
import type { AuditEntry } from '#sim/apiserver/api-server.ts'

/** Appends every write to a file as one audit.k8s.io/v1 Event a line. */
export class AuditLog {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  readonly write = (entry: AuditEntry): void => {
    writeSync(this.#file, `${JSON.stringify(auditEvent(entry))}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

function auditEvent(entry: AuditEntry): object {
  const timestamp = new Date(entry.unixMs).toISOString().replace('Z', '000Z')
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: randomUUID(),
    stage: 'ResponseComplete',
    requestURI: entry.requestUri,
    verb: entry.verb,
    user: { username: entry.user, groups: ['system:authenticated'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: entry.userAgent,
    objectRef: entry.objectRef,
    responseStatus: {
      metadata: {},
      ...(entry.message === undefined ? {} : { status: 'Failure', message: entry.message }),
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      code: entry.code,
    },
    ...(entry.requestObject === undefined ? {} : { requestObject: entry.requestObject }),
    ...(entry.responseObject === undefined ? {} : { responseObject: entry.responseObject }),
    requestReceivedTimestamp: timestamp,
    stageTimestamp: timestamp,
  }
}
