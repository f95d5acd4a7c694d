import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { encodeBase64 } from '../../base64.ts'
import type { Verb } from '../../verb.ts'
import { createGenerated, GENERATOR_FLAGS, onlyName } from './generate.ts'
import { SOURCE_FLAGS, sourceEntries } from './sources.ts'

export const configMap: Verb = {
  name: 'configmap',
  aliases: ['cm'],
  summary: 'Create a config map from a local file, directory or literal value',
  usage: 'create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1]',
  flags: [...GENERATOR_FLAGS, ...SOURCE_FLAGS],
  *run(cli) {
    const name = onlyName(cli)
    const text: Record<string, string> = {}
    const binary: Record<string, string> = {}
    for (const [key, value] of sourceEntries(cli)) {
      const decoded = typeof value === 'string' ? value : decodeUtf8(value)
      if (typeof value !== 'string' && decoded.includes('\ufffd')) binary[key] = encodeBase64(value)
      else text[key] = decoded
    }
    yield* createGenerated(cli, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      ...(Object.keys(text).length === 0 ? {} : { data: text }),
      ...(Object.keys(binary).length === 0 ? {} : { binaryData: binary }),
    })
  },
}
