import { LAST_APPLIED, type Manifest } from './manifest.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'

/** The object with itself, as JSON, in the annotation that apply reads. */
export function withLastApplied(object: Manifest): Manifest {
  const { [LAST_APPLIED]: _, ...annotations } = object['metadata']?.annotations ?? {}
  const plain = { ...object, metadata: { ...object['metadata'], annotations } }
  return {
    ...object,
    metadata: {
      ...object['metadata'],
      annotations: { ...annotations, [LAST_APPLIED]: `${goJson(plain)}\n` },
    },
  }
}
