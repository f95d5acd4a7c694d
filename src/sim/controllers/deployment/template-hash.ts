import type { PodTemplateSpec } from 'kubernetes-types/core/v1'
import { fnv32a, safeEncodeString } from '#sim/apimachinery/fnv.ts'

export function templateHash(template: PodTemplateSpec, collisionCount?: number): string {
  const bytes = new TextEncoder().encode(JSON.stringify(template))
  return safeEncodeString(String(fnv32a(bytes) + (collisionCount ?? 0)))
}
